import { elementCount } from "@rdu/tensor";
import { axisOf } from "./axis-of.ts";
import type { Decompose, HostVerdict } from "./decompose.ts";
import { copy } from "./maps.ts";
import type { NodeBuilder } from "./node-builder.ts";
import { literal, type PatternWriter, type Scalar, type TensorRef } from "./pattern-writer.ts";
import { once, type ShapeGuard } from "./shape-guards.ts";

/** Each of the kept looks for its place among all: beyond so many comparisons the host is the better place. */
const MOST_COMPARISONS = 2 ** 24;
const TOO_MANY: HostVerdict = { host: "finding what is kept needs too many comparisons" };

/** Whether element i of a list is kept, for the first `length` ones. */
interface Kept {
  readonly length: number;
  readonly holds: (p: PatternWriter, i: Parameters<PatternWriter["position"]>[0]) => Scalar;
}

const whole = (value: number): Scalar => literal(value, "int32");

/** The place of the o-th of `count` elements that are kept: the one that is kept and has o kept ones before it. */
function placesOf(b: NodeBuilder, { length, holds }: Kept, count: number): TensorRef {
  const [before, places] = [b.fresh("before", "int32", [length]), b.fresh("places", "int32", [count])];
  b.pattern((p) => {
    const i = p.scanLoop("i", length);
    p.give(p.foldBefore("sum", p.convert(holds(p, i), "int32")), before, [i]);
  });
  b.pattern((p) => {
    const o = p.parallel("o", count);
    const i = p.reduceLoop("i", length);
    const found = p.apply("and", holds(p, i), p.test("eq", p.read(before, [i]), p.position(o)));
    p.give(p.fold("sum", p.select(found, p.position(i), whole(0))), places, [o]);
  });
  return places;
}

/** How many are kept must be the extent that is declared. */
function counted(b: NodeBuilder, { length, holds }: Kept, count: number): TensorRef {
  const sum = b.fresh("kept", "int32", []);
  b.pattern((p) => {
    const i = p.reduceLoop("i", length);
    p.give(p.fold("sum", p.convert(holds(p, i), "int32")), sum, []);
  });
  return once(b, (p) => p.test("eq", p.read(sum, []), whole(count)));
}

/** The axis that Compress cuts: of the operand, or of all its elements in a row. */
function cut(b: NodeBuilder) {
  const x = b.input(0);
  const source = b.attributes.has("axis") ? x : b.reshaped(x, "row", [elementCount(x.shape)]);
  const axis = b.attributes.has("axis") ? axisOf(b.attributes.int("axis", 0), x.shape.length) : 0;
  return { source, axis };
}

/** A condition that is shorter than the axis keeps nothing behind its end. */
function byCondition(b: NodeBuilder, extent: number): Kept {
  const condition = b.input(1);
  return { length: Math.min(condition.shape[0]!, extent), holds: (p, i) => p.read(condition, [i]) };
}

const compress: Decompose = (b) => {
  const target = b.output();
  const { source, axis } = cut(b);
  const kept = byCondition(b, source.shape[axis]!);
  const count = target.shape[axis]!;
  const known = b.constantInput(1);
  if (known === undefined && count * kept.length > MOST_COMPARISONS) return TOO_MANY;
  const list = Array.from({ length: kept.length }, (_, i) => i).filter((i) => known?.data[i] === 1);
  const places =
    known === undefined
      ? placesOf(b, kept, count)
      : b.table("places", { dtype: "int32", shape: [count], data: Int32Array.from(list) });
  return copy(b, target, source, (at, p) => at.map((i, a) => (a === axis ? p.gathered(p.read(places, [i])) : i)));
};

/** The elements of the operand in a row, kept where they are not zero. */
function byValue(b: NodeBuilder): Kept {
  const x = b.input(0);
  const row = b.reshaped(x, "row", [elementCount(x.shape)]);
  return {
    length: elementCount(x.shape),
    holds: (p, i) => {
      const value = p.widen(p.read(row, [i]));
      return value.dtype === "bool" ? value : p.test("ne", value, literal(0, value.dtype));
    },
  };
}

/** Row k of the result has the positions along axis k. */
const nonZero: Decompose = (b) => {
  const [x, target] = [b.input(0), b.output()];
  const [rank = 0, count = 0] = target.shape;
  const kept = byValue(b);
  if (count * kept.length > MOST_COMPARISONS) return TOO_MANY;
  const places = placesOf(b, kept, count);
  const rows = x.shape.map((length, axis): TensorRef => {
    const row = b.fresh(`along${axis}`, "int64", [1, count]);
    const inner = elementCount(x.shape.slice(axis + 1));
    b.pattern((p) => {
      const o = p.parallel("o", count);
      const outer = p.apply("div", p.read(places, [o]), whole(inner));
      p.give(p.convert(p.apply("rem", outer, whole(length)), "int64"), row, [0, o]);
    });
    return row;
  });
  const offsets = Array.from({ length: rank }, (_, axis) => [axis, 0]);
  return b.join(rows, offsets, target);
};

export const KEEPERS: Readonly<Record<string, Decompose>> = { Compress: compress, NonZero: nonZero };

/** Both have shapes that the run decides: what they are declared to be is checked. */
export const KEEPER_GUARDS: ReadonlyMap<string, ShapeGuard> = new Map<string, ShapeGuard>([
  [
    "Compress",
    {
      inputs: [1],
      holds: (b) => {
        const { source, axis } = cut(b);
        return counted(b, byCondition(b, source.shape[axis]!), b.output().shape[axis]!);
      },
    },
  ],
  ["NonZero", { inputs: [0], holds: (b) => counted(b, byValue(b), b.output().shape[1]!) }],
]);
