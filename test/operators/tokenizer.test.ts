import type { Attribute, OperatorNode } from "@rdu/ir";
import { evaluateNode } from "@rdu/ops";
import { isTensor, type Tensor, tensor } from "@rdu/tensor";
import { describe, expect, test } from "vitest";
import { readInline } from "../support/decompose-node.ts";
import { compiled } from "../support/run-graph.ts";
import { int, text, texts } from "./sample.ts";

function tokens(given: Readonly<Record<string, Attribute>>, words: readonly string[], shape = [words.length]): Tensor {
  const node: OperatorNode = {
    kind: "operator",
    op: "com.microsoft.Tokenizer",
    version: 1,
    inputs: ["x"],
    outputs: ["y"],
    attributes: { mark: int(0), mincharnum: int(1), pad_value: text("#"), ...given },
    origin: ["/node"],
  };
  const x = tensor("string", shape, [...words]);
  const [y] = evaluateNode(node, [x], { readConstant: readInline, run: () => [] });
  if (y === null || y === undefined || !isTensor(y)) throw new Error("no tensor");
  return y;
}

const separated = (...list: string[]) => ({ separators: texts(list) });
const matched = (expression: string) => ({ tokenexp: text(expression) });
const marked = { mark: int(1) };
const long = (count: number) => ({ mincharnum: int(count) });

type Row = readonly [
  title: string,
  attributes: Readonly<Record<string, Attribute>>,
  texts: readonly string[],
  rows: readonly (readonly string[])[],
];

/** What ONNX Runtime 1.32 gives. */
// biome-ignore format: a table
const FACTS: readonly Row[] = [
  ["separators", separated(" "), ["Hello World", "I love  it !", ""], [["Hello", "World", "#", "#"], ["I", "love", "it", "!"], ["#", "#", "#", "#"]]],
  ["marks", { ...separated(" "), ...marked }, ["Hello you", ""], [["\x02", "Hello", "you", "\x03"], ["\x02", "\x03", "#", "#"]]],
  ["characters", separated(""), ["héllo", "ab"], [["h", "é", "l", "l", "o"], ["a", "b", "#", "#", "#"]]],
  ["one separator after another", separated(",", ";"), ["a,b;c d", "x"], [["a", "b", "c d"], ["x", "#", "#"]]],
  ["a separator within another", separated("X", "XX"), ["aXXbXc"], [["a", "b", "c"]]],
  ["short tokens", { ...separated(" "), ...long(2) }, ["abc ab a"], [["abc", "ab"]]],
  ["an expression", matched("[a-zA-Z0-9_]+"), ["the fox_1 is-here", "é x"], [["the", "fox_1", "is", "here"], ["x", "#", "#", "#"]]],
  ["short matches, marked", { ...matched("[a-zA-Z0-9_]+"), ...marked, ...long(3) }, ["the fox_1 is-here"], [["\x02", "the", "fox_1", "here", "\x03"]]],
  ["the longest of choices", matched("a|ab|abc"), ["abcd"], [["abc"]]],
  ["empty matches", matched("a*"), ["aab"], [["aa"]]],
  ["laziness counts for nothing", matched("a*?b"), ["baab"], [["b", "aab"]]],
  ["no token at all", { ...separated(" "), ...marked }, ["", ""], [[], []]],
  ["separators before an expression", { ...separated(" "), ...matched("x") }, ["a b"], [["a", "b"]]],
  ["letters of other alphabets are none", matched("\\b\\w\\w+\\b"), ["fóo bar"], [["bar"]]],
  ["an empty separator among others", separated("", " "), ["aéb"], [[]]],
];

describe("the tokenizer agrees with ONNX Runtime", () => {
  test.each(FACTS)("%s", (_, attributes, given, rows) => {
    const { shape, data } = tokens(attributes, given);
    expect([shape, data]).toEqual([[given.length, rows[0]?.length], rows.flat()]);
  });

  test("shapes of rank two, and without elements", () => {
    expect(tokens(separated(" "), ["ab", "cd e"], [1, 2])).toEqual(tensor("string", [1, 2, 2], ["ab", "#", "cd", "e"]));
    expect(tokens(separated(" "), []).shape).toEqual([0]);
  });

  test("what no text can be split by is refused", () => {
    expect(() => tokens({}, ["a"])).toThrow("neither separators nor tokenexp");
    expect(() => tokens(matched("["), ["a"])).toThrow("no regular expression");
    expect(() => tokens({ ...separated(""), ...long(2) }, ["a"])).toThrow("split into characters");
  });
});

test("what follows a vectorizer of texts whose number is known is on the chip", () => {
  const program = compiled(
    `graph g(%x: str[4]) -> (%z) {
  %n = StringNormalizer@10(%x) [case_change_action="LOWER"]
  %t = com.microsoft.Tokenizer@1(%n) [mark=0, mincharnum=1, pad_value="#", separators=[" "]]
  %v = TfIdfVectorizer@9(%t) [max_gram_length=1, max_skip_count=0, min_gram_length=1, mode="TF", ngram_counts=[0], ngram_indexes=[0, 1], pool_strings=["a", "b"]]
  %z = Exp@13(%v)
}`,
    1,
  );
  expect(program.hostCalls.filter((reason) => reason.includes("shape of v"))).toEqual([]);
});
