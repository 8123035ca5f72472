import { type DType, fromNumbers, type Tensor } from "@rdu/tensor";
import * as fc from "fast-check";
import { filled, float, int, integers, ints, type Sample, scalar, seed, shape, text } from "./sample.ts";

type Samples = Readonly<Record<string, fc.Arbitrary<Sample>>>;

const small = fc.integer({ min: 1, max: 3 });
const narrow = fc.constantFrom<DType>("uint8", "int8");
const float32 = (dims: readonly number[], s: number): Tensor => filled("float32", dims, s, "unit");
const floats = (values: readonly number[]) => ({ kind: "floats", value: values.map(Math.fround) }) as const;

const ACTIVATIONS = ["Relu", "Sigmoid", "Tanh", "LeakyRelu", "HardSigmoid", "Clip"] as const;
const PARAMETERS: Readonly<Record<string, readonly number[]>> = {
  LeakyRelu: [0.2],
  HardSigmoid: [0.3, 0.4],
  Clip: [-0.5, 0.5],
};

const fusedConv = (op: string, last: boolean): fc.Arbitrary<Sample> =>
  fc
    .record({
      size: fc.integer({ min: 3, max: 5 }),
      group: fc.integer({ min: 1, max: 2 }),
      activation: fc.constantFrom(...ACTIVATIONS),
      bias: fc.boolean(),
      added: fc.boolean(),
      s: seed,
    })
    .map(({ size, group, activation, bias, added, s }): Sample => {
      const lay = (channels: number, length: number): readonly number[] =>
        last ? [1, length, length, channels] : [1, channels, length, length];
      const fuses = op !== "com.microsoft.NhwcConv";
      return {
        op,
        inputs: [
          float32(lay(2 * group, size), s),
          float32([2 * group, 2, 3, 3], s + 1),
          bias ? float32([2 * group], s + 2) : null,
          ...(fuses ? [added ? float32(lay(2 * group, size), s + 3) : null] : []),
        ],
        attributes: {
          group: int(group),
          pads: ints([1, 1, 1, 1]),
          ...(fuses ? { activation: text(activation), activation_params: floats(PARAMETERS[activation] ?? []) } : {}),
        },
      };
    });

const fusedGemm = fc
  .record({ m: small, k: small, n: small, activation: fc.constantFrom("Relu", "Elu", "LeakyRelu"), s: seed })
  .map(
    ({ m, k, n, activation, s }): Sample => ({
      op: "com.microsoft.FusedGemm",
      inputs: [float32([k, m], s), float32([n, k], s + 1), float32([n], s + 2)],
      attributes: {
        activation: text(activation),
        activation_alpha: float(0.3),
        transA: int(1),
        transB: int(1),
        alpha: float(0.5),
      },
    }),
  );

const fusedMatMul = (op: string, extra: Sample["attributes"] = {}): fc.Arbitrary<Sample> =>
  fc.record({ m: small, k: small, n: small, batch: fc.boolean(), s: seed }).map(({ m, k, n, batch, s }): Sample => {
    // transBatch wants the batch axis between: [rows, batch, depth].
    const moved = batch && op !== "com.microsoft.TransposeMatMul";
    return {
      op,
      inputs: [float32(moved ? [m, 2, k] : [2, m, k], s), float32([2, n, k], s + 1)],
      attributes: { transB: int(1), alpha: float(2), ...(moved ? { transBatchA: int(1) } : {}), ...extra },
    };
  });

const gemmFastGelu = fc.record({ m: small, k: small, n: small, s: seed }).map(
  ({ m, k, n, s }): Sample => ({
    op: "com.microsoft.GemmFastGelu",
    inputs: [float32([2, m, k], s), float32([k, n], s + 1), float32([n], s + 2)],
  }),
);

const biasAdd = fc.record({ dims: shape(3, 3, 4, 1), s: seed }).map(
  ({ dims, s }): Sample => ({
    op: "com.microsoft.BiasAdd",
    inputs: [float32(dims, s), float32(dims.slice(-1), s + 1), float32(dims, s + 2)],
  }),
);

const biasSplitGelu = fc.record({ dims: shape(2, 2, 4, 1), half: small, s: seed }).map(
  ({ dims, half, s }): Sample => ({
    op: "com.microsoft.BiasSplitGelu",
    inputs: [float32([...dims, 2 * half], s), float32([2 * half], s + 1)],
  }),
);

