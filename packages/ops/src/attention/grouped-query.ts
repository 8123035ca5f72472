import type { Dim } from "@rdu/ir";
import type { Tensor } from "@rdu/tensor";
import { zeros } from "@rdu/tensor";
import { numbersOf, scalarOf, tensorOf } from "../numeric/numbers.ts";
import { type EvaluateContext, type InferContext, operator } from "../operator.ts";
import { expectRank } from "../shapes.ts";
import { attend, columns, givenBias, headsApart } from "./attend.ts";
import { turned } from "./turn.ts";

function refuse(c: InferContext): void {
  for (const [index, what] of [
    [12, "quantized keys"],
    [13, "quantized values"],
    [16, "right-padded chunks"],
  ] as const)
    if (c.has(index)) c.reject(what, "E0306");
  if (c.attributes.int("sliding_window_cache", 0) !== 0) c.reject("sliding_window_cache is not 0", "E0306");
  if (c.has(3) && c.dtype(3) !== c.dtype(0)) c.reject(`a cache of ${c.dtype(3)}`, "E0306");
}

/** Where batch n stands: how many positions the cache holds already, and how many with the new ones. */
interface Progress {
  readonly past: number;
  readonly total: number;
}

function progressOf(c: EvaluateContext, rows: number): readonly Progress[] {
  // In the first call for a sequence nothing is past; rows beyond the length of a sequence are padding.
  const first = scalarOf(c.tensor(6)) === rows;
  return Array.from(numbersOf(c.tensor(5)), (last): Progress => {
    const total = last + 1;
    return { total, past: first ? 0 : total - rows };
  });
}

/** Queries, new keys and new values, [batch, heads, positions, size]. */
function operands(c: EvaluateContext): readonly [Tensor, Tensor, Tensor] {
  const [heads, keyHeads] = [c.attributes.int("num_heads"), c.attributes.int("kv_num_heads")];
  const query = c.tensor(0);
  if (c.has(1)) return [headsApart(query, heads), headsApart(c.tensor(1), keyHeads), headsApart(c.tensor(2), keyHeads)];
  const size = query.shape[2]! / (heads + 2 * keyHeads);
  return [
    headsApart(columns(query, 0, heads * size), heads),
    headsApart(columns(query, heads * size, keyHeads * size), keyHeads),
    headsApart(columns(query, (heads + keyHeads) * size, keyHeads * size), keyHeads),
  ];
}

/** Heads over the root of their mean square, times a weight for each feature. */
function normalized(x: Tensor, weight: Tensor | undefined, epsilon: number): Tensor {
  if (weight === undefined) return x;
  const [size, values, factors] = [x.shape[3]!, numbersOf(x), numbersOf(weight)];
  const y = new Float64Array(values.length);
  for (let start = 0; start < y.length; start += size) {
    let square = 0;
    for (let d = 0; d < size; d += 1) square += values[start + d]! ** 2 / size;
    const inverse = 1 / Math.sqrt(square + epsilon);
    for (let d = 0; d < size; d += 1) y[start + d] = values[start + d]! * inverse * factors[d]!;
  }
  return tensorOf(x.dtype, x.shape, y);
}

/** The cache with the new positions behind the past ones of each batch; zeros where nothing is yet. */
function cached(past: Tensor | undefined, x: Tensor, shape: readonly number[], progress: readonly Progress[]): Tensor {
  const [batch, heads, length, size] = shape as [number, number, number, number];
  const result = zeros(x.dtype, shape);
  const [old, fresh] = [past === undefined ? undefined : numbersOf(past), numbersOf(x)];
  const [pastLength, rows] = [past?.shape[2] ?? 0, x.shape[2]!];
  const values = new Float64Array(result.data.length);
  for (let row = 0; row < batch * heads * length; row += 1) {
    const [line, position] = [Math.floor(row / length), row % length];
    const before = progress[Math.floor(line / heads)]!.past;
    for (let d = 0; d < size; d += 1) {
      const at = row * size + d;
      if (position < before) values[at] = old![(line * pastLength + position) * size + d]!;
      else if (position < before + rows) values[at] = fresh[(line * rows + position - before) * size + d]!;
    }
  }
  return tensorOf(x.dtype, shape, values);
}

