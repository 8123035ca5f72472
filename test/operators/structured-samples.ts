import type { DType, Tensor } from "@rdu/tensor";
import * as fc from "fast-check";
import { CONTRIB_ATTENTION_SAMPLES } from "./contrib-attention-samples.ts";
import { CONTRIB_SAMPLES } from "./contrib-samples.ts";
import { CONTRIB_WEIGHT_SAMPLES } from "./contrib-weight-samples.ts";
import { EDGE_SAMPLES } from "./edge-samples.ts";
import { LAYOUT_SAMPLES } from "./layout-samples.ts";
import { MODEL_SAMPLES } from "./model-samples.ts";
import {
  FLOATS,
  filled,
  float,
  INTEGERS,
  int,
  integers,
  ints,
  type Sample,
  scalar,
  seed,
  shape,
  text,
} from "./sample.ts";
import { SEQUENCE_SAMPLES } from "./sequence-samples.ts";
import { TABLE_SAMPLES } from "./table-samples.ts";

type Samples = Readonly<Record<string, fc.Arbitrary<Sample>>>;

const extent = fc.integer({ min: 1, max: 4 });
const SUMMED: readonly DType[] = ["float32", "float16", "float64", "int32", "int64", "uint32"];

const matmul = (op: string, dtypes: readonly DType[]): fc.Arbitrary<Sample> =>
  fc
    .record({
      dtype: fc.constantFrom(...dtypes),
      batch: shape(0, 2, 3),
      m: extent,
      k: fc.integer({ min: 0, max: 5 }),
      n: extent,
      s: seed,
      form: fc.constantFrom("full", "left", "right", "vectors", "one"),
    })
    .map(({ dtype, batch, m, k, n, s, form }): Sample => {
      const a = form === "left" || form === "vectors" ? [k] : [...(form === "one" ? batch.map(() => 1) : batch), m, k];
      const b = form === "right" || form === "vectors" ? [k] : [...batch, k, n];
      return { op, inputs: [filled(dtype, a, s), filled(dtype, b, s + 1)] };
    });

const gemm: fc.Arbitrary<Sample> = fc
  .record({
    dtype: fc.constantFrom(...SUMMED),
    m: extent,
    k: extent,
    n: extent,
    s: seed,
    ta: fc.boolean(),
    tb: fc.boolean(),
    bias: fc.constantFrom("none", "full", "row", "column", "scalar"),
    scaled: fc.boolean(),
  })
  .map(({ dtype, m, k, n, s, ta, tb, bias, scaled }): Sample => {
    const dims = { full: [m, n], row: [n], column: [m, 1], scalar: [], none: [] }[bias] ?? [];
    const real = scaled && dtype.startsWith("float");
    return {
      op: "Gemm",
      inputs: [
        filled(dtype, ta ? [k, m] : [m, k], s),
        filled(dtype, tb ? [n, k] : [k, n], s + 1),
        ...(bias === "none" ? [] : [filled(dtype, dims, s + 2)]),
      ],
      attributes: {
        transA: int(ta ? 1 : 0),
        transB: int(tb ? 1 : 0),
        ...(real ? { alpha: float(0.5), beta: float(2) } : {}),
      },
    };
  });

interface Slide {
  readonly rank: number;
  readonly size: readonly number[];
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly pads: readonly number[];
  readonly auto: string;
}

const slide = (withDilation: boolean): fc.Arbitrary<Slide> =>
  fc.integer({ min: 1, max: 3 }).chain((rank) => {
    const each = (min: number, max: number) => fc.array(fc.integer({ min, max }), { minLength: rank, maxLength: rank });
    return fc.record({
      rank: fc.constant(rank),
      size: each(5, rank === 3 ? 5 : 7),
      kernel: each(1, 3),
      strides: each(1, 3),
      dilations: withDilation ? each(1, 2) : fc.constant(new Array<number>(rank).fill(1)),
      pads: fc.array(fc.integer({ min: 0, max: 1 }), { minLength: 2 * rank, maxLength: 2 * rank }),
      auto: fc.constantFrom("NOTSET", "NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID"),
    });
  });

/** Padding may not reach the kernel's size, or a window would hold nothing but padding. */
function slideAttributes({ kernel, strides, dilations, pads, auto, rank }: Slide): NonNullable<Sample["attributes"]> {
  const kept = pads.map((pad, i) => Math.min(pad, kernel[i % rank]! - 1));
  return {
    kernel_shape: ints(kernel),
    strides: ints(strides),
    dilations: ints(dilations),
    ...(auto === "NOTSET" ? { pads: ints(kept) } : { auto_pad: text(auto) }),
  };
}

