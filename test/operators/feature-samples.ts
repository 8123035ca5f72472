import type { DType } from "@rdu/tensor";
import * as fc from "fast-check";
import { filled, float, int, ints, random, type Sample, seed, text } from "./sample.ts";

type Samples = Readonly<Record<string, fc.Arbitrary<Sample>>>;

const small = fc.integer({ min: 1, max: 3 });
const features = fc.constantFrom<DType>("float32", "float64", "int64", "int32");
const floats = (values: readonly number[]) => ({ kind: "floats", value: values.map(Math.fround) }) as const;
/** Numbers between -1 and 1. */
const drawn = (count: number, s: number): readonly number[] => {
  const next = random(s);
  return Array.from({ length: count }, () => 2 * next() - 1);
};

const scaler = fc.record({ dtype: features, rows: small, width: small, one: fc.boolean(), s: seed }).map(
  ({ dtype, rows, width, one, s }): Sample => ({
    op: "ai.onnx.ml.Scaler",
    inputs: [filled(dtype, [rows, width], s)],
    attributes: { offset: floats(drawn(one ? 1 : width, s + 1)), scale: floats(drawn(one ? 1 : width, s + 2)) },
  }),
);

const imputer = fc
  .record({ dtype: fc.constantFrom<DType>("float32", "int64"), rows: small, width: small, nan: fc.boolean(), s: seed })
  .map(({ dtype, rows, width, nan, s }): Sample => {
    const real = dtype === "float32";
    return {
      op: "ai.onnx.ml.Imputer",
      inputs: [filled(dtype, [rows, width], s, real ? "special" : "small")],
      attributes: real
        ? { imputed_value_floats: floats(drawn(width, s + 1)), replaced_value_float: float(nan ? Number.NaN : 1) }
        : { imputed_value_int64s: ints([7]), replaced_value_int64: int(2) },
    };
  });

const normalizer = fc
  .record({ dtype: features, rows: small, width: small, norm: fc.constantFrom("MAX", "L1", "L2"), s: seed })
  .map(
    ({ dtype, rows, width, norm, s }): Sample => ({
      op: "ai.onnx.ml.Normalizer",
      inputs: [filled(dtype, [rows, width], s, "positive")],
      attributes: { norm: text(norm) },
    }),
  );

const oneHot = fc.record({ dtype: features, rows: small, s: seed }).map(
  ({ dtype, rows, s }): Sample => ({
    op: "ai.onnx.ml.OneHotEncoder",
    inputs: [filled(dtype, [rows, 2], s, "small")],
    attributes: { cats_int64s: ints([1, 3, 4, -2]) },
  }),
);

const featureVectorizer = fc.record({ dtype: features, rows: small, first: small, second: small, s: seed }).map(
  ({ dtype, rows, first, second, s }): Sample => ({
    op: "ai.onnx.ml.FeatureVectorizer",
    inputs: [filled(dtype, [rows, first], s), filled(dtype, [rows, second], s + 1)],
    // The first is narrower than it says, the second wider.
    attributes: { inputdimensions: ints([first + 1, Math.max(1, second - 1)]) },
  }),
);

const TRANSFORMS = ["NONE", "LOGISTIC", "SOFTMAX", "SOFTMAX_ZERO"] as const;

const linearRegressor = fc
  .record({
    dtype: features,
    rows: small,
    width: small,
    targets: small,
    transform: fc.constantFrom(...TRANSFORMS),
    s: seed,
  })
  .map(
    ({ dtype, rows, width, targets, transform, s }): Sample => ({
      op: "ai.onnx.ml.LinearRegressor",
      inputs: [filled(dtype, [rows, width], s, "small")],
      attributes: {
        targets: int(targets),
        coefficients: floats(drawn(width * targets, s + 1)),
        intercepts: floats(drawn(targets, s + 2)),
        post_transform: text(transform),
      },
    }),
  );

const linearClassifier = fc
  .record({
    rows: small,
    width: small,
    classes: fc.integer({ min: 1, max: 3 }),
    transform: fc.constantFrom(...TRANSFORMS),
    s: seed,
  })
  .map(
    ({ rows, width, classes, transform, s }): Sample => ({
      op: "ai.onnx.ml.LinearClassifier",
      inputs: [filled("float32", [rows, width], s)],
      outputs: 2,
      attributes: {
        // One row of coefficients for two classes, or one each.
        classlabels_ints: ints([4, 7, 9].slice(0, Math.max(2, classes))),
        coefficients: floats(drawn(width * classes, s + 1)),
        intercepts: floats(drawn(classes, s + 2)),
        post_transform: text(transform),
      },
    }),
  );

const KERNELS = ["LINEAR", "RBF", "POLY", "SIGMOID"] as const;

const svmRegressor = fc
  .record({
    rows: small,
    width: small,
    vectors: small,
    kernel: fc.constantFrom(...KERNELS),
    one: fc.boolean(),
    s: seed,
  })
  .map(
    ({ rows, width, vectors, kernel, one, s }): Sample => ({
      op: "ai.onnx.ml.SVMRegressor",
      inputs: [filled("float32", [rows, width], s, "unit")],
      attributes: {
        kernel_type: text(kernel),
        kernel_params: floats([0.4, 0.7, 2]),
        n_supports: int(vectors),
        support_vectors: floats(drawn(vectors * width, s + 1)),
        coefficients: floats(drawn(vectors, s + 2)),
        rho: floats([0.1]),
        one_class: int(one ? 1 : 0),
      },
    }),
  );

const svmClassifier = fc
  .record({
    rows: small,
    width: small,
    classes: fc.integer({ min: 2, max: 4 }),
    kernel: fc.constantFrom(...KERNELS),
    plain: fc.boolean(),
    s: seed,
  })
  .map(({ rows, width, classes, kernel, plain, s }): Sample => {
    const total = 2 * classes;
    const vectors = {
      vectors_per_class: ints(new Array<number>(classes).fill(2)),
      support_vectors: floats(drawn(total * width, s + 1)),
      coefficients: floats(drawn((classes - 1) * total, s + 2)),
      rho: floats(drawn((classes * (classes - 1)) / 2, s + 3)),
    };
    return {
      op: "ai.onnx.ml.SVMClassifier",
      inputs: [filled("float32", [rows, width], s, "unit")],
      outputs: 2,
      attributes: {
        classlabels_ints: ints([4, 7, 9, 2].slice(0, classes)),
        kernel_type: text(kernel),
        kernel_params: floats([0.4, 0.7, 2]),
        ...(plain ? { coefficients: floats(drawn(classes * width, s + 2)), rho: floats([0.2]) } : vectors),
      },
    };
  });

export const FEATURE_SAMPLES: Samples = {
  "ai.onnx.ml.Scaler": scaler,
  "ai.onnx.ml.Imputer": imputer,
  "ai.onnx.ml.Normalizer": normalizer,
  "ai.onnx.ml.OneHotEncoder": oneHot,
  "ai.onnx.ml.FeatureVectorizer": featureVectorizer,
  "ai.onnx.ml.LinearRegressor": linearRegressor,
  "ai.onnx.ml.LinearClassifier": linearClassifier,
  "ai.onnx.ml.SVMRegressor": svmRegressor,
  "ai.onnx.ml.SVMClassifier": svmClassifier,
};
