import { type DType, isFloat, type Tensor, type Tolerance } from "@rdu/tensor";

/**
 * How far lanes may be from the reference, by element type. The reference computes in double precision and rounds once; lanes compute in
 * single precision (docs/arithmetic.md) and may round to narrow storage more than once: two units in the last place of the type, more
 * for sums. Integers and booleans are exact.
 */
const BY_TYPE: Readonly<Partial<Record<DType, Tolerance>>> = {
  float64: { rtol: 1e-9, atol: 1e-12 },
  float32: { rtol: 2e-5, atol: 2e-6 },
  float16: { rtol: 4e-3, atol: 1e-3 },
  bfloat16: { rtol: 3e-2, atol: 1e-2 },
};

export function toleranceOf({ dtype }: Tensor): Tolerance {
  if (!isFloat(dtype)) return { rtol: 0, atol: 0 };
  return BY_TYPE[dtype] ?? { rtol: 0.25, atol: 0.25 };
}
