import { elementAt } from "@rdu/diagnostics";
import { type Heads, withPast } from "./attention.ts";
import { attendHeads, biasStep, causalStep, maskStep } from "./attention-masks.ts";
import { integerProduct, matmul } from "./contraction.ts";
import type { Decompose, HostVerdict } from "./decompose.ts";
import { type Index, plus, times } from "./index-form.ts";
import { copy, map } from "./maps.ts";
import type { NodeBuilder } from "./node-builder.ts";
import type { PatternWriter, TensorRef } from "./pattern-writer.ts";
import { rescaled } from "./weight-products.ts";

/** Inputs that hold the mask, the past, and what is added to scores. */
interface Places {
  readonly mask: number;
  readonly past: number;
  readonly bias?: number;
}

/** Attention of the queries, keys and values that lie side by side in the last axis of `projected`. */
function attendProjected(b: NodeBuilder, projected: TensorRef, places: Places): HostVerdict | undefined {
  const [batch = 1, rows = 1, all = 0] = projected.shape;
  const heads = b.attributes.int("num_heads");
  const [width = 0, , valueWidth = 0] = b.attributes.ints("qkv_hidden_sizes", [all / 3, all / 3, all / 3]);
  const part = (from: number, features: number): Heads => ({
    ref: projected,
    heads,
    positions: rows,
    features,
    place: ([n, h, s, d]) => [n, s, plus(times(h, features), d, from)],
  });
  const size = width / heads;
  const query = part(0, size);
  const past = b.optional(places.past);
  const length = past?.shape[3] ?? 0;
  const mask = maskStep(b.optional(places.mask), batch, length, b.attributes.float("mask_filter_value", -10000));
  if (mask !== undefined && "host" in mask) return mask;
  const cache = cached(b, projected, [2, batch, heads, rows, size], width, past);
  const held = (which: number, fresh: Heads): Heads => {
    if (cache === undefined) return fresh;
    const place: Heads["place"] = ([n, h, s, d]) => [which, n, h, s, d];
    return { ref: cache, heads, positions: length + rows, features: size, place };
  };
  const key = held(0, part(width, size));
  const value = held(1, part(2 * width, valueWidth / heads));
  const causal = b.attributes.int("unidirectional", 0) !== 0 ? causalStep(length) : undefined;
  const bias = places.bias === undefined ? undefined : b.optional(places.bias);
  const scale = b.attributes.has("scale") ? b.attributes.float("scale") : 1 / Math.sqrt(size);
  attendHeads(b, { query, key, value }, scale, [mask, biasStep(bias), causal]);
  return undefined;
}

/** Keys and values as the operator keeps them, [2, batch, heads, positions, size], behind those of the past. */
function cached(
  b: NodeBuilder,
  projected: TensorRef,
  shape: readonly [number, number, number, number, number],
  width: number,
  past: TensorRef | undefined,
): TensorRef | undefined {
  const wanted = b.wanted(1);
  if (past === undefined && wanted === undefined) return undefined;
  const [two, batch, heads, rows, size] = shape;
  const length = past?.shape[3] ?? 0;
  const present = wanted ?? b.fresh("present", projected.dtype, [two, batch, heads, length + rows, size]);
  const now = past === undefined ? present : b.fresh("now", projected.dtype, shape);
  copy(b, now, projected, ([which = 0, n = 0, h = 0, s = 0, d = 0]): readonly Index[] => [
    n,
    s,
    plus(times(which, width), times(h, size), d, width),
  ]);
  if (past !== undefined)
    b.join(
      [past, now],
      [
        [0, 0, 0, 0, 0],
        [0, 0, 0, length, 0],
      ],
      present,
    );
  return present;
}

const packedAttention: Decompose = (b) => {
  const [x, w, bias] = [b.input(0), b.input(1), b.optional(2)];
  const projected = b.fresh("projected", x.dtype, [...x.shape.slice(0, 2), w.shape[1]!]);
  matmul(b, projected, [x, w], {
    finish: (p, sum, at) => (bias === undefined ? sum : p.apply("add", sum, p.widen(p.broadcast(bias, at)))),
  });
  return attendProjected(b, projected, { mask: 3, past: 4, bias: 5 });
};

