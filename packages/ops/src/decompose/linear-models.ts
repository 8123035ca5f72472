import { type DType, fromNumbers } from "@rdu/tensor";
import type { PostTransform } from "../ml/post-transform.ts";
import { matrixProduct } from "./contraction.ts";
import type { Decompose, HostVerdict } from "./decompose.ts";
import { map } from "./maps.ts";
import type { NodeBuilder } from "./node-builder.ts";
import { literal, type PatternWriter, type Scalar, type TensorRef } from "./pattern-writer.ts";
import { transformed } from "./trees/scores.ts";
import { chosenLabels } from "./trees/trees.ts";

/** The features as rows, in the lanes of a float type. */
function rowsOf(b: NodeBuilder, lanes: "float32" | "float64"): TensorRef {
  const x = b.input(0);
  const rows = b.reshaped(x, "rows", x.shape.length === 1 ? [1, x.shape[0]!] : [x.shape[0]!, x.shape[1]!]);
  if (rows.dtype === lanes) return rows;
  const real = b.fresh("features", lanes, rows.shape);
  map(b, real, [rows], (p, element) => p.convert(p.widen(element!), lanes));
  return real;
}

/** left right + offsets, of matrices. */
function product(
  b: NodeBuilder,
  name: string,
  left: TensorRef,
  right: TensorRef,
  offsets: readonly number[] | undefined,
): TensorRef {
  const [rows = 0, depth = 0] = left.shape;
  const columns = right.shape[1]!;
  const target = b.fresh(name, left.dtype, [rows, columns]);
  const offset =
    offsets === undefined ? undefined : b.table(`${name}.offset`, fromNumbers(left.dtype, [columns], offsets));
  matrixProduct(b, {
    target,
    batch: [],
    rows,
    columns,
    depth,
    left: (p, _, row, column) => p.read(left, [row, column]),
    right: (p, _, row, column) => p.read(right, [row, column]),
    finish: (p, sum, at) => (offset === undefined ? sum : p.apply("add", sum, p.read(offset, [at[1] ?? 0]))),
  });
  return target;
}

/** The matrix [depth, width] whose element is `of(row, column)`. */
function matrix(
  b: NodeBuilder,
  name: string,
  depth: number,
  width: number,
  of: (row: number, column: number) => number,
  dtype: DType = "float64",
): TensorRef {
  const values = Float64Array.from({ length: depth * width }, (_, i) => of(Math.floor(i / width), i % width));
  return b.table(name, fromNumbers(dtype, [depth, width], values));
}

/** x W' + b for as many targets as there are rows of coefficients. */
function linearScores(b: NodeBuilder, targets: number): TensorRef {
  const x = rowsOf(b, "float32");
  const depth = x.shape[1]!;
  const weights = b.attributes.floats("coefficients");
  const offsets = b.attributes.floats("intercepts", []);
  const w = matrix(b, "coefficients", depth, targets, (k, target) => weights[target * depth + k]!, "float32");
  return product(
    b,
    "scores",
    x,
    w,
    offsets.length === 0 ? undefined : Array.from({ length: targets }, (_, i) => offsets[i] ?? 0),
  );
}

const linearRegressor: Decompose = (b) => {
  const scores = linearScores(b, b.attributes.int("targets", 1));
  transformed(b, b.output(), scores, b.attributes.string("post_transform", "NONE") as PostTransform);
  return undefined;
};

/** Label and scores of two classes from one score a row, that of the second: the first has its complement or its negative. */
function twoClasses(b: NodeBuilder, score: TensorRef, isProbability: boolean): TensorRef {
  const both = b.fresh("both", score.dtype, [score.shape[0]!, 2]);
  b.pattern((p) => {
    const [row = 0, which = 0] = p.parallelOver(both.shape, "rk");
    const own = p.read(score, [row, 0]);
    const other = isProbability ? p.apply("sub", literal(1, own.dtype), own) : p.apply("neg", own);
    p.give(p.select(p.test("eq", p.position(which), literal(1, "int32")), own, other), both, [row, which]);
  });
  return both;
}

