import { broadcastStrides, type DType, elementCount, sameShape, type Tensor, type TensorData } from "@rdu/tensor";
import { type BigintArray, type NumberArray, numbersOf, tensorOf } from "./numbers.ts";
import { coalesce, eachRow } from "./walk.ts";

/** Storage in which results of a type are collected before rounding: doubles, but float32 as itself. */
function accumulator(dtype: DType, count: number): Float32Array | Float64Array {
  return dtype === "float32" ? new Float32Array(count) : new Float64Array(count);
}

/** `f` of every element; computed in double, rounded once to `dtype`. */
export function mapUnary(subject: Tensor, f: (x: number) => number, dtype: DType = subject.dtype): Tensor {
  const x = numbersOf(subject);
  const y = accumulator(dtype, x.length);
  for (let i = 0; i < x.length; i += 1) y[i] = f(x[i]!);
  return tensorOf(dtype, subject.shape, y);
}

/** What `mapBinary` does along a row of pairs: into `result` from `o`, `length` pairs that begin at `i` and `j` and lie the steps apart. */
export type RowMap<In, Out> = (
  x: ArrayLike<In>,
  i: number,
  xStep: number,
  y: ArrayLike<In>,
  j: number,
  yStep: number,
  result: { [index: number]: Out },
  o: number,
  length: number,
) => void;

/** `f` of every pair of elements under broadcasting to `shape`; computed in double, rounded once to `dtype`. */
export function mapBinary(
  a: Tensor,
  b: Tensor,
  shape: readonly number[],
  dtype: DType,
  f: (x: number, y: number) => number,
): Tensor {
  return mapRows(a, b, shape, dtype, rowsOf(f));
}

/** As `mapBinary`, row by row. */
export function mapRows(
  a: Tensor,
  b: Tensor,
  shape: readonly number[],
  dtype: DType,
  row: RowMap<number, number>,
): Tensor {
  const result = accumulator(dtype, elementCount(shape));
  pairwiseRows(numbersOf(a), a.shape, numbersOf(b), b.shape, result, shape, row);
  return tensorOf(dtype, shape, result);
}

/** As `mapBinary`, into storage that the caller makes, for numbers, bigints or strings alike. */
export function pairwise<In, Out>(
  x: ArrayLike<In>,
  xShape: readonly number[],
  y: ArrayLike<In>,
  yShape: readonly number[],
  result: { [index: number]: Out },
  shape: readonly number[],
  f: (x: In, y: In) => Out,
): void {
  pairwiseRows(x, xShape, y, yShape, result, shape, rowsOf(f));
}

function rowsOf<In, Out>(f: (x: In, y: In) => Out): RowMap<In, Out> {
  return (x, i, xStep, y, j, yStep, result, o, length) => {
    for (let n = 0; n < length; n += 1) result[o + n] = f(x[i + n * xStep]!, y[j + n * yStep]!);
  };
}

function pairwiseRows<In, Out>(
  x: ArrayLike<In>,
  xShape: readonly number[],
  y: ArrayLike<In>,
  yShape: readonly number[],
  result: { [index: number]: Out },
  shape: readonly number[],
  row: RowMap<In, Out>,
): void {
  if (sameShape(xShape, shape) && sameShape(yShape, shape)) {
    row(x, 0, 1, y, 0, 1, result, 0, elementCount(shape));
    return;
  }
  const walk = coalesce(shape, [broadcastStrides(xShape, shape), broadcastStrides(yShape, shape)]);
  const length = walk.shape.at(-1) ?? 1;
  const xStep = walk.strides[0]!.at(-1) ?? 0;
  const yStep = walk.strides[1]!.at(-1) ?? 0;
  if (shape.includes(0)) return;
  eachRow(walk.shape, walk.strides, (offsets, number) => {
    row(x, offsets[0]!, xStep, y, offsets[1]!, yStep, result, number * length, length);
  });
}

/** Element numbers of `shape`'s broadcast to `target`, in row-major order of the target. */
export function broadcastIndices(shape: readonly number[], target: readonly number[]): Float64Array {
  const indices = new Float64Array(elementCount(target));
  const walk = coalesce(target, [broadcastStrides(shape, target)]);
  const length = walk.shape.at(-1) ?? 1;
  const step = walk.strides[0]!.at(-1) ?? 0;
  if (target.includes(0)) return indices;
  let o = 0;
  eachRow(walk.shape, walk.strides, (offsets) => {
    for (let n = 0; n < length; n += 1) {
      indices[o] = offsets[0]! + n * step;
      o += 1;
    }
  });
  return indices;
}

export type ScalarArray = NumberArray | BigintArray;

/** Storage of a non-string tensor as scalars of one JavaScript kind, for code that treats numbers and bigints alike. */
export function scalars(data: TensorData): ArrayLike<number> {
  return data as unknown as ArrayLike<number>;
}
