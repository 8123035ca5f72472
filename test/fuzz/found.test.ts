import type { Attribute } from "@rdu/ir";
import { presetChip } from "@rdu/sdk";
import { fromBigints, fromNumbers, type Tensor, toNumbers } from "@rdu/tensor";
import { describe, expect, it } from "vitest";
import { filled, float, int, integers, ints, type Sample, scalar, text, texts } from "../operators/sample.ts";
import { GraphDraft } from "./graph-draft.ts";
import { judgeCase } from "./judge-case.ts";
import { pooled } from "./odd-samples.ts";

/** What random graphs have found, reduced to the operator that was wrong; each ran apart from the reference or not at all. */
const FOUND: Readonly<Record<string, Sample>> = {
  "a fractional threshold is no element of integers": {
    op: "ai.onnx.ml.Binarizer",
    inputs: [integers([-1, 0, 1, 2], "int32")],
    attributes: { threshold: float(0.5) },
  },
  "nor is a threshold beyond them": {
    op: "ai.onnx.ml.Binarizer",
    inputs: [integers([-1, 0, 1, 2])],
    attributes: { threshold: float(1e30) },
  },
  "odd bases have large powers": {
    op: "Pow",
    inputs: [
      integers([3, 3, -5, 7, 2, -1, 2147483647, 3], "int32"),
      integers([128, 1000, 12345, 2 ** 31, 200, -3, -2, 2 ** 30]),
    ],
  },
  "odd bases of 64 bits too": {
    op: "Pow",
    inputs: [
      fromBigints("int64", [5], [3n, 3n, -7n, 2n ** 63n - 1n, 6n]),
      fromBigints("uint64", [5], [128n, 2n ** 62n + 5n, 2n ** 64n - 1n, 2n, 1000n]),
    ],
  },
  "exponents of a narrow type": {
    op: "Pow",
    inputs: [integers([3, 3, -5, 0], "int32"), fromNumbers("uint8", [4], [255, 128, 3, 200])],
  },
  "booleans are scattered by and": scattered("mul"),
  "booleans are scattered by or": scattered("add"),
  "the least of scattered booleans": scattered("min"),
  "the statistics of a sum are not those of its rounded form": {
    op: "com.microsoft.SkipLayerNormalization",
    inputs: [
      filled("float16", [3, 3, 2], 1),
      filled("float16", [3, 3, 2], 2),
      filled("float16", [2], 3),
      null,
      filled("float16", [2], 4),
    ],
    outputs: 4,
  },
  "the error function of integers": { op: "Erf", opset: 9, inputs: [integers([-7, -5, -1, 0, 4, 6, 127], "int8")] },
  "corners of mel triangles in falling order": {
    op: "MelWeightMatrix",
    inputs: [integers([2]), integers([20]), integers([8192])]
      .map(({ dtype, data }): Tensor => ({ dtype, shape: [], data }))
      .concat([scalar("float32", 4000), scalar("float32", 10)]),
    constants: [0, 1, 2],
    attributes: { output_datatype: int(11) },
  },
  "rows of attention that may attend nothing": {
    op: "com.microsoft.MultiHeadAttention",
    inputs: [
      filled("float32", [2, 1, 2, 3, 2], 1),
      ...[null, null, null, null],
      fromNumbers("float32", [2, 1, 1, 1], [Number.NEGATIVE_INFINITY, 0.5]),
    ],
    attributes: { num_heads: int(2) },
  },
  "a short mask of integers": {
    op: "Attention",
    inputs: [
      filled("float16", [1, 2, 3, 2], 1),
      filled("float16", [1, 2, 4, 2], 2),
      filled("float16", [1, 2, 4, 2], 3),
      fromNumbers("uint8", [3, 2], [0, 1, 2, 0, 1, 1]),
    ],
  },
  "infinite values of keys that are not attended": attended(2, Number.POSITIVE_INFINITY),
  "infinite keys that are not attended": attended(1, Number.POSITIVE_INFINITY),
  "shares too small for single precision": {
    op: "com.microsoft.MultiHeadAttention",
    inputs: [
      fromNumbers("float32", [1, 2, 1], [100, 0.5]),
      fromNumbers("float32", [1, 3, 1], [2, 0.5, 1]),
      fromNumbers("float32", [1, 3, 2], [1, 2, Number.POSITIVE_INFINITY, 3, 4, 5]),
    ],
    attributes: { num_heads: int(1) },
  },
  "grouped keys that are not attended, and padding": {
    op: "com.microsoft.GroupQueryAttention",
    inputs: [
      filled("float32", [2, 3, 8], 1),
      withOne(filled("float32", [2, 3, 4], 2), 4, Number.POSITIVE_INFINITY),
      withOne(withOne(filled("float32", [2, 3, 4], 3), 6, Number.NEGATIVE_INFINITY), 21, Number.NaN),
      ...[null, null, integers([2, 1], "int32"), scalar("int32", 3)],
    ],
    attributes: { num_heads: int(2), kv_num_heads: int(1) },
    constants: [6],
  },
  "samples of regions whose places are no numbers count nothing": regions([Number.NEGATIVE_INFINITY, 0.5, 2, 2]),
  "nor do those outside, whatever the element at the edge": regions([-9, -9, -4, 30]),
  "samples on the last row and column have themselves for neighbours": regions([0.5, 3.5, 2.5, 3.5]),
  ...Object.fromEntries(
    [Number.NaN, Number.POSITIVE_INFINITY, 1e12, -1e12].map((corner) => [
      `the greatest in a region up to ${corner}`,
      pooled(0.9, corner),
    ]),
  ),
  "NaN is above all, in Hardmax too": {
    op: "Hardmax",
    inputs: [fromNumbers("float32", [3, 3], [1, Number.NaN, 5, Number.NaN, 2, Number.NaN, 3, 7, 7])],
  },
  "determinants of columns of zeros beside others that are not finite": {
    op: "Det",
    inputs: [
      fromNumbers(
        "float32",
        [6, 2, 2],
        [
          ...[0, 0.5, Number.NaN, Number.NEGATIVE_INFINITY],
          ...[0, 1, Number.NaN, 2],
          ...[0, 3, 0, Number.POSITIVE_INFINITY],
          ...[1, 2, 3, 4, 0, 3, 0, 2, 0, 3, 5, 2],
        ],
      ),
    ],
  },
  ...Object.fromEntries(
    (["uint8", "uint32", "uint64"] as const).map((dtype) => [
      `${dtype} pulled below 0`,
      { op: "Shrink", inputs: [integers([5, 9, 1, 0], dtype)], attributes: { bias: float(2), lambd: float(0.1) } },
    ]),
  ),
  "keys that are no numbers are not attended, but added to": {
    op: "Attention",
    inputs: [filled("float32", [2, 2, 2, 2], 1), oddKeys(), filled("float32", [2, 1, 3, 2], 3)],
    attributes: { is_causal: int(1) },
  },
  "rows that may attend none of them are 0": {
    op: "Attention",
    inputs: [
      filled("float32", [2, 2, 3, 2], 1),
      oddKeys(),
      ...[
        filled("float32", [2, 1, 3, 2], 3),
        fromNumbers("bool", [2, 3, 3], [0, 0, 0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 1, 1, 1]),
      ],
    ],
  },
  "infinite factors of the middle of a grid": {
    op: "AffineGrid",
    inputs: [
      fromNumbers("float32", [2, 2, 3], [2, Number.NEGATIVE_INFINITY, -0.2, 3, -88, 1.3, -1, 2, 0, 0.5, -1.7, 1.5]),
      integers([2, 2, 3, 4]),
    ],
    constants: [1],
  },
  "a fraction of a power of 0 is the largest integer": {
    op: "Pow",
    inputs: [integers([0, 0, 5, -2]), fromNumbers("float32", [4], [-1.5, 0, 0.5, 3])],
  },
  "any of the booleans of overlapping blocks": {
    op: "Col2Im",
    inputs: [
      fromNumbers("bool", [1, 4, 4], [1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 1]),
      integers([3, 3]),
      integers([2, 2]),
    ],
    constants: [1, 2],
  },
  "a first of two tensors that an optimizer trains": {
    op: "ai.onnx.preview.training.Momentum",
    opset: 1,
    inputs: [
      scalar("float32", 0.1),
      scalar("int64", 1),
      ...[1, 2, 3, 4, 5, 6].map((seed) => filled("float32", [3], seed)),
    ],
    attributes: { alpha: float(0.9), beta: float(0.5), norm_coefficient: float(0.01), mode: text("standard") },
  },
  "an infinite cell without peepholes": {
    op: "LSTM",
    inputs: [
      filled("float32", [2, 1, 2], 1),
      withOne(filled("float32", [1, 4, 2], 2), 7, Number.POSITIVE_INFINITY),
      filled("float32", [1, 4, 1], 3),
    ],
    attributes: { hidden_size: int(1), activations: texts(["Sigmoid", "Affine", "Sigmoid"]) },
  },
  "a constant scale of double precision": {
    op: "RMSNormalization",
    inputs: [filled("float16", [2, 3, 1], 1), scalar("float64", 1.5)],
    constants: [1],
  },
  "elements that add up in one place": {
    op: "ScatterND",
    inputs: [
      fromNumbers("float32", [1], [1.0000001]),
      fromNumbers("int64", [4, 1], [0, 0, 0, 0]),
      fromNumbers("float32", [4], [0.3, 0.7, 1.9, 2.1]),
    ],
    attributes: { reduction: text("add") },
  },
  "a large element beside a place of a cubic grid": {
    op: "GridSample",
    inputs: [
      withOne(filled("float32", [1, 1, 4, 4], 1), 1, 60_000),
      fromNumbers("float32", [1, 1, 2, 2], [-1.2459542, 0.021405, 0.4, -0.3]),
    ],
    attributes: { mode: text("cubic"), padding_mode: text("zeros") },
  },
  "weights of few bits are rounded to the type of their product": {
    op: "com.microsoft.MatMulNBits",
    opset: 1,
    inputs: [
      filled("bfloat16", [3, 32], 1),
      fromNumbers(
        "uint8",
        [2, 2, 16],
        Array.from({ length: 64 }, (_, i) => (i * 37) % 256),
      ),
      fromNumbers("bfloat16", [2, 2], [0.8203125, -0.54296875, 0.2451171875, 0.26953125]),
    ],
    attributes: { K: int(32), N: int(2), bits: int(8), block_size: int(16) },
  },
  "a short mask of wide integers": {
    op: "Attention",
    opset: 25,
    inputs: [
      filled("float16", [1, 2, 3, 2], 1),
      filled("float16", [1, 2, 4, 2], 2),
      ...[filled("float16", [1, 2, 4, 2], 3), integers([0, 1, 1])].map((x, i) =>
        i === 1 ? { ...x, shape: [3, 1] } : x,
      ),
    ],
  },
  "a share of one element without axes": {
    op: "Softmax",
    inputs: [scalar("float32", 0.5)],
    attributes: { axis: int(0) },
  },
  "the nearest of wide integers": {
    op: "GridSample",
    inputs: [
      fromBigints("uint64", [1, 1, 2, 2], [2n ** 64n - 13n, 2n ** 63n + 1n, 5n, 2n ** 64n - 1n]),
      fromNumbers("float32", [1, 2, 2, 2], [-0.5, -0.5, 0.5, -0.5, 0.5, 0.5, -3, 0]),
    ],
    attributes: { mode: text("nearest"), padding_mode: text("zeros") },
  },
  "a state that nobody takes": {
    op: "LinearAttention",
    opset: 27,
    inputs: [filled("float32", [1, 3, 4], 1), filled("float32", [1, 3, 4], 2), filled("float32", [1, 3, 4], 3)],
    attributes: { q_num_heads: int(2), kv_num_heads: int(2), update_rule: text("linear") },
  },
  "infinite weights of states that start at 0": recurrent("RNN", 1),
  "and those of gates": recurrent("LSTM", 4),
  "phases of a transposed convolution beside an axis that has none": {
    op: "ConvTranspose",
    inputs: [filled("float32", [1, 1, 3, 3], 1), filled("float32", [1, 2, 3, 3], 2)],
    attributes: { strides: ints([3, 2]), output_shape: ints([10, 8]) },
  },
  "planes of a dilated transposed convolution, told apart by one way of counting their guards alone": {
    op: "ConvTranspose",
    opset: 11,
    inputs: [filled("float64", [2, 2, 3, 3, 3], 1), filled("float64", [2, 2, 2, 3, 3], 2)],
    attributes: { dilations: ints([2, 1, 2]), pads: ints([0, 0, 1, 1, 1, 1]), strides: ints([1, 1, 2]) },
  },
  "the eleven loops of a transposed convolution in three dimensions, of which a unit counts six within a tile": {
    op: "ConvTranspose",
    inputs: [filled("float32", [2, 1, 2, 2, 2], 1), filled("float32", [1, 2, 3, 3, 3], 2)],
    attributes: { strides: ints([2, 2, 2]), pads: ints([0, 0, 0, 1, 1, 1]) },
    constants: [1],
  },
  "squares of integers wrap before they are added": {
    op: "ReduceSumSquare",
    inputs: [integers([4294967292, 5], "uint32")],
  },
  "infinite elements beside taps that a phase has not": {
    op: "ConvTranspose",
    inputs: [withOne(filled("float32", [1, 1, 4], 1), 1, Number.POSITIVE_INFINITY), filled("float32", [1, 1, 3], 2)],
    attributes: { strides: ints([2]), output_padding: ints([1]) },
    constants: [1],
  },
  "infinite weights beside places without an element": {
    op: "ConvTranspose",
    inputs: [
      filled("float32", [1, 2, 3, 3], 1),
      withOne(filled("float32", [2, 1, 3, 2], 2), 5, Number.POSITIVE_INFINITY),
    ],
    attributes: { group: int(2), strides: ints([3, 1]), dilations: ints([1, 2]), pads: ints([0, 1, 1, 0]) },
  },
  "scores of float16 beyond its range": {
    op: "com.microsoft.QAttention",
    inputs: [
      filled("uint8", [1, 3, 4], 1, "special"),
      filled("int8", [4, 3], 2, "special"),
      filled("float16", [3], 3),
      scalar("float16", 0.11),
      filled("float16", [3], 4, "positive"),
      null,
      scalar("uint8", 17),
      integers([3, 5, 3], "int8"),
    ],
    attributes: { num_heads: int(1), unidirectional: int(1) },
  },
  "n-grams that share a column have weights of their own": {
    op: "TfIdfVectorizer",
    inputs: [integers([2, 2, 1, 2, 3])],
    attributes: {
      mode: text("TFIDF"),
      ...{ max_skip_count: int(0), min_gram_length: int(1), max_gram_length: int(2) },
      ...{ ngram_counts: ints([0, 3]), pool_int64s: ints([2, 3, 1, 2, 2, 1, 2]), ngram_indexes: ints([0, 1, 2, 0, 1]) },
      weights: { kind: "floats", value: [1, 2, 0.5, 7, 4] },
    },
  },
  "exponents narrower than the base": { op: "Pow", inputs: [integers([3, -7]), integers([65535, 3], "uint16")] },
};

