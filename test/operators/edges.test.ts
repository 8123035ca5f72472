import {
  compareTensors,
  type DType,
  elementCount,
  fromBigints,
  fromNumbers,
  isInteger,
  type Tensor,
} from "@rdu/tensor";
import { describe, expect, it } from "vitest";
import { interpretDecomposition } from "../support/decompose-node.ts";
import { evaluateSample } from "./evaluate-sample.ts";
import { float, int, integers, ints, type Sample, text } from "./sample.ts";

interface Edge extends Sample {
  readonly title: string;
  /** By the standard's text, worked out by hand or by numpy. */
  readonly expected: readonly Tensor[];
}

const of = (dtype: DType, shape: readonly number[], values: readonly number[]): Tensor =>
  isInteger(dtype) ? fromBigints(dtype, shape, values.map(BigInt)) : fromNumbers(dtype, shape, values);
const all = (dtype: DType, shape: readonly number[], value: number): Tensor =>
  of(dtype, shape, new Array<number>(elementCount(shape)).fill(value));
const least = Number.NEGATIVE_INFINITY;

/** Quantised operands whose means of two are halfway between whole numbers, and a zero point of the result that is odd. */
const halves = (shape: readonly number[]): readonly Tensor[] => {
  const [scale, none, odd] = [of("float32", [], [1]), of("uint8", [], [0]), of("uint8", [], [3])];
  return [of("uint8", shape, [1, 2, 3, 4]), scale, none, scale, odd];
};

