import type { LaneType, Primitive } from "./instruction.ts";

/** The type of an operand or result: the instruction's own type, bool, or (of a result) its `to`. */
export type OperandType = "same" | "bool";
export type ResultType = "same" | "bool" | "to";

/** Where in a compute unit an operation runs and how much of it it takes: SIMD stages, or passes through the tail. */
export interface Cost {
  readonly stages: number;
  readonly tail: number;
}

export interface PrimitiveRow {
  readonly summary: string;
  readonly operands: readonly OperandType[];
  /** Lane types that `Instruction.type` may be. */
  readonly types: readonly LaneType[];
  readonly result: ResultType;
  readonly cost: Cost;
}

const FLOAT: readonly LaneType[] = ["f32", "f64"];
const INTEGER: readonly LaneType[] = ["i32", "u32", "i64", "u64"];
const NUMBER: readonly LaneType[] = [...FLOAT, ...INTEGER];
const BITS: readonly LaneType[] = [...INTEGER, "bool"];
const ANY: readonly LaneType[] = [...NUMBER, "bool"];

const ONE: readonly OperandType[] = ["same"];
const TWO: readonly OperandType[] = ["same", "same"];
const STAGE: Cost = { stages: 1, tail: 0 };
const TAIL: Cost = { stages: 0, tail: 1 };
/** The register at the end of a stage rounds, wraps or renames for nothing. */
const FREE: Cost = { stages: 0, tail: 0 };

/** Operations that every engine executes as such. `meaningOf` says exactly what they do, docs/arithmetic.md in words. */
// biome-ignore format: a table
export const PRIMITIVES = {
  add:         { operands: TWO, types: NUMBER, result: "same", cost: STAGE, summary: "a + b; integers wrap" },
  sub:         { operands: TWO, types: NUMBER, result: "same", cost: STAGE, summary: "a - b; integers wrap" },
  mul:         { operands: TWO, types: NUMBER, result: "same", cost: STAGE, summary: "a * b; integers wrap" },
  div:         { operands: TWO, types: NUMBER, result: "same", cost: TAIL,  summary: "a / b; integers truncate, x / 0 = 0, least / -1 wraps" },
  rem:         { operands: TWO, types: NUMBER, result: "same", cost: TAIL,  summary: "a - trunc(a / b) * b exactly, sign of a; integers x rem 0 = 0" },
  min:         { operands: TWO, types: NUMBER, result: "same", cost: STAGE, summary: "the smaller; NaN when either is; -0 below +0" },
  max:         { operands: TWO, types: NUMBER, result: "same", cost: STAGE, summary: "the larger; NaN when either is; +0 above -0" },
  neg:         { operands: ONE, types: NUMBER, result: "same", cost: STAGE, summary: "-a; flips the sign of zero; integers wrap" },
  abs:         { operands: ONE, types: NUMBER, result: "same", cost: STAGE, summary: "|a|; the least integer stays" },
  sqrt:        { operands: ONE, types: FLOAT,  result: "same", cost: TAIL,  summary: "square root, correctly rounded" },
  floor:       { operands: ONE, types: FLOAT,  result: "same", cost: STAGE, summary: "largest integer not above" },
  ceil:        { operands: ONE, types: FLOAT,  result: "same", cost: STAGE, summary: "smallest integer not below" },
  trunc:       { operands: ONE, types: FLOAT,  result: "same", cost: STAGE, summary: "integer towards zero" },
  nearest:     { operands: ONE, types: FLOAT,  result: "same", cost: STAGE, summary: "nearest integer, ties to even" },
  eq:          { operands: TWO, types: ANY,    result: "bool", cost: STAGE, summary: "a = b; false with NaN" },
  ne:          { operands: TWO, types: ANY,    result: "bool", cost: STAGE, summary: "not a = b; true with NaN" },
  lt:          { operands: TWO, types: NUMBER, result: "bool", cost: STAGE, summary: "a < b; false with NaN" },
  le:          { operands: TWO, types: NUMBER, result: "bool", cost: STAGE, summary: "a <= b; false with NaN" },
  gt:          { operands: TWO, types: NUMBER, result: "bool", cost: STAGE, summary: "a > b; false with NaN" },
  ge:          { operands: TWO, types: NUMBER, result: "bool", cost: STAGE, summary: "a >= b; false with NaN" },
  and:         { operands: TWO, types: BITS,   result: "same", cost: STAGE, summary: "bitwise and" },
  or:          { operands: TWO, types: BITS,   result: "same", cost: STAGE, summary: "bitwise or" },
  xor:         { operands: TWO, types: BITS,   result: "same", cost: STAGE, summary: "bitwise exclusive or" },
  not:         { operands: ONE, types: BITS,   result: "same", cost: STAGE, summary: "bitwise complement; of bool 1 - a" },
  shl:         { operands: TWO, types: INTEGER, result: "same", cost: STAGE, summary: "a shifted left by b modulo the width" },
  shr:         { operands: TWO, types: INTEGER, result: "same", cost: STAGE, summary: "a shifted right by b modulo the width; signed types keep the sign" },
  select:      { operands: ["bool", "same", "same"], types: ANY, result: "same", cost: STAGE, summary: "b where a, else c" },
  convert:     { operands: ONE, types: ANY,    result: "to",   cost: STAGE, summary: "the value as another lane type: floats to integers truncate and saturate, NaN to 0; wider integers wrap; to bool: not 0" },
  reinterpret: { operands: ONE, types: NUMBER, result: "to",   cost: FREE,  summary: "the bits as another lane type of the same width" },
  round:       { operands: ONE, types: ["f32"], result: "same", cost: FREE, summary: "nearest value of a narrower float, ties to even" },
  wrap:        { operands: ONE, types: ["i32", "u32"], result: "same", cost: FREE, summary: "low bits as a narrower integer" },
  saturate:    { operands: ONE, types: ["f32", "i32", "u32"], result: "same", cost: STAGE, summary: "nearest value in the range of a narrower type" },
} as const satisfies Readonly<Record<Primitive, PrimitiveRow>>;
