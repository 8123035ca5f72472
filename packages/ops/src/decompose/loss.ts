import { elementCount } from "@rdu/tensor";
import type { Decompose } from "./decompose.ts";
import type { Index } from "./index-form.ts";
import { widened } from "./lane-types.ts";
import type { NodeBuilder } from "./node-builder.ts";
import { literal, type PatternWriter, type Scalar, type TensorRef } from "./pattern-writer.ts";
import { logSoftmaxAlong } from "./softmax.ts";

/** loss[n, at] = -weight[class] * logs[n, class, at] with the class from the labels; nothing where the label is the ignored one. */
function classLoss(b: NodeBuilder, target: TensorRef, logs: TensorRef): undefined {
  const [labels, weights] = [b.input(1), b.optional(2)];
  const ignored = b.attributes.has("ignore_index") ? b.attributes.int("ignore_index") : undefined;
  const reduction = b.attributes.string("reduction", "mean");
  const terms = (p: PatternWriter, index: readonly Index[]): { readonly loss: Scalar; readonly weight: Scalar } => {
    const [n = 0, ...rest] = index;
    const label = p.convert(p.read(labels, index), "int64");
    const like = (value: number): Scalar => literal(value, "int64");
    const skipped = ignored === undefined ? undefined : p.test("eq", label, like(ignored));
    // An ignored label may lie outside of the classes; it looks at class 0 and counts for nothing.
    const legal = skipped === undefined ? label : p.select(skipped, like(0), label);
    const place = p.gathered(p.convert(legal, "int32"));
    const log = p.widen(p.read(logs, [n, place, ...rest]));
    const full =
      weights === undefined ? literal(1, log.dtype) : p.convert(p.widen(p.read(weights, [place])), log.dtype);
    const weight = skipped === undefined ? full : p.select(skipped, literal(0, log.dtype), full);
    const cost = p.apply("neg", p.apply("mul", log, weight));
    return { loss: skipped === undefined ? cost : p.select(skipped, literal(0, log.dtype), cost), weight };
  };
  b.pattern((p) => {
    if (reduction === "none") {
      const index = p.parallelOver(labels.shape);
      p.give(terms(p, index).loss, target, index);
      return;
    }
    const index = labels.shape.map((extent, axis) => p.reduceLoop("ijklmnop"[axis] ?? `i${axis}`, extent));
    const { loss, weight } = terms(p, index);
    const total = p.fold("sum", loss);
    if (reduction === "sum") {
      p.give(total, target, []);
      return;
    }
    const plain = weights === undefined && ignored === undefined;
    const divisor = plain ? literal(elementCount(labels.shape), total.dtype) : p.fold("sum", weight);
    p.give(p.apply("div", total, divisor), target, []);
  });
}

const negativeLogLikelihood: Decompose = (b) => classLoss(b, b.output(), b.input(0));

const softmaxCrossEntropy: Decompose = (b) => {
  const x = b.input(0);
  const logs = b.wanted(1) ?? b.fresh("logs", widened(x.dtype), x.shape);
  logSoftmaxAlong(b, logs, x, 1);
  return classLoss(b, b.output(), logs);
};

export const LOSSES: Readonly<Record<string, Decompose>> = {
  NegativeLogLikelihoodLoss: negativeLogLikelihood,
  SoftmaxCrossEntropyLoss: softmaxCrossEntropy,
};
