import { allocate, elementCount, type Tensor, tensor } from "@rdu/tensor";
import { pairwise } from "../numeric/map.ts";
import { int64Tensor, integersOf, tensorOf } from "../numeric/numbers.ts";
import { type EvaluateContext, type InferContext, operator } from "../operator.ts";
import { broadcastDims } from "../shapes.ts";
import { compiledExpression } from "./expressions.ts";

const HOST = "strings live on the host";

function textsOf(x: Tensor): readonly string[] {
  return x.data as string[];
}

export const stringConcat = operator({
  name: "StringConcat",
  summary: "strings joined in pairs",
  host: HOST,
  infer: (c) => [broadcastDims(c, c.shape(0), c.shape(1))],
  evaluate(c) {
    const [a, b] = [c.tensor(0), c.tensor(1)];
    const data = allocate("string", elementCount(c.shape())) as string[];
    pairwise(textsOf(a), a.shape, textsOf(b), b.shape, data, c.shape(), (x, y) => x + y);
    return [tensor("string", c.shape(), data)];
  },
});

export const stringSplit = operator({
  name: "StringSplit",
  summary: "strings cut at a delimiter, and how many parts each has",
  host: HOST,
  infer: (c) => [[...c.shape(0), null], c.shape(0)],
  evaluate(c) {
    const x = c.tensor(0);
    const delimiter = c.attributes.string("delimiter", "");
    const most = c.attributes.has("maxsplit") ? c.attributes.int("maxsplit") : Number.POSITIVE_INFINITY;
    const parts = textsOf(x).map((text) => splitText(text, delimiter, most));
    const width = Math.max(0, ...parts.map(({ length }) => length));
    const data = parts.flatMap((list) => [...list, ...new Array<string>(width - list.length).fill("")]);
    return [
      tensor("string", [...x.shape, width], data),
      int64Tensor(
        x.shape,
        parts.map(({ length }) => length),
      ),
    ];
  },
});

/** At most `most` cuts; what is left is the last part. Without a delimiter runs of white space cut. */
function splitText(text: string, delimiter: string, most: number): string[] {
  const parts: string[] = [];
  let rest = delimiter === "" ? text.trimStart() : text;
  if (delimiter === "" && rest === "") return [];
  while (parts.length < most) {
    const found = delimiter === "" ? /\s+/.exec(rest) : undefined;
    const at = delimiter === "" ? (found?.index ?? -1) : rest.indexOf(delimiter);
    const length = delimiter === "" ? (found?.[0].length ?? 0) : delimiter.length;
    if (at < 0) break;
    parts.push(rest.slice(0, at));
    rest = rest.slice(at + length);
    if (delimiter === "" && rest === "") return parts;
  }
  return [...parts, delimiter === "" ? rest.trimEnd() : rest];
}

export const stringNormalizer = operator({
  name: "StringNormalizer",
  summary: "strings without stop words, in another case as asked",
  host: HOST,
  infer(c) {
    const shape = c.shape(0);
    const count = shape.at(-1);
    // Without stop words every text stays, and one stands for none.
    const kept = c.attributes.strings("stopwords", []).length === 0 && count !== 0 ? (count ?? null) : null;
    return [shape.length === 1 ? [kept] : [1, kept]];
  },
  evaluate(c) {
    const x = c.tensor(0);
    const sensitive = c.attributes.int("is_case_sensitive") !== 0;
    const fold = (text: string): string => (sensitive ? text : text.toLowerCase());
    const stops = new Set(c.attributes.strings("stopwords", []).map(fold));
    const action = c.attributes.string("case_change_action");
    const kept = textsOf(x)
      .filter((text) => !stops.has(fold(text)))
      .map((text) => (action === "LOWER" ? text.toLowerCase() : action === "UPPER" ? text.toUpperCase() : text));
    // Never nothing at all: one empty string stands for it.
    const data = kept.length === 0 ? [""] : kept;
    return [tensor("string", x.shape.length === 1 ? [data.length] : [1, data.length], data)];
  },
});

