import type { Dim } from "@rdu/ir";
import { type DType, dtypeOfOnnx, type Tensor } from "@rdu/tensor";
import { concatenate, transposed } from "../layout/layout.ts";
import { broadcastIndices } from "../numeric/map.ts";
import { numbersOf, tensorOf } from "../numeric/numbers.ts";
import { softmaxOf, stepRounding } from "../numeric/rounding.ts";
import { type EvaluateContext, type InferContext, operator } from "../operator.ts";
import { expectRank } from "../shapes.ts";

/** [batch, steps, heads * size] as [batch, heads, steps, size]; four dimensions stay. */
function withHeads(c: EvaluateContext, x: Tensor, attribute: string): Tensor {
  if (x.shape.length === 4) return x;
  const [batch, steps, width] = x.shape as [number, number, number];
  const heads = c.attributes.int(attribute);
  return transposed({ ...x, shape: [batch, steps, heads, width / heads] }, [0, 2, 1, 3]);
}

function headDims(c: InferContext, index: number, attribute: string): readonly Dim[] {
  const shape = expectRank(c, index, 3, 4);
  if (shape.length === 4) return shape;
  const heads = c.attributes.int(attribute);
  const [batch, steps, width] = shape as [Dim, Dim, Dim];
  return [batch, heads, steps, typeof width === "number" ? width / heads : null];
}

/** Past steps in front of the new ones. */
function appended(past: Tensor | undefined, x: Tensor): Tensor {
  if (past === undefined) return x;
  return concatenate([past, x], 2, x.shape.with(2, past.shape[2]! + x.shape[2]!));
}

/**
 * What is added to the score of query i of head h of batch b with key j: the mask, and -Infinity where the causal
 * frontier, the window or the padding of the cache forbids it.
 */
function biasOf(c: EvaluateContext, shape: readonly [number, number, number, number]): Float64Array {
  const [batch, heads, queries, keys] = shape;
  const bias = new Float64Array(batch * heads * queries * keys);
  addMask(c, bias, shape);
  const valid = c.has(6) ? c.integers(6) : undefined;
  const past = c.optional(4)?.shape[2] ?? 0;
  const causal = c.attributes.int("is_causal") !== 0;
  const [left, right] = [c.attributes.int("left_window_size", -1), c.attributes.int("right_window_size", -1)];
  for (let b = 0; b < batch; b += 1) {
    // Keys that come before the first query.
    const offset = valid !== undefined && !c.has(4) ? valid[b]! - queries : past;
    for (let row = 0; row < heads * queries; row += 1) {
      const position = offset + (row % queries);
      for (let j = 0; j < keys; j += 1) {
        const allowed =
          (!causal || j <= position) &&
          (left < 0 || j >= position - left) &&
          (right < 0 || j <= position + right) &&
          (valid === undefined || j < valid[b]!);
        if (!allowed) bias[(b * heads * queries + row) * keys + j] = Number.NEGATIVE_INFINITY;
      }
    }
  }
  return bias;
}

/** A mask shorter than the keys forbids the rest, since opset 24 one of a single key too; a boolean one allows where true. */
function addMask(c: EvaluateContext, bias: Float64Array, shape: readonly [number, number, number, number]): void {
  const mask = c.optional(3);
  if (mask === undefined) return;
  const values = numbersOf(mask);
  const keys = shape[3];
  const length = mask.shape.at(-1)!;
  const covered = length === 1 && c.version < 24 ? keys : Math.min(keys, length);
  const at = broadcastIndices(mask.shape, [...shape.slice(0, 3), covered]);
  for (let i = 0; i < bias.length; i += 1) {
    const key = i % keys;
    const value = key < covered ? values[at[Math.floor(i / keys) * covered + key]!]! : Number.NEGATIVE_INFINITY;
    bias[i] = mask.dtype !== "bool" || key >= covered ? value : value === 0 ? Number.NEGATIVE_INFINITY : 0;
  }
}

/** Scores and probabilities of one query row, each step rounded to the element type of the operands. */
interface Row {
  readonly raw: Float64Array;
  readonly capped: Float64Array;
  readonly biased: Float64Array;
  readonly probabilities: Float64Array;
}

