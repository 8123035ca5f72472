import type { DType, Tensor } from "@rdu/tensor";
import * as fc from "fast-check";
import { filled, float, fromSeed, int, ints, type Sample, seed } from "./sample.ts";

type Samples = Readonly<Record<string, fc.Arbitrary<Sample>>>;

const narrow = fc.constantFrom<DType>("uint8", "int8");
const small = fc.integer({ min: 1, max: 4 });
/** A scale and a zero point, for all or one for each of `channels`. */
const scaled = (dtype: DType, s: number, least: number, channels?: number): [Tensor, Tensor] => {
  const dims = channels === undefined ? [] : [channels];
  return [
    fromSeed("float32", dims, s, (value) => least * (1 + value)),
    fromSeed(dtype, dims, s + 1, (value) => Math.floor(9 * value)),
  ];
};

const matMul = fc
  .record({
    a: narrow,
    b: narrow,
    y: narrow,
    m: small,
    k: fc.integer({ min: 0, max: 6 }),
    n: small,
    each: fc.boolean(),
    s: seed,
  })
  .map(
    ({ a, b, y, m, k, n, each, s }): Sample => ({
      op: "QLinearMatMul",
      inputs: [
        filled(a, [2, m, k], s, "small"),
        ...scaled(a, s + 1, 0.1),
        filled(b, [k, n], s + 2, "small"),
        ...scaled(b, s + 3, 0.05, each ? n : undefined),
        ...scaled(y, s + 5, 0.2),
      ],
    }),
  );

const conv = fc
  .record({
    x: narrow,
    w: narrow,
    y: narrow,
    size: fc.integer({ min: 3, max: 6 }),
    out: small,
    each: fc.boolean(),
    bias: fc.boolean(),
    pad: fc.constantFrom(0, 1),
    stride: fc.constantFrom(1, 2),
    s: seed,
  })
  .map(
    ({ x, w, y, size, out, each, bias, pad, stride, s }): Sample => ({
      op: "QLinearConv",
      inputs: [
        filled(x, [1, 2, size, size], s, "small"),
        ...scaled(x, s + 1, 0.1),
        filled(w, [out, 2, 3, 2], s + 2, "small"),
        ...scaled(w, s + 3, 0.05, each ? out : undefined),
        ...scaled(y, s + 5, 0.2),
        ...(bias ? [filled("int32", [out], s + 7)] : []),
      ],
      attributes: { pads: ints([pad, pad, pad, pad]), strides: ints([stride, stride]) },
    }),
  );

const gemm = fc
  .record({
    a: narrow,
    b: narrow,
    m: small,
    k: small,
    n: small,
    turned: fc.boolean(),
    c: fc.boolean(),
    floats: fc.boolean(),
    s: seed,
  })
  .map(
    ({ a, b, m, k, n, turned, c, floats, s }): Sample => ({
      op: "com.microsoft.QGemm",
      inputs: [
        filled(a, [m, k], s, "small"),
        ...scaled(a, s + 1, 0.1),
        filled(b, turned ? [n, k] : [k, n], s + 2, "small"),
        ...scaled(b, s + 3, 0.05),
        c ? filled("int32", [n], s + 4) : null,
        ...(floats ? [] : scaled(a, s + 5, 0.2)),
      ],
      attributes: { alpha: float(0.5), transB: int(turned ? 1 : 0) },
    }),
  );

export const QUANTIZED_SAMPLES: Samples = {
  QLinearMatMul: matMul,
  QLinearConv: conv,
  "com.microsoft.QGemm": gemm,
};
