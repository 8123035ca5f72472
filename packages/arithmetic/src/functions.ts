import type { Function as LaneFunction, LaneType } from "./instruction.ts";
import type { Cost } from "./primitives.ts";

export interface FunctionRow {
  readonly summary: string;
  /** Operands, all of the instruction's type. */
  readonly operands: 1 | 2;
  readonly types: readonly LaneType[];
  readonly result: "same" | "bool";
  readonly cost: Cost;
  /** Largest error in f32, in units in the last place of the result, over the range that docs/arithmetic.md states; 0: exact. */
  readonly ulp: number;
}

const FLOAT: readonly LaneType[] = ["f32", "f64"];
const NUMBER: readonly LaneType[] = ["f32", "f64", "i32", "u32", "i64", "u64"];
const TAIL: Cost = { stages: 0, tail: 1 };
const TWO_PASSES: Cost = { stages: 0, tail: 2 };

/** Operations that expand to primitives (in f64 the transcendental ones are primitives themselves, see `expand`). */
// biome-ignore format: a table
export const FUNCTIONS = {
  mod:        { operands: 2, types: NUMBER, result: "same", cost: { stages: 2, tail: 1 }, ulp: 1, summary: "remainder with the sign of b; integers x mod 0 = 0" },
  sign:       { operands: 1, types: NUMBER, result: "same", cost: { stages: 2, tail: 0 }, ulp: 0, summary: "-1, 0 or 1; of a zero or NaN itself" },
  isnan:      { operands: 1, types: FLOAT,  result: "bool", cost: { stages: 1, tail: 0 }, ulp: 0, summary: "a is NaN" },
  isinf:      { operands: 1, types: FLOAT,  result: "bool", cost: { stages: 2, tail: 0 }, ulp: 0, summary: "a is infinite" },
  reciprocal: { operands: 1, types: FLOAT,  result: "same", cost: TAIL, ulp: 0.5, summary: "1 / a" },
  rsqrt:      { operands: 1, types: FLOAT,  result: "same", cost: TAIL, ulp: 1.5, summary: "1 / sqrt(a)" },
  exp:        { operands: 1, types: FLOAT,  result: "same", cost: TAIL, ulp: 1, summary: "e^a" },
  expm1:      { operands: 1, types: FLOAT,  result: "same", cost: TAIL, ulp: 2, summary: "e^a - 1" },
  log:        { operands: 1, types: FLOAT,  result: "same", cost: TAIL, ulp: 1, summary: "natural logarithm" },
  log1p:      { operands: 1, types: FLOAT,  result: "same", cost: TAIL, ulp: 1, summary: "log(1 + a)" },
  pow:        { operands: 2, types: FLOAT,  result: "same", cost: TWO_PASSES, ulp: 6, summary: "a^b, special values as in C99" },
  sigmoid:    { operands: 1, types: FLOAT,  result: "same", cost: TAIL, ulp: 3, summary: "1 / (1 + e^-a)" },
  erf:        { operands: 1, types: FLOAT,  result: "same", cost: TAIL, ulp: 2, summary: "error function" },
  sin:        { operands: 1, types: FLOAT,  result: "same", cost: TAIL, ulp: 2, summary: "sine" },
  cos:        { operands: 1, types: FLOAT,  result: "same", cost: TAIL, ulp: 2, summary: "cosine" },
  tan:        { operands: 1, types: FLOAT,  result: "same", cost: TWO_PASSES, ulp: 3, summary: "tangent" },
  asin:       { operands: 1, types: FLOAT,  result: "same", cost: TAIL, ulp: 3, summary: "inverse sine" },
  acos:       { operands: 1, types: FLOAT,  result: "same", cost: TAIL, ulp: 2, summary: "inverse cosine" },
  atan:       { operands: 1, types: FLOAT,  result: "same", cost: TAIL, ulp: 3, summary: "inverse tangent" },
  sinh:       { operands: 1, types: FLOAT,  result: "same", cost: TAIL, ulp: 2, summary: "hyperbolic sine" },
  cosh:       { operands: 1, types: FLOAT,  result: "same", cost: TAIL, ulp: 2, summary: "hyperbolic cosine" },
  tanh:       { operands: 1, types: FLOAT,  result: "same", cost: TAIL, ulp: 2, summary: "hyperbolic tangent" },
  asinh:      { operands: 1, types: FLOAT,  result: "same", cost: TWO_PASSES, ulp: 3, summary: "inverse hyperbolic sine" },
  acosh:      { operands: 1, types: FLOAT,  result: "same", cost: TWO_PASSES, ulp: 3, summary: "inverse hyperbolic cosine" },
  atanh:      { operands: 1, types: FLOAT,  result: "same", cost: TWO_PASSES, ulp: 3, summary: "inverse hyperbolic tangent" },
} as const satisfies Readonly<Record<LaneFunction, FunctionRow>>;
