import { tensor } from "@rdu/tensor";
import { type EvaluateContext, operator } from "../operator.ts";
import { type LongestMatch, longestMatch } from "./expressions.ts";

/** What stands around the tokens of a text where they are marked. */
const [START, END] = ["\u0002", "\u0003"];

type Split = (text: string) => readonly string[];

export const tokenizer = operator({
  name: "com.microsoft.Tokenizer",
  summary: "each text as a row of tokens, rows padded to the longest",
  host: "texts are split on the host",
  infer(c) {
    const shape = c.shape(0);
    if (shape.length < 1 || shape.length > 2) c.reject(`texts of rank ${shape.length}, expected 1 or 2`);
    return [shape.includes(0) ? shape : [...shape, null]];
  },
  evaluate(c) {
    const x = c.tensor(0);
    if (x.data.length === 0) return [x];
    const split = splitOf(c);
    const rows = (x.data as string[]).map(split);
    const longest = Math.max(...rows.map((row) => row.length));
    // Where no text has a token, none is marked either.
    const marked = longest > 0 && c.attributes.int("mark") !== 0;
    const width = longest + (marked ? 2 : 0);
    const pad = c.attributes.string("pad_value");
    const data = rows.flatMap((row) => {
      const tokens = marked ? [START, ...row, END] : row;
      return [...tokens, ...new Array<string>(width - tokens.length).fill(pad)];
    });
    return [tensor("string", [...x.shape, width], data)];
  },
});

function splitOf(c: EvaluateContext): Split {
  const separators = c.attributes.strings("separators", []);
  const expression = c.attributes.string("tokenexp", "");
  const least = c.attributes.int("mincharnum");
  if (least < 1) c.reject(`mincharnum is ${least}, expected at least 1`, "E0303");
  const isToken = (token: string): boolean => [...token].length >= least;
  if (separators.length === 1 && separators[0] === "") {
    if (least > 1) c.reject(`mincharnum is ${least} where texts are split into characters`, "E0303");
    return (text) => [...text];
  }
  const matcher = (source: string): LongestMatch =>
    longestMatch(source) ?? c.reject(`"${source}" is no regular expression that is known here`, "E0303");
  if (separators.length > 0) {
    const cuts = separators.map(matcher);
    return (text) =>
      cuts.reduce((parts, cut) => parts.flatMap((part) => parted(part, cut).between.filter(isToken)), [text]);
  }
  if (expression === "") return c.reject("has neither separators nor tokenexp", "E0303");
  const found = matcher(expression);
  return (text) => parted(text, found).matches.filter(isToken);
}

/** The matches from left to right, and what stands before, between and behind them. An empty match takes the character behind it along. */
function parted(text: string, find: LongestMatch) {
  const matches: string[] = [];
  const between: string[] = [];
  let from = 0;
  for (let match = find(text, from); match !== undefined; match = find(text, from)) {
    const { start, end } = match;
    between.push(text.slice(from, start));
    matches.push(text.slice(start, end));
    from = end > start ? end : end + characterLength(text, end);
    if (from > text.length) return { matches, between };
  }
  between.push(text.slice(from));
  return { matches, between };
}

/** Code units of the character at a place; 1 at the end, so that a search goes on and ends. */
function characterLength(text: string, at: number): number {
  const point = text.codePointAt(at);
  return point !== undefined && point > 0xffff ? 2 : 1;
}
