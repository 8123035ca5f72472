import type { Dim } from "@rdu/ir";
import {
  allocate,
  broadcastShapes,
  cast,
  type DType,
  elementCount,
  isFloat,
  isWide,
  type Tensor,
  tensor,
} from "@rdu/tensor";
import { transposed } from "../layout/layout.ts";
import { broadcastIndices, mapUnary, pairwise } from "../numeric/map.ts";
import { type BigintArray, numbersOf, tensorOf } from "../numeric/numbers.ts";
import { type EvaluateContext, operator } from "../operator.ts";
import { broadcastDims, expectRank, sameDim } from "../shapes.ts";
import { multiplyInto } from "./multiply.ts";

interface Rejecting {
  reject(message: string): never;
}

/** Shape of a matrix product under numpy's rules. */
export function productDims(c: Rejecting, a: readonly Dim[], b: readonly Dim[]): readonly Dim[] {
  if (a.length === 0 || b.length === 0) c.reject("scalars have no matrix product");
  const wideA = a.length === 1 ? [1, ...a] : a;
  const wideB = b.length === 1 ? [...b, 1] : b;
  sameDim(c, wideA.at(-1) as Dim, wideB.at(-2) as Dim, "inner dimensions");
  const batch = broadcastDims(c, wideA.slice(0, -2), wideB.slice(0, -2));
  return [...batch, ...(a.length === 1 ? [] : [wideA.at(-2) as Dim]), ...(b.length === 1 ? [] : [wideB.at(-1) as Dim])];
}

/** Elements as floats that `multiplyInto` takes: integers of 32 bits and fewer are exact in double. */
export function floatsOf(x: Tensor): Float32Array | Float64Array {
  const values = numbersOf(x);
  return values instanceof Float32Array || values instanceof Float64Array ? values : Float64Array.from(values);
}

/** Sums of the matrix product in double, for operands given as floats. */
export function productSums(
  a: Float32Array | Float64Array,
  aShape: readonly number[],
  b: Float32Array | Float64Array,
  bShape: readonly number[],
): Float64Array {
  const wideA = aShape.length === 1 ? [1, ...aShape] : aShape;
  const wideB = bShape.length === 1 ? [...bShape, 1] : bShape;
  const [m, k, n] = [wideA.at(-2)!, wideA.at(-1)!, wideB.at(-1)!];
  const batch = broadcastShapes(wideA.slice(0, -2), wideB.slice(0, -2)) ?? [];
  const fromA = broadcastIndices(wideA.slice(0, -2), batch);
  const fromB = broadcastIndices(wideB.slice(0, -2), batch);
  const sums = new Float64Array(elementCount(batch) * m * n);
  for (let i = 0; i < fromA.length; i += 1)
    multiplyInto(a, fromA[i]! * m * k, b, fromB[i]! * k * n, sums, i * m * n, m, k, n);
  return sums;
}

function exactProduct(a: Tensor, b: Tensor, shape: readonly number[]): Tensor {
  const wideA = a.shape.length === 1 ? [1, ...a.shape] : a.shape;
  const wideB = b.shape.length === 1 ? [...b.shape, 1] : b.shape;
  const [m, k, n] = [wideA.at(-2)!, wideA.at(-1)!, wideB.at(-1)!];
  const batch = broadcastShapes(wideA.slice(0, -2), wideB.slice(0, -2)) ?? [];
  const fromA = broadcastIndices(wideA.slice(0, -2), batch);
  const fromB = broadcastIndices(wideB.slice(0, -2), batch);
  const data = allocate(a.dtype, elementCount(shape)) as BigintArray;
  const [x, y] = [a.data as BigintArray, b.data as BigintArray];
  for (let at = 0; at < data.length; at += 1) {
    const [group, row, column] = [Math.floor(at / (m * n)), Math.floor(at / n) % m, at % n];
    let sum = 0n;
    for (let i = 0; i < k; i += 1)
      sum += x[fromA[group]! * m * k + row * k + i]! * y[fromB[group]! * k * n + i * n + column]!;
    data[at] = sum;
  }
  return tensor(a.dtype, shape, data);
}

/** Integers whose sums of products may leave the whole numbers that doubles hold. */
function isBeyondDouble(dtype: DType): boolean {
  return isWide(dtype) || dtype === "int32" || dtype === "uint32";
}

/** The matrix product of two tensors of one type; integers wrap. */
export function product(a: Tensor, b: Tensor, shape: readonly number[]): Tensor {
  if (isWide(a.dtype)) return exactProduct(a, b, shape);
  if (isBeyondDouble(a.dtype)) return cast(exactProduct(cast(a, "int64"), cast(b, "int64"), shape), a.dtype);
  return tensorOf(a.dtype, shape, productSums(floatsOf(a), a.shape, floatsOf(b), b.shape));
}

export const matMul = operator({
  name: "MatMul",
  summary: "matrix product, batched over leading axes",
  infer: (c) => [productDims(c, c.shape(0), c.shape(1))],
  evaluate: (c) => [product(c.tensor(0), c.tensor(1), c.shape())],
});