const conv = (op: "Conv" | "ConvTranspose"): fc.Arbitrary<Sample> =>
  fc
    .record({
      dtype: fc.constantFrom<DType>("float32", "float16", "float64"),
      at: slide(true),
      batch: fc.integer({ min: 1, max: 2 }),
      group: fc.integer({ min: 1, max: 2 }),
      c: fc.integer({ min: 1, max: 2 }),
      m: fc.integer({ min: 1, max: 2 }),
      bias: fc.boolean(),
      known: fc.boolean(),
      s: seed,
    })
    .map(({ dtype, at, batch, group, c, m, bias, known, s }): Sample => {
      const transposed = op === "ConvTranspose";
      const size = transposed ? at.size.map((length) => Math.ceil(length / 2)) : at.size;
      const w = transposed ? [group * c, m, ...at.kernel] : [group * m, c, ...at.kernel];
      const inputs: Tensor[] = [filled(dtype, [batch, group * c, ...size], s), filled(dtype, w, s + 1)];
      if (bias) inputs.push(filled(dtype, [group * m], s + 2));
      const auto = transposed && at.auto !== "VALID" ? "NOTSET" : at.auto;
      const attributes = { ...slideAttributes({ ...at, auto }), group: int(group) };
      return { op, inputs, attributes, constants: known ? [1] : [] };
    });

const pool = (
  op: string,
  dtypes: readonly DType[],
  extra: fc.Arbitrary<NonNullable<Sample["attributes"]>> = fc.constant({}),
  outputs = 1,
): fc.Arbitrary<Sample> =>
  fc
    .record({
      dtype: fc.constantFrom(...dtypes),
      at: slide(op !== "LpPool"),
      ceil: fc.boolean(),
      c: extent,
      s: seed,
      more: extra,
    })
    .map(
      ({ dtype, at, ceil, c, s, more }): Sample => ({
        op,
        inputs: [filled(dtype, [1, c, ...at.size], s)],
        attributes: {
          ...slideAttributes(at),
          ...(at.auto === "NOTSET" ? { ceil_mode: int(ceil ? 1 : 0) } : {}),
          ...more,
        },
        outputs,
      }),
    );

const globalPool = (op: string): fc.Arbitrary<Sample> =>
  fc
    .record({ dtype: fc.constantFrom(...FLOATS), spatial: shape(1, 3), s: seed })
    .map(({ dtype, spatial, s }): Sample => ({ op, inputs: [filled(dtype, [2, 3, ...spatial], s)] }));

const axesOf = (rank: number): fc.Arbitrary<number[]> =>
  fc.subarray(
    Array.from({ length: rank }, (_, axis) => axis),
    { minLength: 1 },
  );

const reduce = (op: string, dtypes: readonly DType[], flavour: "plain" | "positive" = "plain"): fc.Arbitrary<Sample> =>
  shape(1, 4, 4).chain((dims) =>
    fc
      .record({
        dtype: fc.constantFrom(...dtypes),
        axes: axesOf(dims.length),
        keep: fc.boolean(),
        negative: fc.boolean(),
        old: fc.boolean(),
        all: fc.boolean(),
        s: seed,
      })
      .map(({ dtype, axes, keep, negative, old, all, s }): Sample => {
        const x = filled(dtype, dims, s, flavour);
        const given = axes.map((axis) => (negative ? axis - dims.length : axis));
        const attributes = { keepdims: int(keep ? 1 : 0) };
        if (all) return { op, inputs: [x], attributes };
        if (old)
          return {
            op,
            opset: op === "ReduceSum" ? 12 : 13,
            inputs: [x],
            attributes: { ...attributes, axes: ints(given) },
          };
        return { op, inputs: [x, integers(given)], constants: s % 2 === 0 ? [1] : [], attributes };
      }),
  );

const argument = (op: string): fc.Arbitrary<Sample> =>
  shape(1, 3, 4, 1).chain((dims) =>
    fc
      .record({
        dtype: fc.constantFrom<DType>("float32", "int32", "uint8", "int8"),
        axis: fc.integer({ min: -dims.length, max: dims.length - 1 }),
        keep: fc.boolean(),
        last: fc.boolean(),
        s: seed,
      })
      .map(
        ({ dtype, axis, keep, last, s }): Sample => ({
          op,
          inputs: [filled(dtype, dims, s, "small")],
          attributes: { axis: int(axis), keepdims: int(keep ? 1 : 0), select_last_index: int(last ? 1 : 0) },
        }),
      ),
  );

