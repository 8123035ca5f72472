import type { Dim } from "@rdu/ir";
import { DTYPES, elementCount, rowMajorStrides, type Tensor } from "@rdu/tensor";
import { takeElements } from "../numeric/copy.ts";
import { integersOf } from "../numeric/numbers.ts";
import { eachIndex, offsetOf, span } from "../numeric/walk.ts";
import { type EvaluateContext, operator } from "../operator.ts";
import { axisOf, dimsProduct } from "../shapes.ts";

/** An index that may count from the end, as one from 0; refuses those out of range. */
export function positiveIndex(c: Pick<EvaluateContext, "reject">, index: number, extent: number): number {
  const at = index < 0 ? index + extent : index;
  return at >= 0 && at < extent ? at : c.reject(`index ${index} is out of range for an extent of ${extent}`, "E0307");
}

export const gather = operator({
  name: "Gather",
  summary: "slices of an axis chosen by indices",
  infer(c) {
    const data = c.shape(0);
    const axis = axisOf(c, c.attributes.int("axis"), data.length);
    return [[...data.slice(0, axis), ...c.shape(1), ...data.slice(axis + 1)]];
  },
  evaluate(c) {
    const data = c.tensor(0);
    const axis = axisOf(c, c.attributes.int("axis"), data.shape.length);
    const extent = data.shape[axis]!;
    const chosen = integersOf(c.tensor(1)).map((index) => positiveIndex(c, index, extent));
    const inner = span(data.shape, axis + 1);
    const outer = span(data.shape, 0, axis);
    const indices = new Float64Array(outer * chosen.length * inner);
    let n = 0;
    for (let o = 0; o < outer; o += 1)
      for (const at of chosen) for (let i = 0; i < inner; i += 1) indices[n++] = (o * extent + at) * inner + i;
    return [takeElements(data, c.shape(), indices)];
  },
});

export const gatherElements = operator({
  name: "GatherElements",
  summary: "elements chosen one by one along an axis",
  infer: (c) => [c.shape(1)],
  evaluate(c) {
    const data = c.tensor(0);
    return [takeElements(data, c.shape(), elementTargets(c, data.shape, c.tensor(1)))];
  },
});

/** The element of `shape` that each entry of `indices` names: its own coordinates but for the one along `axis`. */
export function elementTargets(c: EvaluateContext, shape: readonly number[], indices: Tensor): Float64Array {
  const axis = axisOf(c, c.attributes.int("axis"), shape.length);
  const strides = rowMajorStrides(shape);
  const chosen = integersOf(indices);
  const targets = new Float64Array(chosen.length);
  eachIndex(indices.shape, (index, ordinal) => {
    const at = positiveIndex(c, chosen[ordinal]!, shape[axis]!);
    targets[ordinal] = offsetOf(index, strides) + (at - index[axis]!) * strides[axis]!;
  });
  return targets;
}

export const gatherND = operator({
  name: "GatherND",
  summary: "slices chosen by index tuples",
  infer(c) {
    const [data, indices] = [c.shape(0), c.shape(1)];
    const depth = indices.at(-1);
    if (typeof depth !== "number") return [null];
    const batch = c.attributes.int("batch_dims", 0);
    if (batch + depth > data.length) c.reject(`index tuples of ${depth} are too long for ${data.length} dimensions`);
    return [[...indices.slice(0, -1), ...data.slice(batch + depth)] as Dim[]];
  },
  evaluate(c) {
    const data = c.tensor(0);
    const batch = c.attributes.int("batch_dims", 0);
    const slices = tupleTargets(c, data.shape, c.tensor(1), batch);
    const length = span(data.shape, batch + c.tensor(1).shape.at(-1)!);
    const indices = new Float64Array(elementCount(c.shape()));
    slices.forEach((start, n) => {
      for (let i = 0; i < length; i += 1) indices[n * length + i] = start + i;
    });
    return [takeElements(data, c.shape(), indices)];
  },
});

