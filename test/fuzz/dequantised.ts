import type { OperatorNode } from "@rdu/ir";
import { fromNumbers, isInteger, type Tensor, toNumbers } from "@rdu/tensor";

type Operands = readonly (Tensor | null)[];

/** Tables of QEmbedLayerNormalization, with their scales and zero points: of words, positions, segments, gamma and beta. */
const TABLES = [2, 3, 4, 5, 6].map((table, index) => ({ table, scale: 8 + index, zero: 13 + index }));

/**
 * A node over quantised tables as the same over what they stand for, a mix of integers as one of floats, other nodes as they are. Integers are
 * never off, but the numbers made of them inside are, each by itself: a mean taken off them does not cancel that, and where they are cut to integers
 * again it may decide which.
 */
export function dequantised(node: OperatorNode, operands: Operands): { node: OperatorNode; operands: Operands } {
  const [first] = operands;
  if (mixes(node) && first !== null && first !== undefined && isInteger(first.dtype))
    return { node, operands: [fromNumbers("float64", first.shape, toNumbers(first)), ...operands.slice(1)] };
  if (node.op !== "com.microsoft.QEmbedLayerNormalization") return { node, operands };
  const plain = operands.slice(0, 8);
  for (const { table, scale, zero } of TABLES) plain[table] = real(operands[table], operands[scale], operands[zero]);
  const inputs = node.inputs.slice(0, 8);
  return { node: { ...node, op: "com.microsoft.EmbedLayerNormalization", inputs }, operands: plain };
}

/** Whether a node takes weighted sums of elements. */
function mixes({ op, attributes: { mode } }: OperatorNode): boolean {
  const named = mode?.kind === "string" ? mode.value : undefined;
  if (op === "GridSample") return named !== "nearest";
  return ["Resize", "Upsample"].includes(op) && (named === "linear" || named === "cubic");
}

function real(table: Tensor | null | undefined, scale: Tensor | null | undefined, zero: Tensor | null | undefined) {
  if (table === null || table === undefined) return null;
  const [step = 1] = scale === null || scale === undefined ? [] : toNumbers(scale);
  const [middle = 0] = zero === null || zero === undefined ? [] : toNumbers(zero);
  return fromNumbers(
    "float32",
    table.shape,
    toNumbers(table).map((x) => (x - middle) * step),
  );
}
