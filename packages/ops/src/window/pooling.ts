import type { Dim } from "@rdu/ir";
import { elementCount, integerRange, isFloat, tensor } from "@rdu/tensor";
import { takeElements } from "../numeric/copy.ts";
import { numbersOf, tensorOf } from "../numeric/numbers.ts";
import { eachIndex, span } from "../numeric/walk.ts";
import { type EvaluateContext, type InferContext, type Operator, operator } from "../operator.ts";
import { type Window, windowOf, windowOffsets } from "./window.ts";

function poolWindow(c: Pick<InferContext, "attributes" | "reject">, shape: readonly Dim[]): Window {
  return windowOf(c, shape.slice(2), c.attributes.ints("kernel_shape"));
}

function inferPool(c: InferContext): readonly (readonly Dim[])[] {
  const shape = c.shape(0);
  if (shape.length < 3) c.reject(`operand of ${shape.length} dimensions`, "E0204");
  return [[...shape.slice(0, 2), ...poolWindow(c, shape).places]];
}

/** Visits every place of the window in every channel with the offsets that its taps see. */
function eachPlace(
  c: EvaluateContext,
  visit: (start: number, taps: (tap: number) => number, count: number, result: number) => void,
): Window {
  const { shape } = c.tensor(0);
  const window = poolWindow(c, shape);
  const offsets = windowOffsets(window, shape.slice(2));
  const taps = span(window.kernel, 0);
  const places = offsets.length / taps;
  const area = span(shape, 2);
  for (let channel = 0; channel < shape[0]! * shape[1]!; channel += 1)
    for (let place = 0; place < places; place += 1)
      visit(channel * area, (tap) => offsets[tap * places + place]!, taps, channel * places + place);
  return window;
}

export const maxPool = operator({
  name: "MaxPool",
  summary: "the greatest element under a window, and where it was",
  infer(c) {
    const [shape] = inferPool(c) as [readonly Dim[]];
    return [shape, shape];
  },
  evaluate(c) {
    const x = c.tensor(0);
    const values = numbersOf(x);
    const count = elementCount(c.shape());
    const found = new Float64Array(count);
    const indices = new BigInt64Array(count);
    eachPlace(c, (start, tap, taps, result) => {
      let best = -1;
      for (let t = 0; t < taps; t += 1) {
        const offset = tap(t);
        // The first of equals wins; NaN wins over everything.
        if (
          offset >= 0 &&
          (best < 0 || values[start + offset]! > values[best]! || Number.isNaN(values[start + offset]!))
        )
          best = start + offset;
        if (best >= 0 && Number.isNaN(values[best]!)) break;
      }
      found[result] = best;
      indices[result] = BigInt(best);
    });
    const least = isFloat(x.dtype) ? Number.NEGATIVE_INFINITY : Number(integerRange(x.dtype).least);
    // A window all in the padding sees nothing: its maximum is the least value, and it is nowhere, at -1.
    const pooled = found.includes(-1)
      ? tensorOf(
          x.dtype,
          c.shape(),
          Float64Array.from(found, (at) => (at < 0 ? least : values[at]!)),
        )
      : takeElements(x, c.shape(), found);
    const columnMajor = c.attributes.int("storage_order", 0) !== 0;
    const places = columnMajor ? indices.map((at) => (at < 0n ? at : transposedOffset(at, x.shape))) : indices;
    return [pooled, tensor("int64", c.shape(), places)];
  },
});

/** An offset as if the spatial axes of its channel lay first axis fastest. */
function transposedOffset(at: bigint, shape: readonly number[]): bigint {
  const extents = shape.slice(2);
  const area = span(extents, 0);
  let rest = Number(at) % area;
  const index = extents.map(() => 0);
  for (let axis = extents.length - 1; axis >= 0; axis -= 1) {
    index[axis] = rest % extents[axis]!;
    rest = Math.floor(rest / extents[axis]!);
  }
  let [offset, stride] = [0, 1];
  extents.forEach((extent, axis) => {
    offset += index[axis]! * stride;
    stride *= extent;
  });
  return at - (at % BigInt(area)) + BigInt(offset);
}

export const averagePool = operator({
  name: "AveragePool",
  summary: "the mean under a window, padding counted or not",
  infer: inferPool,
  evaluate(c) {
    const x = c.tensor(0);
    const values = numbersOf(x);
    const sums = new Float64Array(elementCount(c.shape()));
    const includePads = c.attributes.int("count_include_pad", 0) !== 0;
    const shape = c.tensor(0).shape;
    const window = poolWindow(c, shape);
    const counts = includePads ? paddedCounts(window, shape.slice(2)) : [];
    eachPlace(c, (start, tap, taps, result) => {
      let [sum, seen] = [0, 0];
      for (let t = 0; t < taps; t += 1) {
        const offset = tap(t);
        if (offset < 0) continue;
        sum += values[start + offset]!;
        seen += 1;
      }
      sums[result] = sum / (includePads ? counts[result % counts.length]! : seen);
    });
    return [tensorOf(x.dtype, c.shape(), sums)];
  },
});