const softmax = (op: string): fc.Arbitrary<Sample> =>
  shape(1, 4).chain((dims) =>
    fc
      .record({
        dtype: fc.constantFrom<DType>("float32", "float16", "float64"),
        axis: fc.integer({ min: -dims.length, max: dims.length - 1 }),
        old: fc.boolean(),
        s: seed,
      })
      .map(
        ({ dtype, axis, old, s }): Sample => ({
          op,
          opset: old ? 11 : 24,
          inputs: [filled(dtype, dims, s)],
          attributes: { axis: int(axis) },
        }),
      ),
  );

const floats3 = fc.constantFrom<DType>("float32", "float16", "float64");

const layerNorm: fc.Arbitrary<Sample> = shape(1, 4).chain((dims) =>
  fc
    .record({ dtype: floats3, axis: fc.integer({ min: 0, max: dims.length - 1 }), bias: fc.boolean(), s: seed })
    .map(({ dtype, axis, bias, s }): Sample => {
      const inner = dims.slice(axis);
      const inputs = [
        filled(dtype, dims, s),
        filled(dtype, inner, s + 1),
        ...(bias ? [filled(dtype, inner, s + 2)] : []),
      ];
      return { op: "LayerNormalization", inputs, attributes: { axis: int(axis), epsilon: float(0.01) }, outputs: 3 };
    }),
);

const channelNorm = (op: string): fc.Arbitrary<Sample> =>
  fc
    .record({
      dtype: floats3,
      spatial: shape(1, 3),
      groups: fc.integer({ min: 1, max: 2 }),
      s: seed,
      known: fc.boolean(),
    })
    .map(({ dtype, spatial, groups, s, known }): Sample => {
      const channels = 4;
      const parameter = (i: number): Tensor => filled(dtype, [channels], s + i, "positive");
      const x = filled(dtype, [2, channels, ...spatial], s);
      const batch = op === "BatchNormalization";
      return {
        op,
        inputs: [x, parameter(1), parameter(2), ...(batch ? [parameter(3), parameter(4)] : [])],
        constants: known ? [1, 2, 3, 4] : [],
        attributes: { epsilon: float(0.01), ...(op === "GroupNormalization" ? { num_groups: int(2 * groups) } : {}) },
      };
    });

const lrn: fc.Arbitrary<Sample> = fc
  .record({ dims: shape(2, 2), size: fc.integer({ min: 1, max: 5 }), c: fc.integer({ min: 1, max: 6 }), s: seed })
  .map(
    ({ dims, size, c, s }): Sample => ({
      op: "LRN",
      inputs: [filled("float32", [1, c, ...dims], s)],
      attributes: { size: int(size), alpha: float(0.1), beta: float(0.75), bias: float(1.5) },
    }),
  );

const quantize: fc.Arbitrary<Sample> = shape(1, 3).chain((dims) =>
  fc
    .record({
      to: fc.constantFrom<DType>("int8", "uint8", "int16", "uint16", "int4", "uint4"),
      axis: fc.integer({ min: 0, max: dims.length - 1 }),
      whole: fc.boolean(),
      zero: fc.boolean(),
      s: seed,
    })
    .map(({ to, axis, whole, zero, s }): Sample => {
      const parameters = whole ? [] : [dims[axis]!];
      return {
        op: "QuantizeLinear",
        inputs: [
          filled("float32", dims, s, "plain"),
          filled("float32", parameters, s + 1, "positive"),
          ...(zero ? [filled(to, parameters, s + 2, "small")] : []),
        ],
        attributes: {
          axis: int(axis),
          ...(zero
            ? {}
            : { output_dtype: int({ int8: 3, uint8: 2, int16: 5, uint16: 4, int4: 22, uint4: 21 }[to as "int8"]) }),
        },
      };
    }),
);

const dequantize: fc.Arbitrary<Sample> = shape(1, 3).chain((dims) =>
  fc
    .record({
      from: fc.constantFrom<DType>("int8", "uint8", "int16", "uint16", "int32", "int4", "uint4"),
      axis: fc.integer({ min: 0, max: dims.length - 1 }),
      whole: fc.boolean(),
      zero: fc.boolean(),
      s: seed,
    })
    .map(({ from, axis, whole, zero, s }): Sample => {
      const parameters = whole ? [] : [dims[axis]!];
      return {
        op: "DequantizeLinear",
        inputs: [
          filled(from, dims, s, "special"),
          filled("float32", parameters, s + 1, "positive"),
          ...(zero && from !== "int32" ? [filled(from, parameters, s + 2, "small")] : []),
        ],
        attributes: { axis: int(axis) },
      };
    }),
);

