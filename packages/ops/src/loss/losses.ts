import type { Dim } from "@rdu/ir";
import type { Tensor } from "@rdu/tensor";
import { alongAxis } from "../normalization/layer.ts";
import { numbersOf, tensorOf } from "../numeric/numbers.ts";
import { span } from "../numeric/walk.ts";
import { type EvaluateContext, type InferContext, operator } from "../operator.ts";

function lossDims(c: InferContext): readonly Dim[] {
  return c.attributes.string("reduction") === "none" ? c.shape(1) : [];
}

/** The loss of log-probabilities [N, C, ...] against labels [N, ...]: each label's own, weighted, reduced as asked. */
function likelihoodLoss(c: EvaluateContext, logarithms: Tensor): Tensor {
  const labels = c.integers(1);
  const weights = c.has(2) ? numbersOf(c.tensor(2)) : undefined;
  const ignored = c.attributes.has("ignore_index") ? c.attributes.int("ignore_index") : undefined;
  const values = numbersOf(logarithms);
  const [classes, inner] = [logarithms.shape[1]!, span(logarithms.shape, 2)];
  const losses = new Float64Array(labels.length);
  let [sum, total] = [0, 0];
  labels.forEach((label, n) => {
    if (label === ignored) return;
    if (label < 0 || label >= classes) c.reject(`label ${label} is out of range for ${classes} classes`, "E0307");
    const weight = weights?.[label] ?? 1;
    losses[n] = -values[(Math.floor(n / inner) * classes + label) * inner + (n % inner)]! * weight;
    sum += losses[n]!;
    total += weight;
  });
  const reduction = c.attributes.string("reduction");
  if (reduction === "none") return tensorOf(logarithms.dtype, c.tensor(1).shape, losses);
  return tensorOf(logarithms.dtype, [], [reduction === "sum" ? sum : sum / total]);
}

export const negativeLogLikelihood = operator({
  name: "NegativeLogLikelihoodLoss",
  summary: "minus the log-probability of each label, weighted and reduced",
  infer: (c) => [lossDims(c)],
  evaluate: (c) => [likelihoodLoss(c, c.tensor(0))],
});

export const softmaxCrossEntropy = operator({
  name: "SoftmaxCrossEntropyLoss",
  summary: "negative log likelihood of the softmax of scores",
  infer: (c) => [lossDims(c), c.shape(0)],
  evaluate(c) {
    const logarithms = alongAxis(c.tensor(0), 1, (line) => {
      const top = line.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
      const sum = Math.log(line.reduce((total, value) => total + Math.exp(value - top), 0));
      for (let n = 0; n < line.length; n += 1) line[n] = line[n]! - top - sum;
    });
    return [likelihoodLoss(c, logarithms), logarithms];
  },
});
