import { DTYPES, type DType, fromNumbers, type Tensor } from "@rdu/tensor";
import { filled, float, int, integers, ints, type Sample, scalar, text } from "../operators/sample.ts";
import type { RandomDraw } from "../support/random-draw.ts";

type Make = (draw: RandomDraw) => Sample;

const VALUES: readonly DType[] = [
  "float32",
  "float32",
  "float16",
  "bfloat16",
  "float64",
  "int32",
  "int64",
  "int8",
  "uint8",
  "bool",
];
const FLOATS: readonly DType[] = ["float32", "float32", "float16", "bfloat16", "float64"];

function some(draw: RandomDraw, shape: readonly number[], dtypes: readonly DType[] = FLOATS, plain = false): Tensor {
  return filled(draw.pick(dtypes), shape, draw.bits(), plain ? "plain" : draw.pick(["plain", "plain", "special"]));
}

/** Extents of 1 and 0 among the others. */
function dims(draw: RandomDraw, least: number, most: number): number[] {
  return Array.from({ length: draw.integer(least, most) }, () => draw.pick([0, 1, 2, 2, 3, 3, 4, 5, 17]));
}

function full(draw: RandomDraw, least: number, most: number): number[] {
  return dims(draw, least, most).map((extent) => Math.max(extent, 1));
}

/** An axis, counted from either end. */
function axisOf(draw: RandomDraw, rank: number): number {
  return draw.integer(-rank, rank - 1);
}

function someAxes(draw: RandomDraw, rank: number): number[] {
  return [...Array(rank).keys()].filter(() => draw.flip()).map((axis) => (draw.flip() ? axis : axis - rank));
}

const WINDOW: Make = (draw) => ({
  op: draw.pick(["HannWindow", "HammingWindow", "BlackmanWindow"]),
  inputs: [scalar("int64", draw.integer(1, 20))],
  constants: [0],
  attributes: { periodic: int(draw.nat(1)), output_datatype: int(DTYPES[draw.pick(FLOATS)].onnx) },
});

const onnxType = (dtype: DType) => int(DTYPES[dtype].onnx);