export const regexFullMatch = operator({
  name: "RegexFullMatch",
  summary: "whether strings match a regular expression from end to end",
  host: HOST,
  infer: (c) => [c.shape(0)],
  evaluate(c) {
    const x = c.tensor(0);
    const pattern = expressionOf(c);
    return [
      tensor(
        "bool",
        x.shape,
        Uint8Array.from(textsOf(x), (text) => (pattern.test(text) ? 1 : 0)),
      ),
    ];
  },
});

function expressionOf(c: EvaluateContext): RegExp {
  const source = c.attributes.string("pattern");
  return (
    compiledExpression(source, (body) => `^(?:${body})$`) ?? c.reject(`"${source}" is no regular expression`, "E0306")
  );
}

/** One past the greatest output coordinate. */
function vectorLength(c: Pick<InferContext, "attributes">): number {
  return Math.max(...c.attributes.ints("ngram_indexes")) + 1;
}

export const tfIdfVectorizer = operator({
  name: "TfIdfVectorizer",
  summary: "how often each known n-gram occurs, weighted as asked",
  infer: (c) => [[...c.shape(0).slice(0, -1), vectorLength(c)]],
  evaluate(c) {
    const x = c.tensor(0);
    const tokens: readonly (string | number)[] = x.dtype === "string" ? textsOf(x) : integersOf(x);
    const [columns, width] = [x.shape.at(-1) ?? 0, vectorLength(c)];
    const rows = x.shape.length === 1 ? 1 : x.shape[0]!;
    const grams = ngramsOf(c);
    const [least, most] = [c.attributes.int("min_gram_length"), c.attributes.int("max_gram_length")];
    const skips = c.attributes.int("max_skip_count");
    const total = c.attributes.ints("ngram_indexes").length;
    const counts = new Float64Array(rows * total);
    for (let row = 0; row < rows; row += 1)
      for (let length = least; length <= most; length += 1)
        for (let step = 1; step <= (length === 1 ? 1 : skips + 1); step += 1)
          for (let start = 0; start + (length - 1) * step < columns; start += 1) {
            const gram = Array.from({ length }, (_, i) => tokens[row * columns + start + i * step]);
            const known = grams.get(JSON.stringify(gram));
            if (known !== undefined) counts[row * total + known]! += 1;
          }
    return [tensorOf("float32", x.shape.length === 1 ? [width] : [rows, width], weighted(c, counts, rows, width))];
  },
});

/** Number of each n-gram of the pool, by its tokens. */
function ngramsOf(c: EvaluateContext): ReadonlyMap<string, number> {
  const pool: readonly (string | number)[] = c.attributes.has("pool_strings")
    ? c.attributes.strings("pool_strings")
    : c.attributes.ints("pool_int64s");
  const starts = c.attributes.ints("ngram_counts");
  const grams = new Map<string, number>();
  let number = 0;
  starts.forEach((start, i) => {
    const end = starts[i + 1] ?? pool.length;
    for (let at = start; at < end; at += i + 1) {
      grams.set(JSON.stringify(pool.slice(at, at + i + 1)), number);
      number += 1;
    }
  });
  return grams;
}

/** Each n-gram adds its count to its column: as it is, as 0 or 1, by the mode times its own weight. */
function weighted(c: EvaluateContext, counts: Float64Array, rows: number, width: number): Float64Array {
  const mode = c.attributes.string("mode");
  const targets = c.attributes.ints("ngram_indexes");
  const weights = mode === "TF" ? [] : c.attributes.floats("weights", []);
  const sums = new Float64Array(rows * width);
  counts.forEach((count, i) => {
    const [row, gram] = [Math.floor(i / targets.length), i % targets.length];
    sums[row * width + targets[gram]!]! += (mode === "IDF" ? Math.min(1, count) : count) * (weights[gram] ?? 1);
  });
  return sums;
}