const EDGES: readonly Edge[] = [
  {
    title: "of equal elements the first in row-major order counts, whichever order the result counts in",
    op: "MaxPool",
    inputs: [all("int8", [1, 1, 3, 3], 1)],
    attributes: { kernel_shape: ints([2, 2]), storage_order: int(1) },
    outputs: 2,
    expected: [all("int8", [1, 1, 2, 2], 1), of("int64", [1, 1, 2, 2], [0, 3, 1, 4])],
  },
  {
    title: "padding loses against the least value of an unsigned type",
    op: "MaxPool",
    inputs: [all("uint8", [1, 1, 3], 0)],
    attributes: { kernel_shape: ints([2]), pads: ints([1, 1]) },
    outputs: 2,
    expected: [all("uint8", [1, 1, 4], 0), of("int64", [1, 1, 4], [0, 0, 1, 2])],
  },
  {
    title: "padding loses against minus infinity",
    op: "MaxPool",
    inputs: [all("float32", [1, 2, 2], least)],
    attributes: { kernel_shape: ints([2]), pads: ints([1, 0]) },
    outputs: 2,
    expected: [all("float32", [1, 2, 2], least), of("int64", [1, 2, 2], [0, 0, 2, 2])],
  },
  {
    title: "a window all in the padding has the least value, and no place",
    op: "MaxPool",
    inputs: [of("float32", [1, 1, 2], [5, 7])],
    attributes: { kernel_shape: ints([2]), dilations: ints([4]), pads: ints([1, 2]) },
    outputs: 2,
    expected: [of("float32", [1, 1, 1], [least]), of("int64", [1, 1, 1], [-1])],
  },
  {
    title: "an axis without elements is padded by pads that only the run knows",
    op: "Pad",
    inputs: [of("float32", [0, 1], []), integers([1, 0, 1, 1])],
    expected: [all("float32", [2, 2], 0)],
  },
  {
    title: "an axis without elements is padded by a value that only the run knows",
    op: "Pad",
    inputs: [of("int64", [0, 1], []), integers([1, 0, 1, 1]), of("int64", [], [7])],
    expected: [all("int64", [2, 2], 7)],
  },
  {
    title: "the depth may be a float of 16 bits",
    op: "OneHot",
    opset: 11,
    inputs: [integers([0, -1]), of("float16", [], [3]), of("float32", [2], [0, 1])],
    constants: [1],
    expected: [of("float32", [2, 3], [1, 0, 0, 0, 0, 1])],
  },
  {
    title: "places may be floats of 16 bits",
    op: "OneHot",
    opset: 11,
    inputs: [of("float16", [2], [0, 2]), integers([3]), of("float32", [2], [0, 1])],
    constants: [1],
    expected: [of("float32", [2, 3], [1, 0, 0, 0, 0, 1])],
  },
  {
    title: "fractional places are cast to integers",
    op: "OneHot",
    inputs: [of("float32", [2], [0.5, 1.75]), integers([3]), of("float32", [2], [0, 1])],
    constants: [1],
    expected: [of("float32", [2, 3], [1, 0, 0, 0, 1, 0])],
  },
  {
    title: "NaN is the greatest, the first of them first",
    op: "TopK",
    inputs: [of("float32", [5], [1, Number.NaN, 3, Number.NaN, 2]), integers([4])],
    constants: [1],
    outputs: 2,
    expected: [of("float32", [4], [Number.NaN, Number.NaN, 3, 2]), of("int64", [4], [1, 3, 2, 4])],
  },
  {
    title: "NaN comes last of the least",
    op: "TopK",
    inputs: [of("float16", [5], [1, Number.NaN, 3, Number.NaN, 2]), integers([4])],
    constants: [1],
    attributes: { largest: int(0) },
    outputs: 2,
    expected: [of("float16", [4], [1, 2, 3, Number.NaN]), of("int64", [4], [0, 4, 2, 1])],
  },
  {
    title: "what cubic weights make of integers stays in their range",
    op: "Resize",
    inputs: [of("uint8", [4], [0, 0, 255, 255]), null, of("float32", [1], [2])],
    constants: [2],
    attributes: { mode: text("cubic") },
    expected: [of("uint8", [8], [0, 0, 0, 57, 197, 255, 255, 255])],
  },
  {
    title: "version 10 takes the element above where an axis shrinks",
    op: "Resize",
    opset: 10,
    inputs: [of("float32", [4], [1, 2, 3, 4]), of("float32", [1], [0.75])],
    expected: [of("float32", [3], [1, 3, 4])],
  },
  {
    title: "version 10 takes the element above where an axis shrinks, by a scale known before the run",
    op: "Resize",
    opset: 10,
    inputs: [of("float32", [4], [1, 2, 3, 4]), of("float32", [1], [0.75])],
    constants: [1],
    expected: [of("float32", [3], [1, 3, 4])],
  },
  {
    title: "an axis that keeps its extent is not moved by half an element",
    op: "Resize",
    opset: 11,
    inputs: [of("float32", [2, 2], [1, 2, 3, 4]), of("float32", [0], []), of("float32", [2], [1, 2])],
    attributes: { mode: text("linear"), coordinate_transformation_mode: text("tf_half_pixel_for_nn") },
    expected: [of("float32", [2, 4], [1.25, 1.75, 2, 2, 3.25, 3.75, 4, 4])],
  },
  ...[[], [2]].map(
    (constants): Edge => ({
      title: `an element of weight 0 takes no part, by a scale ${constants.length === 0 ? "of the run" : "known before the run"}`,
      op: "Resize",
      inputs: [of("float32", [4], [1, Number.POSITIVE_INFINITY, 3, Number.NaN]), null, of("float32", [1], [2])],
      constants,
      attributes: { mode: text("linear"), coordinate_transformation_mode: text("asymmetric") },
      expected: [
        of(
          "float32",
          [8],
          [
            1,
            Number.POSITIVE_INFINITY,
            Number.POSITIVE_INFINITY,
            Number.POSITIVE_INFINITY,
            3,
            Number.NaN,
            Number.NaN,
            Number.NaN,
          ],
        ),
      ],
    }),
  ),
  ...[[], [2]].map(
    (constants): Edge => ({
      title: `integers beyond 2^24 are mixed in double precision, by a scale ${constants.length === 0 ? "of the run" : "known before the run"}`,
      op: "Resize",
      inputs: [of("int32", [2], [16777217, 16777219]), null, of("float32", [1], [2])],
      constants,
      attributes: { mode: text("linear"), coordinate_transformation_mode: text("asymmetric") },
      expected: [of("int32", [4], [16777217, 16777218, 16777219, 16777219])],
    }),
  ),
  {
    title: "corners of a region halfway between elements go away from 0",
    op: "MaxRoiPool",
    inputs: [of("float32", [1, 1, 1, 3], [1, 2, 3]), of("float32", [2, 5], [0, -0.5, 0, -0.5, 0, 0, 0.5, 0, 0.5, 0])],
    attributes: { pooled_shape: ints([1, 1]) },
    expected: [of("float32", [2, 1, 1, 1], [0, 2])],
  },
  {
    title: "one query behind more keys than the past has attends all of them",
    op: "com.microsoft.MultiHeadAttention",
    inputs: [of("float32", [1, 1, 1], [0]), of("float32", [1, 2, 1], [1, 3]), of("float32", [1, 2, 1], [2, 4])],
    attributes: { num_heads: int(1), unidirectional: int(1) },
    expected: [of("float32", [1, 1, 1], [3])],
  },
  {
    title: "powers of two are padded with their least, which a zero is cast to",
    op: "Pad",
    inputs: [of("float8e8m0", [1], [4]), integers([0, 1])],
    constants: [1],
    expected: [of("float8e8m0", [2], [4, 2 ** -127])],
  },
  ...[[], [3]].map(
    (constants): Edge => ({
      title: `places counted from the middle are whole where they should be, by sizes ${constants.length === 0 ? "of the run" : "known before the run"}`,
      op: "Resize",
      inputs: [of("float32", [3, 4], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]), null, null, integers([1, 2])],
      constants,
      attributes: {
        mode: text("nearest"),
        nearest_mode: text("ceil"),
        coordinate_transformation_mode: text("half_pixel_symmetric"),
        keep_aspect_ratio_policy: text("not_smaller"),
      },
      expected: [of("float32", [2, 2], [2, 4, 10, 12])],
    }),
  ),
  {
    title: "64-bit integers are added as such",
    op: "Col2Im",
    inputs: [fromBigints("uint64", [1, 1, 2], [18446744073709551610n, 3n]), integers([1, 2]), integers([1, 1])],
    expected: [fromBigints("uint64", [1, 1, 1, 2], [18446744073709551610n, 3n])],
  },
  {
    title: "what cubic weights make of samples of integers stays in their range",
    op: "GridSample",
    inputs: [of("uint16", [1, 1, 1, 4], [65535, 0, 0, 65535]), of("float32", [1, 1, 1, 2], [0, 0])],
    attributes: { mode: text("cubic") },
    expected: [of("uint16", [1, 1, 1, 1], [0])],
  },
  {
    title: "integers beyond 2^24 are sampled in double precision",
    op: "GridSample",
    inputs: [of("uint32", [1, 1, 1, 2], [4294967288, 4294967290]), of("float32", [1, 1, 1, 2], [0, 0])],
    expected: [of("uint32", [1, 1, 1, 1], [4294967289])],
  },
  {
    title: "an element beside a sample, of weight 0, takes no part",
    op: "GridSample",
    inputs: [of("float32", [1, 1, 1, 3], [1, 2, Number.POSITIVE_INFINITY]), of("float32", [1, 1, 1, 2], [0, 0])],
    attributes: { align_corners: int(1) },
    expected: [of("float32", [1, 1, 1, 1], [2])],
  },
  ...["zeros", "border", "reflection"].map(
    (padding): Edge => ({
      title: `nothing is nearest to NaN: outside, or the first where nothing is, with ${padding}`,
      op: "GridSample",
      inputs: [of("float32", [1, 1, 1, 3], [1, 2, 3]), of("float32", [1, 1, 1, 2], [Number.NaN, 0])],
      attributes: { mode: text("nearest"), padding_mode: text(padding) },
      expected: [of("float32", [1, 1, 1, 1], [padding === "zeros" ? 0 : 1])],
    }),
  ),
  {
    title: "an element beside the place of a tap takes no part in a deformed convolution",
    op: "DeformConv",
    inputs: [
      of("float32", [1, 1, 1, 3], [1, 2, Number.NaN]),
      of("float32", [1, 1, 1, 1], [1]),
      of("float32", [1, 2, 1, 3], [0, 0, 0, 0, 0, -1]),
    ],
    expected: [of("float32", [1, 1, 1, 3], [1, 2, 2])],
  },
  ...[[], [1, 2, 3, 4]].map(
    (constants): Edge => ({
      title: `backwards from before the first element is from the first, by bounds ${constants.length === 0 ? "of the run" : "known before the run"}`,
      op: "Slice",
      inputs: [of("float32", [3], [1, 2, 3]), integers([-4]), integers([-5]), integers([0]), integers([-1])],
      constants,
      expected: [of("float32", [1], [1])],
    }),
  ),
  {
    title: "the middle of a window of integers is 1, as single precision has it",
    op: "BlackmanWindow",
    inputs: [of("int64", [], [2])],
    constants: [0],
    attributes: { output_datatype: int(6) },
    expected: [of("int32", [2], [0, 1])],
  },
  {
    title: "means halfway go to the even number with the zero point in them",
    op: "com.microsoft.QLinearAveragePool",
    inputs: halves([1, 1, 4]),
    attributes: { kernel_shape: ints([2]), strides: ints([2]) },
    expected: [of("uint8", [1, 1, 2], [4, 6])],
  },
  {
    title: "means of channels halfway go to the even number, and then the zero point is added",
    op: "com.microsoft.QLinearGlobalAveragePool",
    inputs: halves([1, 2, 2]),
    expected: [of("uint8", [1, 2, 1], [5, 7])],
  },
  {
    title: "counts and axis of the first version are floats, of 16 bits too",
    op: "Tile",
    opset: 5,
    inputs: [of("float16", [1, 2], [1, 2]), of("float16", [], [2]), of("float16", [], [1])],
    constants: [1, 2],
    expected: [of("float16", [1, 4], [1, 2, 1, 2])],
  },
  {
    title: "operands and quotient are rounded to the precision asked for",
    op: "QuantizeLinear",
    // 9.43 / 0.37 is 25.49; in bfloat16 it is 9.4375 / 0.36914, which is 25.57 and becomes 25.625.
    inputs: [of("float32", [2], [9.43, 9.65]), of("float32", [], [0.37]), of("int8", [], [0])],
    attributes: { precision: int(16) },
    expected: [of("int8", [2], [26, 26])],
  },
  {
    title: "the quotient has the precision of the scale",
    op: "QuantizeLinear",
    // 100.46875 / 1 is 100.5 in bfloat16, which rounds to the even 100; 101.46875 becomes 101.5 and 102.
    inputs: [of("float32", [2], [100.46875, 101.46875]), of("bfloat16", [], [1]), of("int8", [], [0])],
    expected: [of("int8", [2], [100, 102])],
  },
  ...["Attention", "ai.onnx.preview.FlexAttention"].map(
    (op): Edge => ({
      title: "weights are as precise as softmax is asked to be",
      op,
      inputs: [
        of("float16", [1, 1, 1, 1], [1]),
        of("float16", [1, 1, 2, 1], [0.5, 0.3]),
        of("float16", [1, 1, 2, 1], [1000, -1210]),
      ],
      attributes: { softmax_precision: int(1) },
      // Attention rounds its weights to its own type before they meet the values, FlexAttention does not.
      expected: [of("float16", [1, 1, 1, 1], [op === "Attention" ? 5.068 : 5.105])],
    }),
  ),
  {
    title: "NaN is one value, and the greatest",
    op: "Unique",
    inputs: [of("float32", [5], [1, Number.NaN, 2, Number.NaN, 1])],
    outputs: 4,
    expected: [
      of("float32", [3], [1, 2, Number.NaN]),
      of("int64", [3], [0, 2, 1]),
      of("int64", [5], [0, 2, 1, 2, 0]),
      of("int64", [3], [2, 1, 2]),
    ],
  },
  {
    title: "a region of negative size has no samples",
    op: "RoiAlign",
    inputs: [all("float32", [1, 1, 4, 4], 1), of("float32", [1, 4], [3, 3, 1, 1]), integers([0])],
    attributes: {
      output_height: int(1),
      output_width: int(1),
      spatial_scale: float(1),
      coordinate_transformation_mode: text("half_pixel"),
    },
    expected: [of("float32", [1, 1, 1, 1], [0])],
  },
];

describe("edges of operators", () => {
  it.each(EDGES.map((edge) => [`${edge.op}: ${edge.title}`, edge] as const))("%s", (_, edge) => {
    const { expected, decomposition, values, types } = evaluateSample(edge);
    const found = decomposition.kind === "host" ? undefined : interpretDecomposition(decomposition, values, types);
    edge.expected.forEach((want, i) => {
      const id = i === 0 ? "y" : `y${i}`;
      for (const got of [expected.get(id), ...(found === undefined ? [] : [found.get(id)])]) {
        const { equal, reason } = compareTensors(got as Tensor, want);
        expect(equal, reason).toBe(true);
      }
    });
  });
});
