import type { TensorType } from "@rdu/ir";
import { numbersOf, tensorOf } from "../numeric/numbers.ts";
import { type EvaluateContext, type InferContext, operator } from "../operator.ts";
import { type PostTransform, postTransformed } from "./post-transform.ts";
import { classLabels, labelTensor } from "./trees.ts";

export function rowsAndWidth(shape: readonly number[]): readonly [number, number] {
  return shape.length === 1 ? [1, shape[0]!] : [shape[0]!, shape[1]!];
}

/** x W' + b for every row, [rows, targets]. */
function affine(c: EvaluateContext, targets: number): Float64Array {
  const x = numbersOf(c.tensor(0));
  const [rows, width] = rowsAndWidth(c.tensor(0).shape);
  const [weights, bias] = [c.attributes.floats("coefficients"), c.attributes.floats("intercepts", [])];
  const scores = new Float64Array(rows * targets);
  for (let i = 0; i < scores.length; i += 1) {
    const [row, target] = [Math.floor(i / targets), i % targets];
    let sum = bias[target] ?? 0;
    for (let k = 0; k < width; k += 1) sum += x[row * width + k]! * weights[target * width + k]!;
    scores[i] = sum;
  }
  return scores;
}

export function rowsOf(c: InferContext) {
  const shape = c.shape(0);
  return shape.length === 1 ? 1 : (shape[0] ?? null);
}

export const linearRegressor = operator({
  name: "ai.onnx.ml.LinearRegressor",
  summary: "linear scores",
  infer: (c): readonly TensorType[] => [
    { kind: "tensor", dtype: "float32", shape: [rowsOf(c), c.attributes.int("targets", 1)] },
  ],
  evaluate(c) {
    const targets = c.attributes.int("targets", 1);
    const scores = affine(c, targets);
    postTransformed(scores, targets, c.attributes.string("post_transform") as PostTransform);
    return [tensorOf("float32", [scores.length / targets, targets], scores)];
  },
});

export const linearClassifier = operator({
  name: "ai.onnx.ml.LinearClassifier",
  summary: "the class with the best linear score, and all scores",
  infer(c): readonly TensorType[] {
    const labels = classLabels(c, "classlabels_strings", "classlabels_ints");
    const rows = rowsOf(c);
    return [
      { kind: "tensor", dtype: typeof labels[0] === "string" ? "string" : "int64", shape: [rows] },
      { kind: "tensor", dtype: "float32", shape: [rows, labels.length] },
    ];
  },
  evaluate(c) {
    const labels = classLabels(c, "classlabels_strings", "classlabels_ints");
    const own = c.attributes.floats("intercepts", []).length || labels.length;
    const given = affine(c, own);
    const transform = c.attributes.string("post_transform") as PostTransform;
    // One score for two classes stands for the second; the first is its complement.
    const binary = own === 1 && labels.length === 2;
    const scores = binary
      ? Float64Array.from({ length: given.length * 2 }, (_, i) => {
          const value = given[Math.floor(i / 2)]!;
          return i % 2 === 1 ? value : transform === "NONE" ? 1 - value : -value;
        })
      : given;
    const classes = labels.length;
    const chosen = Array.from({ length: scores.length / classes }, (_, row) => {
      if (binary) return scores[row * 2 + 1]! > 0 ? 1 : 0;
      const line = scores.subarray(row * classes, (row + 1) * classes);
      return line.indexOf(line.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY));
    });
    postTransformed(scores, classes, transform);
    return [labelTensor(labels, chosen), tensorOf("float32", [scores.length / classes, classes], scores)];
  },
});

/** Kernel of a support vector machine; kernel_params are gamma, coef0 and degree. */
export function kernelOf(
  c: EvaluateContext,
): (a: ArrayLike<number>, aStart: number, b: ArrayLike<number>, bStart: number, width: number) => number {
  const [gamma = 0, offset = 0, degree = 0] = c.attributes.floats("kernel_params", []);
  const kind = c.attributes.string("kernel_type");
  return (a, aStart, b, bStart, width) => {
    let [dot, distance] = [0, 0];
    for (let i = 0; i < width; i += 1) {
      dot += a[aStart + i]! * b[bStart + i]!;
      distance += (a[aStart + i]! - b[bStart + i]!) ** 2;
    }
    if (kind === "RBF") return Math.exp(-gamma * distance);
    if (kind === "POLY") return (gamma * dot + offset) ** degree;
    return kind === "SIGMOID" ? Math.tanh(gamma * dot + offset) : dot;
  };
}

export const svmRegressor = operator({
  name: "ai.onnx.ml.SVMRegressor",
  summary: "support vector regression",
  infer: (c): readonly TensorType[] => [{ kind: "tensor", dtype: "float32", shape: [rowsOf(c), 1] }],
  evaluate(c) {
    const x = numbersOf(c.tensor(0));
    const [rows, width] = rowsAndWidth(c.tensor(0).shape);
    const [weights, vectors] = [c.attributes.floats("coefficients"), c.attributes.floats("support_vectors", [])];
    const rho = c.attributes.floats("rho", [0])[0]!;
    const kernel = kernelOf(c);
    const count = c.attributes.int("n_supports");
    const scores = Float64Array.from({ length: rows }, (_, row) => {
      if (count === 0) return kernel(x, row * width, weights, 0, width) + rho;
      let sum = rho;
      for (let s = 0; s < count; s += 1) sum += weights[s]! * kernel(x, row * width, vectors, s * width, width);
      return sum;
    });
    const oneClass = c.attributes.int("one_class") !== 0;
    if (oneClass) for (let i = 0; i < rows; i += 1) scores[i] = scores[i]! > 0 ? 1 : -1;
    postTransformed(scores, 1, c.attributes.string("post_transform") as PostTransform);
    return [tensorOf("float32", [rows, 1], scores)];
  },
});
