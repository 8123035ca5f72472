import { elementAt } from "@rdu/diagnostics";
import type { Attribute } from "@rdu/ir";
import { ATTENTIONS, guardedSoftmax, type Heads, limited, mapped, products, separated, weighted } from "./attention.ts";
import { biasStep, type ScoreStep, stepped } from "./attention-masks.ts";
import { writePart } from "./compose.ts";
import type { Decompose } from "./decompose.ts";
import { type Index, plus, times } from "./index-form.ts";
import { copy } from "./maps.ts";
import type { NodeBuilder } from "./node-builder.ts";
import { NORMALIZATIONS } from "./normalization.ts";
import { literal, type PatternWriter, type Scalar, type TensorRef } from "./pattern-writer.ts";
import { reduced } from "./reduction.ts";

/** How far each batch is: the lengths less one that the run knows, new rows, and whether nothing is past. */
interface Progress {
  readonly lengths: TensorRef;
  readonly rows: number;
  readonly first: boolean;
}

const whole = (value: number): Scalar => literal(value, "int32");

/** Positions of batch n in the cache: with the new rows, and before them. */
function progressOf(p: PatternWriter, { lengths, rows, first }: Progress, n: Index): { total: Scalar; past: Scalar } {
  const index = lengths.shape.length === 1 ? [n] : lengths.shape.map((_, axis) => (axis === 0 ? n : 0));
  const total = p.apply("add", p.read(lengths, index), whole(1));
  return { total, past: first ? whole(0) : p.apply("sub", total, whole(rows)) };
}

const groupedQueryAttention: Decompose = (b) => {
  const most = b.integers(6)?.[0];
  if (most === undefined) return { host: "the length of the cache is known only at run time" };
  const made = operands(b);
  const [batch = 1] = made[0].ref.shape;
  const progress: Progress = { lengths: b.input(5), rows: made[0].positions, first: most === made[0].positions };
  const places = b.attributes.int("do_rotary", 0) === 0 ? undefined : positionsOf(b, batch, progress);
  const query = prepared(b, made[0], "query", 14, places);
  const newKey = prepared(b, made[1], "key", 15, places);
  const length = Math.max(b.optional(3)?.shape[2] ?? 0, most);
  const cache = (x: Heads, output: number, past: TensorRef | undefined): Heads => {
    const shape = [batch, x.heads, length, x.features];
    const target = b.wanted(output) ?? b.fresh("cache", x.ref.dtype, shape);
    fillCache(b, target, past, separated(b, x, undefined), progress);
    return { ...apart(target), positions: length };
  };
  const key = cache(newKey, 1, b.optional(3));
  const value = cache(made[2], 2, b.optional(4));
  const factor = b.attributes.float("scale", 0);
  const shape = [batch, query.heads, query.positions, length];
  const scale = factor === 0 ? 1 / Math.sqrt(query.features) : factor;
  const scores = products(b, query, key, b.fresh("scores", query.ref.dtype, shape), scale);
  const softcap = b.attributes.float("softcap", 0);
  const capped = softcap === 0 ? scores : mapped(b, "capped", scores, (p, x) => limited(p, x, softcap));
  const biased = stepped(b, capped, [biasStep(b.optional(10)), reachStep(b, progress)]);
  const weights = hasSink(b) ? sinkSoftmax(b, biased) : guardedSoftmax(b, biased);
  const shown = b.wanted(3);
  if (shown !== undefined) show(b, b.attributes.int("qk_output", 0) === 2 ? weights : biased, shown);
  weighted(b, weights, progress.first && batch > 1 ? heldValues(b, value, progress) : value);
  return undefined;
};

/** The values with zeros behind the length of each sequence: rows of shorter ones are padding there, and may hold anything. */
function heldValues(b: NodeBuilder, value: Heads, progress: Progress): Heads {
  const to = b.fresh("held", value.ref.dtype, value.ref.shape);
  b.pattern((p) => {
    const [n = 0, h = 0, s = 0, d = 0] = p.parallelOver(to.shape, "nhsd");
    const within = p.test("lt", p.position(s), progressOf(p, progress, n).total);
    p.give(p.select(within, p.read(value.ref, [n, h, s, d]), literal(0, to.dtype)), to, [n, h, s, d]);
  });
  return { ...value, ref: to };
}

function apart(ref: TensorRef): Heads {
  const [, heads = 1, positions = 1, features = 1] = ref.shape;
  return { ref, heads, positions, features };
}

