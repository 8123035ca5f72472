import type { Dim } from "@rdu/ir";
import { elementCount, type Tensor } from "@rdu/tensor";
import { floatsOf } from "../linear/matmul.ts";
import { multiplyInto } from "../linear/multiply.ts";
import { numbersOf, tensorOf } from "../numeric/numbers.ts";
import { eachIndex, span } from "../numeric/walk.ts";
import { type InferContext, operator } from "../operator.ts";
import { sameDim } from "../shapes.ts";
import { listOf, type Window, windowOf, windowOffsets } from "./window.ts";

type Floats = Float32Array | Float64Array;

/** The kernel's spatial extents: kernel_shape, or those of the weights. */
export function kernelOf(c: Pick<InferContext, "attributes" | "reject">, weights: readonly Dim[]): readonly number[] {
  const own = weights.slice(2);
  const given = c.attributes.ints("kernel_shape", own as number[]);
  if (given.some((extent) => typeof extent !== "number")) return c.reject("the kernel's extents are unknown", "E0207");
  return given;
}

/** Whether the kernel's extents are known before the weights are. */
function hasKernel(c: Pick<InferContext, "attributes">, weights: readonly Dim[]): boolean {
  return c.attributes.has("kernel_shape") || weights.slice(2).every((extent) => typeof extent === "number");
}

export function inferConvolution(c: InferContext, x: readonly Dim[], w: readonly Dim[]): readonly Dim[] {
  if (x.length < 3 || w.length !== x.length)
    c.reject(`operand of ${x.length} and weights of ${w.length} dimensions`, "E0204");
  const group = c.attributes.int("group", 1);
  const channels = w[1];
  if (typeof channels === "number") sameDim(c, x[1] as Dim, channels * group, "channels");
  const places = hasKernel(c, w) ? windowOf(c, x.slice(2), kernelOf(c, w)).places : x.slice(2).map(() => null);
  return [x[0] as Dim, w[0] as Dim, ...places];
}

/** Sums of a convolution in double, [N, M, ...places], without bias. */
export function convolutionSums(
  x: Floats,
  xShape: readonly number[],
  w: Floats,
  wShape: readonly number[],
  window: Window,
  group: number,
): Float64Array {
  const [batch, channels, ...extents] = xShape as [number, number, ...number[]];
  const [filters, depth] = wShape as [number, number];
  const offsets = windowOffsets(window, extents);
  const taps = span(window.kernel, 0);
  const places = offsets.length / taps;
  const area = span(extents, 0);
  const sums = new Float64Array(batch * filters * places);
  const columns =
    x instanceof Float32Array ? new Float32Array(depth * taps * places) : new Float64Array(depth * taps * places);
  const perGroup = filters / group;
  for (let n = 0; n < batch; n += 1)
    for (let g = 0; g < group; g += 1) {
      const from = (n * channels + g * depth) * area;
      gatherColumns(x, from, area, offsets, columns, depth);
      multiplyInto(
        w,
        g * perGroup * depth * taps,
        columns,
        0,
        sums,
        (n * filters + g * perGroup) * places,
        perGroup,
        depth * taps,
        places,
      );
    }
  return sums;
}

/** columns[channel, tap, place]: what each tap sees at each place, 0 in the padding. */
function gatherColumns(
  x: Floats,
  from: number,
  area: number,
  offsets: Int32Array,
  columns: Floats,
  depth: number,
): void {
  const length = offsets.length;
  for (let channel = 0; channel < depth; channel += 1) {
    const start = from + channel * area;
    const to = channel * length;
    for (let i = 0; i < length; i += 1) {
      const offset = offsets[i]!;
      columns[to + i] = offset < 0 ? 0 : x[start + offset]!;
    }
  }
}

/** Adds one value a channel (axis 1) in place. */
export function addPerChannel(sums: Float64Array, channels: number, bias: ArrayLike<number>, batch: number): void {
  const area = sums.length / (batch * channels);
  for (let i = 0; i < sums.length; i += 1) sums[i]! += bias[Math.floor(i / area) % channels]!;
}

export const conv = operator({
  name: "Conv",
  summary: "convolution over any number of spatial axes, grouped and dilated",
  infer: (c) => [inferConvolution(c, c.shape(0), c.shape(1))],
  evaluate(c) {
    const [x, w] = [c.tensor(0), c.tensor(1)];
    const window = windowOf(c, x.shape.slice(2), kernelOf(c, w.shape));
    const sums = convolutionSums(floatsOf(x), x.shape, floatsOf(w), w.shape, window, c.attributes.int("group"));
    const bias = c.optional(2);
    if (bias !== undefined) addPerChannel(sums, w.shape[0]!, numbersOf(bias), x.shape[0]!);
    return [tensorOf(x.dtype, c.shape(), sums)];
  },
});

export const convInteger = operator({
  name: "ConvInteger",
  summary: "convolution of 8-bit integers, zero points taken off, into int32",
  infer: (c) => [inferConvolution(c, c.shape(0), c.shape(1))],
  evaluate(c) {
    const [x, w] = [c.tensor(0), c.tensor(1)];
    const window = windowOf(c, x.shape.slice(2), kernelOf(c, w.shape));
    const inputs = centred(x, c.optional(2), 1);
    const weights = centred(w, c.optional(3), elementCount(w.shape) / w.shape[0]!);
    return [
      tensorOf(
        "int32",
        c.shape(),
        convolutionSums(inputs, x.shape, weights, w.shape, window, c.attributes.int("group")),
      ),
    ];
  },
});

