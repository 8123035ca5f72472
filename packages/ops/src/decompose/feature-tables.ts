import { cast, elementCount, isFloat, isWide, numberAt, type Tensor, tensor } from "@rdu/tensor";
import type { Decompose } from "./decompose.ts";
import { type Index, plus, times } from "./index-form.ts";
import type { NodeBuilder } from "./node-builder.ts";
import { literal, type PatternWriter, type Scalar, type TensorRef } from "./pattern-writer.ts";

/** target[rows, i] = x[rows, columns[i]]; columns count from 0, and one out of range stops the run. */
const arrayFeatureExtractor: Decompose = (b) => {
  const [x, target] = [b.input(0), b.output()];
  const width = x.shape.at(-1) ?? 1;
  const columns = b.reshaped(b.input(1), "columns", [elementCount(b.input(1).shape)]);
  b.pattern((p) => {
    const at = p.parallelOver(target.shape);
    const given = p.read(columns, [at.at(-1) ?? 0]);
    const bounded = p.apply("min", p.apply("max", given, literal(-1, given.dtype)), literal(width, given.dtype));
    const column = p.gathered(p.convert(bounded, "int32"));
    const row = x.shape.length === 1 ? [] : at.slice(0, -1);
    p.give(p.read(x, [...row, column]), target, at);
  });
  return undefined;
};

/** The value of the key that an element equals, from version 4 on NaN equal to NaN; the last one where a key is listed twice. */
const labelEncoder: Decompose = (b) => {
  const [x, target] = [b.input(0), b.output()];
  const keys = listed(b, "keys");
  const values = listed(b, "values");
  if (keys === undefined || values === undefined) return { host: "its keys or values are strings" };
  const count = keys.shape[0] ?? 0;
  const known = b.table("keys", cast(keys, x.dtype));
  const results = b.table("values", cast(values, target.dtype));
  const place = b.fresh("place", "int32", x.shape);
  b.pattern((p) => {
    const at = p.parallelOver(x.shape);
    const k = p.reduceLoop("k", count);
    const [element, key] = [p.read(x, at), p.read(known, [k])];
    const same = p.test("eq", element, key);
    const hit =
      isFloat(x.dtype) && b.version >= 4
        ? p.apply("or", same, p.apply("and", p.test("isnan", element), p.test("isnan", key)))
        : same;
    p.give(p.fold("max", p.select(hit, p.position(k), literal(-1, "int32"))), place, at);
  });
  const otherwise = defaultLabel(b, target);
  b.pattern((p) => {
    const at = p.parallelOver(target.shape);
    p.give(p.read(results, [p.gathered(p.read(place, at))], otherwise), target, at);
  });
  return undefined;
};

function listed(b: NodeBuilder, name: "keys" | "values"): Tensor | undefined {
  const { attributes } = b;
  if (attributes.has(`${name}_int64s`)) {
    const list = attributes.ints(`${name}_int64s`);
    return tensor("int64", [list.length], BigInt64Array.from(list, BigInt));
  }
  if (attributes.has(`${name}_floats`)) {
    const list = attributes.floats(`${name}_floats`);
    return tensor("float32", [list.length], Float32Array.from(list));
  }
  if (!attributes.has(`${name}_tensor`)) return undefined;
  const list = attributes.tensor(`${name}_tensor`);
  return list.dtype === "string" ? undefined : { ...list, shape: [elementCount(list.shape)] };
}

function defaultLabel(b: NodeBuilder, { dtype }: TensorRef): number | bigint {
  if (b.attributes.has("default_tensor")) {
    const given = cast(b.attributes.tensor("default_tensor"), dtype);
    return isWide(dtype) ? (given.data[0] as bigint) : numberAt(given, 0);
  }
  if (isFloat(dtype)) return b.attributes.float("default_float", -0);
  // Of the integers only the 64-bit ones have a default of their own.
  if (dtype === "int64") return BigInt(b.attributes.int("default_int64", -1));
  return isWide(dtype) ? 0n : 0;
}

/** N-grams of one length of the pool, one a row. */
interface Grams {
  readonly length: number;
  readonly rows: readonly (readonly number[])[];
}

/**
 * How often each n-gram of the pool occurs with up to `max_skip_count` tokens left out between its tokens: for every n-gram one fold over
 * steps and places; then every column takes the counts of the n-grams that belong to it.
 */
