import { type DType, isInteger } from "@rdu/tensor";
import { widened } from "./lane-types.ts";
import { literal, type PatternWriter, type Scalar } from "./pattern-writer.ts";

/** An element times its weight, both of one type; an element of weight 0 takes no part, be it infinite or NaN. */
export function weighed(p: PatternWriter, element: Scalar, weight: Scalar): Scalar {
  const zero = literal(0, element.dtype);
  return p.select(p.test("eq", weight, zero), zero, p.apply("mul", element, weight));
}

/** A sum of weighed elements as an element. Cubic weights reach beyond the elements they mix: integers stop at the ends of their range. */
export function mixed(p: PatternWriter, sum: Scalar, dtype: DType): Scalar {
  if (!isInteger(dtype)) return p.convert(sum, dtype);
  const lane = p.convert(sum, widened(dtype));
  return lane.dtype === dtype ? lane : p.saturate(lane, dtype);
}
