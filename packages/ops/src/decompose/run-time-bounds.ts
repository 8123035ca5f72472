import { elementCount, isWide } from "@rdu/tensor";
import type { Index } from "./index-form.ts";
import { copy } from "./maps.ts";
import type { NodeBuilder } from "./node-builder.ts";
import { literal, type PatternWriter, type Scalar, type TensorRef } from "./pattern-writer.ts";

/** Where a list input says something about each axis: entry k is about axis axes[k], or about axis k without a list of axes. */
export function aboutAxis(
  b: NodeBuilder,
  p: PatternWriter,
  axesInput: number,
  axis: number,
  rank: number,
  k: Index,
): Scalar {
  const list = b.optional(axesInput);
  if (list === undefined) return p.test("eq", p.position(k), literal(axis, "int32"));
  const entry = p.convert(p.read(list, [k]), "int64");
  const is = (value: number): Scalar => p.test("eq", entry, literal(value, "int64"));
  return p.apply("or", is(axis), is(axis - rank));
}

export const wide = (value: number): Scalar => literal(value, "int64");

/** Entry k of Slice's lists for an axis of this length: the first position, the one before which it ends, and the step. */
export function boundsOf(b: NodeBuilder, p: PatternWriter, k: Index, length: number) {
  const step = b.has(4) ? p.convert(p.read(b.input(4), [k]), "int64") : wide(1);
  const forward = p.test("gt", step, wide(0));
  const [first, last] = [1, 2].map((input) => {
    const given = p.convert(p.read(b.input(input), [k]), "int64");
    const counted = p.select(p.test("lt", given, wide(0)), p.apply("add", given, wide(length)), given);
    // Backwards a slice starts at the last element at most, and ends before the first one at least.
    const most = p.select(forward, wide(length), wide(length - 1));
    const least = input === 1 ? wide(0) : p.select(forward, wide(0), wide(-1));
    return p.apply("min", p.apply("max", counted, least), most);
  });
  return { first: first!, last: last!, step };
}

/** Slice with bounds that only the run knows: per axis a small table of the positions taken, then one gathered copy. */
export function sliceAtRunTime(b: NodeBuilder, target: TensorRef, x: TensorRef): undefined {
  const rank = x.shape.length;
  const entries = b.input(1).shape[0] ?? 0;
  const tables = x.shape.map((length, axis): TensorRef => {
    const table = b.fresh(`taken${axis}`, "int32", [target.shape[axis]!]);
    b.pattern((p) => {
      const o = p.parallel("o", target.shape[axis]!);
      const k = p.reduceLoop("k", entries);
      const hit = aboutAxis(b, p, 3, axis, rank, k);
      const { first, step } = boundsOf(b, p, k, length);
      // Axes that no entry is about are taken whole: start 0, step 1.
      const own = p.select(hit, first, wide(0));
      const further = p.select(hit, p.apply("sub", step, wide(1)), wide(0));
      const [start, more] = [p.fold("sum", own), p.fold("sum", further)];
      const along = p.apply("mul", p.convert(p.position(o), "int64"), p.apply("add", more, wide(1)));
      p.give(p.convert(p.apply("add", start, along), "int32"), table, [o]);
    });
    return table;
  });
  return copy(b, target, x, (at, p) => at.map((i, axis) => p.gathered(p.read(tables[axis]!, [i]))));
}

/** Pad with pads that only the run knows: per axis a table of the positions that the result's positions show, then one gathered copy. */
export function padWithTables(
  b: NodeBuilder,
  target: TensorRef,
  x: TensorRef,
  mode: string,
  value: number | bigint | undefined,
): undefined {
  if (elementCount(x.shape) === 0) return fillAll(b, target, value);
  const rank = x.shape.length;
  const entries = (b.input(1).shape[0] ?? 0) / 2;
  const tables = x.shape.map((length, axis): TensorRef => {
    const table = b.fresh(`shown${axis}`, "int32", [target.shape[axis]!]);
    b.pattern((p) => {
      const o = p.parallel("o", target.shape[axis]!);
      const k = p.reduceLoop("k", entries);
      const before = p.convert(p.read(b.input(1), [k]), "int64");
      const shift = p.fold("sum", p.select(aboutAxis(b, p, 3, axis, rank, k), before, wide(0)));
      const place = p.apply("sub", p.convert(p.position(o), "int64"), shift);
      p.give(p.convert(edgePlace(p, place, length, mode), "int32"), table, [o]);
    });
    return table;
  });
  const from = (at: readonly Index[], p: PatternWriter): readonly Scalar[] =>
    at.map((i, axis) => p.read(tables[axis]!, [i]));
  if (mode !== "constant" || value !== undefined) {
    const fill = mode === "constant" ? (isWide(x.dtype) ? BigInt(value ?? 0) : Number(value)) : undefined;
    return copy(b, target, x, (at, p) => from(at, p).map((place) => p.gathered(place)), fill);
  }
  b.pattern((p) => {
    const at = p.parallelOver(target.shape);
    const places = from(at, p);
    const inside = places.map((place, axis) => {
      const low = p.test("ge", place, literal(0, "int32"));
      return p.apply("and", low, p.test("lt", place, literal(x.shape[axis]!, "int32")));
    });
    const element = p.read(
      x,
      places.map((place) => p.gathered(place)),
      isWide(x.dtype) ? 0n : 0,
    );
    const fill = p.read(
      b.input(2),
      b.input(2).shape.map(() => 0),
    );
    const within = inside.length === 0 ? literal(true, "bool") : inside.reduce((a, c) => p.apply("and", a, c));
    p.give(p.select(within, element, fill), target, at);
  });
}

/** An operand without elements leaves nothing but padding. */
function fillAll(b: NodeBuilder, target: TensorRef, value: number | bigint | undefined): undefined {
  b.pattern((p) => {
    const at = p.parallelOver(target.shape);
    const given = b.optional(2);
    const fill =
      value === undefined && given !== undefined
        ? p.read(
            given,
            given.shape.map(() => 0),
          )
        : literal(value ?? 0, target.dtype);
    p.give(fill, target, at);
  });
}

/** The position shown at a place that may lie outside: itself, the nearest edge, mirrored at the edges, or counted round. */
function edgePlace(p: PatternWriter, place: Scalar, length: number, mode: string): Scalar {
  if (mode === "constant") return p.apply("min", p.apply("max", place, wide(-1)), wide(length));
  if (mode === "edge") return p.apply("min", p.apply("max", place, wide(0)), wide(length - 1));
  if (mode === "wrap") return p.apply("mod", place, wide(length));
  if (length === 1) return wide(0);
  const folded = p.apply("mod", place, wide(2 * (length - 1)));
  return p.select(p.test("lt", folded, wide(length)), folded, p.apply("sub", wide(2 * (length - 1)), folded));
}
