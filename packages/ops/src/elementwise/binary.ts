import type { Dim } from "@rdu/ir";
import {
  allocate,
  cast,
  DTYPES,
  type DType,
  elementCount,
  isFloat,
  isSmallFloat,
  isWide,
  type Tensor,
  tensor,
} from "@rdu/tensor";
import { mapBinary, mapRows, pairwise, type RowMap } from "../numeric/map.ts";
import { type BigintArray, bigintsOf, integerTensor, numbersOf } from "../numeric/numbers.ts";
import { type EvaluateContext, type InferContext, type Operator, operator } from "../operator.ts";
import { broadcastDims } from "../shapes.ts";

interface Row {
  readonly summary: string;
  /** Floats, in double. */
  readonly float?: (x: number, y: number) => number;
  /** `float` along a row, for operators that weights are computed with: a function called for each number boxes them all. */
  readonly floatRow?: RowMap<number, number>;
  /** Integers of 32 bits or fewer; the result is taken modulo the width. */
  readonly int?: (x: number, y: number) => number;
  /** 64-bit integers; the result is taken modulo 2^64. */
  readonly wide?: (x: bigint, y: bigint) => bigint;
}

const addRow: RowMap<number, number> = (x, i, xStep, y, j, yStep, result, o, length) => {
  for (let n = 0; n < length; n += 1) result[o + n] = x[i + n * xStep]! + y[j + n * yStep]!;
};

const subtractRow: RowMap<number, number> = (x, i, xStep, y, j, yStep, result, o, length) => {
  for (let n = 0; n < length; n += 1) result[o + n] = x[i + n * xStep]! - y[j + n * yStep]!;
};

const multiplyRow: RowMap<number, number> = (x, i, xStep, y, j, yStep, result, o, length) => {
  for (let n = 0; n < length; n += 1) result[o + n] = x[i + n * xStep]! * y[j + n * yStep]!;
};

const divideRow: RowMap<number, number> = (x, i, xStep, y, j, yStep, result, o, length) => {
  for (let n = 0; n < length; n += 1) result[o + n] = x[i + n * xStep]! / y[j + n * yStep]!;
};

/** Division by zero, which the standard leaves open for integers, gives 0. */
// biome-ignore format: a table
const ARITHMETIC: Readonly<Record<string, Row>> = {
  Add: { summary: "a + b", float: (x, y) => x + y, floatRow: addRow, int: (x, y) => x + y,    wide: (x, y) => x + y },
  Sub: { summary: "a - b", float: (x, y) => x - y, floatRow: subtractRow, int: (x, y) => x - y,    wide: (x, y) => x - y },
  Mul: { summary: "a * b", float: (x, y) => x * y, floatRow: multiplyRow, int: Math.imul,          wide: (x, y) => x * y },
  Div: { summary: "a / b; integers truncate", float: (x, y) => x / y, floatRow: divideRow, int: (x, y) => (y === 0 ? 0 : Math.trunc(x / y)), wide: (x, y) => (y === 0n ? 0n : x / y) },
  PRelu: { summary: "x, or slope x below 0", float: (x, y) => (x < 0 ? x * y : x), int: (x, y) => (x < 0 ? Math.imul(x, y) : x), wide: (x, y) => (x < 0n ? x * y : x) },
  BitwiseAnd: { summary: "bits set in both",          int: (x, y) => x & y, wide: (x, y) => x & y },
  BitwiseOr:  { summary: "bits set in either",        int: (x, y) => x | y, wide: (x, y) => x | y },
  BitwiseXor: { summary: "bits set in one of the two", int: (x, y) => x ^ y, wide: (x, y) => x ^ y },
  And: { summary: "both true",     int: (x, y) => x & y },
  Or:  { summary: "either true",   int: (x, y) => x | y },
  Xor: { summary: "one of the two true", int: (x, y) => x ^ y },
};

