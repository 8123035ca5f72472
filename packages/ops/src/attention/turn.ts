import type { Dim } from "@rdu/ir";
import type { Tensor } from "@rdu/tensor";
import { transposed } from "../layout/layout.ts";
import { numbersOf, tensorOf } from "../numeric/numbers.ts";
import { operator } from "../operator.ts";
import { expectRank } from "../shapes.ts";
import { headsApart } from "./attend.ts";

/** Pairs of the first features of [batch, heads, positions, size] turned by the angle of their position; the rest stays. */
export function turned(
  x: Tensor,
  cosines: Tensor,
  sines: Tensor,
  positions: ArrayLike<number>,
  interleaved: boolean,
): Tensor {
  const [, heads, rows, size] = x.shape as [number, number, number, number];
  const half = cosines.shape[1]!;
  const [values, cos, sin] = [numbersOf(x), numbersOf(cosines), numbersOf(sines)];
  const y = Float64Array.from(values);
  for (let line = 0; line < values.length / size; line += 1) {
    const [n, s] = [Math.floor(line / (heads * rows)), line % rows];
    const angle = positions[n * rows + s]! * half;
    for (let pair = 0; pair < half; pair += 1) {
      const one = line * size + (interleaved ? 2 * pair : pair);
      const two = interleaved ? one + 1 : one + half;
      const [c, t] = [cos[angle + pair]!, sin[angle + pair]!];
      y[one] = c * values[one]! - t * values[two]!;
      y[two] = t * values[one]! + c * values[two]!;
    }
  }
  return tensorOf(x.dtype, x.shape, y);
}

export const contribRotaryEmbedding = operator({
  name: "com.microsoft.RotaryEmbedding",
  summary: "pairs of elements of each head turned by the angle of their position",
  infer(c) {
    if (c.attributes.int("is_packed_batching", 0) !== 0) c.reject("is_packed_batching is not 0", "E0306");
    if (c.attributes.float("scale", 1) !== 1) c.reject("scale is not 1", "E0306");
    return [expectRank(c, 0, 3, 4)];
  },
  evaluate(c) {
    const [x, cosines, sines] = [c.tensor(0), c.tensor(2), c.tensor(3)];
    const flat = x.shape.length === 3;
    const given = c.attributes.int("num_heads", 0);
    const heads = flat && given === 0 ? x.shape[2]! / (2 * cosines.shape[1]!) : given;
    const apart = flat ? headsApart(x, heads) : x;
    const [batch, , rows] = apart.shape as readonly Dim[] as [number, number, number];
    const ids = numbersOf(c.tensor(1));
    // One number is where the first position stands.
    const positions =
      ids.length === 1 ? Float64Array.from({ length: batch * rows }, (_, i) => ids[0]! + (i % rows)) : ids;
    const y = turned(apart, cosines, sines, positions, c.attributes.int("interleaved", 0) !== 0);
    return [flat ? { ...transposed(y, [0, 2, 1, 3]), shape: x.shape } : y];
  },
});