const tfIdfVectorizer: Decompose = (b) => {
  if (b.attributes.has("pool_strings")) return { host: "its n-grams are strings" };
  const [x, target] = [b.input(0), b.output()];
  const rows = x.shape.length === 1 ? 1 : (x.shape[0] ?? 1);
  const tokens = b.reshaped(x, "rows", [rows, x.shape.at(-1) ?? 0]);
  const pool = poolOf(b);
  const [least, most] = [b.attributes.int("min_gram_length"), b.attributes.int("max_gram_length")];
  const parts = pool.map((grams): TensorRef => {
    const counts = b.fresh(`of${grams.length}`, "int32", [rows, grams.rows.length]);
    if (grams.length < least || grams.length > most) b.pattern((p) => giveNothing(p, counts));
    else occurrences(b, counts, tokens, grams);
    return counts;
  });
  const total = pool.reduce((sum, grams) => sum + grams.rows.length, 0);
  const counts = b.fresh("counts", "int32", [rows, total]);
  let start = 0;
  const offsets = pool.map((grams) => {
    const offset = [0, start];
    start += grams.rows.length;
    return offset;
  });
  b.join(parts, offsets, counts);
  const wide = target.shape.length === 1 ? b.fresh("vectors", target.dtype, [rows, target.shape[0] ?? 0]) : target;
  columnsOf(b, wide, counts, total);
  return wide === target ? undefined : b.view(wide, target);
};

function giveNothing(p: PatternWriter, counts: TensorRef): void {
  const at = p.parallelOver(counts.shape);
  p.give(literal(0, "int32"), counts, at);
}

/** The pool by lengths: entry i of `ngram_counts` says where the n-grams of length i + 1 begin. */
function poolOf(b: NodeBuilder): readonly Grams[] {
  const [pool, starts] = [b.attributes.ints("pool_int64s"), b.attributes.ints("ngram_counts")];
  return starts.flatMap((start, i): Grams[] => {
    const length = i + 1;
    const end = starts[i + 1] ?? pool.length;
    const count = Math.ceil(Math.max(0, end - start) / length);
    const rows = Array.from({ length: count }, (_, k) => pool.slice(start + k * length, start + (k + 1) * length));
    return rows.length === 0 ? [] : [{ length, rows }];
  });
}

function occurrences(b: NodeBuilder, counts: TensorRef, tokens: TensorRef, { length, rows }: Grams): void {
  const data = BigInt64Array.from(rows.flat(), BigInt);
  const table = b.table(`pool${length}`, tensor("int64", [rows.length, length], data));
  const columns = tokens.shape[1] ?? 0;
  const steps = length === 1 ? 1 : b.attributes.int("max_skip_count") + 1;
  b.pattern((p) => {
    const [row = 0, gram = 0] = p.parallelOver(counts.shape, "rg");
    const skipped = p.reduceLoop("skipped", steps);
    const start = p.reduceLoop("start", columns);
    const place = (i: number): Index => plus(start, times(skipped, i), i);
    // The last token of an n-gram lies furthest to the right.
    const inside = p.test("lt", p.position(place(length - 1)), literal(columns, "int32"));
    const hit = Array.from({ length }, (_, i) => {
      const token = p.convert(p.read(tokens, [row, place(i)], isWide(tokens.dtype) ? 0n : 0), "int64");
      return p.test("eq", token, p.read(table, [gram, i]));
    }).reduce((a, c) => p.apply("and", a, c), inside);
    p.give(p.fold("sum", p.convert(hit, "int32")), counts, [row, gram]);
  });
}

/** Column c: the counts of its n-grams, each by the mode with its weight, added. */
function columnsOf(b: NodeBuilder, target: TensorRef, counts: TensorRef, total: number): void {
  const [rows = 0, width = 0] = target.shape;
  const indexes = b.attributes.ints("ngram_indexes");
  const members = Array.from({ length: width }, (): number[] => []);
  const given = b.attributes.has("weights") ? b.attributes.floats("weights") : [];
  indexes.forEach((column, gram) => {
    if (gram < total) members[column]?.push(gram);
  });
  const most = Math.max(1, ...members.map(({ length }) => length));
  const filledUp = members.flatMap((own) => Array.from({ length: most }, (_, m) => own[m]));
  // Places that a column does not fill lie beyond the counts, where 0 is read.
  const places = Int32Array.from(filledUp, (gram) => gram ?? total);
  const weights = Float32Array.from(filledUp, (gram) => (gram === undefined ? 0 : (given[gram] ?? 1)));
  const place = b.table("members", tensor("int32", [width, most], places));
  const weight = b.table("weights", tensor("float32", [width, most], weights));
  const mode = b.attributes.string("mode");
  b.pattern((p) => {
    const [row = 0, column = 0] = p.parallelOver([rows, width], "rc");
    const m = p.reduceLoop("m", most);
    const count = p.read(counts, [row, p.gathered(p.read(place, [column, m]))], 0);
    const seen = mode === "IDF" ? p.apply("min", count, literal(1, "int32")) : count;
    const value: Scalar = p.convert(seen, "float32");
    const weighted = mode === "TF" ? value : p.apply("mul", value, p.read(weight, [column, m]));
    p.give(p.fold("sum", weighted), target, [row, column]);
  });
}

export const FEATURE_TABLES: Readonly<Record<string, Decompose>> = {
  "ai.onnx.ml.ArrayFeatureExtractor": arrayFeatureExtractor,
  "ai.onnx.ml.LabelEncoder": labelEncoder,
  TfIdfVectorizer: tfIdfVectorizer,
};
