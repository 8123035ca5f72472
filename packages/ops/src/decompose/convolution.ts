import { elementAt } from "@rdu/diagnostics";
import type { IndexExpression } from "@rdu/ir";
import type { Decompose } from "./decompose.ts";
import { type Index, plus, times } from "./index-form.ts";
import { widened } from "./lane-types.ts";
import { type MapInput, mapInput } from "./maps.ts";
import type { NodeBuilder } from "./node-builder.ts";
import type { PatternWriter, Scalar, TensorRef } from "./pattern-writer.ts";
import { inputPosition, isInside, spatialNames, type Window, windowsOf } from "./windows.ts";

export interface Convolution {
  readonly target: TensorRef;
  readonly x: TensorRef;
  /** [output channels, input channels of a group, kernel...] */
  readonly w: TensorRef;
  readonly group: number;
  readonly windows: readonly Window[];
  /** What the padding holds, as an element of x. */
  readonly padding: number | bigint;
  /** Changes elements as they are read; by default they are taken at full lane width. */
  readonly xElement?: (p: PatternWriter, element: Scalar) => Scalar;
  readonly wElement?: (p: PatternWriter, element: Scalar, outputChannel: Index) => Scalar;
  readonly finish?: (p: PatternWriter, sum: Scalar, outputChannel: Index, at: readonly Index[]) => Scalar;
}

/** y[n, g M + m, o] = finish(sum over c, k of x[n, g C + c, o * stride + k * dilation - pad] * w[g M + m, c, k]). */
export function convolve(
  b: NodeBuilder,
  { target, x, w, group, windows, padding, ...element }: Convolution,
): undefined {
  const [batch = 1, outputChannels = 1] = target.shape;
  const perGroup = outputChannels / group;
  const depth = w.shape[1]!;
  b.pattern((p) => {
    const n = p.parallel("n", batch);
    const g = p.parallel("g", group);
    const m = p.parallel("m", perGroup);
    const names = spatialNames(windows.length);
    const out = windows.map(({ output }, axis) => p.parallel(names[axis]!, output));
    const c = p.reduceLoop("c", depth);
    const taps = windows.map(({ kernel }, axis) => p.reduceLoop(`k${names[axis]}`, kernel));
    const channel = plus(times(g, perGroup), m);
    const at = windows.map((window, axis) => inputPosition(window, out[axis]!, taps[axis]!));
    const index = [n, plus(times(g, depth), c), ...at];
    const read = p.read(x, index, windows.every(isInside) ? undefined : padding);
    const xs = element.xElement === undefined ? p.widen(read) : element.xElement(p, read);
    const weight = p.read(w, [channel, c, ...taps]);
    const ws = element.wElement === undefined ? p.widen(weight) : element.wElement(p, weight, channel);
    const sum = p.fold("sum", p.apply("mul", xs, ws));
    const made = element.finish === undefined ? sum : element.finish(p, sum, channel, [n, channel, ...out]);
    p.give(made, target, [n, channel, ...out]);
  });
}

/** Adds a bias of one element a channel. */
export function withBias(bias: MapInput | undefined): NonNullable<Convolution["finish"]> {
  return (p, sum, channel) => {
    if (bias === undefined) return sum;
    const element = "id" in bias ? p.read(bias, [bias.shape[0] === 1 ? 0 : channel]) : bias;
    return p.apply("add", sum, p.widen(element));
  };
}

const conv: Decompose = (b) => {
  const [x, w, target] = [b.input(0), b.input(1), b.output()];
  return convolve(b, {
    target,
    x,
    w,
    group: b.attributes.int("group", 1),
    windows: windowsOf(b, x.shape.slice(2), target.shape.slice(2), w.shape.slice(2)),
    padding: 0,
    finish: withBias(b.has(2) ? mapInput(b, 2) : undefined),
  });
};

/**
 * The products of every element with every tap in one contraction, which every output then gathers those from that reach it. Along an axis
 * where the kernel's stride divides the output and no padding shifts the phase, output q * stride + r takes taps r, r + stride, ... of places
 * q, q - 1, ...; along all other axes products are first spread out with zeros in between. So no element is multiplied that does not exist.
 */
const convTranspose: Decompose = (b) => {
  const [x, w, target] = [b.input(0), b.input(1), b.output()];
  const group = b.attributes.int("group", 1);
  const axes = transposedAxes(b, x, w, target);
  const products = productsOfTaps(b, x, w, group);
  const spread = axes.every(({ phased }) => phased) ? products : spreadOut(b, products, axes);
  const spreadAxes = axes.map((axis) =>
    axis.phased ? axis : { ...axis, input: (axis.input - 1) * axis.stride + 1, stride: 1 },
  );
  const bias = withBias(b.has(2) ? mapInput(b, 2) : undefined);
  b.pattern((p) => {
    const n = p.parallel("n", x.shape[0]!);
    const m = p.parallel("m", target.shape[1]!);
    const names = spatialNames(axes.length);
    const blocks = spreadAxes.map(({ output, stride }, axis) => p.parallel(names[axis]!, output / stride));
    const phases = spreadAxes.map(({ stride }, axis) => p.parallel(`r${names[axis]}`, stride));
    const taps = spreadAxes.map(({ kernel, stride }, axis) =>
      p.reduceLoop(`k${names[axis]}`, Math.ceil(kernel / stride)),
    );
    const out = spreadAxes.map(({ stride }, axis) => plus(times(blocks[axis]!, stride), phases[axis]!));
    const from = spreadAxes.map(({ stride, dilation, pad }, axis) =>
      plus(blocks[axis]!, pad / stride, times(taps[axis]!, -dilation)),
    );
    const tap = spreadAxes.map(({ stride }, axis) => plus(phases[axis]!, times(taps[axis]!, stride)));
    const isRagged = spreadAxes.some(({ kernel, stride }) => kernel % stride !== 0);
    const mayMiss = isRagged || !spreadAxes.every(staysInside);
    const product = p.read(spread, [n, m, ...tap, ...from], mayMiss ? 0 : undefined);
    p.give(bias(p, p.fold("sum", product), m, []), target, [n, m, ...out]);
  });
  return undefined;
};

