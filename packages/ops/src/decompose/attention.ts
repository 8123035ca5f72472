import { elementAt } from "@rdu/diagnostics";
import { type DType, dtypeOfOnnx, isFloat, isWide } from "@rdu/tensor";
import type { Decompose } from "./decompose.ts";
import { type Index, plus, times } from "./index-form.ts";
import { widened } from "./lane-types.ts";
import { copy } from "./maps.ts";
import type { NodeBuilder } from "./node-builder.ts";
import { literal, type PatternWriter, type Scalar, type TensorRef } from "./pattern-writer.ts";
import { reduced } from "./reduction.ts";
import { softmaxAlong } from "./softmax.ts";

/** A tensor of heads, [batch, head, position, feature] or [batch, position, head * feature], or as `place` says. */
export interface Heads {
  readonly ref: TensorRef;
  readonly heads: number;
  readonly positions: number;
  readonly features: number;
  /** Where an element of a head lies. */
  readonly place?: (index: readonly [Index, Index, Index, Index]) => readonly Index[];
}

/**
 * Scaled dot products, limits and masks, softmax, and the weighted sum of the values; query heads in equal groups share a key head. A row
 * that may attend nothing gives zeros.
 */
const attention: Decompose = (b) => {
  const query = headsOf(b, b.input(0), "q_num_heads");
  const key = withPast(b, headsOf(b, b.input(1), "kv_num_heads"), b.optional(4), b.wanted(1));
  const value = withPast(b, headsOf(b, b.input(2), "kv_num_heads"), b.optional(5), b.wanted(2));
  const { dtype } = query.ref;
  const [batch = 1] = query.ref.shape;
  const shape = [batch, query.heads, query.positions, key.positions];
  const scores = products(b, query, key, b.fresh("scores", dtype, shape), scaleOf(b, query));
  const softcap = b.attributes.float("softcap", 0);
  const capped = softcap === 0 ? scores : mapped(b, "capped", scores, (p, x) => limited(p, x, softcap));
  const bias = isMasked(b) ? biasOf(b, dtype, query, key) : undefined;
  const masked = bias === undefined ? capped : maskedScores(b, capped, bias);
  const open = bias === undefined ? undefined : openRows(b, shape, bias);
  const weights = converted(b, "weights.narrow", weightsOf(b, masked, softmaxType(b, dtype), open), dtype);
  const exposed = [scores, capped, masked, weights][b.attributes.int("qk_matmul_output_mode", 0)];
  const shown = b.wanted(3);
  if (shown !== undefined && exposed !== undefined) give(b, exposed, shown);
  weighted(b, weights, value);
  return undefined;
};

function scaleOf(b: NodeBuilder, query: Heads): number {
  return b.attributes.has("scale") ? b.attributes.float("scale") : 1 / Math.sqrt(query.features);
}

function headsOf(b: NodeBuilder, ref: TensorRef, attribute: string): Heads {
  const [, second = 1, third = 1, fourth = 1] = ref.shape;
  if (ref.shape.length === 4) return { ref, heads: second, positions: third, features: fourth };
  const heads = b.attributes.int(attribute);
  return { ref, heads, positions: second, features: third / heads };
}

export function at({ ref, features, place }: Heads, index: readonly [Index, Index, Index, Index]): readonly Index[] {
  if (place !== undefined) return place(index);
  const [n, head, position, feature] = index;
  return ref.shape.length === 4 ? [n, head, position, feature] : [n, position, plus(times(head, features), feature)];
}

/** Keys or values behind those of the past; they are an output of the operator where wanted. */
export function withPast(
  b: NodeBuilder,
  current: Heads,
  past: TensorRef | undefined,
  wanted: TensorRef | undefined,
): Heads {
  if (past === undefined && wanted === undefined) return current;
  const { heads, features } = current;
  const [batch = 1] = current.ref.shape;
  const fresh = separated(b, current, past === undefined ? wanted : undefined);
  const length = past?.shape[2] ?? 0;
  if (past === undefined) return { ref: fresh, heads, positions: current.positions, features };
  const positions = length + current.positions;
  const target = wanted ?? b.fresh("present", current.ref.dtype, [batch, heads, positions, features]);
  b.join(
    [past, fresh],
    [
      [0, 0, 0, 0],
      [0, 0, length, 0],
    ],
    target,
  );
  return { ref: target, heads, positions, features };
}