/** Taps of each place that lie on the operand or its padding: ceil_mode can reach beyond both, where nothing counts. */
function paddedCounts(window: Window, extents: readonly number[]): number[] {
  const counts: number[] = [];
  eachIndex(window.places as readonly number[], (place) => {
    let count = 1;
    for (let axis = 0; axis < extents.length; axis += 1) {
      let inside = 0;
      for (let tap = 0; tap < window.kernel[axis]!; tap += 1)
        if (
          place[axis]! * window.strides[axis]! + tap * window.dilations[axis]! <
          extents[axis]! + window.before[axis]! + window.after[axis]!
        )
          inside += 1;
      count *= inside;
    }
    counts.push(count);
  });
  return counts;
}

export const lpPool = operator({
  name: "LpPool",
  summary: "the p-norm under a window",
  infer: inferPool,
  evaluate(c) {
    const x = c.tensor(0);
    const p = exponentOf(c);
    const values = numbersOf(x);
    const norms = new Float64Array(elementCount(c.shape()));
    eachPlace(c, (start, tap, taps, result) => {
      let sum = 0;
      for (let t = 0; t < taps; t += 1) if (tap(t) >= 0) sum += Math.abs(values[start + tap(t)]!) ** p;
      norms[result] = sum ** (1 / p);
    });
    return [tensorOf(x.dtype, c.shape(), norms)];
  },
});

/** p is a float attribute in the first version, an int from the second on. */
function exponentOf(c: EvaluateContext): number {
  return c.version < 2 ? c.attributes.float("p") : c.attributes.int("p");
}

function globalPool(
  name: string,
  summary: string,
  fold: (c: EvaluateContext, values: ArrayLike<number>, start: number, area: number) => number,
): Operator {
  return operator({
    name,
    summary,
    infer(c) {
      const shape = c.shape(0);
      return [shape.map((extent, axis) => (axis < 2 ? extent : 1))];
    },
    evaluate(c) {
      const x = c.tensor(0);
      const values = numbersOf(x);
      const area = span(x.shape, 2);
      const results = Float64Array.from({ length: elementCount(c.shape()) }, (_, n) => fold(c, values, n * area, area));
      return [tensorOf(x.dtype, c.shape(), results)];
    },
  });
}

function total(values: ArrayLike<number>, start: number, area: number, f: (x: number) => number): number {
  let sum = 0;
  for (let i = start; i < start + area; i += 1) sum += f(values[i]!);
  return sum;
}

export const globalAveragePool = globalPool(
  "GlobalAveragePool",
  "the mean of each channel",
  (_, values, start, area) => total(values, start, area, (x) => x) / area,
);

export const globalMaxPool = globalPool("GlobalMaxPool", "the greatest of each channel", (_, values, start, area) => {
  let best = Number.NEGATIVE_INFINITY;
  for (let i = start; i < start + area; i += 1) best = Math.max(best, values[i]!);
  return best;
});

export const globalLpPool = globalPool("GlobalLpPool", "the p-norm of each channel", (c, values, start, area) => {
  const p = exponentOf(c);
  return total(values, start, area, (x) => Math.abs(x) ** p) ** (1 / p);
});

export const maxUnpool = operator({
  name: "MaxUnpool",
  summary: "the inverse of MaxPool: elements back where their indices say, zeros elsewhere",
  shapeInputs: [2],
  infer(c) {
    const given = c.has(2) ? c.extents(2) : undefined;
    const shape = c.shape(0);
    if (c.has(2)) return [given ?? shape.map(() => null)];
    return [unpooledDims(c, shape)];
  },
  evaluate(c) {
    const x = c.tensor(0);
    // Indices count in the shape without output_shape, which may be larger.
    const own = unpooledDims(c, x.shape) as readonly number[];
    const shape = c.shape();
    const strides = shape.map((_, axis) => span(shape, axis + 1));
    const [values, result] = [numbersOf(x), new Float64Array(elementCount(shape))];
    c.integers(1).forEach((index, n) => {
      let [rest, target] = [index, 0];
      for (let axis = own.length - 1; axis >= 0; axis -= 1) {
        target += (rest % own[axis]!) * strides[axis]!;
        rest = Math.floor(rest / own[axis]!);
      }
      result[target] = values[n]!;
    });
    return [tensorOf(x.dtype, shape, result)];
  },
});

function unpooledDims(c: Pick<InferContext, "attributes">, shape: readonly Dim[]): readonly Dim[] {
  const kernel = c.attributes.ints("kernel_shape");
  const strides = c.attributes.ints(
    "strides",
    kernel.map(() => 1),
  );
  const pads = c.attributes.ints("pads", new Array<number>(2 * kernel.length).fill(0));
  return shape.map((extent, at): Dim => {
    if (at < 2 || typeof extent !== "number") return extent;
    const axis = at - 2;
    return (extent - 1) * strides[axis]! + kernel[axis]! - pads[axis]! - pads[kernel.length + axis]!;
  });
}
