import type { DType } from "@rdu/tensor";
import * as fc from "fast-check";
import { FLOATS, filled, float, int, ints, type Sample, seed, shape } from "./sample.ts";

type Samples = Readonly<Record<string, fc.Arbitrary<Sample>>>;

const floats = fc.constantFrom<DType>(...FLOATS);
const wide = fc.constantFrom<DType>("float32", "float64");
const _small = fc.integer({ min: 1, max: 4 });

/** An activation of one operand, with or without a bias along the last axis. */
const activation = (op: string, bias: "never" | "maybe" | "always", alpha = false): fc.Arbitrary<Sample> =>
  fc.record({ dtype: floats, dims: shape(1, 3, 5), biased: fc.boolean(), s: seed }).map(
    ({ dtype, dims, biased, s }): Sample => ({
      op,
      inputs: [
        filled(dtype, dims, s),
        ...(bias === "always" || (bias === "maybe" && biased) ? [filled(dtype, [dims.at(-1) ?? 1], s + 1)] : []),
      ],
      ...(alpha ? { attributes: { alpha: float(1.25) } } : {}),
    }),
  );

const rms = (op: string): fc.Arbitrary<Sample> =>
  fc
    .record({ dtype: wide, dims: shape(1, 3, 5, 1), back: fc.integer({ min: 1, max: 3 }), s: seed })
    .map(({ dtype, dims, back, s }): Sample => {
      const axis = Math.max(0, dims.length - back);
      return {
        op,
        inputs: [filled(dtype, dims, s), filled(dtype, dims.slice(axis), s + 1)],
        attributes: { axis: int(axis - dims.length), epsilon: float(1e-3) },
      };
    });

const lpNormalization = fc
  .record({
    dtype: wide,
    dims: shape(1, 3, 4, 1),
    p: fc.constantFrom(1, 2),
    at: fc.double({ min: 0, max: 0.99, noNaN: true }),
    s: seed,
  })
  .map(
    ({ dtype, dims, p, at, s }): Sample => ({
      op: "LpNormalization",
      inputs: [filled(dtype, dims, s)],
      attributes: { p: int(p), axis: int(Math.floor(at * dims.length)) },
    }),
  );

const meanVariance = fc.record({ dtype: wide, dims: shape(4, 4, 3, 1), some: fc.boolean(), s: seed }).map(
  ({ dtype, dims, some, s }): Sample => ({
    op: "MeanVarianceNormalization",
    inputs: [filled(dtype, dims, s)],
    attributes: some ? { axes: ints([1, -1]) } : {},
  }),
);

const swiGlu = fc.record({ dtype: floats, dims: shape(1, 3, 5), s: seed }).map(
  ({ dtype, dims, s }): Sample => ({
    op: "SwiGLU",
    opset: 28,
    inputs: [filled(dtype, dims, s), filled(dtype, dims, s + 1)],
    attributes: { alpha: float(1.5) },
  }),
);

const binarizer = fc.record({ dims: shape(1, 2, 5), s: seed }).map(
  ({ dims, s }): Sample => ({
    op: "ai.onnx.ml.Binarizer",
    inputs: [filled("float32", dims, s)],
    attributes: { threshold: float(0.25) },
  }),
);

/** Normalisations and activations outside the tables of elementwise operators. */
export const NORMAL_SAMPLES: Samples = {
  RMSNormalization: rms("RMSNormalization"),
  SimplifiedLayerNormalization: rms("SimplifiedLayerNormalization"),
  LpNormalization: lpNormalization,
  MeanVarianceNormalization: meanVariance,
  SwiGLU: swiGlu,
  "ai.onnx.ml.Binarizer": binarizer,
  "com.microsoft.Gelu": activation("com.microsoft.Gelu", "never"),
  "com.microsoft.QuickGelu": activation("com.microsoft.QuickGelu", "never", true),
  "com.microsoft.FastGelu": activation("com.microsoft.FastGelu", "maybe"),
  "com.microsoft.BiasGelu": activation("com.microsoft.BiasGelu", "always"),
};
