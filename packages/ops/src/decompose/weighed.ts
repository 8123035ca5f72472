import { literal, type PatternWriter, type Scalar } from "./pattern-writer.ts";

/** An element times its weight, both of one type; an element of weight 0 takes no part, be it infinite or NaN. */
export function weighed(p: PatternWriter, element: Scalar, weight: Scalar): Scalar {
  const zero = literal(0, element.dtype);
  return p.select(p.test("eq", weight, zero), zero, p.apply("mul", element, weight));
}