export const gemm = operator({
  name: "Gemm",
  summary: "alpha A' B' + beta C",
  infer(c) {
    const [a, b] = [
      gemmDims(c.attributes.int("transA"), expectRank(c, 0, 2)),
      gemmDims(c.attributes.int("transB"), expectRank(c, 1, 2)),
    ];
    sameDim(c, a[1] as Dim, b[0] as Dim, "inner dimensions");
    const shape = [a[0] as Dim, b[1] as Dim];
    if (c.has(2)) broadcastDims(c, shape, c.shape(2));
    const factors = [c.attributes.float("alpha"), ...(c.has(2) ? [c.attributes.float("beta")] : [])];
    const broken = isFloat(c.dtype(0)) ? undefined : factors.find((factor) => !Number.isInteger(factor));
    if (broken !== undefined) c.reject(`factor ${broken} of integers`, "E0306");
    return [shape];
  },
  evaluate(c) {
    const flip = (x: Tensor, name: string): Tensor => (c.attributes.int(name) !== 0 ? transposed(x, [1, 0]) : x);
    const [a, b] = [flip(c.tensor(0), "transA"), flip(c.tensor(1), "transB")];
    const shape = c.shape();
    const [alpha, beta] = [c.attributes.float("alpha"), c.attributes.float("beta")];
    if (isBeyondDouble(a.dtype)) {
      const wide = (x: Tensor): Tensor => (isWide(x.dtype) ? x : cast(x, "int64"));
      const bias = c.optional(2);
      const exact = exactGemm(c, wide(a), wide(b), bias === undefined ? undefined : wide(bias), { shape, alpha, beta });
      return [isWide(a.dtype) ? exact : cast(exact, a.dtype)];
    }
    const sums = productSums(floatsOf(a), a.shape, floatsOf(b), b.shape);
    for (let i = 0; i < sums.length; i += 1) sums[i]! *= alpha;
    const bias = c.optional(2);
    if (bias !== undefined) pairwise(sums, shape, floatsOf(bias), bias.shape, sums, shape, (x, y) => x + beta * y);
    return [tensorOf(a.dtype, shape, sums)];
  },
});

function gemmDims(flipped: number, shape: readonly Dim[]): readonly Dim[] {
  return flipped !== 0 ? shape.toReversed() : shape;
}

function exactGemm(
  c: EvaluateContext,
  a: Tensor,
  b: Tensor,
  bias: Tensor | undefined,
  { shape, alpha, beta }: { readonly shape: readonly number[]; readonly alpha: number; readonly beta: number },
): Tensor {
  const whole = (factor: number): bigint =>
    Number.isInteger(factor) ? BigInt(factor) : c.reject(`factor ${factor} of integers`, "E0306");
  const sums = (exactProduct(a, b, shape).data as BigInt64Array).map((x) => x * whole(alpha));
  if (bias !== undefined)
    pairwise(sums, shape, bias.data as BigInt64Array, bias.shape, sums, shape, (x, y) => x + whole(beta) * y);
  return tensor(a.dtype, shape, sums);
}

export const fusedMatMul = operator({
  name: "com.microsoft.FusedMatMul",
  summary: "alpha times the matrix product of operands transposed as asked",
  infer: (c) => [productDims(c, fusedDims(c, "A", c.shape(0)), fusedDims(c, "B", c.shape(1)))],
  evaluate(c) {
    const flip = (x: Tensor, name: string): Tensor => transposed(x, fusedOrder(c, name, x.shape.length));
    const [a, b] = [flip(c.tensor(0), "A"), flip(c.tensor(1), "B")];
    const alpha = c.attributes.float("alpha");
    return [mapUnary(product(a, b, c.shape()), (x) => alpha * x)];
  },
});

function fusedOrder(c: Pick<EvaluateContext, "attributes">, name: string, rank: number): readonly number[] {
  const order = Array.from({ length: rank }, (_, axis) => axis);
  if (rank < 2) return order;
  // transBatch moves the first axis before the last; trans then swaps the last two.
  if (c.attributes.int(`transBatch${name}`, 0) !== 0) order.splice(rank - 2, 0, ...order.splice(0, 1));
  if (c.attributes.int(`trans${name}`) !== 0) order.push(...order.splice(rank - 2, 1));
  return order;
}

function fusedDims(c: Pick<EvaluateContext, "attributes">, name: string, shape: readonly Dim[]): readonly Dim[] {
  return fusedOrder(c, name, shape.length).map((axis) => shape[axis] as Dim);
}

export const det = operator({
  name: "Det",
  summary: "determinant of square matrices",
  infer: (c) => [c.shape(0).slice(0, -2)],
  evaluate(c) {
    const x = c.tensor(0);
    const n = x.shape.at(-1)!;
    const values = numbersOf(x);
    const results = Float64Array.from({ length: elementCount(c.shape()) }, (_, i) =>
      determinant(Float64Array.from(values.subarray(i * n * n, (i + 1) * n * n)), n),
    );
    return [tensorOf(x.dtype, c.shape(), results)];
  },
});

/**
 * Gaussian elimination with partial pivoting, in place. Where a column has only zeros left, the product is 0 unless something after it is not
 * finite.
 */
function determinant(m: Float64Array, n: number): number {
  let result = 1;
  for (let column = 0; column < n; column += 1) {
    let pivot = column;
    for (let row = column + 1; row < n; row += 1)
      if (Math.abs(m[row * n + column]!) > Math.abs(m[pivot * n + column]!)) pivot = row;
    const value = m[pivot * n + column]!;
    if (pivot !== column) {
      for (let i = 0; i < n; i += 1) [m[pivot * n + i], m[column * n + i]] = [m[column * n + i]!, m[pivot * n + i]!];
      result = -result;
    }
    result *= value;
    for (let row = column + 1; row < n; row += 1) {
      const lead = m[row * n + column]!;
      const factor = lead === 0 ? 0 : lead / value;
      for (let i = column; i < n; i += 1) m[row * n + i]! -= factor * m[column * n + i]!;
    }
  }
  return result;
}