const LAYOUT: readonly Make[] = [
  (draw) => ({ op: "Identity", inputs: [some(draw, dims(draw, 0, 4), VALUES)] }),
  (draw) => {
    const shape = dims(draw, 0, 4);
    return {
      op: "Flatten",
      inputs: [some(draw, shape, VALUES)],
      attributes: { axis: int(draw.integer(-shape.length, shape.length)) },
    };
  },
  (draw) => {
    const shape = dims(draw, 0, 4);
    const places = [...shape.keys(), shape.length].filter(() => draw.nat(2) === 0);
    const squeezed = shape.flatMap((extent, axis) => (places.includes(axis) ? [1, extent] : [extent]));
    const axes = squeezed.flatMap((extent, axis) =>
      extent === 1 && draw.flip() ? [draw.flip() ? axis : axis - squeezed.length] : [],
    );
    return {
      op: "Squeeze",
      inputs: draw.flip() ? [some(draw, squeezed, VALUES)] : [some(draw, squeezed, VALUES), integers(axes)],
      constants: [1],
    };
  },
  (draw) => {
    const shape = dims(draw, 0, 3);
    const rank = shape.length + draw.integer(1, 2);
    const axes = [...Array(rank).keys()].sort(() => draw.nat(2) - 1).slice(0, rank - shape.length);
    return {
      op: "Unsqueeze",
      inputs: [some(draw, shape, VALUES), integers(axes.map((axis) => (draw.flip() ? axis : axis - rank)))],
      constants: [1],
    };
  },
  (draw) => {
    const shape = dims(draw, 1, 4);
    const wanted = draw.pick([[0, -1], [-1], [...shape].reverse(), shape.map(() => 0), [...shape, 1], [1, -1, 1]]);
    return {
      op: "Reshape",
      inputs: [some(draw, shape, VALUES), integers(wanted)],
      constants: [1],
      attributes: { allowzero: int(shape.includes(0) && !wanted.includes(-1) ? 1 : 0) },
    };
  },
  (draw) => {
    const attributes = draw.flip() ? { start: int(draw.integer(-4, 3)), end: int(draw.integer(-3, 4)) } : {};
    return { op: "Shape", inputs: [some(draw, dims(draw, 0, 4), VALUES)], attributes };
  },
  (draw) => ({ op: "Size", inputs: [some(draw, dims(draw, 0, 4), VALUES)] }),
  (draw) => ({ op: "Dropout", inputs: [some(draw, dims(draw, 0, 3))], outputs: draw.integer(1, 2) }),
  (draw) => ({
    op: "CastLike",
    inputs: [some(draw, dims(draw, 0, 3), VALUES), some(draw, dims(draw, 0, 1), VALUES)],
    attributes: draw.flip() ? { saturate: int(draw.nat(1)) } : {},
  }),
  (draw) => {
    const pair = draw.pick<readonly DType[]>([
      ["float32", "int32", "uint32"],
      ["float16", "bfloat16", "int16", "uint16"],
      ["float64", "int64", "uint64"],
      ["int8", "uint8"],
    ]);
    return {
      op: "BitCast",
      inputs: [some(draw, dims(draw, 0, 3), pair, true)],
      attributes: { to: onnxType(draw.pick(pair)) },
    };
  },
  (draw) => {
    const shape = full(draw, 1, 3);
    const axes = [...shape.keys()].filter(() => draw.flip());
    const kept = axes.length === 0 ? [...shape.keys()] : axes;
    return {
      op: "CenterCropPad",
      inputs: [some(draw, shape, VALUES), integers(kept.map(() => draw.integer(1, 7)))],
      constants: [1],
      attributes:
        axes.length === 0 ? {} : { axes: ints(axes.map((axis) => (draw.flip() ? axis : axis - shape.length))) },
    };
  },
  (draw) => ({
    op: "EyeLike",
    inputs: [some(draw, full(draw, 2, 2), VALUES)],
    attributes: { k: int(draw.integer(-3, 3)), ...(draw.flip() ? { dtype: onnxType(draw.pick(VALUES)) } : {}) },
  }),
  (draw) => {
    const [steps, batch] = [draw.integer(1, 5), draw.integer(1, 4)];
    const first = draw.nat(1);
    const lengths = Array.from({ length: batch }, () => draw.integer(1, steps));
    return {
      op: "ReverseSequence",
      inputs: [
        some(draw, [...(first === 0 ? [steps, batch] : [batch, steps]), ...dims(draw, 0, 2)], VALUES),
        integers(lengths),
      ],
      constants: draw.flip() ? [1] : [],
      attributes: { time_axis: int(first), batch_axis: int(1 - first) },
    };
  },
  (draw) => {
    const [batch, length, added] = [draw.integer(1, 3), draw.integer(2, 6), draw.integer(1, 2)];
    const mode = draw.pick(["linear", "circular"]);
    const places = Array.from({ length: batch }, () => draw.nat(mode === "linear" ? length - added : length - 1));
    const dtype = draw.pick(VALUES);
    return {
      op: "TensorScatter",
      inputs: [
        filled(dtype, [batch, 2, length, 3], draw.bits()),
        filled(dtype, [batch, 2, added, 3], draw.bits()),
        draw.nat(3) === 0 ? null : integers(places),
      ],
      attributes: { mode: text(mode), axis: int(-2) },
    };
  },
  (draw) => {
    const shape = full(draw, 1, 3);
    const axis = axisOf(draw, shape.length);
    const condition = Array.from({ length: shape.at(axis)! }, () => draw.nat(1));
    return {
      op: "Compress",
      inputs: [some(draw, shape, VALUES), fromNumbers("bool", [condition.length], condition)],
      constants: [1],
      attributes: { axis: int(axis) },
    };
  },
];

