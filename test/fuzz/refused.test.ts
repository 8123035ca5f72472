import { type OperatorNode, tensorConstant } from "@rdu/ir";
import { evaluateNode, inferGraph, sinceVersion } from "@rdu/ops";
import { fromNumbers } from "@rdu/tensor";
import { describe, expect, it } from "vitest";
import { filled, int, integers, ints, type Sample, scalar, text } from "../operators/sample.ts";
import { readInline } from "./graph-draft.ts";
import { pooled } from "./odd-samples.ts";

/** What is no valid node, with what is said about it: it ended in an error of JavaScript or an invariant. */
const REFUSED: Readonly<Record<string, readonly [Sample, string]>> = {
  "a range in steps of 0": [range(0, 5, 0), "E0307: operand value is out of range: Range: from 0 to 5 in steps of 0"],
  "a range without an end": [
    range(2, Number.POSITIVE_INFINITY, 1),
    "E0307: operand value is out of range: Range: from 2",
  ],
  "a range to NaN": [range(2, Number.NaN, 1), "E0307: operand value is out of range: Range: from 2 to NaN"],
  "pads larger than a transposed convolution": [
    {
      op: "ConvTranspose",
      inputs: [filled("float32", [1, 1, 1], 1), filled("float32", [1, 1, 1], 2)],
      attributes: { pads: ints([1, 1]) },
    },
    "E0303: attribute is missing or malformed: ConvTranspose: pads cut 2 of 1 elements",
  ],
  "a region of an image that is not there": [
    pooled(60_000, 3),
    "E0307: operand value is out of range: MaxRoiPool: image 60000 of 2",
  ],
  "keys of another type than the elements": [
    {
      op: "ai.onnx.ml.LabelEncoder",
      opset: 4,
      inputs: [integers([0, 1, 3])],
      attributes: {
        keys_floats: { kind: "floats", value: [0, 1] },
        values_int64s: ints([-1, 5]),
        default_int64: int(-7),
      },
    },
    "E0305: element type is not supported: ai.onnx.ml.LabelEncoder: keys of float32 for elements of int64",
  ],
  "zero points that are neither packed nor one a block": [
    {
      op: "com.microsoft.MatMulNBits",
      opset: 1,
      inputs: [
        filled("float32", [2, 27], 1),
        filled("uint8", [1, 2, 8], 2),
        ...[filled("float32", [1, 2], 3), filled("uint8", [1, 2], 4)],
      ],
      attributes: { K: int(27), N: int(1), bits: int(4), block_size: int(16) },
    },
    "E0201: shapes do not agree: com.microsoft.MatMulNBits: zero points there are and there should be differ: 2 and 1",
  ],
  "a region of infinite size that is sampled by its size": [
    {
      op: "RoiAlign",
      inputs: [
        filled("float32", [1, 1, 4, 4], 1),
        fromNumbers("float32", [1, 4], [0, 0, Number.POSITIVE_INFINITY, 2]),
        integers([0]),
      ],
      attributes: { output_height: int(2), output_width: int(2) },
    },
    "E0307: operand value is out of range: RoiAlign: region 0 is 2 by Infinity elements",
  ],
  "no mel bins of a DFT": [
    {
      op: "MelWeightMatrix",
      inputs: [
        scalar("int64", 3),
        scalar("int64", -4),
        scalar("int64", 8000),
        scalar("float32", 0),
        scalar("float32", 4000),
      ],
    },
    "E0307: operand value is out of range: MelWeightMatrix: 3 mel bins of a DFT of -4 elements",
  ],
  "a delta rule without rates": [
    {
      op: "LinearAttention",
      opset: 27,
      inputs: [filled("float32", [1, 3, 4], 1), filled("float32", [1, 3, 4], 2), filled("float32", [1, 3, 4], 3)],
      attributes: { q_num_heads: int(2), kv_num_heads: int(2), update_rule: text("delta") },
    },
    'E0304: wrong number of operands: LinearAttention: the update rule "delta" needs beta',
  ],
  "scales of integers": [
    {
      op: "com.microsoft.QLinearConcat",
      inputs: [
        scalar("float32", 0.5),
        scalar("uint8", 3),
        ...[filled("uint8", [2, 2], 1), scalar("int8", 1), scalar("uint8", 2)],
      ],
      attributes: { axis: int(0) },
    },
    "E0305: element type is not supported: com.microsoft.QLinearConcat: uint8 with a scale of int8 and a zero point of uint8",
  ],
};

function range(start: number, limit: number, delta: number): Sample {
  return { op: "Range", inputs: [start, limit, delta].map((value) => scalar("float32", value)) };
}

/** The types of the node's results where all its operands are constant. */
function inferNode(node: OperatorNode, inputs: Sample["inputs"]): void {
  const constants = inputs.flatMap((value, index) => (value === null ? [] : [tensorConstant(`x${index}`, value)]));
  const graph = { name: "one", inputs: [], outputs: ["y"], constants, nodes: [node], types: new Map() };
  inferGraph(graph, { readConstant: readInline });
}

describe("refused since random graphs had it", () => {
  it.each(Object.entries(REFUSED))("%s", (_, [{ op, inputs, attributes = {}, opset = 24 }, message]) => {
    const ids = inputs.map((_value, index) => `x${index}`);
    const version = sinceVersion(op, opset) ?? 0;
    const node = { kind: "operator", op, version, inputs: ids, outputs: ["y"], attributes, origin: ["/node"] } as const;
    const run = () => evaluateNode(node, inputs, { readConstant: readInline, run: () => [] });
    expect(run).toThrow(message);
    expect(() => inferNode(node, inputs)).toThrow(message);
  });
});
