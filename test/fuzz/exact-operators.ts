import type { OperatorNode } from "@rdu/ir";

/**
 * Operators whose results in lanes are those of the reference, bit for bit: data movement, comparisons, choices, and single operations
 * that IEEE rounds correctly. Whatever else gives floats may be off by the tolerance of its type, and sums by the rounding of their terms.
 */
const EXACT = new Set([
  ...["Abs", "Add", "Ceil", "Cast", "Clip", "Compress", "Concat", "Constant", "ConstantOfShape", "DepthToSpace", "Div"],
  ...[
    "Dropout",
    "Expand",
    "Flatten",
    "Floor",
    "Gather",
    "GatherElements",
    "GatherND",
    "GlobalMaxPool",
    "Identity",
    "Max",
  ],
  ...[
    "MaxPool",
    "Min",
    "Mul",
    "Neg",
    "OneHot",
    "Pad",
    "ReduceMax",
    "ReduceMin",
    "Relu",
    "Reshape",
    "Round",
    "ScatterND",
  ],
  ...[
    "ScatterElements",
    "Sign",
    "Slice",
    "SpaceToDepth",
    "Split",
    "Sqrt",
    "Squeeze",
    "Sub",
    "Tile",
    "TopK",
    "Transpose",
  ],
  ...["Trilu", "Unsqueeze", "Where"],
]);

/** Elements that are scattered to one place add up in single precision, one after the other. */
const ROUNDING_REDUCTIONS = ["add", "mul"];

export function isExact({ op, attributes, inputs }: Pick<OperatorNode, "op" | "attributes" | "inputs">): boolean {
  const { reduction } = attributes;
  const rounds = reduction?.kind === "string" && ROUNDING_REDUCTIONS.includes(reduction.value);
  // In training what Dropout keeps is scaled up.
  const scales = op === "Dropout" && (inputs[2] ?? null) !== null;
  return EXACT.has(op) && !rounds && !scales;
}

/** Operators that lose their meaning on lanes beyond 10^5 (docs/arithmetic.md). */
const PERIODIC = new Set(["Sin", "Cos", "Tan"]);

/** Which operand names the places that an operator reads at: far outside the image single precision has no fractions to weigh by. */
const PLACES: Readonly<Record<string, number>> = { GridSample: 1, RoiAlign: 1, DeformConv: 2 };

/**
 * Finite operands above this are not given to an operator: the reference computes in double precision, so squares and sums of large numbers
 * overflow on lanes alone, and where scores of attention are large their rounding decides which is the largest.
 */
export function mostMagnitude(op: string, operand: number): number {
  if (PERIODIC.has(op)) return 1e5;
  if (/Attention$/.test(op) || PLACES[op] === operand) return 1e4;
  return EXACT.has(op) ? Number.POSITIVE_INFINITY : 1e15;
}