const NORMS: readonly Make[] = [
  (draw) => {
    const shape = full(draw, 1, 3);
    return {
      op: "LpNormalization",
      inputs: [some(draw, shape, FLOATS, true)],
      attributes: { axis: int(axisOf(draw, shape.length)), p: int(draw.integer(1, 2)) },
    };
  },
  (draw) => {
    const shape = full(draw, 4, 4);
    return {
      op: "MeanVarianceNormalization",
      inputs: [some(draw, shape, FLOATS, true)],
      attributes: draw.flip() ? {} : { axes: ints(someAxes(draw, 4)) },
    };
  },
  (draw) => {
    const shape = full(draw, 1, 4);
    const axis = axisOf(draw, shape.length);
    const dtype = draw.pick(FLOATS);
    return {
      op: draw.pick(["RMSNormalization", "SimplifiedLayerNormalization"]),
      inputs: [filled(dtype, shape, draw.bits()), filled(dtype, shape.slice(axis), draw.bits())],
      attributes: { axis: int(axis), epsilon: float(0.01) },
    };
  },
  (draw) => {
    const shape = dims(draw, 1, 3);
    const dtype = draw.pick(FLOATS);
    return {
      op: "SwiGLU",
      inputs: [filled(dtype, shape, draw.bits()), filled(dtype, shape, draw.bits())],
      attributes: { alpha: float(draw.pick([1, 1.5])) },
    };
  },
];

const QUANTISED: readonly DType[] = ["int8", "uint8"];

/** A scale, and a zero point of a type. */
function quantisation(draw: RandomDraw, dtype: DType, length?: number): [Tensor, Tensor] {
  const shape = length === undefined ? [] : [length];
  return [filled("float32", shape, draw.bits(), "positive"), filled(dtype, shape, draw.bits(), "small")];
}

const QUANTISATION: readonly Make[] = [
  (draw) => {
    const [a, b, y] = [draw.pick(QUANTISED), draw.pick(QUANTISED), draw.pick(QUANTISED)];
    const [m, k, n] = [draw.integer(1, 5), draw.integer(1, 20), draw.integer(1, 20)];
    const batch = dims(draw, 0, 1);
    return {
      op: "QLinearMatMul",
      inputs: [
        ...[filled(a, [...batch, m, k], draw.bits(), "special"), ...quantisation(draw, a, draw.flip() ? m : undefined)],
        ...[filled(b, [k, n], draw.bits(), "special"), ...quantisation(draw, b, draw.flip() ? n : undefined)],
        ...quantisation(draw, y),
      ],
      constants: draw.flip() ? [1, 2, 3, 4, 5, 6, 7] : [],
    };
  },
  (draw) => {
    const [x, w] = [draw.pick(QUANTISED), draw.pick(QUANTISED)];
    const [group, m] = [draw.integer(1, 2), draw.integer(1, 3)];
    const filters = group * m;
    return {
      op: "QLinearConv",
      inputs: [
        ...[filled(x, [1, group * 2, 5, 6], draw.bits(), "special"), ...quantisation(draw, x)],
        ...[
          filled(w, [filters, 2, 3, 2], draw.bits(), "special"),
          ...quantisation(draw, w, draw.flip() ? filters : undefined),
        ],
        ...quantisation(draw, x),
        ...(draw.flip() ? [filled("int32", [filters], draw.bits())] : []),
      ],
      constants: draw.flip() ? [1, 2, 3, 4, 5, 6, 7, 8] : [],
      attributes: { group: int(group), pads: ints([0, 1, 1, 0]), strides: ints([draw.integer(1, 2), 1]) },
    };
  },
  (draw) => {
    const [a, b, y] = [draw.pick(QUANTISED), draw.pick(QUANTISED), draw.pick(QUANTISED)];
    const [m, k, n] = [draw.integer(1, 5), draw.integer(1, 20), draw.integer(1, 20)];
    const [ta, tb] = [draw.nat(1), draw.nat(1)];
    return {
      op: "com.microsoft.QGemm",
      inputs: [
        ...[filled(a, ta ? [k, m] : [m, k], draw.bits(), "special"), ...quantisation(draw, a)],
        ...[filled(b, tb ? [n, k] : [k, n], draw.bits(), "special"), ...quantisation(draw, b)],
        draw.flip() ? filled("int32", [n], draw.bits()) : null,
        ...(draw.flip() ? quantisation(draw, y) : []),
      ],
      attributes: { transA: int(ta), transB: int(tb), alpha: float(draw.pick([1, 0.5])) },
    };
  },
  (draw) => {
    const dtype = draw.pick(QUANTISED);
    const shape = dims(draw, 0, 3);
    return {
      op: draw.pick(["com.microsoft.QLinearAdd", "com.microsoft.QLinearMul"]),
      inputs: [
        ...[filled(dtype, shape, draw.bits(), "special"), ...quantisation(draw, dtype)],
        ...[filled(dtype, shape.slice(draw.nat(shape.length)), draw.bits(), "special"), ...quantisation(draw, dtype)],
        ...quantisation(draw, dtype),
      ],
    };
  },
];