function operands(b: NodeBuilder): readonly [Heads, Heads, Heads] {
  const [heads, keyHeads] = [b.attributes.int("num_heads"), b.attributes.int("kv_num_heads")];
  const query = b.input(0);
  const [, positions = 1, width = 1] = query.shape;
  if (b.has(1)) {
    const flat = (ref: TensorRef, own: number): Heads => ({
      ref,
      heads: own,
      positions: ref.shape[1]!,
      features: ref.shape[2]! / own,
    });
    return [flat(query, heads), flat(b.input(1), keyHeads), flat(b.input(2), keyHeads)];
  }
  const features = width / (heads + 2 * keyHeads);
  const part = (from: number, own: number): Heads => ({
    ref: query,
    heads: own,
    positions,
    features,
    place: ([n, h, s, d]) => [n, s, plus(times(plus(h, from), features), d)],
  });
  return [part(0, heads), part(heads, keyHeads), part(heads + keyHeads, keyHeads)];
}

/** Where each new row stands, [batch, rows]: a single one as given, several counted from the first given; else behind the past. */
function positionsOf(b: NodeBuilder, batch: number, progress: Progress): TensorRef {
  const given = b.optional(9);
  if (given !== undefined) return progress.rows === 1 ? given : counted(b, given, [batch, progress.rows]);
  const to = b.fresh("positions", "int32", [batch, progress.rows]);
  b.pattern((p) => {
    const [n = 0, s = 0] = p.parallelOver(to.shape, "ns");
    p.give(p.apply("add", p.position(s), progressOf(p, progress, n).past), to, [n, s]);
  });
  return to;
}

/** Queries or keys normalised head by head and turned by their positions, where the node asks for it. */
function prepared(b: NodeBuilder, x: Heads, name: string, weight: number, places: TensorRef | undefined): Heads {
  const scale = b.optional(weight);
  if (scale === undefined && places === undefined) return x;
  let ref = separated(b, x, undefined);
  if (scale !== undefined) {
    const own = `${name[0]}_norm_epsilon`;
    const value = b.attributes.has(own) ? b.attributes.float(own) : b.attributes.float("qk_norm_epsilon", 1e-6);
    const to = b.fresh(`${name}.normalised`, ref.dtype, ref.shape);
    const attributes = { epsilon: { kind: "float", value } } as const;
    writePart(b, NORMALIZATIONS, { op: "RMSNormalization", inputs: [ref, scale], outputs: [to], attributes });
    ref = to;
  }
  if (places !== undefined) {
    const [cosines, sines] = [b.input(7), b.input(8)];
    const rotated = 2 * cosines.shape[1]!;
    const to = b.fresh(`${name}.turned`, ref.dtype, ref.shape);
    const int = (value: number): Attribute => ({ kind: "int", value: BigInt(value) });
    const attributes = {
      interleaved: int(b.attributes.int("rotary_interleaved", 0)),
      ...(rotated < x.features ? { rotary_embedding_dim: int(rotated) } : {}),
    };
    const inputs = [ref, cosines, sines, places];
    writePart(b, ATTENTIONS, { op: "RotaryEmbedding", inputs, outputs: [to], attributes });
    ref = to;
  }
  return apart(ref);
}

/** The cache with the new rows behind the past ones of each batch; zeros where nothing is yet. */
function fillCache(
  b: NodeBuilder,
  target: TensorRef,
  past: TensorRef | undefined,
  fresh: TensorRef,
  progress: Progress,
): undefined {
  if (progress.first || past === undefined) return copy(b, target, fresh, (at) => at, 0);
  const { rows } = progress;
  b.pattern((p) => {
    const [n = 0, h = 0, s = 0, d = 0] = p.parallelOver(target.shape, "nhsd");
    const { past: before } = progressOf(p, progress, n);
    const old = p.read(past, [n, h, s, d], 0);
    const place = p.apply("sub", p.position(s), before);
    const inside = p.apply("min", p.apply("max", place, whole(0)), whole(rows - 1));
    const now = p.read(fresh, [n, h, p.gathered(inside), d]);
    const reached = p.select(p.test("lt", place, whole(rows)), now, literal(0, target.dtype));
    p.give(p.select(p.test("lt", place, whole(0)), old, reached), target, [n, h, s, d]);
  });
  return undefined;
}

/** Forbids keys beyond the length of the sequence, behind the query, or before its window. */
function reachStep(b: NodeBuilder, progress: Progress): ScoreStep {
  const causal = b.attributes.int("causal", 1) !== 0;
  const window = b.attributes.int("local_window_size", -1);
  return (p, score, [n, , i, j]) => {
    const { total, past } = progressOf(p, progress, n);
    const place = p.position(j);
    const position = p.apply("add", p.position(i), past);
    let allowed = p.test("lt", place, total);
    if (causal) allowed = p.apply("and", allowed, p.test("le", place, position));
    if (window >= 0) {
      const first = p.apply("sub", position, whole(window));
      allowed = p.apply("and", allowed, p.test("gt", place, first));
    }
    return p.select(allowed, score, literal(Number.NEGATIVE_INFINITY, score.dtype));
  };
}

