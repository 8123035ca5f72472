import { type DType, isWide } from "@rdu/tensor";
import { axisOf } from "./axis-of.ts";
import type { Decompose } from "./decompose.ts";
import { type Index, plus, times } from "./index-form.ts";
import { scalarConstant } from "./maps.ts";
import type { NodeBuilder } from "./node-builder.ts";
import { literal, type PatternWriter, type Scalar, type TensorRef } from "./pattern-writer.ts";
import { chosenAxes, chosenForm } from "./run-time-axes.ts";

/**
 * Turns of a Fourier transform of `length` points as a table [frequency, point, output part, input part]: what the real (0) and imaginary
 * (1) part of a point adds to those of a frequency.
 */
function turns(
  b: NodeBuilder,
  frequencies: number,
  length: number,
  inputParts: number,
  inverse: boolean,
  lanes: DType,
): TensorRef {
  const values = new Float64Array(frequencies * length * 2 * inputParts);
  for (let k = 0; k < frequencies; k += 1) {
    for (let n = 0; n < length; n += 1) {
      // Reduced modulo the length first: angles stay small, so that sines stay exact.
      const angle = ((inverse ? 2 : -2) * Math.PI * ((k * n) % length)) / length;
      const scale = inverse ? 1 / length : 1;
      const [cos, sin] = [Math.cos(angle) * scale, Math.sin(angle) * scale];
      const at = (k * length + n) * 2 * inputParts;
      values[at] = cos;
      values[at + inputParts] = sin;
      if (inputParts === 2) {
        values[at + 1] = -sin;
        values[at + 3] = cos;
      }
    }
  }
  const data = lanes === "float64" ? values : Float32Array.from(values);
  return b.table("turns", { dtype: lanes, shape: [frequencies, length, 2, inputParts], data });
}

/** A real signal from the first half of its spectrum: what frequency k's parts add to point n, the mirrored half included. */
function realTurns(b: NodeBuilder, length: number, frequencies: number, lanes: DType): TensorRef {
  const values = new Float64Array(length * frequencies * 2);
  for (let n = 0; n < length; n += 1) {
    for (let k = 0; k < frequencies; k += 1) {
      const angle = (2 * Math.PI * ((k * n) % length)) / length;
      const mirrored = k > 0 && 2 * k < length ? 2 : 1;
      values[(n * frequencies + k) * 2] = (mirrored * Math.cos(angle)) / length;
      values[(n * frequencies + k) * 2 + 1] = (-mirrored * Math.sin(angle)) / length;
    }
  }
  const data = lanes === "float64" ? values : Float32Array.from(values);
  return b.table("turns", { dtype: lanes, shape: [length, frequencies, 1, 2], data });
}

/** The axis may be known only at run time; the length then follows from the result, unless that shows half of the spectrum. */
const dft: Decompose = (b) => {
  const [x, target] = [b.input(0), b.output()];
  const rank = x.shape.length;
  const inverse = b.attributes.int("inverse", 0) !== 0;
  const onesided = b.attributes.int("onesided", 0) !== 0;
  const given = b.version >= 20 ? (b.has(2) ? scalarConstant(b, 2) : -2) : b.attributes.int("axis", 1);
  const wanted = b.has(1) ? scalarConstant(b, 1) : undefined;
  if (b.has(1) && wanted === undefined && onesided && !inverse) return { host: "the length is known only at run time" };
  const run = ([axis = 0]: readonly number[], to: TensorRef): void => {
    const points = target.shape[axis]!;
    const length = Number(wanted ?? (b.has(1) ? points : x.shape[axis]!));
    transform(b, to, axis, inverse && onesided ? Math.floor(points / 2) + 1 : length, { inverse, onesided });
  };
  if (given === undefined) return chosenAxes(b, 2, axesBetween(x.shape, target.shape), run);
  run([axisOf(Number(given), rank)], target);
  return undefined;
};

/** Axes along which alone two shapes may differ; the last one holds real and imaginary parts. */
function axesBetween(from: readonly number[], to: readonly number[]): readonly (readonly number[])[] {
  const axes = from.slice(0, -1).map((_, axis) => axis);
  return axes
    .filter((axis) => axes.every((other) => other === axis || from[other] === to[other]))
    .map((axis) => [axis]);
}

