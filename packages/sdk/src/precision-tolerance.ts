import { PRECISIONS, type Precision } from "@rdu/fusion";
import type { Tolerance } from "@rdu/tensor";

/** Unit roundoff of bfloat16: 8 significant bits, to nearest. */
const ROUNDOFF = 2 ** -9;

/**
 * Roundings to bfloat16 that one path through a model may hold before its error is taken for a mistake. Independent roundings add up like
 * the root of their number, and products sum errors of either sign, so n of them move a value by about sqrt(n) * 2^-9 of the size of its
 * tensor: 1.6 % under `mixed`, which rounds twice a product, and 3.1 % under `bf16`, which rounds behind every operator. A wrong address, a
 * lost operand or an infinite mask is off by the size of the tensor itself.
 */
const ROUNDINGS: Readonly<Record<Precision, number>> = { fp32: 0, mixed: 64, bf16: 256 };

/**
 * How far results of a precision may be from the float32 reference: `base` (that of the data, or of the ONNX backend tests), and what the
 * roundings add, relative to the largest value of the tensor rather than to each element: an element near zero is a difference of large
 * ones. Integers and bools must be equal under every precision.
 */
export function toleranceOf(precision: Precision, base: Tolerance): Tolerance {
  const roundings = ROUNDINGS[precision];
  return roundings === 0 ? base : { ...base, ofLargest: Math.sqrt(roundings) * ROUNDOFF };
}

/** The precision that a PEF remembers; one from before there was a choice has fp32. */
export function rememberedPrecision(options: Readonly<Record<string, string>>): Precision {
  const { precision: remembered } = options;
  return PRECISIONS.find((precision) => precision === remembered) ?? "fp32";
}