/** The heads as an axis of their own. */
export function separated(b: NodeBuilder, from: Heads, target: TensorRef | undefined): TensorRef {
  const apart = from.place === undefined && from.ref.shape.length === 4;
  if (apart && target === undefined) return from.ref;
  const shape = [elementAt(from.ref.shape, 0), from.heads, from.positions, from.features];
  const to = target ?? b.fresh("heads", from.ref.dtype, shape);
  if (apart) {
    b.view(from.ref, to);
    return to;
  }
  b.pattern((p) => {
    const [n = 0, h = 0, s = 0, d = 0] = p.parallelOver(shape, "nhsd");
    p.give(p.read(from.ref, at(from, [n, h, s, d])), to, [n, h, s, d]);
  });
  return to;
}

/** Loops over batch and query heads, the latter as key head and place in its group. */
function headLoops(p: PatternWriter, batch: number, queryHeads: number, keyHeads: number) {
  const n = p.parallel("n", batch);
  const group = p.parallel("h", keyHeads);
  const member = p.parallel("r", queryHeads / keyHeads);
  return { n, group, head: plus(times(group, queryHeads / keyHeads), member) };
}

/**
 * scores[n, h, i, j] = scale * sum over d of q[n, h, i, d] k[n, h', j, d]. Narrow types take the root of the scale to both factors first, as the
 * standard's expansion does: their products might overflow, and they are rounded at each step.
 */
export function products(b: NodeBuilder, query: Heads, key: Heads, target: TensorRef, scale: number): TensorRef {
  const narrow = widened(target.dtype) !== target.dtype;
  const left = narrow ? { ...query, ref: rooted(b, query.ref, "query", scale) } : query;
  const right = narrow ? { ...key, ref: rooted(b, key.ref, "key", scale) } : key;
  b.pattern((p) => {
    const { n, group, head } = headLoops(p, target.shape[0]!, query.heads, key.heads);
    const i = p.parallel("i", query.positions);
    const j = p.parallel("j", key.positions);
    const d = p.reduceLoop("d", query.features);
    const q = p.widen(p.read(left.ref, at(left, [n, head, i, d])));
    const k = p.widen(p.read(right.ref, at(right, [n, group, j, d])));
    const sum = p.fold("sum", p.apply("mul", q, k));
    p.give(narrow || scale === 1 ? sum : p.apply("mul", sum, literal(scale, sum.dtype)), target, [n, head, i, j]);
  });
  return target;
}

function rooted(b: NodeBuilder, from: TensorRef, name: string, scale: number): TensorRef {
  const to = b.fresh(`${name}.scaled`, from.dtype, from.shape);
  b.pattern((p) => {
    const index = p.parallelOver(from.shape);
    const x = p.read(from, index);
    // The factor itself is a value of the type.
    const factor = p.convert(
      p.apply("add", literal(Math.sqrt(scale), widened(x.dtype)), literal(0, widened(x.dtype))),
      x.dtype,
    );
    p.give(p.apply("mul", x, factor), to, index);
  });
  return to;
}

export function limited(p: PatternWriter, x: Scalar, cap: number): Scalar {
  const limit = literal(cap, x.dtype);
  return p.apply("mul", p.apply("tanh", p.apply("div", x, limit)), limit);
}

export function mapped(
  b: NodeBuilder,
  name: string,
  from: TensorRef,
  body: (p: PatternWriter, x: Scalar) => Scalar,
): TensorRef {
  const to = b.fresh(name, from.dtype, from.shape);
  b.pattern((p) => {
    const index = p.parallelOver(from.shape, "nhij");
    p.give(body(p, p.read(from, index)), to, index);
  });
  return to;
}

function windowOf(b: NodeBuilder): readonly [number, number] {
  return [b.attributes.int("left_window_size", -1), b.attributes.int("right_window_size", -1)];
}

function isMasked(b: NodeBuilder): boolean {
  return b.has(3) || b.has(6) || b.attributes.int("is_causal", 0) !== 0 || windowOf(b).some((size) => size >= 0);
}