/** The position of each new row: single ones as given, or behind the past; several are counted from the first one of the first batch. */
function positionsOf(c: EvaluateContext, rows: number, progress: readonly Progress[]): Float64Array {
  const given = c.has(9) ? numbersOf(c.tensor(9)) : undefined;
  return Float64Array.from({ length: progress.length * rows }, (_, at) => {
    if (rows === 1) return given?.[at] ?? progress[at]!.past;
    return (given?.[0] ?? progress[Math.floor(at / rows)]!.past) + (at % rows);
  });
}

export const groupedQueryAttention = operator({
  name: "com.microsoft.GroupQueryAttention",
  summary: "causal attention of grouped heads over a cache, with rotary positions, windows and sinks",
  shapeInputs: [6],
  infer(c) {
    refuse(c);
    const [batch, rows, width] = expectRank(c, 0, 3) as [Dim, Dim, Dim];
    const [heads, keyHeads] = [c.attributes.int("num_heads"), c.attributes.int("kv_num_heads")];
    const size = typeof width === "number" ? width / (c.has(1) ? heads : heads + 2 * keyHeads) : null;
    const past = c.has(3) ? (expectRank(c, 3, 4)[2] as Dim) : 0;
    const total = c.integers(6)?.[0];
    const length = total === undefined || typeof past !== "number" ? null : Math.max(past, total);
    const cache = [batch, keyHeads, length, size];
    return [[batch, rows, size === null ? null : heads * size], cache, cache, [batch, heads, rows, total ?? null]];
  },
  evaluate(c) {
    const [rawQuery, rawKey, newValue] = operands(c);
    const [batch, heads, rows, size] = rawQuery.shape as [number, number, number, number];
    const progress = progressOf(c, rows);
    const epsilon = c.attributes.float("qk_norm_epsilon");
    const prepared = (x: Tensor, weight: Tensor | undefined, own: number): Tensor => {
      const plain = normalized(x, weight, own);
      if (c.attributes.int("do_rotary", 0) === 0) return plain;
      const interleaved = c.attributes.int("rotary_interleaved", 0) !== 0;
      return turned(plain, c.tensor(7), c.tensor(8), positionsOf(c, rows, progress), interleaved);
    };
    const query = prepared(rawQuery, c.optional(14), c.attributes.float("q_norm_epsilon", epsilon));
    const newKey = prepared(rawKey, c.optional(15), c.attributes.float("k_norm_epsilon", epsilon));
    const length = Math.max(c.optional(3)?.shape[2] ?? 0, scalarOf(c.tensor(6)));
    const shape = [batch, rawKey.shape[1]!, length, size];
    const key = cached(c.optional(3), newKey, shape, progress);
    const value = cached(c.optional(4), newValue, shape, progress);
    const [causal, window] = [c.attributes.int("causal") !== 0, c.attributes.int("local_window_size")];
    const given = givenBias(c.optional(10));
    const sinks = c.has(11) ? numbersOf(c.tensor(11)) : undefined;
    const smooth = c.attributes.int("smooth_softmax") === 1;
    const factor = c.attributes.float("scale", 0);
    const { y, scores, weights } = attend({
      ofNothing: 0,
      query,
      key,
      value,
      scale: factor === 0 ? 1 / Math.sqrt(size) : factor,
      softcap: c.attributes.float("softcap", 0),
      bias: given,
      forbidden(n, i, j) {
        const { past, total } = progress[n]!;
        const position = past + i;
        return j >= total || (causal && j > position) || (window >= 0 && j <= position - window);
      },
      held: (n) => progress[n]!.total,
      ...(sinks !== undefined || smooth ? { sink: (h: number) => sinks?.[h] ?? 0 } : {}),
    });
    const shown = c.attributes.int("qk_output") === 2 ? weights : scores;
    const products = c.wants(3) ? shownProducts(c, shown, [batch, heads, rows, length]) : null;
    return [y, key, value, products].slice(0, Math.max(1, c.outputCount));
  },
});

/** Scores or shares of the keys so far; what is not attended counts as 0. */
function shownProducts(c: EvaluateContext, values: Float64Array, shape: readonly number[]): Tensor {
  const [length, total] = [shape[3]!, c.shape(3)[3]!];
  const shown = Float64Array.from({ length: (values.length / length) * total }, (_, i) => {
    const value = values[Math.floor(i / total) * length + (i % total)]!;
    return value === Number.NEGATIVE_INFINITY ? 0 : value;
  });
  return tensorOf(c.dtype(), c.shape(3), shown);
}