/** One step without a first state, of one unit that stays finite beside one that does not. */
function recurrent(op: string, gates: number): Sample {
  return {
    op,
    inputs: [
      filled("float32", [1, 1, 1], 1),
      filled("float32", [1, 2 * gates, 1], 2),
      withOne(filled("float32", [1, 2 * gates, 2], 3), 0, Number.NEGATIVE_INFINITY),
    ],
    attributes: { hidden_size: int(2) },
  };
}

function withOne(tensor: Tensor, index: number, value: number): Tensor {
  return fromNumbers(
    tensor.dtype,
    tensor.shape,
    toNumbers(tensor).map((element, at) => (at === index ? value : element)),
  );
}

/** Causal attention of three positions; the second one's keys (input 1) or values (input 2) have an odd element. */
function attended(input: number, odd: number): Sample {
  const operands = [1, 2, 3].map((seed) => filled("float32", [1, 3, 4], seed));
  return {
    op: "com.microsoft.MultiHeadAttention",
    inputs: operands.map((tensor, index) => (index === input ? withOne(tensor, 4, odd) : tensor)),
    attributes: { num_heads: int(2), unidirectional: int(1) },
  };
}

/** The reduction of booleans, and a bit of each place. */
function scattered(reduction: string): Sample {
  const bools = (bits: readonly number[]): Tensor => fromNumbers("bool", [bits.length], bits);
  return {
    op: "ScatterElements",
    inputs: [bools([0, 1, 0, 1, 1]), integers([0, 1, 1, 3]), bools([1, 0, 1, 0])],
    attributes: { reduction: text(reduction) },
  };
}

