import { type Heads, products, weighted } from "./attention.ts";
import type { HostVerdict } from "./decompose.ts";
import { type Index, plus } from "./index-form.ts";
import { widened } from "./lane-types.ts";
import type { NodeBuilder } from "./node-builder.ts";
import { literal, type PatternWriter, type Scalar, type TensorRef } from "./pattern-writer.ts";
import { softmaxAlong } from "./softmax.ts";

export type ScoreIndex = readonly [Index, Index, Index, Index];

/** What happens to a score of head h of batch n, query i and key j. */
export type ScoreStep = (p: PatternWriter, score: Scalar, at: ScoreIndex) => Scalar;

/** Adds `filter` to the scores of keys that a mask of ONNX Runtime's masks; what each rank of mask means is told in `maskBias`. */
export function maskStep(
  mask: TensorRef | undefined,
  batch: number,
  past: number,
  filter: number,
): ScoreStep | HostVerdict | undefined {
  if (mask === undefined) return undefined;
  const [length = 0] = mask.shape;
  if (mask.shape.length === 1 && length !== batch && length !== 2 * batch)
    return { host: `a mask of ${length} numbers has no chip form` };
  return (p, score, [n, , i, j]) => {
    const add = (kept: Scalar): Scalar =>
      p.apply("add", score, p.select(kept, literal(0, score.dtype), literal(filter, score.dtype)));
    if (mask.shape.length > 1) {
      const index = [[], [n, j], [n, i, j], [n, 0, plus(i, past), j]][mask.shape.length - 1] ?? [];
      return add(p.test("gt", p.read(mask, index), literal(0, "int32")));
    }
    const place = p.position(j);
    const before = p.test("lt", place, p.read(mask, [n]));
    if (length === batch) return add(before);
    return add(p.apply("and", before, p.test("ge", place, p.read(mask, [plus(n, batch)]))));
  };
}

/** Adds attention_bias, its batch and heads broadcast. */
export function biasStep(bias: TensorRef | undefined): ScoreStep | undefined {
  if (bias === undefined) return undefined;
  return (p, score, at) => {
    const index = bias.shape.map((extent, axis) => (axis < 2 && extent === 1 ? 0 : at[axis]!));
    return p.apply("add", score, p.convert(p.read(bias, index), score.dtype));
  };
}

/** Adds -Infinity to the scores of keys behind the position of the query, which is `past` further than its number. */
export function causalStep(past: number): ScoreStep {
  return (p, score, [, , i, j]) => {
    const allowed = p.test("le", p.position(j), p.position(plus(i, past)));
    const like = (value: number): Scalar => literal(value, score.dtype);
    return p.apply("add", score, p.select(allowed, like(0), like(Number.NEGATIVE_INFINITY)));
  };
}

/** Scores under these steps, as one map; the scores themselves when there are none. */
export function stepped(b: NodeBuilder, scores: TensorRef, steps: readonly (ScoreStep | undefined)[]): TensorRef {
  const given = steps.filter((step) => step !== undefined);
  if (given.length === 0) return scores;
  const to = b.fresh("biased", scores.dtype, scores.shape);
  b.pattern((p) => {
    const [n = 0, h = 0, i = 0, j = 0] = p.parallelOver(scores.shape, "nhij");
    const score = p.read(scores, [n, h, i, j]);
    p.give(
      given.reduce((made, step) => step(p, made, [n, h, i, j]), score),
      to,
      [n, h, i, j],
    );
  });
  return to;
}

/** Scores, steps, softmax and sums of the values, into `target`. Gives the weights. */
export function attendHeads(
  b: NodeBuilder,
  { query, key, value }: { readonly query: Heads; readonly key: Heads; readonly value: Heads },
  scale: number,
  steps: readonly (ScoreStep | undefined)[],
  wanted?: TensorRef,
): TensorRef {
  const shape = [query.ref.shape[0]!, query.heads, query.positions, key.positions];
  // Scores are as wide as lanes: those of float16 go beyond its range before the softmax brings them back.
  const scores = products(b, query, key, b.fresh("scores", widened(query.ref.dtype), shape), scale);
  const biased = stepped(b, scores, steps);
  const weights = wanted ?? b.fresh("weights", scores.dtype, shape);
  softmaxAlong(b, weights, biased, 3, "softmax.");
  weighted(b, weights, value);
  return weights;
}