const linearClassifier: Decompose = (b) => {
  const labels = b.attributes.ints("classlabels_ints", []);
  if (labels.length === 0) return { host: "its labels are strings" };
  const targets = b.attributes.floats("intercepts", []).length || labels.length;
  const scores = linearScores(b, targets);
  const transform = b.attributes.string("post_transform", "NONE") as PostTransform;
  const isBinary = targets === 1 && labels.length === 2;
  const shown = b.wanted(1);
  if (shown !== undefined)
    transformed(b, shown, isBinary ? twoClasses(b, scores, transform === "NONE") : scores, transform);
  const label = b.wanted(0);
  // The sign of a single score chooses: as of a score and its negative.
  if (label !== undefined) chosenLabels(b, label, isBinary ? twoClasses(b, scores, false) : scores, labels);
  return undefined;
};

/** How near each row of features is to each of the vectors, [rows, vectors], in double: sums over many vectors cancel. */
function kernel(b: NodeBuilder, x: TensorRef, vectors: readonly number[], count: number): TensorRef | HostVerdict {
  const [gamma = 0, offset = 0, degree = 0] = b.attributes.floats("kernel_params", []);
  const kind = b.attributes.string("kernel_type", "LINEAR");
  const [rows = 0, width = 0] = x.shape;
  const table = b.table("vectors", fromNumbers("float64", [count, width], vectors.slice(0, count * width)));
  const near = b.fresh("near", "float64", [rows, count]);
  if (kind === "POLY" && !Number.isInteger(degree)) return { host: `a kernel of degree ${degree} has no chip form` };
  b.pattern((p) => {
    const [r, s, k] = [p.parallel("r", rows), p.parallel("s", count), p.reduceLoop("k", width)];
    const [feature, vector] = [p.read(x, [r, k]), p.read(table, [s, k])];
    const like = (value: number): Scalar => literal(value, "float64");
    if (kind === "RBF") {
      const difference = p.apply("sub", feature, vector);
      const distance = p.fold("sum", p.apply("mul", difference, difference));
      p.give(p.apply("exp", p.apply("mul", distance, like(-gamma))), near, [r, s]);
      return;
    }
    const dot = p.fold("sum", p.apply("mul", feature, vector));
    const affine = (): Scalar => p.apply("add", p.apply("mul", dot, like(gamma)), like(offset));
    const made = kind === "POLY" ? powered(p, affine(), degree) : kind === "SIGMOID" ? p.apply("tanh", affine()) : dot;
    p.give(made, near, [r, s]);
  });
  return near;
}

/** x to a whole power, by repeated multiplication. */
function powered(p: PatternWriter, x: Scalar, degree: number): Scalar {
  let made = literal(1, x.dtype);
  for (let i = 0; i < Math.abs(degree); i += 1) made = i === 0 ? x : p.apply("mul", made, x);
  return degree < 0 ? p.apply("reciprocal", made) : made;
}

const svmRegressor: Decompose = (b) => {
  const x = rowsOf(b, "float64");
  const { attributes } = b;
  const given = attributes.int("n_supports", 0);
  const weights = attributes.floats("coefficients");
  const near = kernel(b, x, given === 0 ? weights : attributes.floats("support_vectors", []), Math.max(given, 1));
  if ("host" in near) return near;
  const [rho = 0] = attributes.floats("rho", [0]);
  const shares = matrix(b, "shares", Math.max(given, 1), 1, (s) => (given === 0 ? 1 : weights[s]!));
  const scores = product(b, "scores", near, shares, [rho]);
  const transform = attributes.string("post_transform", "NONE") as PostTransform;
  if (attributes.int("one_class", 0) === 0) {
    transformed(b, b.output(), scores, transform);
    return undefined;
  }
  const signs = b.fresh("signs", scores.dtype, scores.shape);
  map(b, signs, [scores], (p, score) =>
    p.select(p.test("gt", score!, literal(0, "float64")), literal(1, "float64"), literal(-1, "float64")),
  );
  transformed(b, b.output(), signs, transform);
  return undefined;
};

