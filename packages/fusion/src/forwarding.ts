import { elementAt } from "@rdu/diagnostics";
import { type Graph, intAttribute, intsAttribute, type OperatorNode, staticShape } from "@rdu/ir";
import { sameShape } from "@rdu/tensor";

/** When an operator gives its first input unchanged, and whether it only ever renames dimensions. */
interface ForwardingRow {
  /** The first output has the elements of the first input, whatever the attributes: equal types then mean equal values. */
  readonly view?: boolean;
  readonly unchanged?: (node: OperatorNode, graph: Graph) => boolean;
}

const always = (): boolean => true;

function sameType(node: OperatorNode, graph: Graph): boolean {
  const [from, to] = [typeOf(graph, node.inputs[0]), typeOf(graph, node.outputs[0])];
  return from?.kind === "tensor" && to?.kind === "tensor" && from.dtype === to.dtype;
}

/** Training mode is asked for by the third input, or before version 7 by leaving `is_test` at 0. */
function inference(node: OperatorNode): boolean {
  const training = node.inputs[2] ?? null;
  const tests = node.version >= 7 || intAttribute(node, "is_test", 0) !== 0;
  return training === null && (node.outputs[1] ?? null) === null && tests;
}

function identityPermutation(node: OperatorNode, graph: Graph): boolean {
  const shape = staticShape(typeOf(graph, node.inputs[0]));
  const permutation = intsAttribute(node, "perm", null);
  if (shape === undefined) return false;
  const axes = permutation ?? shape.map((_, axis) => shape.length - 1 - axis);
  const moved = axes.filter((axis) => shape[axis] !== 1);
  return (
    moved.every((axis, index) => index === 0 || elementAt(moved, index - 1) < axis) &&
    sameShape(shape, staticShape(typeOf(graph, node.outputs[0])) ?? [])
  );
}

/** Operators that may be no more than another name for their first input. */
export const FORWARDING: ReadonlyMap<string, ForwardingRow> = new Map<string, ForwardingRow>([
  ["Identity", { unchanged: always }],
  ["Dropout", { unchanged: inference }],
  ["Cast", { unchanged: sameType }],
  ["CastLike", { unchanged: sameType }],
  ["Transpose", { unchanged: identityPermutation }],
  ["Reshape", { view: true }],
  ["Flatten", { view: true }],
  ["Squeeze", { view: true }],
  ["Unsqueeze", { view: true }],
]);

function typeOf(graph: Graph, id: string | null | undefined) {
  return id === null || id === undefined ? undefined : graph.types.get(id);
}
