import { type DType, normalizeAxis } from "@rdu/tensor";
import type { Decompose } from "./decompose.ts";
import { type Index, plus, times } from "./index-form.ts";
import { scalarConstant } from "./maps.ts";
import type { NodeBuilder } from "./node-builder.ts";
import type { TensorRef } from "./pattern-writer.ts";
import { chosenAxes } from "./run-time-axes.ts";

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
  run([normalizeAxis(Number(given), rank) ?? 0], target);
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

/** Transforms of overlapping frames: y[batch, frame, frequency, part]. */
const stft: Decompose = (b) => {
  const [x, window, target] = [b.input(0), b.optional(2), b.output()];
  const step = scalarConstant(b, 1);
  const given = b.has(3) ? scalarConstant(b, 3) : (window?.shape[0] ?? undefined);
  if (step === undefined || given === undefined) return { host: "frame step or length is known only at run time" };
  const length = Number(given);
  const parts = x.shape.length === 3 ? x.shape[2]! : 1;
  const lanes: DType = x.dtype === "float64" ? "float64" : "float32";
  const table = turns(b, target.shape[2]!, length, parts, false, lanes);
  b.pattern((p) => {
    const [batch = 0, frame = 0, k = 0, outPart = 0] = p.parallelOver(target.shape, "nfkc");
    const n = p.reduceLoop("point", length);
    const part = p.reduceLoop("part", parts);
    const at = plus(times(frame, Number(step)), n);
    const element = p.widen(p.read(x, x.shape.length === 3 ? [batch, at, part] : [batch, at]));
    const weighed = window === undefined ? element : p.apply("mul", element, p.widen(p.read(window, [n])));
    const sum = p.fold("sum", p.apply("mul", weighed, p.read(table, [k, n, outPart, part])));
    p.give(p.convert(sum, target.dtype), target, [batch, frame, k, outPart]);
  });
  return undefined;
};

/** Every pixel sums the block elements that cover it: along each axis a table says which block column holds tap k of position y. */
const col2Im: Decompose = (b) => {
  const [x, target] = [b.input(0), b.output()];
  const block = b.integers(2);
  const image = target.shape.slice(2);
  if (block === undefined) return { host: "the block shape is known only at run time" };
  const ones = block.map(() => 1);
  const strides = b.attributes.ints("strides", ones);
  const dilations = b.attributes.ints("dilations", ones);
  const pads = b.attributes.ints(
    "pads",
    [...ones, ...ones].map(() => 0),
  );
  const columns = image.map((length, axis) => {
    const reach = (block[axis]! - 1) * dilations[axis]! + 1;
    return Math.floor((length + pads[axis]! + pads[axis + image.length]! - reach) / strides[axis]!) + 1;
  });
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
    const element = p.widen(
      p.read(apart, [index[0]!, index[1]!, ...k, ...from], x.dtype === "int64" || x.dtype === "uint64" ? 0n : 0),
    );
    p.give(p.fold("sum", element), target, index);
  });
  return undefined;
};

export const SIGNALS: Readonly<Record<string, Decompose>> = { DFT: dft, STFT: stft, Col2Im: col2Im };