function hasSink(b: NodeBuilder): boolean {
  return b.has(11) || b.attributes.int("smooth_softmax", -1) === 1;
}

/** Softmax along the last axis with one score more in each row, that of the sink of its head, whose share is dropped. */
function sinkSoftmax(b: NodeBuilder, scores: TensorRef): TensorRef {
  const { dtype, shape } = scores;
  const sinks = b.optional(11);
  const sink = (p: PatternWriter, h: Index, like: Scalar): Scalar =>
    sinks === undefined ? literal(0, like.dtype) : p.convert(p.widen(p.read(sinks, [h])), like.dtype);
  const most = reduced(b, "softmax.max", scores, [3], (p, element, at) => {
    const found = p.fold("max", element);
    return p.convert(p.apply("max", found, sink(p, at[1]!, found)), dtype);
  });
  const exponential = b.fresh("softmax.exp", dtype, shape);
  b.pattern((p) => {
    const index = p.parallelOver(shape, "nhij");
    p.give(p.apply("exp", p.apply("sub", p.read(scores, index), p.broadcast(most, index))), exponential, index);
  });
  const sum = reduced(b, "softmax.sum", exponential, [3], (p, element, at) => {
    const found = p.fold("sum", element);
    const top = p.convert(p.widen(p.read(most, at)), found.dtype);
    const own = p.apply("exp", p.apply("sub", sink(p, at[1]!, found), top));
    return p.convert(p.apply("add", found, own), dtype);
  });
  const weights = b.fresh("weights", dtype, shape);
  b.pattern((p) => {
    const index = p.parallelOver(shape, "nhij");
    p.give(p.apply("div", p.read(exponential, index), p.broadcast(sum, index)), weights, index);
  });
  return weights;
}

/** Scores or weights of the keys so far; what is not attended counts as 0. */
function show(b: NodeBuilder, from: TensorRef, to: TensorRef): undefined {
  b.pattern((p) => {
    const at = p.parallelOver(to.shape, "nhij");
    const value = p.read(from, at);
    const never = p.test("eq", value, literal(Number.NEGATIVE_INFINITY, value.dtype));
    p.give(p.convert(p.select(never, literal(0, value.dtype), value), to.dtype), to, at);
  });
  return undefined;
}

/** The standard operator with its inputs in another order; one position id says where the first row stands. */
const rotaryEmbedding: Decompose = (b) => {
  const [x, ids, cosines, sines] = [b.input(0), b.input(1), b.input(2), b.input(3)];
  const flat = x.shape.length === 3;
  const given = b.attributes.int("num_heads", 0);
  const heads = flat && given === 0 ? x.shape[2]! / (2 * cosines.shape[1]!) : given;
  const [batch = 1, rows = 1] = [x.shape[0], x.shape[flat ? 1 : 2]];
  const size = flat ? x.shape[2]! / heads : x.shape[3]!;
  const rotated = 2 * cosines.shape[1]!;
  const int = (value: number): Attribute => ({ kind: "int", value: BigInt(value) });
  const attributes = {
    interleaved: int(b.attributes.int("interleaved", 0)),
    ...(flat ? { num_heads: int(heads) } : {}),
    ...(rotated < size ? { rotary_embedding_dim: int(rotated) } : {}),
  };
  const places =
    ids.shape.length === 2 && ids.shape[0] === batch && ids.shape[1] === rows ? ids : counted(b, ids, [batch, rows]);
  return writePart(b, ATTENTIONS, {
    op: "RotaryEmbedding",
    inputs: [x, cosines, sines, places],
    outputs: [b.output()],
    attributes,
  });
};

/** Positions counted from the one given. */
function counted(b: NodeBuilder, ids: TensorRef, shape: readonly [number, number]): TensorRef {
  const to = b.fresh("positions", ids.dtype, shape);
  b.pattern((p) => {
    const at = p.parallelOver(shape, "ns");
    const first = p.read(
      ids,
      ids.shape.map(() => 0),
    );
    p.give(p.apply("add", first, p.convert(p.position(elementAt(at, 1)), ids.dtype)), to, at);
  });
  return to;
}

export const GROUPED_QUERIES: Readonly<Record<string, Decompose>> = {
  "com.microsoft.GroupQueryAttention": groupedQueryAttention,
  "com.microsoft.RotaryEmbedding": rotaryEmbedding,
};
