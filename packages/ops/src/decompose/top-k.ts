import { elementCount, isFloat } from "@rdu/tensor";
import { axisOf } from "./axis-of.ts";
import type { Decompose } from "./decompose.ts";
import type { Index } from "./index-form.ts";
import { literal, type PatternWriter, type Scalar } from "./pattern-writer.ts";

/** Comparisons beyond which ranking every element against every other is left to the host. */
const MOST_COMPARISONS = 2 ** 28;

/**
 * Bounded selection by rank: an element's rank is the number of elements that come before it (better, or as good and earlier), the element
 * of rank r is the r-th result.
 */
const topK: Decompose = (b) => {
  const x = b.input(0);
  const [values, places] = [b.wanted(0), b.wanted(1)];
  const target = values ?? b.output(1);
  const axis = axisOf(b.attributes.int("axis", -1), x.shape.length);
  const largest = b.attributes.int("largest", 1) !== 0;
  const length = x.shape[axis]!;
  if (elementCount(x.shape) * length > MOST_COMPARISONS) return { host: "ranking needs too many comparisons" };
  const rank = b.fresh("rank", "int32", x.shape);
  b.pattern((p) => {
    const at = p.parallelOver(x.shape);
    const other = p.reduceLoop("other", length);
    const own = p.read(x, at);
    const rival = p.read(
      x,
      at.map((i, a): Index => (a === axis ? other : i)),
    );
    const { better, equal } = ranked(p, rival, own, largest);
    const earlier = p.apply("and", equal, p.test("lt", p.position(other), p.position(at[axis]!)));
    const before = p.apply("or", better, earlier);
    p.give(p.fold("sum", p.convert(before, "int32")), rank, at);
  });
  const chosen = b.fresh("chosen", "int32", target.shape);
  b.pattern((p) => {
    const at = p.parallelOver(target.shape);
    const i = p.reduceLoop("from", length);
    const hit = p.test(
      "eq",
      p.read(
        rank,
        at.map((index, a): Index => (a === axis ? i : index)),
      ),
      p.position(at[axis]!),
    );
    p.give(p.fold("sum", p.select(hit, p.position(i), literal(0, "int32"))), chosen, at);
  });
  if (values !== undefined) {
    b.pattern((p) => {
      const at = p.parallelOver(values.shape);
      const from = p.gathered(p.read(chosen, at));
      p.give(
        p.read(
          x,
          at.map((i, a): Index => (a === axis ? from : i)),
        ),
        values,
        at,
      );
    });
  }
  if (places === undefined) return undefined;
  b.pattern((p) => {
    const at = p.parallelOver(places.shape);
    p.give(p.convert(p.read(chosen, at), "int64"), places, at);
  });
  return undefined;
};

/** How a rival compares; NaN is above everything and like itself. */
function ranked(p: PatternWriter, rival: Scalar, own: Scalar, largest: boolean): Record<"better" | "equal", Scalar> {
  const better = p.test(largest ? "gt" : "lt", rival, own);
  const equal = p.test("eq", rival, own);
  if (!isFloat(own.dtype)) return { better, equal };
  const [above, below] = largest ? [rival, own] : [own, rival];
  const alone = p.apply("and", p.test("isnan", above), p.apply("not", p.test("isnan", below)));
  const both = p.apply("and", p.test("isnan", rival), p.test("isnan", own));
  return { better: p.apply("or", better, alone), equal: p.apply("or", equal, both) };
}

export const SELECTIONS: Readonly<Record<string, Decompose>> = { TopK: topK };
