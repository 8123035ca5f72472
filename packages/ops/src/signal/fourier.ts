import type { Dim } from "@rdu/ir";
import { type DType, dtypeOfOnnx, elementCount, isInteger } from "@rdu/tensor";
import { numbersOf, scalarOf, tensorOf } from "../numeric/numbers.ts";
import { span } from "../numeric/walk.ts";
import { type EvaluateContext, type InferContext, type Operator, operator } from "../operator.ts";
import { axisOf } from "../shapes.ts";

/** sum over n of x[n] e^(sign 2 pi j k n / N) for k below `bins`, of interleaved complex numbers; by the definition. */
function transform(x: Float64Array, length: number, bins: number, sign: number): Float64Array {
  const y = new Float64Array(2 * bins);
  for (let k = 0; k < bins; k += 1) {
    let [real, imaginary] = [0, 0];
    for (let n = 0; n < length; n += 1) {
      const angle = (sign * 2 * Math.PI * ((k * n) % length)) / length;
      const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
      real += x[2 * n]! * cos - x[2 * n + 1]! * sin;
      imaginary += x[2 * n]! * sin + x[2 * n + 1]! * cos;
    }
    y[2 * k] = real;
    y[2 * k + 1] = imaginary;
  }
  return y;
}

interface Plan {
  readonly axis: number;
  /** Length of the transform; null when not known yet. */
  readonly length: number | null;
  readonly inverse: boolean;
  readonly onesided: boolean;
  /** Elements of the result along the axis. */
  readonly bins: number | null;
  /** Real and imaginary parts of the result, or only the real one. */
  readonly parts: number;
}

/** undefined: the axis is not known yet. */
function planOf(
  c: Pick<InferContext, "version" | "attributes" | "reject" | "has">,
  shape: readonly Dim[],
  integers: (index: number) => readonly number[] | undefined,
): Plan | undefined {
  const rank = shape.length;
  const given = c.version < 20 ? c.attributes.int("axis") : c.has(2) ? integers(2)?.[0] : -2;
  if (given === undefined) return undefined;
  const axis = axisOf(c, given, rank);
  const [inverse, onesided] = [c.attributes.int("inverse") !== 0, c.attributes.int("onesided") !== 0];
  const extent = shape[axis];
  const own = typeof extent !== "number" ? null : inverse && onesided ? 2 * (extent - 1) : extent;
  const length = c.has(1) ? (integers(1)?.[0] ?? null) : own;
  const bins = length === null ? null : onesided && !inverse ? Math.floor(length / 2) + 1 : length;
  return { axis, length, inverse, onesided, bins, parts: inverse && onesided ? 1 : 2 };
}

export const dft = operator({
  name: "DFT",
  summary: "discrete Fourier transform along an axis, one-sided or inverse as asked",
  shapeInputs: [1, 2],
  infer(c) {
    const shape = c.shape(0);
    const plan = planOf(c, shape, (index) => c.lengths(index));
    if (plan === undefined) return [shape.map(() => null)];
    const { axis, bins, parts } = plan;
    return [shape.with(axis, bins).with(shape.length - 1, parts)];
  },
  evaluate(c) {
    const x = c.tensor(0);
    const plan = planOf(c, x.shape, (index) => c.integers(index)) ?? c.reject("has no axis", "E0304");
    const { axis, length, inverse, onesided, parts } = plan;
    const shape = c.shape();
    const [count, bins, width] = [length ?? 0, shape[axis]!, x.shape.at(-1)!];
    const values = numbersOf(x);
    const y = new Float64Array(elementCount(shape));
    const inner = span(x.shape, axis + 1, x.shape.length - 1);
    const lines = span(x.shape, 0, axis) * inner;
    for (let line = 0; line < lines; line += 1) {
      const [outer, i] = [Math.floor(line / inner), line % inner];
      const signal = new Float64Array(2 * count);
      for (let n = 0; n < count; n += 1) {
        // A one-sided spectrum continues as the conjugate of its mirror image.
        const mirrored = inverse && onesided && n > count / 2;
        const at = mirrored ? count - n : n;
        if (at >= x.shape[axis]!) continue;
        const from = ((outer * x.shape[axis]! + at) * inner + i) * width;
        signal[2 * n] = values[from]!;
        if (width === 2) signal[2 * n + 1] = (mirrored ? -1 : 1) * values[from + 1]!;
      }
      const result = transform(signal, count, bins, inverse ? 1 : -1);
      for (let k = 0; k < bins; k += 1)
        for (let part = 0; part < parts; part += 1)
          y[((outer * bins + k) * inner + i) * parts + part] = result[2 * k + part]! / (inverse ? count : 1);
    }
    return [tensorOf(x.dtype, shape, y)];
  },
});

function frameLength(
  c: Pick<InferContext, "has">,
  signal: readonly Dim[],
  window: readonly Dim[] | undefined,
  integers: (index: number) => readonly number[] | undefined,
): number | null {
  if (c.has(3)) return integers(3)?.[0] ?? null;
  const extent = window?.[0] ?? signal[1];
  return typeof extent === "number" ? extent : null;
}