type Ordered = number | bigint | string;
// biome-ignore format: a table
const COMPARISONS: Readonly<Record<string, readonly [summary: string, f: (x: Ordered, y: Ordered) => boolean]>> = {
  Equal:          ["a = b",  (x, y) => x === y],
  Greater:        ["a > b",  (x, y) => x > y],
  GreaterOrEqual: ["a >= b", (x, y) => x >= y],
  Less:           ["a < b",  (x, y) => x < y],
  LessOrEqual:    ["a <= b", (x, y) => x <= y],
};

function inferBinary(context: InferContext): readonly (readonly Dim[])[] {
  return [broadcastDims(context, context.shape(0), alignedDims(context, context.shape(0), context.shape(1)))];
}

/** Before opset 7 broadcasting is asked for, and `axis` says where b's first dimension lies in a. */
function alignedDims(
  context: Pick<InferContext, "version" | "attributes">,
  a: readonly Dim[],
  b: readonly Dim[],
): readonly Dim[] {
  if (context.version >= 7 || context.attributes.int("broadcast", 0) === 0 || !context.attributes.has("axis")) return b;
  const given = context.attributes.int("axis");
  const axis = given < 0 ? given + a.length : given;
  return [...b, ...new Array<Dim>(Math.max(0, a.length - axis - b.length)).fill(1)];
}

/** PRelu before opset 7 takes one slope a channel (axis 1). */
function slopeDims(context: Pick<InferContext, "version">, x: readonly Dim[], slope: readonly Dim[]): readonly Dim[] {
  const perChannel = context.version < 7 && slope.length === 1 && slope[0] !== 1 && x.length > 1;
  return perChannel ? [slope[0] as Dim, ...new Array<Dim>(x.length - 2).fill(1)] : slope;
}

function arithmetic(name: string, row: Row): Operator {
  const secondDims = (
    c: Pick<InferContext, "version" | "attributes">,
    a: readonly Dim[],
    b: readonly Dim[],
  ): readonly Dim[] => (name === "PRelu" ? slopeDims(c, a, b) : alignedDims(c, a, b));
  return operator({
    name,
    summary: row.summary,
    infer: (c) => [broadcastDims(c, c.shape(0), secondDims(c, c.shape(0), c.shape(1)))],
    evaluate(c) {
      const a = c.tensor(0);
      const b = { ...c.tensor(1), shape: secondDims(c, a.shape, c.tensor(1).shape) as readonly number[] };
      return [arithmeticOn(c, row, a, b, c.shape())];
    },
  });
}

function arithmeticOn(c: EvaluateContext, row: Row, a: Tensor, b: Tensor, shape: readonly number[]): Tensor {
  const { dtype } = a;
  if (isWide(dtype) && row.wide !== undefined) {
    const data = allocate(dtype, elementCount(shape)) as BigintArray;
    pairwise(a.data as ArrayLike<bigint>, a.shape, b.data as ArrayLike<bigint>, b.shape, data, shape, row.wide);
    return tensor(dtype, shape, data);
  }
  if (isFloat(dtype) && row.floatRow !== undefined) return mapRows(a, b, shape, dtype, row.floatRow);
  const f = isFloat(dtype) ? row.float : isWide(dtype) ? undefined : row.int;
  return f === undefined ? c.reject(`${dtype} is no operand`, "E0305") : mapBinary(a, b, shape, dtype, f);
}

function comparison(name: string, [summary, f]: (typeof COMPARISONS)[string]): Operator {
  return operator({
    name,
    summary,
    infer: inferBinary,
    evaluate(c) {
      const a = c.tensor(0);
      const b = { ...c.tensor(1), shape: alignedDims(c, a.shape, c.tensor(1).shape) as readonly number[] };
      const found = new Uint8Array(elementCount(c.shape()));
      pairwise(comparable(a), a.shape, comparable(b), b.shape, found, c.shape(), (x, y) => (f(x, y) ? 1 : 0));
      return [tensor("bool", c.shape(), found)];
    },
  });
}

function comparable(subject: Tensor): ArrayLike<Ordered> {
  return (isSmallFloat(subject.dtype) ? numbersOf(subject) : subject.data) as ArrayLike<Ordered>;
}