/** products[n, g M + m, tap, place] = sum over c of x[n, g C + c, place] * w[g C + c, m, tap], at full lane width. */
function productsOfTaps(b: NodeBuilder, x: TensorRef, w: TensorRef, group: number): TensorRef {
  const [[batch = 1, channels = 1, ...places], [, perGroup = 1, ...kernel]] = [x.shape, w.shape];
  const depth = channels / group;
  const to = b.fresh("products", widened(x.dtype), [batch, group * perGroup, ...kernel, ...places]);
  b.pattern((p) => {
    const [n, g, m] = [p.parallel("n", batch), p.parallel("g", group), p.parallel("m", perGroup)];
    const names = spatialNames(places.length);
    const tap = kernel.map((extent, axis) => p.parallel(`k${names[axis]}`, extent));
    const place = places.map((extent, axis) => p.parallel(names[axis]!, extent));
    const c = p.reduceLoop("c", depth);
    const xs = p.widen(p.read(x, [n, plus(times(g, depth), c), ...place]));
    const ws = p.widen(p.read(w, [plus(times(g, depth), c), m, ...tap]));
    p.give(p.fold("sum", p.apply("mul", xs, ws)), to, [n, plus(times(g, perGroup), m), ...tap, ...place]);
  });
  return to;
}

function transposedAxes(b: NodeBuilder, x: TensorRef, w: TensorRef, target: TensorRef): readonly TransposedAxis[] {
  const ones = new Array<number>(x.shape.length - 2).fill(1);
  const strides = b.attributes.ints("strides", ones);
  const dilations = b.attributes.ints("dilations", ones);
  return padsBefore(b, x.shape.slice(2), w.shape.slice(2), target.shape.slice(2)).map((pad, axis) => {
    const [stride, dilation, output] = [strides[axis]!, dilations[axis]!, target.shape[axis + 2]!];
    const phased = stride === 1 || (dilation === 1 && pad % stride === 0 && output % stride === 0);
    return { stride, dilation, pad, output, kernel: w.shape[axis + 2]!, input: x.shape[axis + 2]!, phased };
  });
}

interface TransposedAxis {
  readonly stride: number;
  readonly dilation: number;
  readonly pad: number;
  readonly output: number;
  readonly kernel: number;
  readonly input: number;
  readonly phased: boolean;
}

function staysInside({ stride, dilation, pad, output, kernel, input }: TransposedAxis): boolean {
  const highest = output / stride - 1 + pad / stride;
  return pad / stride - (Math.ceil(kernel / stride) - 1) * dilation >= 0 && highest < input;
}

/** Padding before the first element that the full transposed result loses, per axis. */
function padsBefore(
  b: NodeBuilder,
  input: readonly number[],
  kernel: readonly number[],
  output: readonly number[],
): readonly number[] {
  const rank = input.length;
  const ones = new Array<number>(rank).fill(1);
  const strides = b.attributes.ints("strides", ones);
  const dilations = b.attributes.ints("dilations", ones);
  const extra = b.attributes.ints("output_padding", new Array<number>(rank).fill(0));
  const auto = b.attributes.string("auto_pad", "NOTSET");
  const explicit = b.attributes.ints("pads", new Array<number>(2 * rank).fill(0));
  const computed = b.attributes.has("output_shape") || auto === "SAME_UPPER" || auto === "SAME_LOWER";
  if (auto === "VALID") return new Array<number>(rank).fill(0);
  if (!computed) return explicit.slice(0, rank);
  return input.map((length, axis) => {
    const full = strides[axis]! * (length - 1) + elementAt(extra, axis) + (kernel[axis]! - 1) * dilations[axis]! + 1;
    const total = Math.max(full - output[axis]!, 0);
    const half = Math.floor(total / 2);
    return auto === "SAME_UPPER" ? half : total - half;
  });
}

/** A tensor with stride - 1 zeros between neighbours along those of its last axes that are not phased. */
function spreadOut(b: NodeBuilder, x: TensorRef, axes: readonly TransposedAxis[]): TensorRef {
  const steps = x.shape.map((_length, at) => {
    const axis = axes[at - (x.shape.length - axes.length)];
    return axis === undefined || axis.phased ? 1 : axis.stride;
  });
  const shape = x.shape.map((length, axis) => (length === 0 ? 0 : (length - 1) * steps[axis]! + 1));
  const spread = b.fresh("spread", x.dtype, shape);
  b.pattern((p) => {
    const index = p.parallelOver(x.shape);
    const to: readonly IndexExpression[] = index.map((i, axis) => times(i, steps[axis]!));
    p.give(p.read(x, index), spread, to, 0);
  });
  return spread;
}

export const CONVOLUTIONS: Readonly<Record<string, Decompose>> = {
  Conv: conv,
  ConvTranspose: convTranspose,
};
