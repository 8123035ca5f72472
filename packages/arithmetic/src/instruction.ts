import type { DType } from "@rdu/tensor";

/**
 * The types a lane computes in. Narrower storage types are widened on the way in and rounded or wrapped on the way out:
 * f32 for every float of 32 bits or less, f64 for float64, i32/u32 for integers of 32 bits or less, i64/u64 (emulated, see
 * docs/arithmetic.md), bool as 0 or 1.
 */
export type LaneType = "f32" | "f64" | "i32" | "u32" | "i64" | "u64" | "bool";

/** A literal operand. `value` is bigint exactly for i64 and u64. */
export interface Immediate {
  readonly type: LaneType;
  readonly value: number | bigint;
}

/** An operand of an instruction: the register it reads, or a literal. */
export type Operand = number | Immediate;

/**
 * One scalar instruction of a lane, in SSA form. Registers are numbered over a whole body: first the inputs, then one per
 * instruction in order. `type` is the lane type the operation works in (for comparisons: the type compared).
 */
export interface Instruction {
  readonly op: Opcode;
  readonly type: LaneType;
  readonly operands: readonly Operand[];
  /** For `round` (f32 to the nearest value of a narrower float), `wrap` and `saturate` (i32 to a narrower integer): the storage type. */
  readonly storage?: DType;
  /** For `convert`: the lane type converted to. */
  readonly to?: LaneType;
}

/** Operations that a SIMD stage or the tail performs. Primitives execute as such; functions expand to primitives. */
export type Opcode = Primitive | Function;

export type Primitive =
  | "add"
  | "sub"
  | "mul"
  | "div"
  | "rem"
  | "min"
  | "max"
  | "neg"
  | "abs"
  | "sqrt"
  | "floor"
  | "ceil"
  | "trunc"
  | "nearest"
  | "eq"
  | "ne"
  | "lt"
  | "le"
  | "gt"
  | "ge"
  | "and"
  | "or"
  | "xor"
  | "not"
  | "shl"
  | "shr"
  | "select"
  | "convert"
  | "reinterpret"
  | "round"
  | "wrap"
  | "saturate";

export type Function =
  | "mod"
  | "sign"
  | "exp"
  | "log"
  | "log1p"
  | "expm1"
  | "pow"
  | "reciprocal"
  | "rsqrt"
  | "sin"
  | "cos"
  | "tan"
  | "asin"
  | "acos"
  | "atan"
  | "sinh"
  | "cosh"
  | "tanh"
  | "asinh"
  | "acosh"
  | "atanh"
  | "erf"
  | "sigmoid"
  | "isnan"
  | "isinf";

/** How values are combined along reduction dimensions. The arg kinds carry (value, index) pairs; ties keep the first or last index. */
export type Combiner =
  | "sum"
  | "prod"
  | "min"
  | "max"
  | "and"
  | "or"
  | "xor"
  | "argmax-first"
  | "argmax-last"
  | "argmin-first"
  | "argmin-last";