export const mod = operator({
  name: "Mod",
  summary: "remainder with the sign of the divisor, or of the dividend under fmod",
  infer: inferBinary,
  evaluate(c) {
    const truncating = c.attributes.int("fmod") !== 0;
    return [
      arithmeticOn(
        c,
        {
          summary: "",
          float: truncating ? (x, y) => x % y : flooredRemainder,
          int: (x, y) => (y === 0 ? 0 : truncating ? x % y : flooredRemainder(x, y)),
          wide: (x, y) => {
            if (y === 0n) return 0n;
            const rest = x % y;
            return !truncating && rest !== 0n && rest < 0n !== y < 0n ? rest + y : rest;
          },
        },
        c.tensor(0),
        c.tensor(1),
        c.shape(),
      ),
    ];
  },
});

/** Python's %: a zero remainder takes the sign of the divisor, an infinite divisor gives x or itself. */
function flooredRemainder(x: number, y: number): number {
  const rest = x % y;
  if (rest === 0) return y < 0 ? -0 : 0;
  return rest < 0 !== y < 0 ? rest + y : rest;
}

export const pow = operator({
  name: "Pow",
  summary: "a to the power b, in the type of a",
  infer: inferBinary,
  evaluate(c) {
    const a = c.tensor(0);
    const b = { ...c.tensor(1), shape: alignedDims(c, a.shape, c.tensor(1).shape) as readonly number[] };
    const shape = c.shape();
    if (isFloat(a.dtype)) return [mapBinary(a, b, shape, a.dtype, power)];
    if (isFloat(b.dtype)) return [cast(mapBinary(a, b, shape, "float64", power), a.dtype)];
    const data = new Array<bigint>(elementCount(shape));
    pairwise(bigintsOf(a), a.shape, bigintsOf(b), b.shape, data, shape, wrappingPower);
    return [integerTensor(a.dtype, shape, data)];
  },
});

/** C's pow: 1 to any power and (-1) to an infinite one are 1, which JavaScript calls NaN. */
function power(x: number, y: number): number {
  if (x === 1 || (x === -1 && (y === Number.POSITIVE_INFINITY || y === Number.NEGATIVE_INFINITY))) return 1;
  return x ** y;
}

/** Modulo 2^64; a negative exponent gives the truncated reciprocal, and 0 for 0. */
function wrappingPower(x: bigint, y: bigint): bigint {
  if (y < 0n) return x === 1n ? 1n : x === -1n ? (y % 2n === 0n ? 1n : -1n) : 0n;
  let result = 1n;
  let square = x;
  for (let rest = y; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = BigInt.asIntN(64, result * square);
    square = BigInt.asIntN(64, square * square);
  }
  return result;
}

export const bitShift = operator({
  name: "BitShift",
  summary: "bits shifted left or right; all are lost beyond the width",
  infer: inferBinary,
  evaluate(c) {
    const left = c.attributes.string("direction") === "LEFT";
    const { dtype } = c.tensor(0);
    const { bits } = DTYPES[dtype];
    // Beyond the width only the sign is left of a right shift.
    const beyond = (x: bigint): bigint => (left || x >= 0n ? 0n : -1n);
    return [shiftedBy(c, dtype, (x, y) => (y < 0n || y >= BigInt(bits) ? beyond(x) : left ? x << y : x >> y))];
  },
});

function shiftedBy(c: EvaluateContext, dtype: DType, f: (x: bigint, y: bigint) => bigint): Tensor {
  const [a, b] = [c.tensor(0), c.tensor(1)];
  const data = new Array<bigint>(elementCount(c.shape()));
  pairwise(bigintsOf(a), a.shape, bigintsOf(b), b.shape, data, c.shape(), f);
  return integerTensor(dtype, c.shape(), data);
}

export const BINARY: readonly Operator[] = [
  ...Object.entries(ARITHMETIC).map(([name, row]) => arithmetic(name, row)),
  ...Object.entries(COMPARISONS).map(([name, row]) => comparison(name, row)),
  mod,
  pow,
  bitShift,
];
