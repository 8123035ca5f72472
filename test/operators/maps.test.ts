import { type Attribute, type OperatorNode, parseGraph } from "@rdu/ir";
import { decodeDataFile, encodeDataFile, encodeModel, exportModel, importType } from "@rdu/onnx";
import { evaluateNode } from "@rdu/ops";
import { compareOutputs, compile, load, reference, typeOfParameter, type Value } from "@rdu/sdk";
import { compare, type DType, fromBigints, fromNumbers, tensor } from "@rdu/tensor";
import { describe, expect, test } from "vitest";
import { readInline } from "../support/decompose-node.ts";
import { int, ints, text, texts } from "./sample.ts";

type MapValue = Extract<Value, { readonly map: unknown }>;

const strings = (...values: string[]): Value => tensor("string", [1, values.length], values);
const row = (dtype: DType, ...values: number[]): Value => fromNumbers(dtype, [1, values.length], values);

function map(keys: readonly (number | string)[], values: readonly number[], dtype: DType = "float32"): MapValue {
  return {
    keys: keys.every((key) => typeof key === "string")
      ? tensor("string", [keys.length], [...keys])
      : fromBigints("int64", [keys.length], keys.map(BigInt)),
    map: values.map((value) => fromNumbers(dtype, [], [value])),
  };
}

function evaluated(op: string, attributes: Readonly<Record<string, Attribute>>, input: Value): Value | null {
  const node: OperatorNode = {
    kind: "operator",
    op: `ai.onnx.ml.${op}`,
    version: 1,
    inputs: ["x"],
    outputs: ["y"],
    attributes,
    origin: ["/node"],
  };
  return evaluateNode(node, [input], { readConstant: readInline, run: () => [] })[0] ?? null;
}

const numbers = map([3, 0, 7], [1.5, -2.7, 1e-9]);
const odd = map([0, 1, 2, 3], [1e20, Number.NaN, Number.POSITIVE_INFINITY, 0.0078125]);

/** What ONNX Runtime 1.32 gives. */
const FACTS: readonly (readonly [string, Readonly<Record<string, Attribute>>, Value, Value])[] = [
  ["CastMap", {}, numbers, row("float32", -2.7, 1.5, 1e-9)],
  ["CastMap", { cast_to: text("TO_INT64") }, numbers, row("int64", -2, 1, 0)],
  ["CastMap", { cast_to: text("TO_STRING") }, numbers, strings("-2.700000", "1.500000", "0.000000")],
  ["CastMap", { cast_to: text("TO_STRING") }, odd, strings("100000002004087734272.000000", "nan", "inf", "0.007812")],
  ["CastMap", { map_form: text("SPARSE"), max_map: int(5) }, numbers, row("float32", -2.7, 0, 0, 1.5, 0)],
  [
    "CastMap",
    { cast_to: text("TO_STRING"), map_form: text("SPARSE"), max_map: int(2) },
    numbers,
    strings("-2.700000", "0.f"),
  ],
  [
    "DictVectorizer",
    { string_vocabulary: texts(["a", "c", "b", "z"]) },
    map(["c", "a", "q"], [8, 4, 1]),
    row("float32", 4, 8, 0, 0),
  ],
  [
    "DictVectorizer",
    { int64_vocabulary: ints([5, 4, 1]) },
    map([1, 5], [0.5, 0.1], "float64"),
    row("float64", 0.1, 0, 0.5),
  ],
  [
    "ZipMap",
    { classlabels_strings: texts(["no", "yes"]) },
    fromNumbers("float32", [2, 2], [0.25, 0.75, 1, 0]),
    { sequence: [map(["yes", "no"], [0.75, 0.25]), map(["no", "yes"], [1, 0])] },
  ],
  [
    "ZipMap",
    { classlabels_int64s: ints([3, -1]) },
    fromNumbers("float32", [2], [0.5, 2]),
    { sequence: [map([3, -1], [0.5, 2])] },
  ],
];

