import type { Dim } from "@rdu/ir";
import {
  allocate,
  DTYPES,
  type DType,
  elementCount,
  floatToInteger,
  integerRange,
  isFloat,
  isWide,
  type Tensor,
  tensor,
} from "@rdu/tensor";
import { transposed } from "../layout/layout.ts";
import { type BigintArray, type NumberArray, numbersOf, tensorOf } from "../numeric/numbers.ts";
import { span } from "../numeric/walk.ts";
import { type InferContext, type Operator, operator } from "../operator.ts";
import { axesOf } from "../shapes.ts";

interface Row {
  readonly summary: string;
  /** Version from which the axes are input 1. */
  readonly axesInput: number;
  readonly number: (x: NumberArray, start: number, length: number, dtype: DType) => number;
  readonly wide: (x: BigintArray, start: number, length: number, dtype: DType) => bigint;
}

// biome-ignore format: a table
const ROWS: Readonly<Record<string, Row>> = {
  ReduceSum:       { summary: "sum over axes",                  axesInput: 13, number: sum((x) => x), wide: sumWide((x) => x) },
  ReduceMean:      { summary: "mean over axes",                 axesInput: 18, number: (x, s, n) => sum((v) => v)(x, s, n) / n, wide: (x, s, n, t) => (n === 0 ? 0n : wrapped(sumWide((v) => v)(x, s, n), t) / BigInt(n)) },
  ReduceMax:       { summary: "greatest over axes; NaN wins",   axesInput: 18, number: extreme(Math.max, (t) => least(t)), wide: extremeWide((a, b) => a > b, (t) => integerRange(t).least) },
  ReduceMin:       { summary: "least over axes; NaN wins",      axesInput: 18, number: extreme(Math.min, (t) => most(t)), wide: extremeWide((a, b) => a < b, (t) => integerRange(t).most) },
  ReduceProd:      { summary: "product over axes",              axesInput: 18, number: product, wide: productWide },
  ReduceL1:        { summary: "sum of |x| over axes",           axesInput: 18, number: sum(Math.abs), wide: sumWide((x) => (x < 0n ? -x : x)) },
  ReduceL2:        { summary: "root of the sum of squares over axes", axesInput: 18, number: (x, s, n, t) => held(Math.sqrt(sum((v) => v * v)(x, s, n)), t), wide: (x, s, n, t) => floatToInteger(Math.sqrt(Number(sumWide((v) => v * v)(x, s, n))), t) },
  ReduceSumSquare: { summary: "sum of squares over axes",       axesInput: 18, number: (x, s, n, t) => sum(isFloat(t) ? (v) => v * v : (v) => Math.imul(v, v))(x, s, n), wide: sumWide((x) => x * x) },
  ReduceLogSum:    { summary: "logarithm of the sum over axes", axesInput: 18, number: (x, s, n, t) => held(Math.log(sum((v) => v)(x, s, n)), t), wide: (x, s, n, t) => floatToInteger(Math.log(Number(sumWide((v) => v)(x, s, n))), t) },
  ReduceLogSumExp: { summary: "logarithm of the sum of exponentials over axes", axesInput: 18, number: (x, s, n, t) => held(logSumExp(x, s, n), t), wide: (x, s, n, t) => floatToInteger(logSumExp(Float64Array.from(x.subarray(s, s + n) as BigInt64Array, Number), 0, n), t) },
};

function sum(f: (x: number) => number) {
  return (x: ArrayLike<number>, start: number, length: number): number => {
    let total = 0;
    for (let i = start; i < start + length; i += 1) total += f(x[i]!);
    return total;
  };
}

function sumWide(f: (x: bigint) => bigint) {
  return (x: BigintArray, start: number, length: number): bigint => {
    let total = 0n;
    for (let i = start; i < start + length; i += 1) total += f(x[i]!);
    return total;
  };
}

function product(x: NumberArray, start: number, length: number, dtype: DType): number {
  let total = 1;
  const exact = isFloat(dtype);
  for (let i = start; i < start + length; i += 1) total = exact ? total * x[i]! : Math.imul(total, x[i]!);
  return total;
}

function productWide(x: BigintArray, start: number, length: number): bigint {
  let total = 1n;
  for (let i = start; i < start + length; i += 1) total = BigInt.asIntN(64, total * x[i]!);
  return total;
}

function extreme(f: (a: number, b: number) => number, none: (dtype: DType) => number) {
  return (x: ArrayLike<number>, start: number, length: number, dtype: DType): number => {
    let best = none(dtype);
    for (let i = start; i < start + length; i += 1) best = f(best, x[i]!);
    return best;
  };
}