/** A choice whose branches have constants too long to be written out where they are printed for reading. */
function choice(draft: GraphDraft): void {
  const x = draft.leaf(filled("float32", [5, 20], 1), false);
  const side = (op: string): Attribute => {
    const body = draft.inner();
    body.outer(x, draft.tensor(x));
    const weight = body.leaf(filled("float32", [5, 20], 2), true);
    return { kind: "graph", value: body.asBody([], body.add({ op, inputs: [x, weight] }) ?? []) };
  };
  const condition = draft.leaf(fromNumbers("bool", [], [1]), false);
  draft.add({ op: "If", inputs: [condition], attributes: { then_branch: side("Add"), else_branch: side("Mul") } });
}

/** Keys of three positions, in the first of two batches the last one no number and the second infinite. */
function oddKeys(): Tensor {
  return withOne(withOne(filled("float32", [2, 1, 3, 2], 2), 5, Number.NaN), 2, Number.NEGATIVE_INFINITY);
}

/** The largest of the samples in a region of an image that is infinite in its corners. */
function regions(corners: readonly number[]): Sample {
  let image = filled("float32", [1, 1, 4, 4], 1);
  for (const corner of [0, 3, 12, 15]) image = withOne(image, corner, Number.POSITIVE_INFINITY);
  return {
    op: "RoiAlign",
    inputs: [image, fromNumbers("float32", [1, 4], corners), integers([0])],
    attributes: { sampling_ratio: int(1), mode: text("max"), output_height: int(2), output_width: int(3) },
  };
}

