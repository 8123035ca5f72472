import { elementCount, type Tensor } from "@rdu/tensor";
import { concatenate, transposed } from "../layout/layout.ts";
import { numbersOf, tensorOf } from "../numeric/numbers.ts";
import type { EvaluateContext } from "../operator.ts";

/** What attends what. All operands are [batch, heads, positions, size]; query heads in equal groups share a key head. */
export interface Attending {
  readonly query: Tensor;
  readonly key: Tensor;
  readonly value: Tensor;
  readonly scale: number;
  /** Scores are kept within plus and minus this by tanh; 0: not at all. */
  readonly softcap?: number;
  /** What is added to the score of query i of head h of batch n with key j. */
  readonly bias: (n: number, h: number, i: number, j: number) => number;
  /** Whether the score of query i of batch n with key j is -Infinity, whatever they hold; absent: never. */
  readonly forbidden?: (n: number, i: number, j: number) => boolean;
  /** How many keys of batch n there are; what stands behind takes no part. Absent: all. */
  readonly held?: (n: number) => number;
  /** A score that takes its share of each row of a head and attends nothing. */
  readonly sink?: (h: number) => number;
  /** The shares in a row that may attend nothing: 0, or NaN where the operator takes -Infinity from itself. */
  readonly ofNothing: number;
}

export interface Attended {
  /** [batch, positions, heads * size] */
  readonly y: Tensor;
  /** Scores with everything added, and what softmax makes of them: [batch, heads, queries, keys]. */
  readonly scores: Float64Array;
  readonly weights: Float64Array;
}

/**
 * Scaled dot products, softmax, sums of the values, by plain loops in double precision. A share of 0 is multiplied with its value like all
 * others: beside infinities and NaN it gives NaN.
 */
export function attend(attending: Attending): Attended {
  const { query, key, value, scale, softcap = 0, bias, forbidden, held, sink, ofNothing } = attending;
  const [batch, heads, rows, size] = query.shape as [number, number, number, number];
  const [keyHeads, keys, width] = [key.shape[1]!, key.shape[2]!, value.shape[3]!];
  const [q, k, v] = [numbersOf(query), numbersOf(key), numbersOf(value)];
  const scores = new Float64Array(batch * heads * rows * keys);
  const weights = new Float64Array(scores.length);
  const y = new Float64Array(batch * rows * heads * width);
  for (let row = 0; row < batch * heads * rows; row += 1) {
    const [n, h, i] = [Math.floor(row / (heads * rows)), Math.floor(row / rows) % heads, row % rows];
    const own = (n * keyHeads + Math.floor(h / (heads / keyHeads))) * keys;
    const line = scores.subarray(row * keys, (row + 1) * keys);
    for (let j = 0; j < keys; j += 1) {
      let sum = 0;
      for (let d = 0; d < size; d += 1) sum += q[row * size + d]! * k[(own + j) * size + d]!;
      const capped = softcap > 0 ? softcap * Math.tanh((scale * sum) / softcap) : scale * sum;
      line[j] = forbidden?.(n, i, j) === true ? Number.NEGATIVE_INFINITY : capped + bias(n, h, i, j);
    }
    const shares = sharesOf(line, sink?.(h), ofNothing);
    weights.set(shares, row * keys);
    const target = ((n * rows + i) * heads + h) * width;
    for (let j = 0; j < (held?.(n) ?? keys); j += 1)
      for (let e = 0; e < width; e += 1) y[target + e]! += shares[j]! * v[(own + j) * width + e]!;
  }
  return { y: tensorOf(query.dtype, [batch, rows, heads * width], y), scores, weights };
}

/** Exponentials over their sum and that of the sink; those too small for single precision are 0. */
function sharesOf(line: Float64Array, sink: number | undefined, ofNothing: number): Float64Array {
  const top = line.reduce((a, b) => Math.max(a, b), sink ?? Number.NEGATIVE_INFINITY);
  if (top === Number.NEGATIVE_INFINITY) return line.map(() => ofNothing);
  const powers = line.map((score) => Math.fround(Math.exp(score - top)));
  const total = powers.reduce((a, b) => a + b, sink === undefined ? 0 : Math.exp(sink - top));
  return powers.map((power) => power / total);
}

/** [batch, positions, heads * size] as [batch, heads, positions, size]. */
export function headsApart(x: Tensor, heads: number): Tensor {
  const [batch, positions, width] = x.shape as [number, number, number];
  return transposed({ ...x, shape: [batch, positions, heads, width / heads] }, [0, 2, 1, 3]);
}

/** The past positions in front of the new ones. */
export function behindPast(past: Tensor | undefined, x: Tensor): Tensor {
  if (past === undefined) return x;
  return concatenate([past, x], 2, x.shape.with(2, past.shape[2]! + x.shape[2]!));
}

/** Columns `from` to `from + width` of the last axis. */
export function columns(x: Tensor, from: number, width: number): Tensor {
  const [all, values] = [x.shape.at(-1)!, numbersOf(x)];
  const rows = elementCount(x.shape) / all;
  const taken = Float64Array.from(
    { length: rows * width },
    (_, i) => values[Math.floor(i / width) * all + from + (i % width)]!,
  );
  return tensorOf(x.dtype, [...x.shape.slice(0, -1), width], taken);
}

/**
 * What a mask of ONNX Runtime's adds to scores: `filter` for keys that are masked. Masks of one dimension say where the keys of a batch end
 * (and, twice as long, where they begin); of two, which keys count; of three, which for each query; of four, for each position of both.
 */
export function maskBias(
  c: Pick<EvaluateContext, "reject">,
  mask: Tensor | undefined,
  batch: number,
  past: number,
  filter: number,
): (n: number, i: number, j: number) => number {
  if (mask === undefined) return () => 0;
  const values = numbersOf(mask);
  const [, second = 1, third = 1, fourth = 1] = mask.shape;
  const counts = (at: number): number => (values[at]! > 0 ? 0 : filter);
  switch (mask.shape.length) {
    case 1:
      if (values.length !== batch && values.length !== 2 * batch)
        return c.reject(`a mask of ${values.length} numbers for a batch of ${batch}`, "E0306");
      return (n, _, j) => {
        const first = values.length === batch ? 0 : values[batch + n]!;
        return j >= first && j < values[n]! ? 0 : filter;
      };
    case 2:
      return (n, _, j) => counts(n * second + j);
    case 3:
      return (n, i, j) => counts((n * second + i) * third + j);
    default:
      return (n, i, j) => counts((n * third + past + i) * fourth + j);
  }
}

/** What attention_bias adds, its batch and heads broadcast. */
export function givenBias(bias: Tensor | undefined): (n: number, h: number, i: number, j: number) => number {
  if (bias === undefined) return () => 0;
  const values = numbersOf(bias);
  const [batch, heads, rows, keys] = bias.shape as [number, number, number, number];
  return (n, h, i, j) => values[(((batch === 1 ? 0 : n) * heads + (heads === 1 ? 0 : h)) * rows + i) * keys + j]!;
}