function transform(
  b: NodeBuilder,
  target: TensorRef,
  axis: number,
  length: number,
  kind: { readonly inverse: boolean; readonly onesided: boolean },
): void {
  const x = b.input(0);
  const last = x.shape.length - 1;
  const parts = x.shape[last]!;
  const lanes: DType = x.dtype === "float64" ? "float64" : "float32";
  const points = target.shape[axis]!;
  const real = kind.inverse && kind.onesided;
  const table = real ? realTurns(b, points, length, lanes) : turns(b, points, length, parts, kind.inverse, lanes);
  b.pattern((p) => {
    const index = p.parallelOver(target.shape);
    const n = p.reduceLoop("point", length);
    const part = p.reduceLoop("part", parts);
    const from = index.map((i, a): Index => (a === axis ? n : a === last ? part : i));
    const element = p.widen(p.read(x, from, length > x.shape[axis]! ? 0 : undefined));
    const sum = p.fold("sum", p.apply("mul", element, p.read(table, [index[axis]!, n, index[last]!, part])));
    p.give(p.convert(sum, target.dtype), target, index);
  });
}

/** Transforms of overlapping frames: y[batch, frame, frequency, part]. Frame step and length may be known only at run time. */
const stft: Decompose = (b) => {
  const holds = (p: PatternWriter, length: number): Scalar => {
    const named = b.input(3);
    return p.test(
      "eq",
      p.read(
        named,
        named.shape.map(() => 0),
      ),
      literal(length, named.dtype),
    );
  };
  if (chosenForm(b, frameLengths(b), holds, (length, to) => frames(b, length, to)) === "done") return undefined;
  return { host: "the frame length is known only at run time" };
};

/** Frame lengths that the shapes leave: a half spectrum of K frequencies is one of 2 (K - 1) points or one more. */
function frameLengths(b: NodeBuilder): readonly number[] {
  const known = b.has(3) ? scalarConstant(b, 3) : undefined;
  const frequencies = b.output().shape[2]!;
  if (known !== undefined) return [Number(known)];
  if (b.has(2)) return [b.input(2).shape[0]!];
  return b.attributes.int("onesided", 1) === 0 ? [frequencies] : [2 * (frequencies - 1), 2 * frequencies - 1];
}

function frames(b: NodeBuilder, length: number, target: TensorRef): void {
  const [x, window] = [b.input(0), b.optional(2)];
  const step = scalarConstant(b, 1);
  const parts = x.shape.length === 3 ? x.shape[2]! : 1;
  const lanes: DType = x.dtype === "float64" ? "float64" : "float32";
  const table = turns(b, target.shape[2]!, length, parts, false, lanes);
  const starts = step === undefined ? frameStarts(b, target.shape[1]!) : undefined;
  b.pattern((p) => {
    const [batch = 0, frame = 0, k = 0, outPart = 0] = p.parallelOver(target.shape, "nfkc");
    const n = p.reduceLoop("point", length);
    const part = p.reduceLoop("part", parts);
    const start = starts === undefined ? times(frame, Number(step)) : p.gathered(p.read(starts, [frame]));
    const at = plus(start, n);
    const element = p.widen(p.read(x, x.shape.length === 3 ? [batch, at, part] : [batch, at], 0));
    const weighed = window === undefined ? element : p.apply("mul", element, p.widen(p.read(window, [n])));
    const sum = p.fold("sum", p.apply("mul", weighed, p.read(table, [k, n, outPart, part])));
    p.give(p.convert(sum, target.dtype), target, [batch, frame, k, outPart]);
  });
}

/** Where each frame begins, from a step that only the run knows. */
function frameStarts(b: NodeBuilder, count: number): TensorRef {
  const [step, starts] = [b.input(1), b.fresh("starts", "int32", [count])];
  b.pattern((p) => {
    const frame = p.parallel("f", count);
    const each = p.convert(
      p.read(
        step,
        step.shape.map(() => 0),
      ),
      "int32",
    );
    p.give(p.apply("mul", p.position(frame), each), starts, [frame]);
  });
  return starts;
}