/** What is added to the score of a query with a key: a float mask's element, and -inf where the key may not be attended. */
type Bias = (p: PatternWriter, index: readonly [Index, Index, Index, Index]) => Scalar;

function biasOf(b: NodeBuilder, dtype: DType, query: Heads, key: Heads): Bias {
  const [mask, lengths, past] = [b.optional(3), b.optional(6), b.optional(4)];
  const causal = b.attributes.int("is_causal", 0) !== 0;
  const [left, right] = windowOf(b);
  const never = literal(Number.NEGATIVE_INFINITY, dtype);
  return (p, index) => {
    const [n, , i, j] = index;
    let bias: Scalar = literal(0, dtype);
    const keep = (allowed: Scalar): void => {
      bias = p.select(allowed, bias, never);
    };
    if (mask !== undefined) {
      const element = maskElement(p, mask, index, b.version < 24 ? undefined : key.positions, dtype);
      if (mask.dtype === "bool") keep(element);
      else bias = element;
    }
    const length = lengths === undefined ? undefined : p.convert(p.read(lengths, [n]), "int32");
    const ahead = p.position(j);
    if (causal || left >= 0 || right >= 0) {
      const before = past === undefined && length !== undefined ? length : undefined;
      const known = past?.shape[2] ?? 0;
      const here =
        before === undefined
          ? p.position(plus(i, known))
          : p.apply("add", p.position(plus(i, -query.positions)), before);
      const distance = p.apply("sub", here, ahead);
      const like = (value: number): Scalar => literal(value, "int32");
      if (causal) keep(p.test("ge", distance, like(0)));
      if (left >= 0) keep(p.test("le", distance, like(left)));
      if (right >= 0) keep(p.test("le", p.apply("sub", ahead, here), like(right)));
    }
    if (length !== undefined) keep(p.test("lt", ahead, length));
    return bias;
  };
}

function maskedScores(b: NodeBuilder, scores: TensorRef, bias: Bias): TensorRef {
  const to = b.fresh("masked", scores.dtype, scores.shape);
  b.pattern((p) => {
    const index = p.parallelOver(scores.shape, "nhij");
    const [n = 0, h = 0, i = 0, j = 0] = index;
    p.give(p.apply("add", p.read(scores, index), bias(p, [n, h, i, j])), to, index);
  });
  return to;
}

/**
 * Whether a query may attend any key, whatever the scores hold: true where the largest of the row's biases is not -inf. undefined where only
 * the causal frontier stands, which leaves the first key to all queries.
 */
function openRows(
  b: NodeBuilder,
  [batch = 1, heads = 1, rows = 1, keys = 1]: readonly number[],
  bias: Bias,
): TensorRef | undefined {
  if (!b.has(3) && !b.has(6) && windowOf(b).every((size) => size < 0)) return undefined;
  const mask = b.optional(3);
  const perHead = mask !== undefined && mask.shape.length > 2 && mask.shape.at(-3) !== 1;
  const open = b.fresh("open", "bool", [batch, perHead ? heads : 1, rows]);
  b.pattern((p) => {
    const [n = 0, h = 0, i = 0] = p.parallelOver(open.shape, "nhi");
    const most = p.fold("max", bias(p, [n, h, i, p.reduceLoop("j", keys)]));
    p.give(p.test("ne", most, literal(Number.NEGATIVE_INFINITY, most.dtype)), open, [n, h, i]);
  });
  return open;
}

/** The type that softmax is computed in: as asked, else `own`. */
function softmaxType(b: NodeBuilder, own: DType): DType {
  return dtypeOfOnnx(b.attributes.int("softmax_precision", 0)) ?? own;
}

function weightsOf(b: NodeBuilder, scores: TensorRef, precision: DType, open?: TensorRef): TensorRef {
  const given = converted(b, "scores.wide", scores, precision);
  return isMasked(b) ? guardedSoftmax(b, given, open) : plainSoftmax(b, given);
}

function converted(b: NodeBuilder, name: string, from: TensorRef, dtype: DType): TensorRef {
  if (from.dtype === dtype) return from;
  const to = b.fresh(name, dtype, from.shape);
  give(b, from, to);
  return to;
}

