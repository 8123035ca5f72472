import {
  type Constant,
  constantTensor,
  joinProblem,
  type OperatorNode,
  patternProblems,
  type ValueId,
  type ValueType,
} from "@rdu/ir";
import { attributesOf, type Decompose, type Decomposition, decompose, signatureOf } from "@rdu/ops";
import type { Tensor } from "@rdu/tensor";
import { interpretNodes } from "./pattern-interpreter.ts";

const noFile = (): never => {
  throw new Error("no files");
};

export const readInline = (constant: Constant): Tensor => constantTensor(constant, noFile);

/** What an operator's decomposition makes of one node. Refuses patterns that the verifier of the patterns level objects to. */
export function decomposeNode(
  node: OperatorNode,
  rewrite: Decompose,
  values: ReadonlyMap<ValueId, Tensor>,
  types: ReadonlyMap<ValueId, ValueType>,
  isConstant: (id: ValueId) => boolean,
): Decomposition {
  const signature = signatureOf(node.op, node.version);
  if (signature === undefined) throw new Error(`${node.op} version ${node.version} has no signature`);
  const attributes = attributesOf(node, signature, readInline, (message) => {
    throw new Error(message);
  });
  const constant = (id: ValueId): Tensor | undefined => (isConstant(id) ? values.get(id) : undefined);
  const decomposition = decompose(rewrite, { node, attributes, types, constant });
  if (decomposition.kind === "patterns") refuseIllegal(decomposition, shapesOf(decomposition, types));
  return decomposition;
}

/** The values that the patterns of a decomposition make of the node's inputs, interpreted. */
export function interpretDecomposition(
  decomposition: Extract<Decomposition, { kind: "patterns" }>,
  values: ReadonlyMap<ValueId, Tensor>,
  types: ReadonlyMap<ValueId, ValueType>,
): ReadonlyMap<ValueId, Tensor> {
  const known = new Map(values);
  for (const constant of decomposition.constants) known.set(constant.id, readInline(constant));
  const all = shapesOf(decomposition, types);
  return interpretNodes(decomposition.nodes, known, (id) => shapeIn(all, id));
}

function shapesOf(
  decomposition: Extract<Decomposition, { kind: "patterns" }>,
  types: ReadonlyMap<ValueId, ValueType>,
): ReadonlyMap<ValueId, ValueType> {
  const made = decomposition.constants.map(({ id, type }) => [id, type] as const);
  return new Map<ValueId, ValueType>([...types, ...decomposition.types, ...made]);
}

function shapeIn(types: ReadonlyMap<ValueId, ValueType>, id: ValueId): readonly number[] {
  const type = types.get(id);
  return type?.kind === "tensor" ? ((type.shape ?? []) as readonly number[]) : [];
}

/** What the verifier of the patterns level says about the nodes, thrown. */
function refuseIllegal(
  { nodes }: Extract<Decomposition, { kind: "patterns" }>,
  types: ReadonlyMap<ValueId, ValueType>,
): void {
  const shapeOf = (id: ValueId): readonly number[] => shapeIn(types, id);
  for (const node of nodes) {
    const inputs = node.inputs.map((id) => id ?? "");
    const [output = ""] = node.outputs.map((id) => id ?? "");
    const operands = inputs.map((id) => {
      const type = types.get(id);
      if (type?.kind !== "tensor") throw new Error(`${id} has no type`);
      return { dtype: type.dtype, shape: shapeOf(id) };
    });
    const problem =
      node.kind === "pattern"
        ? [...patternProblems(node.pattern, operands)].join("; ")
        : node.kind === "join"
          ? joinProblem(inputs.map(shapeOf), node.offsets, shapeOf(output))
          : undefined;
    if (problem) throw new Error(`verifier: ${output}: ${problem}`);
  }
}
