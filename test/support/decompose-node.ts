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

/** What an operator's decomposition makes of one node, and the values of its outputs when the patterns are interpreted. */
export function runDecomposed(
  node: OperatorNode,
  rewrite: Decompose,
  values: ReadonlyMap<ValueId, Tensor>,
  types: ReadonlyMap<ValueId, ValueType>,
  isConstant: (id: ValueId) => boolean,
): { readonly decomposition: Decomposition; readonly outputs: ReadonlyMap<ValueId, Tensor> } {
  const signature = signatureOf(node.op, node.version);
  if (signature === undefined) throw new Error(`${node.op} version ${node.version} has no signature`);
  const attributes = attributesOf(node, signature, readInline, (message) => {
    throw new Error(message);
  });
  const decomposition = decompose(rewrite, {
    node,
    attributes,
    types,
    constant: (id) => (isConstant(id) ? values.get(id) : undefined),
  });
  if (decomposition.kind === "host") return { decomposition, outputs: new Map() };
  const known = new Map(values);
  for (const constant of decomposition.constants) known.set(constant.id, readInline(constant));
  const all = new Map([...types, ...decomposition.types]);
  const shapeOf = (id: ValueId): readonly number[] => {
    const type = all.get(id);
    return type?.kind === "tensor" ? ((type.shape ?? []) as readonly number[]) : [];
  };
  refuseIllegal(decomposition, all, shapeOf);
  return { decomposition, outputs: interpretNodes(decomposition.nodes, known, shapeOf) };
}

/** What the verifier of the patterns level says about the nodes, thrown. */
function refuseIllegal(
  { nodes }: Extract<Decomposition, { kind: "patterns" }>,
  types: ReadonlyMap<ValueId, ValueType>,
  shapeOf: (id: ValueId) => readonly number[],
): void {
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
