import type { TensorType } from "@rdu/ir";
import { numbersOf, tensorOf } from "../numeric/numbers.ts";
import { sigmoid } from "../numeric/special.ts";
import { type EvaluateContext, operator } from "../operator.ts";
import { kernelOf, rowsAndWidth, rowsOf } from "./linear.ts";
import { type PostTransform, postTransformed } from "./post-transform.ts";
import { classLabels, labelTensor } from "./trees.ts";

/** A decision between each pair of classes i < j: positive for i. */
type Pairs = readonly (readonly [i: number, j: number, score: number])[];

/**
 * The scores of every pair for one row. Support vectors lie class after class; row j - 1 of the coefficients weighs those of
 * an earlier class against class j, row i those of a later class against class i.
 */
function pairScores(c: EvaluateContext, x: ArrayLike<number>, start: number, width: number): Pairs {
  const counts = c.attributes.ints("vectors_per_class");
  const starts = counts.map((_, i) => counts.slice(0, i).reduce((a, b) => a + b, 0));
  const total = counts.reduce((a, b) => a + b, 0);
  const [vectors, weights] = [c.attributes.floats("support_vectors"), c.attributes.floats("coefficients")];
  const rho = c.attributes.floats("rho");
  const kernel = kernelOf(c);
  const near = Array.from({ length: total }, (_, s) => kernel(x, start, vectors, s * width, width));
  const share = (row: number, of: number): number => {
    let sum = 0;
    for (let s = starts[of]!; s < starts[of]! + counts[of]!; s += 1) sum += weights[row * total + s]! * near[s]!;
    return sum;
  };
  const pairs: [number, number, number][] = [];
  for (let i = 0; i < counts.length; i += 1)
    for (let j = i + 1; j < counts.length; j += 1)
      pairs.push([i, j, share(j - 1, i) + share(i, j) + rho[pairs.length]!]);
  return pairs;
}

/** Probabilities of the classes from those of the pairs (Wu, Lin and Weng 2004, the second method), as libsvm iterates them. */
function coupled(count: number, pair: (i: number, j: number) => number): Float64Array {
  const p = new Float64Array(count).fill(1 / count);
  const q = (t: number, j: number): number => {
    if (t !== j) return -pair(j, t) * pair(t, j);
    let sum = 0;
    for (let k = 0; k < count; k += 1) if (k !== t) sum += pair(k, t) ** 2;
    return sum;
  };
  for (let round = 0; round < Math.max(100, count); round += 1) {
    const products = p.map((_, t) => p.reduce((sum, value, j) => sum + q(t, j) * value, 0));
    let whole = p.reduce((sum, value, t) => sum + value * products[t]!, 0);
    if (products.every((value) => Math.abs(value - whole) < 0.005 / count)) break;
    for (let t = 0; t < count; t += 1) {
      const step = (whole - products[t]!) / q(t, t);
      p[t] = p[t]! + step;
      whole = (whole + step * (step * q(t, t) + 2 * products[t]!)) / (1 + step) ** 2;
      for (let j = 0; j < count; j += 1) {
        products[j] = (products[j]! + step * q(t, j)) / (1 + step);
        p[j]! /= 1 + step;
      }
    }
  }
  return p;
}

/** Platt's probability of each class, where prob_a and prob_b are given. */
function probabilities(c: EvaluateContext, pairs: Pairs, classes: number): Float64Array {
  const [a, b] = [c.attributes.floats("prob_a"), c.attributes.floats("prob_b")];
  const table = new Float64Array(classes * classes);
  pairs.forEach(([i, j, score], n) => {
    const value = Math.min(1 - 1e-7, Math.max(1e-7, sigmoid(-(score * a[n]! + b[n]!))));
    table[i * classes + j] = value;
    table[j * classes + i] = 1 - value;
  });
  return coupled(classes, (i, j) => table[i * classes + j]!);
}

function greatest(values: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < values.length; i += 1) if (values[i]! > values[best]!) best = i;
  return best;
}

export const svmClassifier = operator({
  name: "ai.onnx.ml.SVMClassifier",
  summary: "the class that support vectors vote for, and their scores",
  infer(c): readonly TensorType[] {
    const labels = classLabels(c, "classlabels_strings", "classlabels_ints");
    const classes = labels.length;
    const pairwise = c.attributes.ints("vectors_per_class", []).length > 0 && !c.attributes.has("prob_a");
    const columns = pairwise && classes > 2 ? (classes * (classes - 1)) / 2 : classes;
    return [
      { kind: "tensor", dtype: typeof labels[0] === "string" ? "string" : "int64", shape: [rowsOf(c)] },
      { kind: "tensor", dtype: "float32", shape: [rowsOf(c), columns] },
    ];
  },
  evaluate(c) {
    const labels = classLabels(c, "classlabels_strings", "classlabels_ints");
    const x = numbersOf(c.tensor(0));
    const [rows, width] = rowsAndWidth(c.tensor(0).shape);
    const rated = Array.from({ length: rows }, (_, row) => rate(c, x, row * width, width, labels.length));
    const columns = rated[0]?.scores.length ?? 0;
    const scores = Float64Array.from(rated.flatMap((one) => one.scores));
    postTransformed(scores, columns, c.attributes.string("post_transform") as PostTransform);
    const chosen = rated.map((one) => one.chosen);
    return [labelTensor(labels, chosen), tensorOf("float32", [rows, columns], scores)];
  },
});

interface Rating {
  readonly chosen: number;
  readonly scores: readonly number[];
}

/** One row. Two classes without probabilities have one decision, given as itself and its negative. */
function rate(c: EvaluateContext, x: ArrayLike<number>, start: number, width: number, classes: number): Rating {
  if (c.attributes.ints("vectors_per_class", []).length === 0) {
    const [weights, rho] = [c.attributes.floats("coefficients"), c.attributes.floats("rho")[0]!];
    const kernel = kernelOf(c);
    const scores = Array.from({ length: classes }, (_, j) => rho + kernel(x, start, weights, j * width, width));
    return { chosen: greatest(scores), scores };
  }
  const pairs = pairScores(c, x, start, width);
  const votes = new Float64Array(classes);
  for (const [i, j, score] of pairs) votes[score > 0 ? i : j]! += 1;
  // Votes choose the class even where probabilities are given, which may see it otherwise.
  const chosen = greatest(votes);
  if (c.attributes.has("prob_a")) return { chosen, scores: [...probabilities(c, pairs, classes)] };
  const scores = pairs.map(([, , score]) => score);
  return { chosen, scores: classes === 2 ? [-scores[0]!, scores[0]!] : scores };
}
