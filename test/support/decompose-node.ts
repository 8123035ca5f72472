import { type Constant, constantTensor, type OperatorNode, type ValueId, type ValueType } from "@rdu/ir";
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
  return { decomposition, outputs: interpretNodes(decomposition.nodes, known, shapeOf) };
}