function attendRow(scores: Float64Array, bias: Float64Array, softcap: number, dtype: DType, precision: DType): Row {
  const round = stepRounding(dtype);
  const capped = softcap > 0 ? scores.map((x) => round(softcap * round(Math.tanh(round(x / softcap))))) : scores;
  const biased = capped.map((x, j) => round(x + bias[j]!));
  // Whether anything may be attended is decided on the bias, not on scores that may be NaN.
  const forbidden = bias.every((x) => x === Number.NEGATIVE_INFINITY);
  const nothing = forbidden || biased.every((x) => x === Number.NEGATIVE_INFINITY);
  const probabilities = nothing
    ? new Float64Array(scores.length)
    : softmaxOf(precision, biased.map(stepRounding(precision))).map(round);
  return { raw: scores, capped, biased, probabilities };
}

export const attention = operator({
  name: "Attention",
  summary: "scaled dot-product attention, grouped heads, masks, windows, caches",
  infer(c) {
    const [q, k, v] = [headDims(c, 0, "q_num_heads"), headDims(c, 1, "kv_num_heads"), headDims(c, 2, "kv_num_heads")];
    const past = c.has(4) ? c.shape(4)[2] : 0;
    const total = typeof past === "number" && typeof k[2] === "number" ? past + k[2] : null;
    const [batch, heads, queries] = q as [Dim, Dim, Dim];
    const size = v[3] as Dim;
    const width = typeof heads === "number" && typeof size === "number" ? heads * size : null;
    const y = c.shape(0).length === 4 ? [batch, heads, queries, size] : [batch, queries, width];
    return [
      y,
      [k[0] as Dim, k[1] as Dim, total, k[3] as Dim],
      [v[0] as Dim, v[1] as Dim, total, size],
      [batch, heads, queries, total],
    ];
  },
  evaluate(c) {
    const query = withHeads(c, c.tensor(0), "q_num_heads");
    const key = appended(c.optional(4), withHeads(c, c.tensor(1), "kv_num_heads"));
    const value = appended(c.optional(5), withHeads(c, c.tensor(2), "kv_num_heads"));
    const [batch, heads, queries, size] = query.shape as [number, number, number, number];
    const [keys, valueSize] = [key.shape[2]!, value.shape[3]!];
    const bias = biasOf(c, [batch, heads, queries, keys]);
    const mode = c.attributes.int("qk_matmul_output_mode");
    const inspected = new Float64Array(bias.length);
    const result = new Float64Array(batch * heads * queries * valueSize);
    const scores = scoresOf(c, query, key);
    const v = numbersOf(value);
    const groups = heads / key.shape[1]!;
    const softcap = c.attributes.float("softcap");
    const precision = dtypeOfOnnx(c.attributes.int("softmax_precision", 0)) ?? query.dtype;
    for (let row = 0; row < batch * heads * queries; row += 1) {
      const part = attendRow(
        scores.subarray(row * keys, (row + 1) * keys),
        bias.subarray(row * keys, (row + 1) * keys),
        softcap,
        query.dtype,
        precision,
      );
      inspected.set([part.raw, part.capped, part.biased, part.probabilities][mode] ?? part.raw, row * keys);
      const head = Math.floor(row / queries);
      const own = (Math.floor(head / heads) * key.shape[1]! + Math.floor((head % heads) / groups)) * keys;
      for (let j = 0; j < keys; j += 1)
        for (let d = 0; d < valueSize; d += 1)
          result[row * valueSize + d]! += part.probabilities[j]! * v[(own + j) * valueSize + d]!;
    }
    const y = tensorOf(query.dtype, [batch, heads, queries, valueSize], result);
    const flat = c.tensor(0).shape.length === 3;
    return [
      flat ? { ...transposed(y, [0, 2, 1, 3]), shape: [batch, queries, heads * valueSize] } : y,
      key,
      value,
      tensorOf(query.dtype, [batch, heads, queries, keys], inspected),
    ].map((one, index) => (size >= 0 && c.wants(index) ? one : null));
  },
});

/** scale Q K' for every query row, [batch * heads * queries, keys]; key heads are shared by groups of query heads. */
export function scoresOf(c: Pick<EvaluateContext, "attributes">, query: Tensor, key: Tensor): Float64Array {
  const [batch, heads, queries, size] = query.shape as [number, number, number, number];
  const [keyHeads, keys] = [key.shape[1]!, key.shape[2]!];
  const scale = c.attributes.float("scale", 1 / Math.sqrt(size));
  const round = stepRounding(query.dtype);
  // Both operands take the root of the scale, as the standard asks.
  const root = round(Math.sqrt(scale));
  const [q, k] = [query, key].map((x) => Float64Array.from(numbersOf(x), (value) => round(value * root))) as [
    Float64Array,
    Float64Array,
  ];
  const scores = new Float64Array(batch * heads * queries * keys);
  for (let row = 0; row < batch * heads * queries; row += 1) {
    const head = Math.floor(row / queries);
    const own = (Math.floor(head / heads) * keyHeads + Math.floor((head % heads) / (heads / keyHeads))) * keys;
    for (let j = 0; j < keys; j += 1) {
      let sum = 0;
      for (let d = 0; d < size; d += 1) sum += q[row * size + d]! * k[(own + j) * size + d]!;
      scores[row * keys + j] = round(sum);
    }
  }
  return scores;
}