const groupNorm = (skip: boolean): fc.Arbitrary<Sample> =>
  fc
    .record({ group: small, perGroup: small, last: fc.boolean(), silu: fc.boolean(), flat: fc.boolean(), s: seed })
    .map(({ group, perGroup, last, silu, flat, s }): Sample => {
      const channels = group * perGroup;
      const dims = last ? [2, 2, 3, channels] : [2, channels, 2, 3];
      const skipDims = flat ? [2, channels] : dims;
      return {
        op: `com.microsoft.${skip ? "SkipGroupNorm" : "GroupNorm"}`,
        inputs: [
          filled("float32", dims, s),
          float32([channels], s + 1),
          float32([channels], s + 2),
          ...(skip ? [filled("float32", skipDims, s + 3), float32([channels], s + 4)] : []),
        ],
        outputs: skip ? 2 : 1,
        attributes: {
          groups: int(group),
          activation: int(silu ? 1 : 0),
          channels_last: int(last ? 1 : 0),
          epsilon: float(0.1),
        },
      };
    });

const nhwcMaxPool = fc.record({ dtype: narrow, size: fc.integer({ min: 2, max: 5 }), s: seed }).map(
  ({ dtype, size, s }): Sample => ({
    op: "com.microsoft.NhwcMaxPool",
    inputs: [filled(dtype, [1, size, size, 3], s)],
    attributes: { kernel_shape: ints([2, 2]), strides: ints([2, 1]), pads: ints([1, 0, 0, 1]) },
  }),
);

/** A scale that no quotient of whole numbers lies halfway of, and a zero point. */
const scaled = (dtype: DType, scale: number, zero: number): readonly Tensor[] => [
  scalar("float32", scale),
  scalar(dtype, zero),
];
const known = (...inputs: readonly number[]) => fc.constantFrom<readonly number[]>([], inputs);

const qLinearUnary = (op: string, attributes: NonNullable<Sample["attributes"]> = {}): fc.Arbitrary<Sample> =>
  fc.record({ dtype: narrow, dims: shape(1, 3, 4), constants: known(1, 2, 3, 4), s: seed }).map(
    ({ dtype, dims, constants, s }): Sample => ({
      op: `com.microsoft.${op}`,
      inputs: [filled(dtype, dims, s, "special"), ...scaled(dtype, 0.0317, 7), ...scaled(dtype, 0.0041, 3)],
      attributes,
      constants,
    }),
  );

const qLinearBinary = (op: string): fc.Arbitrary<Sample> =>
  fc.record({ dtype: narrow, dims: shape(1, 3, 4), constants: known(1, 2, 4, 5, 6, 7), s: seed }).map(
    ({ dtype, dims, constants, s }): Sample => ({
      op: `com.microsoft.${op}`,
      inputs: [
        filled(dtype, dims, s, "special"),
        ...scaled(dtype, 0.0317, 7),
        filled(dtype, dims.slice(-1), s + 1, "special"),
        ...scaled(dtype, 0.0253, 5),
        ...scaled(dtype, 0.0471, 9),
      ],
      constants,
    }),
  );

const qLinearPool = (op: string, windowed: boolean): fc.Arbitrary<Sample> =>
  fc
    .record({ dtype: narrow, size: fc.integer({ min: 2, max: 5 }), last: fc.boolean(), padded: fc.boolean(), s: seed })
    .map(
      ({ dtype, size, last, padded, s }): Sample => ({
        op: `com.microsoft.${op}`,
        inputs: [
          filled(dtype, last ? [1, size, size, 2] : [1, 2, size, size], s, "special"),
          ...scaled(dtype, 0.0317, 7),
          ...scaled(dtype, 0.0241, 3),
        ],
        attributes: {
          channels_last: int(last ? 1 : 0),
          ...(windowed
            ? { kernel_shape: ints([2, 2]), pads: ints([1, 0, 0, 1]), count_include_pad: int(padded ? 1 : 0) }
            : {}),
        },
      }),
    );

const qLinearReduceMean = fc
  .record({
    dtype: narrow,
    dims: shape(3, 3, 4, 1),
    axis: fc.integer({ min: -3, max: 2 }),
    keep: fc.boolean(),
    s: seed,
  })
  .map(
    ({ dtype, dims, axis, keep, s }): Sample => ({
      op: "com.microsoft.QLinearReduceMean",
      inputs: [filled(dtype, dims, s, "special"), ...scaled(dtype, 0.0317, 7), ...scaled(dtype, 0.0241, 3)],
      attributes: { axes: ints([axis]), keepdims: int(keep ? 1 : 0) },
    }),
  );

const qLinearConcat = fc.record({ dtype: narrow, first: small, second: small, s: seed }).map(
  ({ dtype, first, second, s }): Sample => ({
    op: "com.microsoft.QLinearConcat",
    inputs: [
      ...scaled(dtype, 0.0317, 7),
      filled(dtype, [2, first], s, "special"),
      ...scaled(dtype, 0.0253, 5),
      filled(dtype, [2, second], s + 1, "special"),
      ...scaled(dtype, 0.0471, 9),
    ],
    attributes: { axis: int(-1) },
  }),
);