function extremeWide(better: (a: bigint, b: bigint) => boolean, none: (dtype: DType) => bigint) {
  return (x: BigintArray, start: number, length: number, dtype: DType): bigint => {
    let best = none(dtype);
    for (let i = start; i < start + length; i += 1) if (better(x[i]!, best)) best = x[i]!;
    return best;
  };
}

/** What the maximum of nothing is. */
function least(dtype: DType): number {
  return isFloat(dtype) ? Number.NEGATIVE_INFINITY : Number(integerRange(dtype).least);
}

function most(dtype: DType): number {
  return isFloat(dtype) ? Number.POSITIVE_INFINITY : Number(integerRange(dtype).most);
}

function logSumExp(x: NumberArray, start: number, length: number): number {
  const top = extreme(Math.max, () => Number.NEGATIVE_INFINITY)(x, start, length, "float64");
  if (!Number.isFinite(top)) return top;
  return top + Math.log(sum((v) => Math.exp(v - top))(x, start, length));
}

function wrapped(sum: bigint, dtype: DType): bigint {
  return dtype === "uint64" ? BigInt.asUintN(64, sum) : BigInt.asIntN(64, sum);
}

/** A root or logarithm in an integer type is cast to it, by the rule of Cast. */
function held(value: number, dtype: DType): number {
  return isFloat(dtype) ? value : Number(floatToInteger(value, dtype));
}

/** Axes reduced over, from 0; undefined when they depend on values not known. Empty: none. */
function reducedAxes(
  c: Pick<InferContext, "version" | "attributes" | "has" | "reject">,
  since: number,
  rank: number,
  input: () => readonly number[] | undefined,
): readonly number[] | undefined {
  const all = Array.from({ length: rank }, (_, axis) => axis);
  const noop = c.attributes.int("noop_with_empty_axes", 0) !== 0;
  const fromInput = c.version >= since;
  const given = fromInput ? (c.has(1) ? input() : []) : c.attributes.ints("axes", []);
  if (given === undefined) return undefined;
  if (given.length === 0) return noop ? [] : all;
  return axesOf(c, given, rank);
}

function reduction(name: string, row: Row): Operator {
  return operator({
    name,
    summary: row.summary,
    shapeInputs: [1],
    infer(c) {
      const shape = c.shape(0);
      const fromInput = c.version >= row.axesInput && c.has(1);
      const count = fromInput ? c.shape(1)[0] : undefined;
      // No axes need no values, and how many there are says how many extents are left.
      const axes = reducedAxes(c, row.axesInput, shape.length, () => (count === 0 ? [] : c.lengths(1)));
      const keep = c.attributes.int("keepdims") !== 0;
      if (axes === undefined) {
        if (keep) return [shape.map(() => null)];
        return [typeof count === "number" ? shape.slice(count).map(() => null) : null];
      }
      return [
        keep
          ? shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent))
          : shape.filter((_, axis) => !axes.includes(axis)),
      ];
    },
    evaluate(c) {
      const x = c.tensor(0);
      const axes = reducedAxes(c, row.axesInput, x.shape.length, () => c.integers(1)) ?? [];
      return [reduce(x, axes, c.shape(), row)];
    },
  });
}

/** Reduced axes last, then one row of elements for each result. */
function reduce(x: Tensor, axes: readonly number[], shape: readonly number[], row: Row): Tensor {
  const kept = x.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  const order = [...kept, ...axes.toSorted((a, b) => a - b)];
  const rows = order.every((axis, i) => axis === i) ? x : transposed(x, order);
  const length = span(rows.shape, kept.length);
  const count = elementCount(shape);
  if (isWide(x.dtype)) {
    const data = allocate(x.dtype, count) as BigintArray;
    for (let i = 0; i < count; i += 1) data[i] = row.wide(rows.data as BigintArray, i * length, length, x.dtype);
    return tensor(x.dtype, shape, data);
  }
  const values = numbersOf(rows);
  const results = new Float64Array(count);
  const whole = DTYPES[x.dtype].class !== "float";
  for (let i = 0; i < count; i += 1) {
    const value = row.number(values, i * length, length, x.dtype);
    results[i] = whole ? Math.trunc(value) : value;
  }
  return tensorOf(x.dtype, shape, results);
}

export const REDUCTIONS: readonly Operator[] = Object.entries(ROWS).map(([name, row]) => reduction(name, row));

/** Extents of a shape with one axis reduced away or kept as 1. */
export function withoutAxis(shape: readonly Dim[], axis: number, keep: boolean): readonly Dim[] {
  return keep ? shape.with(axis, 1) : shape.toSpliced(axis, 1);
}