const integerProduct: fc.Arbitrary<Sample> = fc
  .record({
    a: fc.constantFrom<DType>("int8", "uint8"),
    b: fc.constantFrom<DType>("int8", "uint8"),
    m: extent,
    k: extent,
    n: extent,
    zeros: fc.boolean(),
    s: seed,
  })
  .map(
    ({ a, b, m, k, n, zeros, s }): Sample => ({
      op: "MatMulInteger",
      inputs: [
        filled(a, [2, m, k], s, "special"),
        filled(b, [k, n], s + 1, "special"),
        ...(zeros ? [scalar(a, 3), filled(b, [n], s + 2, "small")] : []),
      ],
    }),
  );

const convInteger: fc.Arbitrary<Sample> = fc
  .record({ at: slide(true), zero: fc.boolean(), known: fc.boolean(), s: seed })
  .map(
    ({ at, zero, known, s }): Sample => ({
      op: "ConvInteger",
      inputs: [
        filled("uint8", [1, 2, ...at.size], s, "special"),
        filled("uint8", [3, 2, ...at.kernel], s + 1, "special"),
        ...(zero ? [scalar("uint8", 7)] : []),
      ],
      constants: known ? [2] : [],
      attributes: slideAttributes(at),
    }),
  );

export const STRUCTURED_SAMPLES: Samples = {
  MatMul: matmul("MatMul", SUMMED),
  Gemm: gemm,
  Conv: conv("Conv"),
  ConvTranspose: conv("ConvTranspose"),
  MaxPool: pool("MaxPool", ["float32", "float16", "float64", "int8", "uint8"]),
  "MaxPool with indices": pool(
    "MaxPool",
    ["float32", "int8", "uint8"],
    fc.constantFrom(0, 1).map((order) => ({ storage_order: int(order) })),
    2,
  ),
  AveragePool: pool(
    "AveragePool",
    ["float32", "float16", "float64"],
    fc.constantFrom(0, 1).map((padded) => ({ count_include_pad: int(padded) })),
  ),
  LpPool: pool(
    "LpPool",
    ["float32"],
    fc.constantFrom(1, 2, 3).map((p) => ({ p: int(p) })),
  ),
  ...Object.fromEntries(["GlobalMaxPool", "GlobalAveragePool", "GlobalLpPool"].map((op) => [op, globalPool(op)])),
  ...Object.fromEntries(
    ["ReduceSum", "ReduceProd", "ReduceL1", "ReduceSumSquare"].map((op) => [
      op,
      reduce(op, ["float32", "float64", "int32", "int64"]),
    ]),
  ),
  ...Object.fromEntries(
    ["ReduceMin", "ReduceMax"].map((op) => [
      op,
      reduce(op, [...INTEGERS.filter((d) => !d.includes("16")), "float32", "float16"]),
    ]),
  ),
  ...Object.fromEntries(
    ["ReduceMean", "ReduceL2", "ReduceLogSumExp"].map((op) => [op, reduce(op, ["float32", "float64", "float16"])]),
  ),
  ReduceLogSum: reduce("ReduceLogSum", ["float32", "float64"], "positive"),
  ArgMax: argument("ArgMax"),
  ArgMin: argument("ArgMin"),
  ...Object.fromEntries(["Softmax", "LogSoftmax", "Hardmax"].map((op) => [op, softmax(op)])),
  LayerNormalization: layerNorm,
  ...Object.fromEntries(
    ["BatchNormalization", "InstanceNormalization", "GroupNormalization"].map((op) => [op, channelNorm(op)]),
  ),
  LRN: lrn,
  QuantizeLinear: quantize,
  DequantizeLinear: dequantize,
  DynamicQuantizeLinear: fc
    .record({ dims: shape(1, 3), s: seed })
    .map(({ dims, s }): Sample => ({ op: "DynamicQuantizeLinear", inputs: [filled("float32", dims, s)], outputs: 3 })),
  MatMulInteger: integerProduct,
  ConvInteger: convInteger,
  ...LAYOUT_SAMPLES,
  ...SEQUENCE_SAMPLES,
  ...TABLE_SAMPLES,
  ...MODEL_SAMPLES,
  ...CONTRIB_SAMPLES,
  ...CONTRIB_ATTENTION_SAMPLES,
  ...CONTRIB_WEIGHT_SAMPLES,
  ...EDGE_SAMPLES,
};