/** Elements less their zero point: one for all, or one for each run of `run` elements. */
export function centred(x: Tensor, zeroPoint: Tensor | undefined, run: number): Float64Array {
  const values = Float64Array.from(numbersOf(x));
  if (zeroPoint === undefined) return values;
  const zeros = numbersOf(zeroPoint);
  for (let i = 0; i < values.length; i += 1)
    values[i]! -= zeros[zeros.length === 1 ? 0 : Math.floor(i / run) % zeros.length]!;
  return values;
}

/** Extents of the result of a transposed convolution, and the padding cut from it in front. */
interface Transposition {
  readonly extents: readonly Dim[];
  readonly before: readonly number[];
}

function transpositionOf(
  c: Pick<InferContext, "attributes" | "reject">,
  extents: readonly Dim[],
  kernel: readonly number[],
): Transposition {
  const rank = extents.length;
  const strides = listOf(c, "strides", rank, 1);
  const dilations = listOf(c, "dilations", rank, 1);
  const extra = listOf(c, "output_padding", rank, 0);
  const pads = c.attributes.ints("pads", new Array<number>(2 * rank).fill(0));
  const autoPad = c.attributes.string("auto_pad", "NOTSET");
  const wanted = c.attributes.ints("output_shape", []).slice(-rank);
  const before = pads.slice(0, rank);
  const results = extents.map((extent, axis): Dim => {
    if (typeof extent !== "number") return null;
    const full = strides[axis]! * (extent - 1) + extra[axis]! + (kernel[axis]! - 1) * dilations[axis]! + 1;
    const same = autoPad === "SAME_UPPER" || autoPad === "SAME_LOWER";
    if (wanted.length === 0 && !same) {
      if (autoPad === "VALID") before[axis] = 0;
      const cut = autoPad === "VALID" ? 0 : pads[axis]! + pads[rank + axis]!;
      return cut <= full ? full - cut : c.reject(`pads cut ${cut} of ${full} elements`, "E0303");
    }
    const target = wanted[axis] ?? extent * strides[axis]!;
    // A larger result than the kernel reaches is filled up behind, not in front.
    const total = Math.max(0, full - target);
    // The standard puts the odd one at the end for SAME_UPPER, else in front.
    before[axis] = autoPad === "SAME_UPPER" ? Math.floor(total / 2) : total - Math.floor(total / 2);
    return target;
  });
  return { extents: results, before };
}

export const convTranspose = operator({
  name: "ConvTranspose",
  summary: "the transpose of a convolution: every element spreads the kernel over the result",
  infer(c) {
    const [x, w] = [c.shape(0), c.shape(1)];
    sameDim(c, x[1] as Dim, w[0] as Dim, "channels");
    const filters = typeof w[1] === "number" ? w[1] * c.attributes.int("group") : null;
    const extents = hasKernel(c, w)
      ? transpositionOf(c, x.slice(2), kernelOf(c, w)).extents
      : x.slice(2).map(() => null);
    return [[x[0] as Dim, filters, ...extents]];
  },
  evaluate(c) {
    const [x, w] = [c.tensor(0), c.tensor(1)];
    const shape = c.shape();
    const group = c.attributes.int("group");
    const kernel = kernelOf(c, w.shape);
    const extents = x.shape.slice(2);
    const { before } = transpositionOf(c, extents, kernel);
    const [batch, channels] = x.shape as [number, number];
    const [filters, area] = [w.shape[1]!, span(shape, 2)];
    const targets = spreadOffsets(c, extents, kernel, before, shape.slice(2));
    const [values, weights] = [numbersOf(x), numbersOf(w)];
    const taps = span(kernel, 0);
    const places = span(extents, 0);
    const sums = new Float64Array(elementCount(shape));
    for (let n = 0; n < batch; n += 1)
      for (let channel = 0; channel < channels; channel += 1) {
        const g = Math.floor(channel / (channels / group));
        for (let f = 0; f < filters; f += 1) {
          const to = (n * filters * group + g * filters + f) * area;
          for (let tap = 0; tap < taps; tap += 1) {
            const weight = weights[(channel * filters + f) * taps + tap]!;
            for (let place = 0; place < places; place += 1) {
              const target = targets[tap * places + place]!;
              if (target >= 0) sums[to + target]! += weight * values[(n * channels + channel) * places + place]!;
            }
          }
        }
      }
    const bias = c.optional(2);
    if (bias !== undefined) addPerChannel(sums, filters * group, numbersOf(bias), batch);
    return [tensorOf(x.dtype, shape, sums)];
  },
});

/** For each tap and each element: where in a channel of the result it goes, or -1 when that is cut off. [taps, places] */
function spreadOffsets(
  c: Pick<InferContext, "attributes" | "reject">,
  extents: readonly number[],
  kernel: readonly number[],
  before: readonly number[],
  result: readonly number[],
): Int32Array {
  const strides = listOf(c, "strides", extents.length, 1);
  const dilations = listOf(c, "dilations", extents.length, 1);
  const places = span(extents, 0);
  const offsets = new Int32Array(span(kernel, 0) * places);
  eachIndex(kernel, (tap, tapNumber) =>
    eachIndex(extents, (place, placeNumber) => {
      let target = 0;
      for (let axis = 0; axis < extents.length; axis += 1) {
        const at = place[axis]! * strides[axis]! + tap[axis]! * dilations[axis]! - before[axis]!;
        if (at < 0 || at >= result[axis]! || target < 0) target = -1;
        else target = target * result[axis]! + at;
      }
      offsets[tapNumber * places + placeNumber] = target;
    }),
  );
  return offsets;
}