export const flexAttention = operator({
  name: "ai.onnx.preview.FlexAttention",
  summary: "scaled dot-product attention with subgraphs on scores and probabilities",
  infer(c) {
    const [q, v] = [expectRank(c, 0, 4), expectRank(c, 2, 4)];
    return [[q[0] as Dim, q[1] as Dim, q[2] as Dim, v[3] as Dim]];
  },
  evaluate(c) {
    const [query, key, value] = [c.tensor(0), c.tensor(1), c.tensor(2)];
    const [batch, heads, queries] = query.shape as [number, number, number];
    const [keyHeads, keys, size] = [key.shape[1]!, key.shape[2]!, value.shape[3]!];
    const fallback = query.dtype === "float64" ? "float64" : "float32";
    const precision = dtypeOfOnnx(c.attributes.int("softmax_precision", 0)) ?? fallback;
    const modified = (name: string, x: Tensor): Tensor =>
      c.attributes.has(name) ? (c.run(c.attributes.graph(name), [x])[0] as Tensor) : x;
    const shape = [batch, heads, queries, keys];
    const scores = modified("score_mod", tensorOf(precision, shape, scoresOf(c, query, key)));
    const probabilities = Float64Array.from(numbersOf(scores));
    for (let start = 0; start < probabilities.length; start += keys) {
      const row = probabilities.subarray(start, start + keys);
      row.set(softmaxOf(precision, row));
    }
    const weights = numbersOf(modified("prob_mod", tensorOf(precision, shape, probabilities)));
    const v = numbersOf(value);
    const result = new Float64Array(batch * heads * queries * size);
    for (let row = 0; row < batch * heads * queries; row += 1) {
      const head = Math.floor(row / queries);
      const own = (Math.floor(head / heads) * keyHeads + Math.floor((head % heads) / (heads / keyHeads))) * keys;
      for (let j = 0; j < keys; j += 1)
        for (let d = 0; d < size; d += 1)
          result[row * size + d]! += weights[row * keys + j]! * v[(own + j) * size + d]!;
    }
    return [tensorOf(value.dtype, c.shape(), result)];
  },
});

export const rotaryEmbedding = operator({
  name: "RotaryEmbedding",
  summary: "pairs of elements of each head turned by the angle of their position",
  infer: (c) => [c.shape(0)],
  evaluate(c) {
    const x = c.tensor(0);
    const flat = x.shape.length === 3;
    const heads = flat ? c.attributes.int("num_heads") : x.shape[1]!;
    const [batch, steps] = [x.shape[0]!, flat ? x.shape[1]! : x.shape[2]!];
    const size = flat ? x.shape[2]! / heads : x.shape[3]!;
    const rotary = c.attributes.int("rotary_embedding_dim", 0) || size;
    const half = rotary / 2;
    const interleaved = c.attributes.int("interleaved") !== 0;
    const [cos, sin] = [numbersOf(c.tensor(1)), numbersOf(c.tensor(2))];
    const positions = c.has(3) ? c.integers(3) : undefined;
    const values = numbersOf(x);
    const y = Float64Array.from(values);
    for (let n = 0; n < batch * heads * steps; n += 1) {
      const [b, h, s] = [Math.floor(n / (heads * steps)), Math.floor(n / steps) % heads, n % steps];
      const start = (flat ? (b * steps + s) * heads + h : (b * heads + h) * steps + s) * size;
      const angle = (positions?.[b * steps + s] ?? b * steps + s) * half;
      for (let i = 0; i < half; i += 1) {
        const [one, two] = interleaved ? [start + 2 * i, start + 2 * i + 1] : [start + i, start + half + i];
        y[one] = cos[angle + i]! * values[one]! - sin[angle + i]! * values[two]!;
        y[two] = sin[angle + i]! * values[one]! + cos[angle + i]! * values[two]!;
      }
    }
    return [tensorOf(x.dtype, x.shape, y)];
  },
});