const VISION: readonly Make[] = [
  (draw) => {
    const [rois, size] = [draw.integer(1, 3), draw.integer(4, 8)];
    const corners = Array.from({ length: rois }, () => [
      draw.nat(3),
      draw.nat(3),
      3 + draw.nat(5),
      3 + draw.nat(5),
    ]).flat();
    return {
      op: "RoiAlign",
      inputs: [
        filled("float32", [2, 2, size, size], draw.bits()),
        fromNumbers(
          "float32",
          [rois, 4],
          corners.map((corner) => corner / 2 + 0.1),
        ),
        integers(Array.from({ length: rois }, () => draw.nat(1))),
      ],
      attributes: {
        output_height: int(draw.integer(1, 3)),
        output_width: int(draw.integer(1, 3)),
        sampling_ratio: int(draw.nat(2)),
        spatial_scale: float(draw.pick([1, 0.5])),
        mode: text(draw.pick(["avg", "max"])),
        coordinate_transformation_mode: text(draw.pick(["half_pixel", "output_half_pixel"])),
      },
    };
  },
  (draw) => {
    const [n, groups] = [draw.integer(1, 2), draw.integer(1, 2)];
    const positions = [3, 3];
    return {
      op: "DeformConv",
      inputs: [
        filled("float32", [n, 2 * groups, 4, 4], draw.bits()),
        filled("float32", [2, 2 * groups, 2, 2], draw.bits()),
        filled("float32", [n, groups * 8, ...positions], draw.bits(), "unit"),
        draw.flip() ? filled("float32", [2], draw.bits()) : null,
        draw.flip() ? filled("float32", [n, groups * 4, ...positions], draw.bits(), "unit") : null,
      ],
      attributes: { offset_group: int(groups), kernel_shape: ints([2, 2]) },
    };
  },
  (draw) => {
    const rank = draw.integer(2, 3);
    const size = [draw.integer(1, 2), 2, ...Array.from({ length: rank }, () => draw.integer(1, 4))];
    return {
      op: "AffineGrid",
      inputs: [filled(draw.pick(FLOATS), [size[0]!, rank, rank + 1], draw.bits()), integers(size)],
      constants: [1],
      attributes: { align_corners: int(draw.nat(1)) },
    };
  },
  (draw) => {
    const [length, frame] = [draw.integer(8, 16), draw.integer(2, 6)];
    return {
      op: "STFT",
      inputs: [
        filled("float32", [draw.integer(1, 2), length, 1], draw.bits()),
        scalar("int64", draw.integer(1, 3)),
        draw.flip() ? filled("float32", [frame], draw.bits()) : null,
        scalar("int64", frame),
      ],
      constants: [1, 3],
      attributes: { onesided: int(draw.nat(1)) },
    };
  },
  (draw) => ({
    op: "Upsample",
    inputs: [
      filled("float32", [1, 2, draw.integer(1, 4), draw.integer(1, 4)], draw.bits()),
      fromNumbers("float32", [4], [1, 1, draw.pick([1, 1.5, 2, 3]), draw.pick([1, 2, 2.5])]),
    ],
    constants: [1],
    attributes: { mode: text(draw.pick(["nearest", "linear"])) },
  }),
  (draw) => {
    const n = draw.integer(1, 4);
    return { op: "Det", inputs: [filled("float32", [...full(draw, 0, 1), n, n], draw.bits())] };
  },
];