const TARGET = { chip: presetChip("sn40l"), seed: 0, fusion: "streaming", symbolic: false } as const;

describe("found by random graphs", () => {
  it.each(Object.entries(FOUND))(
    "%s",
    async (_, { op, inputs, attributes = {}, constants = [], opset = 24, outputs = 1 }) => {
      const draft = new GraphDraft(opset);
      const ids = inputs.map((value, index) => (value === null ? null : draft.leaf(value, constants.includes(index))));
      expect(draft.add({ op, inputs: ids, attributes, outputs })).toBeDefined();
      expect((await judgeCase(draft.finish([]), TARGET)).failure).toBeUndefined();
    },
  );

  it("elements of a tensor by numbers from the same tensor, in one pattern", async () => {
    const draft = new GraphDraft(24);
    const x = draft.leaf(integers([2, 0, 1]), false);
    draft.add({ op: "ai.onnx.ml.ArrayFeatureExtractor", inputs: [x, x] });
    expect((await judgeCase(draft.finish([]), TARGET)).failure).toBeUndefined();
  });

  it("constants of subgraphs go with host calls", async () => {
    const draft = new GraphDraft(24);
    choice(draft);
    expect((await judgeCase(draft.finish([]), TARGET)).failure).toBeUndefined();
  });
});