const svmClassifier: Decompose = (b) => {
  const { attributes } = b;
  const labels = attributes.ints("classlabels_ints", []);
  if (labels.length === 0) return { host: "its labels are strings" };
  if (attributes.has("prob_a")) return { host: "probabilities of pairs are coupled on the host" };
  const transform = attributes.string("post_transform", "NONE") as PostTransform;
  const x = rowsOf(b, "float64");
  const counts = attributes.ints("vectors_per_class", []);
  const [label, shown] = [b.wanted(0), b.wanted(1)];
  if (counts.length === 0) {
    const near = kernel(b, x, attributes.floats("coefficients"), labels.length);
    if ("host" in near) return near;
    const [rho = 0] = attributes.floats("rho");
    const scores = b.fresh("scores", near.dtype, near.shape);
    map(b, scores, [near], (p, score) => p.apply("add", score!, literal(rho, near.dtype)));
    if (label !== undefined) chosenLabels(b, label, scores, labels);
    if (shown !== undefined) transformed(b, shown, scores, transform);
    return undefined;
  }
  const total = counts.reduce((a, count) => a + count, 0);
  const near = kernel(b, x, attributes.floats("support_vectors"), total);
  if ("host" in near) return near;
  const pairs = pairScores(b, near, counts);
  if (label !== undefined) chosenLabels(b, label, votes(b, pairs, counts.length), labels);
  if (shown !== undefined) transformed(b, shown, counts.length === 2 ? twoClasses(b, pairs, false) : pairs, transform);
  return undefined;
};

/** Pairs of classes i < j in order. */
function pairsOf(classes: number): readonly (readonly [number, number])[] {
  return Array.from({ length: classes }, (_, i) =>
    Array.from({ length: classes - i - 1 }, (_unused, k) => [i, i + 1 + k] as const),
  ).flat();
}

/** The decision of each pair, positive for the earlier class: vectors of class i by row j - 1 of the coefficients, of class j by row i. */
function pairScores(b: NodeBuilder, near: TensorRef, counts: readonly number[]): TensorRef {
  const total = near.shape[1]!;
  const weights = b.attributes.floats("coefficients");
  const classOf = counts.flatMap((count, of) => new Array<number>(count).fill(of));
  const pairs = pairsOf(counts.length);
  const shares = matrix(b, "shares", total, pairs.length, (s, pair) => {
    const [i, j] = pairs[pair]!;
    if (classOf[s] === i) return weights[(j - 1) * total + s]!;
    return classOf[s] === j ? weights[i * total + s]! : 0;
  });
  return product(b, "pairs", near, shares, b.attributes.floats("rho").slice(0, pairs.length));
}

/** How many pairs each class wins. */
function votes(b: NodeBuilder, scores: TensorRef, classes: number): TensorRef {
  const pairs = pairsOf(classes);
  const first = matrix(b, "first", pairs.length, classes, (pair, of) => (pairs[pair]![0] === of ? 1 : 0));
  const second = matrix(b, "second", pairs.length, classes, (pair, of) => (pairs[pair]![1] === of ? 1 : 0));
  const won = b.fresh("votes", scores.dtype, [scores.shape[0]!, classes]);
  b.pattern((p) => {
    const [r, of] = [p.parallel("r", scores.shape[0]!), p.parallel("c", classes)];
    const pair = p.reduceLoop("pair", pairs.length);
    const forFirst = p.test("gt", p.read(scores, [r, pair]), literal(0, scores.dtype));
    p.give(p.fold("sum", p.select(forFirst, p.read(first, [pair, of]), p.read(second, [pair, of]))), won, [r, of]);
  });
  return won;
}

export const LINEAR_MODELS: Readonly<Record<string, Decompose>> = {
  "ai.onnx.ml.LinearRegressor": linearRegressor,
  "ai.onnx.ml.LinearClassifier": linearClassifier,
  "ai.onnx.ml.SVMRegressor": svmRegressor,
  "ai.onnx.ml.SVMClassifier": svmClassifier,
};