export const stft = operator({
  name: "STFT",
  summary: "Fourier transforms of windowed frames of a signal",
  shapeInputs: [1, 3],
  infer(c) {
    const signal = c.shape(0);
    const length = frameLength(c, signal, c.has(2) ? c.shape(2) : undefined, (index) => c.lengths(index));
    const step = c.lengths(1)?.[0];
    const total = signal[1];
    const frames =
      length !== null && step !== undefined && typeof total === "number"
        ? Math.floor((total - length) / step) + 1
        : null;
    const bins = length === null ? null : c.attributes.int("onesided") !== 0 ? Math.floor(length / 2) + 1 : length;
    return [[signal[0] as Dim, frames, bins, 2]];
  },
  evaluate(c) {
    const x = c.tensor(0);
    const [batch, frames, bins] = c.shape() as [number, number, number];
    const step = c.integers(1)[0]!;
    const length = frameLength(c, x.shape, c.optional(2)?.shape, (index) => c.integers(index)) ?? 0;
    const window = c.has(2) ? numbersOf(c.tensor(2)) : undefined;
    const values = numbersOf(x);
    const [total, width] = [x.shape[1]!, x.shape[2] ?? 1];
    const y = new Float64Array(batch * frames * bins * 2);
    for (let row = 0; row < batch * frames; row += 1) {
      const start = Math.floor(row / frames) * total + (row % frames) * step;
      const signal = new Float64Array(2 * length);
      for (let n = 0; n < length; n += 1)
        for (let part = 0; part < width; part += 1)
          signal[2 * n + part] = values[(start + n) * width + part]! * (window?.[n] ?? 1);
      y.set(transform(signal, length, bins, -1), row * bins * 2);
    }
    return [tensorOf(x.dtype, c.shape(), y)];
  },
});

function declaredType(c: Pick<InferContext, "attributes" | "reject">): DType {
  return dtypeOfOnnx(c.attributes.int("output_datatype")) ?? c.reject("output_datatype is no element type", "E0305");
}

/** A window of cosines: sum of (-1)^i a[i] cos(2 pi i n / N). Integers are what single precision, which the standard computes in, is cut to. */
function cosineWindow(name: string, summary: string, coefficients: readonly number[]): Operator {
  return operator({
    name,
    summary,
    shapeInputs: [0],
    infer: (c) => [{ kind: "tensor", dtype: declaredType(c), shape: [c.extents(0)?.[0] ?? null] }],
    evaluate(c) {
      const size = c.integers(0)[0]!;
      const period = c.attributes.int("periodic") !== 0 ? size : size - 1;
      const values = Float64Array.from({ length: size }, (_, n) =>
        coefficients.reduce((sum, a, i) => sum + (i % 2 === 0 ? a : -a) * Math.cos((2 * Math.PI * i * n) / period), 0),
      );
      const dtype = declaredType(c);
      return [tensorOf(dtype, [size], isInteger(dtype) ? values.map(Math.fround) : values)];
    },
  });
}

export const hannWindow = cosineWindow("HannWindow", "Hann window", [0.5, 0.5]);
export const hammingWindow = cosineWindow("HammingWindow", "Hamming window", [25 / 46, 21 / 46]);
export const blackmanWindow = cosineWindow("BlackmanWindow", "Blackman window", [0.42, 0.5, 0.08]);

function expectSome(c: Pick<InferContext, "reject">, bins = 1, length = 1): void {
  if (bins < 1 || length < 1) c.reject(`${bins} mel bins of a DFT of ${length} elements`, "E0307");
}

export const melWeightMatrix = operator({
  name: "MelWeightMatrix",
  summary: "weights that take a linear spectrum to the mel scale",
  shapeInputs: [0, 1],
  infer(c) {
    const [bins, length] = [c.lengths(0)?.[0], c.lengths(1)?.[0]];
    expectSome(c, bins, length);
    const shape = [length === undefined ? null : Math.floor(length / 2) + 1, bins ?? null];
    return [{ kind: "tensor", dtype: declaredType(c), shape }];
  },
  evaluate(c) {
    const [bins, length, rate] = [c.integers(0)[0]!, c.integers(1)[0]!, c.integers(2)[0]!];
    expectSome(c, bins, length);
    const edges = melEdges(c, bins, length, rate);
    const shape = [Math.floor(length / 2) + 1, bins];
    const y = new Float64Array(shape[0]! * bins);
    for (let bin = 0; bin < bins; bin += 1) {
      const [low, centre, high] = edges.slice(bin, bin + 3) as [number, number, number];
      if (centre === low) y[centre * bins + bin] = 1;
      for (let k = low; k <= centre && centre > low; k += 1) y[k * bins + bin] = (k - low) / (centre - low);
      for (let k = centre; k < high; k += 1) y[k * bins + bin] = (high - k) / (high - centre);
    }
    return [tensorOf(declaredType(c), shape, y)];
  },
});

/** Spectrum bins of the corners of the triangles, evenly spaced on the mel scale. */
function melEdges(c: EvaluateContext, bins: number, length: number, rate: number): readonly number[] {
  const mel = (hertz: number): number => 2595 * Math.log10(1 + hertz / 700);
  const [low, high] = [mel(scalarOf(c.tensor(3))), mel(scalarOf(c.tensor(4)))];
  const step = (high - low) / (bins + 2);
  return Array.from({ length: bins + 2 }, (_, i) =>
    Math.floor(((length + 1) * 700 * (10 ** ((low + i * step) / 2595) - 1)) / rate),
  );
}