const quantisedAttention: Decompose = (b) => {
  const [x, w, bias, xScale, wScale] = [0, 1, 2, 3, 4].map((index) => b.input(index)) as [
    TensorRef,
    TensorRef,
    TensorRef,
    TensorRef,
    TensorRef,
  ];
  const projected = b.fresh("projected", bias.dtype, [...x.shape.slice(0, 2), w.shape[1]!]);
  const finish = rescaled(bias.dtype, xScale, wScale, bias);
  integerProduct(b, projected, { left: 0, right: 1, leftZero: 6, rightZero: 7 }, finish);
  return attendProjected(b, projected, { mask: 5, past: 8 });
};

/** Part `which` of what lies packed in the fourth of five dimensions. */
function packed(ref: TensorRef, which: number): Heads {
  const [, positions = 1, heads = 1, , features = 1] = ref.shape;
  return { ref, heads, positions, features, place: ([n, h, s, d]) => [n, s, h, which, d] };
}

/** Queries, new keys and new values, with the bias of their projection. */
function operands(b: NodeBuilder): readonly [Heads, Heads, Heads] | HostVerdict {
  const heads = b.attributes.int("num_heads");
  const [query, bias] = [b.input(0), b.optional(3)];
  if (query.shape.length === 5) {
    if (bias !== undefined) return { host: "a bias of packed queries, keys and values has no chip form" };
    return [packed(query, 0), packed(query, 1), packed(query, 2)];
  }
  const width = query.shape[2]!;
  const flat = (ref: TensorRef, from: number, name: string): Heads => ({
    ref: bias === undefined ? ref : biased(b, ref, bias, from, name),
    heads,
    positions: ref.shape[1]!,
    features: ref.shape[2]! / heads,
  });
  const [q, key] = [flat(query, 0, "query"), b.input(1)];
  if (key.shape.length === 5) return [q, packed(key, 0), packed(key, 1)];
  const value = b.input(2);
  if (key.shape.length === 3) return [q, flat(key, width, "key"), flat(value, 2 * width, "value")];
  const apart = (ref: TensorRef): Heads => ({ ref, heads, positions: ref.shape[2]!, features: ref.shape[3]! });
  return [q, apart(key), apart(value)];
}

function biased(b: NodeBuilder, ref: TensorRef, bias: TensorRef, from: number, name: string): TensorRef {
  const to = b.fresh(name, ref.dtype, ref.shape);
  b.pattern((p) => {
    const at = p.parallelOver(ref.shape);
    const offset = p.read(bias, [plus(elementAt(at, 2), from)]);
    p.give(p.apply("add", p.read(ref, at), offset), to, at);
  });
  return to;
}

const multiHeadAttention: Decompose = (b) => {
  const made = operands(b);
  if ("host" in made) return made;
  const [query, newKey, newValue] = made;
  const [pastKey, pastValue] = [b.optional(6), b.optional(7)];
  const length = pastKey?.shape[2] ?? 0;
  const [batch = 1] = query.ref.shape;
  const mask = maskStep(b.optional(4), batch, length, b.attributes.float("mask_filter_value", -10000));
  if (mask !== undefined && "host" in mask) return mask;
  const key = withPast(b, newKey, pastKey, b.wanted(1));
  const value = withPast(b, newValue, pastValue, b.wanted(2));
  const position = Math.max(length, key.positions - query.positions);
  const causal = b.attributes.int("unidirectional", 0) !== 0 ? causalStep(position) : undefined;
  const scale = b.attributes.has("scale") ? b.attributes.float("scale") : 1 / Math.sqrt(query.features);
  const shown = b.wanted(3);
  const same = shown !== undefined && shown.dtype === query.ref.dtype ? shown : undefined;
  const weights = attendHeads(b, { query, key, value }, scale, [mask, biasStep(b.optional(5)), causal], same);
  if (shown !== undefined && same === undefined)
    map(b, shown, [weights], (p: PatternWriter, x) => p.convert(x!, shown.dtype));
  return undefined;
};

export const PACKED_ATTENTIONS: Readonly<Record<string, Decompose>> = {
  "com.microsoft.Attention": packedAttention,
  "com.microsoft.QAttention": quantisedAttention,
  "com.microsoft.MultiHeadAttention": multiHeadAttention,
};
