import type { Dim } from "@rdu/ir";
import type { Tensor } from "@rdu/tensor";
import { transposed } from "../layout/layout.ts";
import { mapBinary } from "../numeric/map.ts";
import { numbersOf, tensorOf } from "../numeric/numbers.ts";
import { span } from "../numeric/walk.ts";
import { type EvaluateContext, type InferContext, operator } from "../operator.ts";
import { expectRank } from "../shapes.ts";
import { attend, behindPast, columns, givenBias, headsApart, maskBias } from "./attend.ts";

/** Heads, size of a head, positions of queries and new keys, size of a value; null where not known. */
interface Extents {
  readonly batch: Dim;
  readonly heads: number;
  readonly size: Dim;
  readonly rows: Dim;
  readonly keys: Dim;
  readonly valueSize: Dim;
}

function each(width: Dim, heads: number): Dim {
  return typeof width === "number" ? width / heads : null;
}

/** How operands are laid out follows from their ranks: packed ones have five dimensions, keys with their heads apart four. */
function extentsOf(c: InferContext): Extents {
  const heads = c.attributes.int("num_heads");
  const query = expectRank(c, 0, 3, 5);
  const [batch, rows] = query as [Dim, Dim];
  if (query.length === 5) {
    const size = query[4] as Dim;
    return { batch, heads, size, rows, keys: rows, valueSize: size };
  }
  const size = each(query[2] as Dim, heads);
  const key = expectRank(c, 1, 3, 4, 5);
  if (key.length === 5) return { batch, heads, size, rows, keys: key[1] as Dim, valueSize: key[4] as Dim };
  const value = expectRank(c, 2, key.length);
  const apart = key.length === 4;
  return {
    batch,
    heads,
    size,
    rows,
    keys: key[apart ? 2 : 1] as Dim,
    valueSize: apart ? (value[3] as Dim) : each(value[2] as Dim, heads),
  };
}

/** Part `which` of the `count` that lie packed in the fourth of five dimensions, heads apart. */
function unpacked(x: Tensor, which: number, count: number): Tensor {
  const [batch, positions, heads, , size] = x.shape as [number, number, number, number, number];
  const values = numbersOf(x);
  const taken = Float64Array.from(
    { length: span(x.shape, 0) / count },
    (_, i) => values[(Math.floor(i / size) * count + which) * size + (i % size)]!,
  );
  return transposed(tensorOf(x.dtype, [batch, positions, heads, size], taken), [0, 2, 1, 3]);
}

/** Queries, new keys and new values, [batch, heads, positions, size], with the bias of their projection. */
function operands(c: EvaluateContext): readonly [Tensor, Tensor, Tensor] {
  const heads = c.attributes.int("num_heads");
  const query = c.tensor(0);
  const packed = query.shape.length === 5;
  const key = packed ? undefined : c.tensor(1);
  const bias = c.optional(3);
  const all = bias?.shape[0] ?? 0;
  // Keys with their heads apart come from a cache: only queries are biased then.
  const biased = (x: Tensor, from: number, width: number): Tensor => {
    if (bias === undefined) return headsApart(x, heads);
    return headsApart(
      mapBinary(x, columns(bias, from, width), x.shape, x.dtype, (a, b) => a + b),
      heads,
    );
  };
  if (packed && bias !== undefined) c.reject("bias of packed queries, keys and values", "E0306");
  if (packed) return [unpacked(query, 0, 3), unpacked(query, 1, 3), unpacked(query, 2, 3)];
  const width = query.shape[2]!;
  const q = biased(query, 0, width);
  if (key?.shape.length === 5) return [q, unpacked(key, 0, 2), unpacked(key, 1, 2)];
  const [k, v] = [c.tensor(1), c.tensor(2)];
  if (k.shape.length === 4) return [q, k, v];
  return [q, biased(k, width, width), biased(v, 2 * width, all - 2 * width)];
}

export const multiHeadAttention = operator({
  name: "com.microsoft.MultiHeadAttention",
  summary: "attention of projected queries, keys and values, with masks, biases and a cache",
  infer(c) {
    for (const index of [8, 9])
      if (c.has(index)) c.reject("a cache shared with the past, or of several beams", "E0306");
    const { batch, heads, size, rows, keys, valueSize } = extentsOf(c);
    const past = c.has(6) ? (expectRank(c, 6, 4)[2] as Dim) : 0;
    const total = typeof past === "number" && typeof keys === "number" ? past + keys : null;
    const width = typeof valueSize === "number" ? heads * valueSize : null;
    return [
      [batch, rows, width],
      [batch, heads, total, size],
      [batch, heads, total, valueSize],
      { kind: "tensor", dtype: c.dtype(0), shape: [batch, heads, rows, total] },
    ];
  },
  evaluate(c) {
    const [query, newKey, newValue] = operands(c);
    const [key, value] = [behindPast(c.optional(6), newKey), behindPast(c.optional(7), newValue)];
    const past = c.optional(6)?.shape[2] ?? 0;
    const [batch, , rows, size] = query.shape as [number, number, number, number];
    // Queries stand behind the past, or last where there are more keys than that.
    const position = Math.max(past, key.shape[2]! - rows);
    const masked = maskBias(c, c.optional(4), batch, past, c.attributes.float("mask_filter_value", -10000));
    const given = givenBias(c.optional(5));
    const causal = c.attributes.int("unidirectional") !== 0;
    const { y, weights } = attend({
      ofNothing: Number.NaN,
      query,
      key,
      value,
      scale: c.attributes.float("scale", 1 / Math.sqrt(size)),
      bias: (n, h, i, j) =>
        masked(n, i, j) + given(n, h, i, j) + (causal && j > position + i ? Number.NEGATIVE_INFINITY : 0),
    });
    const shown = c.wants(3) ? tensorOf(c.dtype(3), c.shape(3), weights) : null;
    return [y, key, value, shown].slice(0, Math.max(1, c.outputCount));
  },
});