describe("the reference agrees with ONNX Runtime", () => {
  test.each(FACTS)("%s", (op, attributes, input, expected) => {
    const found = evaluated(op, attributes, input);
    expect(found === null ? "nothing" : compare(found, expected, { rtol: 0, atol: 0 })).toMatchObject({ equal: true });
  });

  test("what no map can mean is refused", () => {
    const sparse = { map_form: text("SPARSE"), max_map: int(2) };
    expect(() => evaluated("CastMap", sparse, map([-1], [1]))).toThrow("key -1 is negative");
    const labels = { classlabels_int64s: ints([1, 2, 3]) };
    expect(() => evaluated("ZipMap", labels, row("float32", 1, 2))).toThrow("3 class labels");
    expect(() => evaluated("ZipMap", {}, row("float32", 1, 2))).toThrow("neither classlabels_strings");
  });
});

describe("maps are compared by key", () => {
  const expected = map(["a", "b"], [1, 2]);
  test.each([
    ["another value", map(["a", "b"], [1, 3]), 'key "b": 1 of 1 differ'],
    ["a key missing", map(["a", "c"], [1, 2]), 'key "b": missing'],
    ["a key too many", map(["a", "b", "c"], [1, 2, 2]), "expected 2 keys, found 3"],
    ["other keys", map([1, 2], [1, 2]), "expected keys of str, found i64"],
    ["no map", row("float32", 1), "expected a map"],
  ] as const)("%s", (_, found, reason) => {
    const { equal, reason: said } = compare(found, expected);
    expect([equal, said]).toEqual([false, expect.stringContaining(reason)]);
  });
});

describe("maps in files", () => {
  const scores = { sequence: [map([1, 0], [0.25, 0.5]), map([5], [1])] };
  const type = (words: string) => parseGraph(`graph g(%x: ${words}) -> (%x) {\n}`).types.get("x");

  test.each([
    ["map(str, f32[])", map(["a", ""], [1, -2])],
    ["seq(map(i64, f32[]))", scores],
    [
      "optional(map(i64, seq(f32[])))",
      { optional: { keys: fromBigints("int64", [1], [-(2n ** 60n)]), map: [scores] } },
    ],
  ] as const)("%s comes back", (words, value) => {
    expect(decodeDataFile(encodeDataFile(value), type(words))).toEqual(value);
  });

  test("a map without a type of keys is refused in those words, as a type and as a file", () => {
    const floats = { tensorType: { elemType: 1 } };
    expect(() => importType({ mapType: { valueType: floats } })).toThrow(
      "a map type does not say of which type its keys are",
    );
    expect(() => decodeDataFile(new Uint8Array(), type("map(i64, f32)"))).toThrow(
      "a map does not say of which type its keys are",
    );
  });

  test("the doubles that Python writes for a dictionary become the floats that the model declares", () => {
    const doubles = encodeDataFile({ sequence: [map([0], [0.25], "float64")] });
    expect(decodeDataFile(doubles, type("seq(map(i64, f32))"))).toEqual({ sequence: [map([0], [0.25])] });
    expect(decodeDataFile(doubles, type("seq(map(i64, f64))"))).toEqual({ sequence: [map([0], [0.25], "float64")] });
  });
});

test("a classifier that takes and gives maps runs the whole way, with its softmax on the chip", async () => {
  const graph = parseGraph(`graph g(%d: map(str, f32[])) -> (%y) {
  %v = ai.onnx.ml.DictVectorizer@1(%d) [string_vocabulary=["a", "b", "c"]]
  %s = Softmax@13(%v) [axis=1]
  %y: seq(map(i64, f32)) = ai.onnx.ml.ZipMap@1(%s) [classlabels_int64s=[1, 0, 7]]
}`);
  const model = encodeModel(exportModel(graph));
  const { pef, report } = await compile(model);
  expect(report.hostCalls.map(({ reason }) => reason)).toEqual(["maps live on the host", "maps live on the host"]);
  const program = await load(pef);
  expect([...program.inputs, ...program.outputs].map(typeOfParameter)).toEqual([
    { kind: "map", key: "string", element: { kind: "tensor", dtype: "float32", shape: [] } },
    {
      kind: "sequence",
      element: { kind: "map", key: "int64", element: { kind: "tensor", dtype: "float32", shape: [] } },
    },
  ]);
  const inputs = { d: map(["c", "a"], [2, 1]) };
  const [{ outputs }, expected] = [await program.run(inputs), await reference(model, inputs)];
  expect(compareOutputs(outputs, expected)).toMatchObject([{ equal: true, elements: 3 }]);
});
