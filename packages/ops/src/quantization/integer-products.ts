import type { TensorType } from "@rdu/ir";
import { type DType, elementCount, roundTiesToEven, type Tensor } from "@rdu/tensor";
import { transposed } from "../layout/layout.ts";
import { productDims, productSums } from "../linear/matmul.ts";
import { broadcastIndices, pairwise } from "../numeric/map.ts";
import { numbersOf, scalarOf, tensorOf } from "../numeric/numbers.ts";
import { roundTo } from "../numeric/rounding.ts";
import { saturated } from "../numeric/saturate.ts";
import { type InferContext, operator } from "../operator.ts";
import { expectRank } from "../shapes.ts";
import { addPerChannel, centred, convolutionSums, inferConvolution, kernelOf } from "../window/convolution.ts";
import { windowOf } from "../window/window.ts";

/**
 * Elements less their zero points. A list of zero points belongs to the rows of a left operand, to the columns of a
 * right one; more dimensions broadcast.
 */
function lessZeroPoint(x: Tensor, zeroPoint: Tensor | undefined, side: "rows" | "columns"): Float64Array {
  const values = Float64Array.from(numbersOf(x));
  if (zeroPoint === undefined) return values;
  const shape =
    zeroPoint.shape.length === 1 && side === "rows" && zeroPoint.shape[0] !== 1
      ? [zeroPoint.shape[0]!, 1]
      : zeroPoint.shape;
  const [zeros, at] = [numbersOf(zeroPoint), broadcastIndices(shape, x.shape)];
  for (let i = 0; i < values.length; i += 1) values[i]! -= zeros[at[i]!]!;
  return values;
}

export const matMulInteger = operator({
  name: "MatMulInteger",
  summary: "matrix product of 8-bit integers, zero points taken off, into int32",
  infer: (c) => [productDims(c, c.shape(0), c.shape(1))],
  evaluate(c) {
    const [a, b] = [c.tensor(0), c.tensor(1)];
    const sums = productSums(
      lessZeroPoint(a, c.optional(2), "rows"),
      a.shape,
      lessZeroPoint(b, c.optional(3), "columns"),
      b.shape,
    );
    return [tensorOf("int32", c.shape(), sums)];
  },
});

/** Scales of rows or columns broadcast over a product. */
function scalesOver(scale: Tensor, shape: readonly number[], side: "rows" | "columns"): (element: number) => number {
  const values = numbersOf(scale);
  if (values.length === 1) return () => values[0]!;
  const own = scale.shape.length === 1 && side === "rows" ? [scale.shape[0]!, 1] : scale.shape;
  const at = broadcastIndices(own, shape);
  return (element) => values[at[element]!]!;
}

export const qLinearMatMul = operator({
  name: "QLinearMatMul",
  summary: "matrix product of quantized operands, quantized again",
  infer: (c) => [{ kind: "tensor", dtype: c.dtype(7), shape: productDims(c, c.shape(0), c.shape(3)) }],
  evaluate(c) {
    const [a, b] = [c.tensor(0), c.tensor(3)];
    const shape = c.shape();
    const sums = productSums(
      lessZeroPoint(a, c.tensor(2), "rows"),
      a.shape,
      lessZeroPoint(b, c.tensor(5), "columns"),
      b.shape,
    );
    const [left, right] = [scalesOver(c.tensor(1), shape, "rows"), scalesOver(c.tensor(4), shape, "columns")];
    const [out, zero] = [scalesOver(c.tensor(6), shape, "rows"), scalesOver(c.tensor(7), shape, "rows")];
    const precision = c.tensor(1).dtype;
    const dtype = c.dtype();
    for (let i = 0; i < sums.length; i += 1) {
      const factor = roundTo(precision, roundTo(precision, left(i) * right(i)) / out(i));
      sums[i] = saturated(dtype, roundTiesToEven(sums[i]! * factor) + zero(i));
    }
    return [tensorOf(dtype, shape, sums)];
  },
});

export const qLinearConv = operator({
  name: "QLinearConv",
  summary: "convolution of quantized operands, quantized again",
  infer: (c) => [{ kind: "tensor", dtype: c.dtype(7), shape: inferConvolution(c, c.shape(0), c.shape(3)) }],
  evaluate(c) {
    const [x, w] = [c.tensor(0), c.tensor(3)];
    const window = windowOf(c, x.shape.slice(2), kernelOf(c, w.shape));
    const filters = w.shape[0]!;
    const weights = centred(w, c.tensor(5), elementCount(w.shape) / filters);
    const sums = convolutionSums(
      centred(x, c.tensor(2), 1),
      x.shape,
      weights,
      w.shape,
      window,
      c.attributes.int("group"),
    );
    const bias = c.optional(8);
    if (bias !== undefined) addPerChannel(sums, filters, numbersOf(bias), x.shape[0]!);
    const scales = numbersOf(c.tensor(4));
    const [xScale, yScale, zero] = [scalarOf(c.tensor(1)), scalarOf(c.tensor(6)), scalarOf(c.tensor(7))];
    const area = sums.length / (filters * x.shape[0]!);
    const dtype = c.dtype();
    for (let i = 0; i < sums.length; i += 1) {
      const scale = scales[scales.length === 1 ? 0 : Math.floor(i / area) % filters]!;
      const factor = Math.fround(Math.fround(xScale * scale) / yScale);
      sums[i] = saturated(dtype, roundTiesToEven(Math.fround(sums[i]! * factor)) + zero);
    }
    return [tensorOf(dtype, c.shape(), sums)];
  },
});

function gemmType(c: InferContext): DType {
  return c.has(8) ? c.dtype(8) : "float32";
}

export const qGemm = operator({
  name: "com.microsoft.QGemm",
  summary: "Gemm of quantized operands, quantized again when an output scale is given",
  infer(c): readonly TensorType[] {
    const a = c.attributes.int("transA") !== 0 ? expectRank(c, 0, 2).toReversed() : expectRank(c, 0, 2);
    const b = c.attributes.int("transB") !== 0 ? expectRank(c, 3, 2).toReversed() : expectRank(c, 3, 2);
    return [{ kind: "tensor", dtype: gemmType(c), shape: productDims(c, a, b) }];
  },
  evaluate(c) {
    const flip = (x: Tensor, name: string): Tensor => (c.attributes.int(name) !== 0 ? transposed(x, [1, 0]) : x);
    const [a, b] = [flip(c.tensor(0), "transA"), flip(c.tensor(3), "transB")];
    const shape = c.shape();
    const sums = productSums(
      lessZeroPoint(a, c.optional(2), "columns"),
      a.shape,
      lessZeroPoint(b, c.optional(5), "columns"),
      b.shape,
    );
    const bias = c.optional(6);
    if (bias !== undefined) pairwise(sums, shape, numbersOf(bias), bias.shape, sums, shape, (x, y) => x + y);
    const [alpha, left, right] = [
      c.attributes.float("alpha"),
      scalarOf(c.tensor(1)),
      scalesOver(c.tensor(4), shape, "columns"),
    ];
    const dtype = c.dtype();
    for (let i = 0; i < sums.length; i += 1) {
      const factor = Math.fround(alpha * Math.fround(left * right(i)));
      if (!c.has(7)) sums[i]! *= factor;
      else {
        const quotient = Math.fround(sums[i]! * Math.fround(factor / scalarOf(c.tensor(7))));
        sums[i] = saturated(dtype, roundTiesToEven(quotient) + scalarOf(c.tensor(8)));
      }
    }
    return [tensorOf(dtype, shape, sums)];
  },
});