/** A block shape that only the run knows is one of those that the shapes allow. */
const col2Im: Decompose = (b) => {
  const block = b.integers(2);
  if (block !== undefined) return sumBlocks(b, block, b.output());
  const [x, target] = [b.input(0), b.output()];
  const size = x.shape[1]! / target.shape[1]!;
  const blocks = factors(size, target.shape.length - 2).filter((shape) => {
    const columns = blockColumns(b, shape, target.shape.slice(2));
    return columns.every((count) => count > 0) && columns.reduce((a, c) => a * c, 1) === x.shape[2];
  });
  const named = b.input(2);
  const holds = (p: PatternWriter, shape: readonly number[]): Scalar =>
    shape
      .map((length, axis) => p.test("eq", p.read(named, [axis]), literal(length, named.dtype)))
      .reduce((a, c) => p.apply("and", a, c));
  if (chosenForm(b, blocks, holds, (shape, to) => sumBlocks(b, shape, to)) === "done") return undefined;
  return { host: "the block shape is known only at run time" };
};

/** All lists of `count` factors of `product`. */
function factors(product: number, count: number): readonly (readonly number[])[] {
  if (count === 1) return [[product]];
  return Array.from({ length: product }, (_, i) => i + 1)
    .filter((first) => product % first === 0)
    .flatMap((first) => factors(product / first, count - 1).map((rest) => [first, ...rest]));
}

/** How many block positions there are along each axis of the image. */
function blockColumns(b: NodeBuilder, block: readonly number[], image: readonly number[]): readonly number[] {
  const { strides, dilations, pads } = slides(b, image.length);
  return image.map((length, axis) => {
    const reach = (block[axis]! - 1) * dilations[axis]! + 1;
    return Math.floor((length + pads[axis]! + pads[axis + image.length]! - reach) / strides[axis]!) + 1;
  });
}

function slides(b: NodeBuilder, rank: number) {
  const ones = new Array<number>(rank).fill(1);
  return {
    strides: b.attributes.ints("strides", ones),
    dilations: b.attributes.ints("dilations", ones),
    pads: b.attributes.ints("pads", new Array<number>(2 * rank).fill(0)),
  };
}

/** Every pixel sums the block elements that cover it: along each axis a table says which block column holds tap k of position y. */
function sumBlocks(b: NodeBuilder, block: readonly number[], target: TensorRef): undefined {
  const x = b.input(0);
  const image = target.shape.slice(2);
  const { strides, dilations, pads } = slides(b, image.length);
  const columns = blockColumns(b, block, image);
  const tables = image.map((length, axis) => {
    const taps = block[axis]!;
    const data = new Int32Array(length * taps).fill(-1);
    for (let y = 0; y < length; y += 1) {
      for (let k = 0; k < taps; k += 1) {
        const column = (y + pads[axis]! - k * dilations[axis]!) / strides[axis]!;
        if (Number.isInteger(column) && column >= 0 && column < columns[axis]!) data[y * taps + k] = column;
      }
    }
    return b.table(`columns${axis}`, { dtype: "int32", shape: [length, taps], data });
  });
  const [batch = 1, channels = 1] = target.shape;
  const apart = b.reshaped(x, "apart", [batch, channels, ...block, ...columns]);
  b.pattern((p) => {
    const index = p.parallelOver(target.shape, "nczyxuv");
    const k = block.map((taps, axis) => p.reduceLoop(`k${axis}`, taps));
    const from = tables.map((table, axis) => p.gathered(p.read(table, [index[axis + 2]!, k[axis]!])));
    const element = p.widen(p.read(apart, [index[0]!, index[1]!, ...k, ...from], isWide(x.dtype) ? 0n : 0));
    // A sum of booleans is whether any of them is true.
    const added = x.dtype === "bool" ? p.convert(element, "int32") : element;
    p.give(p.convert(p.fold("sum", added), target.dtype), target, index);
  });
}

export const SIGNALS: Readonly<Record<string, Decompose>> = { DFT: dft, STFT: stft, Col2Im: col2Im };