const MICROSOFT: readonly Make[] = [
  (draw) => {
    const shape = full(draw, 1, 3);
    const dtype = draw.pick(FLOATS);
    const [x, bias] = [filled(dtype, shape, draw.bits()), filled(dtype, shape.slice(-1), draw.bits())];
    return draw.pick<Sample>([
      { op: "com.microsoft.BiasGelu", inputs: [x, bias] },
      { op: "com.microsoft.FastGelu", inputs: draw.flip() ? [x] : [x, bias] },
      { op: "com.microsoft.Gelu", inputs: [x] },
      { op: "com.microsoft.QuickGelu", inputs: [x], attributes: { alpha: float(draw.pick([1, 1.702])) } },
    ]);
  },
  (draw) => {
    const [batch, m, k, n] = [draw.integer(1, 3), draw.integer(1, 5), draw.integer(1, 9), draw.integer(1, 20)];
    const [ta, tb] = [draw.nat(1), draw.nat(1)];
    const dtype = draw.pick(FLOATS);
    return {
      op: "com.microsoft.FusedMatMul",
      inputs: [
        filled(dtype, [batch, ...(ta ? [k, m] : [m, k])], draw.bits()),
        filled(dtype, [batch, ...(tb ? [n, k] : [k, n])], draw.bits()),
      ],
      attributes: { transA: int(ta), transB: int(tb), alpha: float(draw.pick([1, 0.25])) },
    };
  },
];

const LEARNING: readonly Make[] = [
  (draw) => ({
    op: "ai.onnx.ml.Binarizer",
    inputs: [some(draw, full(draw, 1, 3), ["float32", "int64", "float64"])],
    attributes: { threshold: float(draw.pick([0, 0.5, 1])) },
  }),
  (draw) => {
    const features = draw.integer(1, 5);
    const numbers = (): number[] =>
      Array.from({ length: draw.flip() ? features : 1 }, () => Math.fround(draw.integer(1, 9) / 4));
    return {
      op: "ai.onnx.ml.Scaler",
      inputs: [some(draw, [draw.integer(1, 4), features], ["float32", "int64", "int32", "float64"], true)],
      attributes: { offset: { kind: "floats", value: numbers() }, scale: { kind: "floats", value: numbers() } },
    };
  },
  (draw) => ({
    op: "ai.onnx.ml.Normalizer",
    inputs: [some(draw, full(draw, 2, 2), ["float32", "int64", "int32", "float64"], true)],
    attributes: { norm: text(draw.pick(["MAX", "L1", "L2"])) },
  }),
  (draw) => {
    const features = draw.integer(1, 4);
    const values = Array.from({ length: draw.flip() ? features : 1 }, () => draw.integer(-3, 3));
    return {
      op: "ai.onnx.ml.Imputer",
      inputs: [some(draw, [draw.integer(1, 4), features], ["float32", "float64"])],
      attributes: {
        imputed_value_floats: { kind: "floats", value: values },
        replaced_value_float: float(draw.pick([Number.NaN, 0, 1])),
      },
    };
  },
  (draw) => {
    const lengths = [draw.integer(1, 3), draw.integer(1, 3)];
    const rows = draw.integer(1, 3);
    const dtype = draw.pick<DType>(["float32", "int32", "int64", "float64"]);
    return {
      op: "ai.onnx.ml.FeatureVectorizer",
      inputs: lengths.map((length) => filled(dtype, [rows, length], draw.bits())),
      attributes: { inputdimensions: ints(lengths) },
    };
  },
  (draw) => ({
    op: "ai.onnx.ml.OneHotEncoder",
    inputs: [some(draw, full(draw, 1, 2), ["int64", "int32", "float32"], true)],
    attributes: { cats_int64s: ints([0, 2, 5, -1]), zeros: int(1) },
  }),
  (draw) => {
    const features = draw.integer(2, 5);
    const places = Array.from({ length: draw.integer(1, 4) }, () => draw.nat(features - 1));
    return {
      op: "ai.onnx.ml.ArrayFeatureExtractor",
      inputs: [some(draw, [draw.integer(1, 3), features], ["float32", "int64", "float64"]), integers(places)],
      constants: draw.flip() ? [1] : [],
    };
  },
];

/** Operators that the tests of the operators draw no samples of: views and lengths, the chip's later forms, and what is left to the host. */
export const FURTHER_SAMPLES: readonly Make[] = [
  ...LAYOUT,
  ...NORMS,
  ...QUANTISATION,
  ...VISION,
  ...MICROSOFT,
  ...LEARNING,
  WINDOW,
];