const qLinearWhere = fc.record({ dtype: narrow, dims: shape(1, 3, 4), s: seed }).map(
  ({ dtype, dims, s }): Sample => ({
    op: "com.microsoft.QLinearWhere",
    inputs: [
      filled("bool", dims, s),
      filled(dtype, dims, s + 1, "special"),
      ...scaled(dtype, 0.0253, 5),
      filled(dtype, dims.slice(-1), s + 2, "special"),
      ...scaled(dtype, 0.0471, 9),
      ...scaled(dtype, 0.0317, 7),
    ],
  }),
);

const qLinearConv = fc.record({ size: fc.integer({ min: 3, max: 5 }), last: fc.boolean(), s: seed }).map(
  ({ size, last, s }): Sample => ({
    op: "com.microsoft.QLinearConv",
    inputs: [
      filled("uint8", last ? [1, size, size, 2] : [1, 2, size, size], s, "special"),
      ...scaled("uint8", 0.0317, 7),
      filled("int8", [3, 2, 3, 3], s + 1, "special"),
      fromNumbers("float32", [3], [0.0111, 0.0203, 0.0157]),
      integers([0, 0, 0], "int8"),
      ...scaled("uint8", 0.271, 120),
      filled("int32", [3], s + 2),
    ],
    constants: [2, 5],
    attributes: { channels_last: int(last ? 1 : 0), pads: ints([1, 1, 1, 1]) },
  }),
);

const mulInteger = fc.record({ dtype: narrow, dims: shape(1, 3, 4), zeros: fc.boolean(), s: seed }).map(
  ({ dtype, dims, zeros, s }): Sample => ({
    op: "com.microsoft.MulInteger",
    inputs: [
      filled(dtype, dims, s, "special"),
      zeros ? scalar(dtype, 7) : null,
      filled(dtype, dims.slice(-1), s + 1, "special"),
      zeros ? scalar(dtype, 3) : null,
    ],
  }),
);

const range = fc.record({ start: fc.integer({ min: -3, max: 3 }), count: small, stepped: fc.boolean() }).map(
  ({ start, count, stepped }): Sample => ({
    op: "com.microsoft.Range",
    inputs: [
      scalar("int64", start),
      scalar("int64", start + (stepped ? 2 * count : count)),
      ...(stepped ? [scalar("int64", 2)] : []),
    ],
    constants: stepped ? [0, 1, 2] : [0, 1],
  }),
);

// biome-ignore format: a table
export const CONTRIB_SAMPLES: Samples = {
  "com.microsoft.FusedConv": fusedConv("com.microsoft.FusedConv", false),
  "com.microsoft.NhwcFusedConv": fusedConv("com.microsoft.NhwcFusedConv", true),
  "com.microsoft.NhwcConv": fusedConv("com.microsoft.NhwcConv", true),
  "com.microsoft.NhwcMaxPool": nhwcMaxPool,
  "com.microsoft.FusedGemm": fusedGemm,
  "com.microsoft.FusedMatMul": fusedMatMul("com.microsoft.FusedMatMul"),
  "com.microsoft.TransposeMatMul": fusedMatMul("com.microsoft.TransposeMatMul"),
  "com.microsoft.FusedMatMulActivation": fusedMatMul("com.microsoft.FusedMatMulActivation", { activation: text("Tanh") }),
  "com.microsoft.GemmFastGelu": gemmFastGelu,
  "com.microsoft.BiasAdd": biasAdd,
  "com.microsoft.BiasSplitGelu": biasSplitGelu,
  "com.microsoft.GroupNorm": groupNorm(false),
  "com.microsoft.SkipGroupNorm": groupNorm(true),
  "com.microsoft.QLinearAdd": qLinearBinary("QLinearAdd"),
  "com.microsoft.QLinearMul": qLinearBinary("QLinearMul"),
  "com.microsoft.QLinearSigmoid": qLinearUnary("QLinearSigmoid"),
  "com.microsoft.QLinearLeakyRelu": qLinearUnary("QLinearLeakyRelu", { alpha: float(0.1) }),
  "com.microsoft.QLinearSoftmax": qLinearUnary("QLinearSoftmax", { axis: int(-1), opset: int(13) }),
  "com.microsoft.QLinearSoftmax before opset 13": qLinearUnary("QLinearSoftmax", { axis: int(0), opset: int(12) }),
  "com.microsoft.QLinearAveragePool": qLinearPool("QLinearAveragePool", true),
  "com.microsoft.QLinearGlobalAveragePool": qLinearPool("QLinearGlobalAveragePool", false),
  "com.microsoft.QLinearReduceMean": qLinearReduceMean,
  "com.microsoft.QLinearConcat": qLinearConcat,
  "com.microsoft.QLinearWhere": qLinearWhere,
  "com.microsoft.QLinearConv": qLinearConv,
  "com.microsoft.MulInteger": mulInteger,
  "com.microsoft.Range": range,
};
