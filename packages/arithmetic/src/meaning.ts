import { invariant } from "@rdu/diagnostics";
import { convert, reinterpret } from "./convert.ts";
import type { Instruction, LaneType, Opcode, Primitive } from "./instruction.ts";
import type { LaneValue } from "./lane.ts";
import { roundTo, saturateFloatTo, saturateIntegerTo, wrapTo } from "./storage.ts";
import { mathOf } from "./wide-functions.ts";

/** What an instruction does with the values of its operands. */
export type Meaning = (a: LaneValue, b: LaneValue, c: LaneValue) => LaneValue;

type Numbers = Readonly<Partial<Record<Opcode, (a: number, b: number, c: number) => number>>>;
type Bigs = Readonly<Partial<Record<Primitive, (a: bigint, b: bigint, c: bigint) => bigint | number>>>;

/**
 * The exact meaning of a primitive in its lane type (and of the functions that f64 computes as such, see docs/arithmetic.md).
 * Functions that expand have none of their own: expand first.
 */
export function meaningOf(instruction: Instruction): Meaning {
  const { op, type, to, storage } = instruction;
  switch (op) {
    case "select":
      return (chosen, a, b) => (chosen === 0 ? b : a);
    case "convert":
      invariant(to !== undefined, "convert needs the type converted to");
      return (a) => convert(a, type, to);
    case "reinterpret":
      invariant(to !== undefined, "reinterpret needs the type to read the bits as");
      return (a) => reinterpret(a, type, to);
    case "round":
      invariant(storage !== undefined, "round needs a storage type");
      return (a) => roundTo(a as number, storage);
    case "wrap":
      invariant(storage !== undefined, "wrap needs a storage type");
      return (a) => wrapTo(a as number, storage);
    case "saturate":
      invariant(storage !== undefined, "saturate needs a storage type");
      return type === "f32"
        ? (a) => saturateFloatTo(a as number, storage)
        : (a) => saturateIntegerTo(a as number, storage);
    default: {
      const meaning = MEANINGS[type][op as Primitive] ?? (type === "f64" ? mathOf(op) : undefined);
      invariant(meaning !== undefined, () => `${op}.${type} is not a primitive`);
      return meaning as Meaning;
    }
  }
}

const COMPARISONS = {
  eq: (a: LaneValue, b: LaneValue) => (a === b ? 1 : 0),
  ne: (a: LaneValue, b: LaneValue) => (a === b ? 0 : 1),
  lt: (a: LaneValue, b: LaneValue) => (a < b ? 1 : 0),
  le: (a: LaneValue, b: LaneValue) => (a <= b ? 1 : 0),
  gt: (a: LaneValue, b: LaneValue) => (a > b ? 1 : 0),
  ge: (a: LaneValue, b: LaneValue) => (a >= b ? 1 : 0),
};

/** `round` is applied to every result that is not exact already. */
function floats(round: (value: number) => number): Numbers {
  return {
    ...COMPARISONS,
    add: (a, b) => round(a + b),
    sub: (a, b) => round(a - b),
    mul: (a, b) => round(a * b),
    div: (a, b) => round(a / b),
    rem: (a, b) => a % b,
    min: (a, b) => Math.min(a, b),
    max: (a, b) => Math.max(a, b),
    neg: (a) => -a,
    abs: Math.abs,
    sqrt: (a) => round(Math.sqrt(a)),
    floor: Math.floor,
    ceil: Math.ceil,
    trunc: Math.trunc,
    nearest: nearestEven,
  };
}

const I32: Numbers = {
  ...COMPARISONS,
  add: (a, b) => (a + b) | 0,
  sub: (a, b) => (a - b) | 0,
  mul: Math.imul,
  div: (a, b) => (b === 0 ? 0 : (a / b) | 0),
  rem: (a, b) => (b === 0 ? 0 : (a % b) | 0),
  min: (a, b) => Math.min(a, b),
  max: (a, b) => Math.max(a, b),
  neg: (a) => -a | 0,
  abs: (a) => (a < 0 ? -a | 0 : a),
  and: (a, b) => a & b,
  or: (a, b) => a | b,
  xor: (a, b) => a ^ b,
  not: (a) => ~a,
  shl: (a, b) => a << b,
  shr: (a, b) => a >> b,
};

const U32: Numbers = {
  ...COMPARISONS,
  add: (a, b) => (a + b) >>> 0,
  sub: (a, b) => (a - b) >>> 0,
  mul: (a, b) => Math.imul(a, b) >>> 0,
  div: (a, b) => (b === 0 ? 0 : Math.trunc(a / b)),
  rem: (a, b) => (b === 0 ? 0 : a % b),
  min: (a, b) => Math.min(a, b),
  max: (a, b) => Math.max(a, b),
  neg: (a) => -a >>> 0,
  abs: (a) => a,
  and: (a, b) => (a & b) >>> 0,
  or: (a, b) => (a | b) >>> 0,
  xor: (a, b) => (a ^ b) >>> 0,
  not: (a) => ~a >>> 0,
  shl: (a, b) => (a << b) >>> 0,
  shr: (a, b) => a >>> b,
};

function wideIntegers(wrap: (value: bigint) => bigint): Bigs {
  return {
    ...COMPARISONS,
    add: (a, b) => wrap(a + b),
    sub: (a, b) => wrap(a - b),
    mul: (a, b) => wrap(a * b),
    div: (a, b) => (b === 0n ? 0n : wrap(a / b)),
    rem: (a, b) => (b === 0n ? 0n : a % b),
    min: (a, b) => (b < a ? b : a),
    max: (a, b) => (b > a ? b : a),
    neg: (a) => wrap(-a),
    abs: (a) => (a < 0n ? wrap(-a) : a),
    and: (a, b) => a & b,
    or: (a, b) => a | b,
    xor: (a, b) => a ^ b,
    not: (a) => wrap(~a),
    shl: (a, b) => wrap(a << (b & 63n)),
    shr: (a, b) => a >> (b & 63n),
  };
}

const BOOL: Numbers = {
  eq: COMPARISONS.eq,
  ne: COMPARISONS.ne,
  and: (a, b) => a & b,
  or: (a, b) => a | b,
  xor: (a, b) => a ^ b,
  not: (a) => 1 - a,
};

const MEANINGS: Readonly<Record<LaneType, Numbers | Bigs>> = {
  f32: floats(Math.fround),
  f64: floats((value) => value),
  i32: I32,
  u32: U32,
  i64: wideIntegers((value) => BigInt.asIntN(64, value)),
  u64: wideIntegers((value) => BigInt.asUintN(64, value)),
  bool: BOOL,
};

/** The integer nearest to a value, ties to even; keeps the sign of zero. */
function nearestEven(value: number): number {
  const magnitude = Math.abs(value);
  // From 2^52 on every double is an integer; adding and subtracting 2^52 rounds smaller ones at the unit, ties to even.
  if (!(magnitude < 2 ** 52)) return value;
  const rounded = magnitude + 2 ** 52 - 2 ** 52;
  return value < 0 || Object.is(value, -0) ? -rounded : rounded;
}
