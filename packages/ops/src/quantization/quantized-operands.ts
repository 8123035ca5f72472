import { roundTiesToEven, type Tensor } from "@rdu/tensor";
import { numbersOf, scalarOf, tensorOf } from "../numeric/numbers.ts";
import { saturated } from "../numeric/saturate.ts";
import type { EvaluateContext } from "../operator.ts";

/** Where an operator has a quantized operand (or result) and what says how it is quantized: input numbers. */
export interface Quantized {
  readonly at: number;
  readonly scale: number;
  readonly zero: number;
}

/** The real numbers that a quantized input stands for, in single precision. */
export function realOf(c: EvaluateContext, { at, scale, zero }: Quantized): Tensor {
  const x = c.tensor(at);
  const step = scalarOf(c.tensor(scale));
  const origin = c.has(zero) ? scalarOf(c.tensor(zero)) : 0;
  return tensorOf(
    "float32",
    x.shape,
    Float32Array.from(numbersOf(x), (value) => (value - origin) * step),
  );
}

/** The whole numbers of a quantized input, its zero point taken off. */
export function centredOf(c: EvaluateContext, { at, zero }: Omit<Quantized, "scale">): Tensor {
  const x = c.tensor(at);
  const origin = c.has(zero) ? scalarOf(c.tensor(zero)) : 0;
  return tensorOf(
    "float32",
    x.shape,
    Float32Array.from(numbersOf(x), (value) => value - origin),
  );
}

/**
 * Means of whole numbers quantized as the result is. Both scales go into one factor, so that means halfway between two numbers stay there
 * where operand and result have the same scale. They are rounded before the zero point of the result is added, or with it: a mean halfway goes to
 * the even number of one or of the other.
 */
export function quantizedMeans(
  c: EvaluateContext,
  means: ArrayLike<number>,
  x: Quantized,
  y: Omit<Quantized, "at">,
  rounded: "before zero point" | "with zero point" = "before zero point",
): Tensor {
  const factor = Math.fround(scalarOf(c.tensor(x.scale)) / scalarOf(c.tensor(y.scale)));
  const origin = c.has(y.zero) ? scalarOf(c.tensor(y.zero)) : 0;
  const values = Float64Array.from(means, (mean) => {
    const scaled = Math.fround(Math.fround(mean) * factor);
    const whole =
      rounded === "with zero point" ? roundTiesToEven(Math.fround(scaled + origin)) : roundTiesToEven(scaled) + origin;
    return saturated(c.dtype(), whole);
  });
  return tensorOf(c.dtype(), c.shape(), values);
}

/** Real numbers quantized as the result is, under the shape of output 0. */
export function quantizedResult(
  c: EvaluateContext,
  values: ArrayLike<number>,
  { scale, zero }: Omit<Quantized, "at">,
): Tensor {
  const step = scalarOf(c.tensor(scale));
  const origin = c.has(zero) ? scalarOf(c.tensor(zero)) : 0;
  const y = Float64Array.from(values, (value) =>
    saturated(c.dtype(), roundTiesToEven(Math.fround(Math.fround(value) / step)) + origin),
  );
  return tensorOf(c.dtype(), c.shape(), y);
}
