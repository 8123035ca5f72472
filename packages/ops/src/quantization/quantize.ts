import type { TensorType } from "@rdu/ir";
import { cast, type DType, dtypeOfOnnx, isFloat, roundTiesToEven, type Tensor } from "@rdu/tensor";
import { numbersOf, tensorOf } from "../numeric/numbers.ts";
import { roundTo } from "../numeric/rounding.ts";
import { saturated } from "../numeric/saturate.ts";
import { span } from "../numeric/walk.ts";
import { type EvaluateContext, type InferContext, operator } from "../operator.ts";
import { axisOf } from "../shapes.ts";

/** For each element of `shape`, which entry of the scale applies: one for all, one an index of the axis, or one a block. */
function scaleIndex(c: EvaluateContext, shape: readonly number[], scale: Tensor): (element: number) => number {
  if (scale.data.length === 1 && scale.shape.length < 2) return () => 0;
  const axis = axisOf(c, c.attributes.int("axis", 1), shape.length);
  const [extent, inner] = [shape[axis]!, span(shape, axis + 1)];
  if (scale.shape.length === 1) return (element) => Math.floor(element / inner) % extent;
  const given = c.attributes.int("block_size", 0);
  const blocks = scale.shape[axis]!;
  const block = given > 0 ? given : Math.ceil(extent / blocks);
  return (element) => {
    const at = Math.floor(element / inner) % extent;
    return (Math.floor(element / inner / extent) * blocks + Math.floor(at / block)) * inner + (element % inner);
  };
}

function quantizedType(c: InferContext): DType {
  const code = c.attributes.int("output_dtype", 0);
  if (code !== 0) return dtypeOfOnnx(code) ?? c.reject(`output_dtype ${code} is no element type`, "E0305");
  return c.has(2) ? c.dtype(2) : "uint8";
}

/** The type that x / scale is computed in: as asked, else the scale's; powers of two and integers divide in single precision. */
function divisionType(c: EvaluateContext, scale: DType): DType {
  const asked = dtypeOfOnnx(c.attributes.int("precision", 0));
  if (asked !== undefined) return asked;
  return isFloat(scale) && scale !== "float8e8m0" ? scale : "float32";
}

export const quantizeLinear = operator({
  name: "QuantizeLinear",
  summary: "saturate(round(x / scale) + zero point), for all, by axis or by block",
  infer: (c): readonly TensorType[] => [{ kind: "tensor", dtype: quantizedType(c), shape: c.shape(0) }],
  evaluate(c) {
    const [x, scale] = [c.tensor(0), c.tensor(1)];
    const dtype = c.dtype();
    const precision = divisionType(c, scale.dtype);
    const [values, scales] = [numbersOf(x), numbersOf(scale)];
    const zeros = c.has(2) ? numbersOf(c.tensor(2)) : undefined;
    const at = scaleIndex(c, x.shape, scale);
    const y = new Float64Array(values.length);
    for (let i = 0; i < values.length; i += 1) {
      const n = at(i);
      const quotient = roundTo(precision, roundTo(precision, values[i]!) / roundTo(precision, scales[n]!));
      const zero = zeros?.[n] ?? 0;
      y[i] = isFloat(dtype) ? quotient + zero : saturated(dtype, roundTiesToEven(quotient) + zero);
      if (!isFloat(dtype) && Number.isNaN(y[i]!)) y[i] = 0;
    }
    if (!isFloat(dtype)) return [tensorOf(dtype, x.shape, y)];
    const saturate = c.attributes.int("saturate", 1) !== 0;
    return [cast(tensorOf("float64", x.shape, y), dtype, { saturate })];
  },
});

export const dequantizeLinear = operator({
  name: "DequantizeLinear",
  summary: "(x - zero point) scale, for all, by axis or by block",
  infer(c): readonly TensorType[] {
    const code = c.attributes.int("output_dtype", 0);
    const dtype = code === 0 ? c.dtype(1) : dtypeOfOnnx(code);
    return [
      {
        kind: "tensor",
        dtype: dtype ?? c.reject(`output_dtype ${code} is no element type`, "E0305"),
        shape: c.shape(0),
      },
    ];
  },
  evaluate(c) {
    const [x, scale] = [c.tensor(0), c.tensor(1)];
    const [values, scales] = [numbersOf(x), numbersOf(scale)];
    const zeros = c.has(2) ? numbersOf(c.tensor(2)) : undefined;
    const at = scaleIndex(c, x.shape, scale);
    const y = Float64Array.from(
      { length: values.length },
      (_, i) => (values[i]! - (zeros?.[at(i)] ?? 0)) * scales[at(i)]!,
    );
    return [tensorOf(c.dtype(), x.shape, y)];
  },
});

export const dynamicQuantizeLinear = operator({
  name: "DynamicQuantizeLinear",
  summary: "uint8 with a scale and zero point that just hold the range of the operand",
  infer: (c): readonly TensorType[] => [
    { kind: "tensor", dtype: "uint8", shape: c.shape(0) },
    { kind: "tensor", dtype: "float32", shape: [] },
    { kind: "tensor", dtype: "uint8", shape: [] },
  ],
  evaluate(c) {
    const x = c.tensor(0);
    const values = numbersOf(x);
    let [low, high] = [0, 0];
    for (let i = 0; i < values.length; i += 1) {
      low = Math.min(low, values[i]!);
      high = Math.max(high, values[i]!);
    }
    const scale = Math.fround(Math.fround(high - low) / 255);
    const zero = saturated("uint8", roundTiesToEven(Math.fround(-low / scale)));
    // An operand of zeros has no range: scale 0, and every quotient is taken as 0.
    const y = Float64Array.from(values, (value) =>
      scale === 0 ? zero : saturated("uint8", roundTiesToEven(Math.fround(value / scale)) + zero),
    );
    const none = scale === 0 ? 0 : zero;
    return [tensorOf("uint8", x.shape, y), tensorOf("float32", [], [scale]), tensorOf("uint8", [], [none])];
  },
});