/** First element of the slice of `shape` that each index tuple names, after `batch` leading axes shared with the indices. */
export function tupleTargets(
  c: Pick<EvaluateContext, "reject">,
  shape: readonly number[],
  indices: Tensor,
  batch: number,
): Float64Array {
  const depth = indices.shape.at(-1)!;
  const tuples = depth === 0 ? span(indices.shape, 0, indices.shape.length - 1) : elementCount(indices.shape) / depth;
  const perBatch = tuples / Math.max(1, span(shape, 0, batch));
  const strides = rowMajorStrides(shape);
  const chosen = integersOf(indices);
  return Float64Array.from({ length: tuples }, (_, n) => {
    let start = Math.floor(n / perBatch) * span(shape, batch);
    for (let i = 0; i < depth; i += 1)
      start += positiveIndex(c, chosen[n * depth + i]!, shape[batch + i]!) * strides[batch + i]!;
    return start;
  });
}

export const compress = operator({
  name: "Compress",
  summary: "slices of an axis (or elements) where a condition holds",
  infer(c) {
    const flat = !c.attributes.has("axis");
    const condition = c.assumed(1);
    if (flat && condition === undefined) return [[null]];
    const shape = flat ? [dimsProduct(c.shape(0))] : c.shape(0);
    const axis = flat ? 0 : axisOf(c, c.attributes.int("axis"), shape.length);
    const extent = shape[axis];
    if (condition === undefined || typeof extent !== "number") return [shape.with(axis, null)];
    const kept = integersOf(condition).filter((holds, at) => at < extent && holds !== 0);
    return [shape.with(axis, kept.length)];
  },
  evaluate(c) {
    const x = c.tensor(0);
    const flat = !c.attributes.has("axis");
    const shape = flat ? [elementCount(x.shape)] : x.shape;
    const axis = flat ? 0 : axisOf(c, c.attributes.int("axis"), shape.length);
    const condition = c.tensor(1).data as Uint8Array;
    const kept = Array.from({ length: Math.min(condition.length, shape[axis]!) }, (_, at) => at).filter(
      (at) => condition[at] !== 0,
    );
    const inner = span(shape, axis + 1);
    const indices: number[] = [];
    for (let o = 0; o < span(shape, 0, axis); o += 1)
      for (const at of kept) for (let i = 0; i < inner; i += 1) indices.push((o * shape[axis]! + at) * inner + i);
    return [takeElements(x, shape.with(axis, kept.length), indices)];
  },
});

export const nonZero = operator({
  name: "NonZero",
  summary: "coordinates of the elements that are not zero",
  infer: (c) => [[c.shape(0).length, null]],
  evaluate(c) {
    const x = c.tensor(0);
    const step = DTYPES[x.dtype].class === "complex" ? 2 : 1;
    const found: number[][] = x.shape.map(() => []);
    let count = 0;
    eachIndex(x.shape, (index, ordinal) => {
      const value = x.data[ordinal * step]!;
      if (isZero(value, x)) return;
      count += 1;
      for (const [axis, at] of index.entries()) found[axis]!.push(at);
    });
    const data = BigInt64Array.from(found.flat(), BigInt);
    return [{ dtype: "int64", shape: [x.shape.length, count], data }];
  },
});

/** Negative zero of a 16-bit float is a bit pattern that is not 0. */
function isZero(value: number | bigint | string, x: Tensor): boolean {
  if (typeof value === "string") return value === "";
  if (x.dtype === "float16" || x.dtype === "bfloat16") return (Number(value) & 0x7fff) === 0;
  return value === 0 || value === 0n;
}

export const oneHot = operator({
  name: "OneHot",
  summary: "a new axis, on at the index and off elsewhere",
  shapeInputs: [1],
  infer(c) {
    const shape = c.shape(0);
    const axis = axisOf(c, c.attributes.int("axis"), shape.length + 1);
    return [{ kind: "tensor", dtype: c.dtype(2), shape: shape.toSpliced(axis, 0, c.extents(1)?.[0] ?? null) }];
  },
  evaluate(c) {
    const shape = c.shape();
    const axis = axisOf(c, c.attributes.int("axis"), shape.length);
    const depth = shape[axis]!;
    const inner = span(shape, axis + 1);
    const where = integersOf(c.tensor(0)).map((at) => (at < 0 ? at + depth : at));
    // values holds [off, on].
    const indices = Float64Array.from({ length: elementCount(shape) }, (_, n) => {
      const i = n % inner;
      const at = Math.floor(n / inner) % depth;
      const outer = Math.floor(n / inner / depth);
      return where[outer * inner + i] === at ? 1 : 0;
    });
    return [takeElements(c.tensor(2), shape, indices)];
  },
});
