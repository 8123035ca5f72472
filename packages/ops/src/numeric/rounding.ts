import { type DType, decodeSmallFloat, encodeSmallFloat, isSmallFloat } from "@rdu/tensor";

/** The nearest value of a float type, as a double. */
export function roundTo(dtype: DType, value: number): number {
  if (dtype === "float32") return Math.fround(value);
  return isSmallFloat(dtype) ? decodeSmallFloat(dtype, encodeSmallFloat(dtype, value)) : value;
}

/**
 * Rounding after each step of an operator that the standard builds of several: to 16-bit floats, where a step more or less
 * shows in the result. Wider types are computed in double and rounded once.
 */
export function stepRounding(dtype: DType): (value: number) => number {
  return dtype === "float16" || dtype === "bfloat16" ? (value) => roundTo(dtype, value) : (value) => value;
}

/** The sum of a list; bfloat16 rounds after every addition, float16 at the end, as numpy has them. */
export function stepSum(dtype: DType, values: ArrayLike<number>): number {
  const round = dtype === "bfloat16" ? stepRounding(dtype) : (value: number): number => value;
  let sum = 0;
  for (let i = 0; i < values.length; i += 1) sum = round(sum + values[i]!);
  return stepRounding(dtype)(sum);
}

/** Exponentials over their sum, each step rounded. A list of -Infinity alone gives NaN. */
export function softmaxOf(dtype: DType, values: Float64Array): Float64Array {
  const round = stepRounding(dtype);
  const top = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const powers = values.map((value) => round(Math.exp(round(value - top))));
  const sum = stepSum(dtype, powers);
  return powers.map((power) => round(power / sum));
}