/**
 * The mask broadcast to the scores, and in their type `to` unless it is of booleans; where its last axis is shorter than the keys, nothing may
 * be attended. That rule came with opset 24, and takes a last axis of length 1 from broadcasting; without `keys` it broadcasts.
 */
function maskElement(
  p: PatternWriter,
  mask: TensorRef,
  index: readonly Index[],
  keys: number | undefined,
  to: DType,
): Scalar {
  const own = index.slice(index.length - mask.shape.length);
  const last = mask.shape.length - 1;
  const short = keys !== undefined && mask.shape[last] !== keys;
  const from = own.map((i, axis) => (mask.shape[axis] === 1 && !(short && axis === last) ? 0 : i));
  const [isBool, never] = [mask.dtype === "bool", Number.NEGATIVE_INFINITY];
  if (isBool) return short ? p.read(mask, from, 0) : p.read(mask, from);
  if (!short) return p.convert(p.read(mask, from), to);
  if (isFloat(mask.dtype)) return p.convert(p.read(mask, from, never), to);
  // Integers have no infinity to read beyond the end.
  const covered = p.test("lt", p.position(own[last]!), literal(mask.shape[last]!, "int32"));
  return p.select(covered, p.convert(p.read(mask, from, isWide(mask.dtype) ? 0n : 0), to), literal(never, to));
}

export function plainSoftmax(b: NodeBuilder, scores: TensorRef): TensorRef {
  const weights = b.fresh("weights", scores.dtype, scores.shape);
  softmaxAlong(b, weights, scores, 3, "softmax.");
  return weights;
}

/** Softmax along the last axis in which a row of -inf gives zeros, and a row that is not `open`, whatever it holds. */
export function guardedSoftmax(b: NodeBuilder, scores: TensorRef, open?: TensorRef): TensorRef {
  const { dtype, shape } = scores;
  const lowest = literal(Number.NEGATIVE_INFINITY, dtype);
  const most = reduced(b, "softmax.max", scores, [3], (p, element) => {
    const found = p.convert(p.fold("max", element), dtype);
    return p.select(p.test("eq", found, lowest), literal(0, dtype), found);
  });
  const exponential = b.fresh("softmax.exp", dtype, shape);
  b.pattern((p) => {
    const index = p.parallelOver(shape, "nhij");
    p.give(p.apply("exp", p.apply("sub", p.read(scores, index), p.broadcast(most, index))), exponential, index);
  });
  const sum = reduced(b, "softmax.sum", exponential, [3], (p, element) => {
    const found = p.convert(p.fold("sum", element), dtype);
    return p.select(p.test("eq", found, literal(0, dtype)), literal(1, dtype), found);
  });
  const weights = b.fresh("weights", dtype, shape);
  b.pattern((p) => {
    const index = p.parallelOver(shape, "nhij");
    const share = p.apply("div", p.read(exponential, index), p.broadcast(sum, index));
    const [n = 0, h = 0, i = 0] = index;
    const isOpen = open === undefined ? undefined : p.read(open, [n, open.shape[1] === 1 ? 0 : h, i]);
    p.give(isOpen === undefined ? share : p.select(isOpen, share, literal(0, dtype)), weights, index);
  });
  return weights;
}

/** y[n, h, i, e] = sum over j of weights[n, h, i, j] v[n, h', j, e], in the layout of the query. */
export function weighted(b: NodeBuilder, weights: TensorRef, value: Heads, target = b.output()): void {
  const [batch = 1, heads = 1, rows = 1, keys = 1] = weights.shape;
  const result: Heads = { ref: target, heads, positions: rows, features: value.features };
  b.pattern((p) => {
    const { n, group, head } = headLoops(p, batch, heads, value.heads);
    const i = p.parallel("i", rows);
    const e = p.parallel("e", value.features);
    const j = p.reduceLoop("j", keys);
    const weight = p.widen(p.read(weights, [n, head, i, j]));
    const element = p.convert(p.widen(p.read(value.ref, at(value, [n, group, j, e]))), weight.dtype);
    const sum = p.fold("sum", p.apply("mul", weight, element));
    p.give(p.convert(sum, target.dtype), target, at(result, [n, head, i, e]));
  });
}

export function give(b: NodeBuilder, from: TensorRef, to: TensorRef): void {
  b.pattern((p) => {
    const index = p.parallelOver(from.shape, "nhij");
    p.give(p.convert(p.read(from, index), to.dtype), to, index);
  });
}

/** Rotates pairs of features by the angle of their position; features beyond the rotated ones stay. */
const rotaryEmbedding: Decompose = (b) => {
  const [given, target] = [b.input(0), b.output()];
  const x = headsOf(b, given, "num_heads");
  const rotated = b.attributes.int("rotary_embedding_dim", 0) || x.features;
  if (rotated === x.features) return rotate(b, x, { ...x, ref: target }, rotated);
  const [batch = 1] = given.shape;
  const shape = [batch, x.heads, x.positions];
  const turned = b.fresh("turned", given.dtype, [...shape, rotated]);
  rotate(b, x, { ...x, ref: turned, features: rotated }, rotated);
  const rest = b.fresh("rest", given.dtype, [...shape, x.features - rotated]);
  copy(b, rest, given, ([n = 0, h = 0, s = 0, d = 0]) => at(x, [n, h, s, plus(d, rotated)]));
  const whole = given.shape.length === 4 ? target : b.fresh("heads", given.dtype, [...shape, x.features]);
  b.join(
    [turned, rest],
    [
      [0, 0, 0, 0],
      [0, 0, 0, rotated],
    ],
    whole,
  );
  if (whole.id === target.id) return undefined;
  b.pattern((p) => {
    const [n = 0, h = 0, s = 0, d = 0] = p.parallelOver(whole.shape, "nhsd");
    p.give(p.read(whole, [n, h, s, d]), target, at(x, [n, h, s, d]));
  });
  return undefined;
};

/** y[d] = cos x[d] -+ sin x[partner of d], where the first of a pair loses and the second gains. */
function rotate(b: NodeBuilder, x: Heads, to: Heads, rotated: number): undefined {
  const [cosines, sines, positions] = [b.input(1), b.input(2), b.optional(3)];
  const interleaved = b.attributes.int("interleaved", 0) !== 0;
  const half = rotated / 2;
  b.pattern((p) => {
    const [n = 0, h = 0, s = 0] = p.parallelOver([elementAt(x.ref.shape, 0), x.heads, x.positions], "nhs");
    const which = p.parallel("which", 2);
    const pair = p.parallel("pair", half);
    const other = plus(1, times(which, -1));
    const feature = (member: Index): Index =>
      interleaved ? plus(times(pair, 2), member) : plus(times(member, half), pair);
    const place = positions === undefined ? undefined : p.gathered(p.read(positions, [n, s]));
    const angle = (cache: TensorRef): Scalar =>
      p.widen(p.read(cache, place === undefined ? [n, s, pair] : [place, pair]));
    const own = p.widen(p.read(x.ref, at(x, [n, h, s, feature(which)])));
    const partner = p.widen(p.read(x.ref, at(x, [n, h, s, feature(other)])));
    const sine = angle(sines);
    const first = p.test("eq", p.position(which), literal(0, "int32"));
    const signed = p.select(first, p.apply("neg", sine), sine);
    const turned = p.apply("add", p.apply("mul", angle(cosines), own), p.apply("mul", signed, partner));
    p.give(turned, to.ref, at(to, [n, h, s, feature(which)]));
  });
}

/** Subgraphs are written out by then, where the shapes are known. */
const flexAttention: Decompose = (b) => {
  if (b.attributes.has("score_mod") || b.attributes.has("prob_mod")) return { host: "its subgraphs run on the host" };
  const [query, key, value] = [headsOf(b, b.input(0), ""), headsOf(b, b.input(1), ""), headsOf(b, b.input(2), "")];
  const { dtype } = query.ref;
  const [batch = 1] = query.ref.shape;
  const shape = [batch, query.heads, query.positions, key.positions];
  const scores = products(b, query, key, b.fresh("scores", dtype, shape), scaleOf(b, query));
  weighted(b, weightsOf(b, scores, softmaxType(b, dtype === "float64" ? dtype : "float32")), value);
  return undefined;
};

export const ATTENTIONS: Readonly<Record<string, Decompose>> = {
  Attention: attention,
  "ai.onnx.preview.FlexAttention": flexAttention,
  RotaryEmbedding: rotaryEmbedding,
};
