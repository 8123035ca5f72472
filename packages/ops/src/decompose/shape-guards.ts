import type { Tensor } from "@rdu/tensor";
import { axisOf } from "./axis-of.ts";
import type { Index } from "./index-form.ts";
import { splitLengths } from "./layout.ts";
import { map } from "./maps.ts";
import type { NodeBuilder } from "./node-builder.ts";
import { literal, type PatternWriter, type Scalar, type TensorRef } from "./pattern-writer.ts";
import { axisSets, names } from "./run-time-axes.ts";
import { aboutAxis, boundsOf, wide } from "./run-time-bounds.ts";

/**
 * What the run must find true for a node whose result's shape is declared and not known from its operands: booleans, made from the operands
 * that decide the shape. Written from the operator's rule for its shape.
 */
export interface ShapeGuard {
  /** Operands that decide the shape; where all of them are known, nothing is left to check. */
  readonly inputs: readonly number[];
  /** Undefined: whatever these operands are, the shape is the declared one. */
  readonly holds: (b: NodeBuilder) => TensorRef | undefined;
}

export const integer = (p: PatternWriter, list: TensorRef, at: readonly Index[]): Scalar =>
  p.convert(p.read(list, at), "int64");

function lengths(b: NodeBuilder, suffix: string, shape: readonly number[]): TensorRef {
  const table: Tensor = { dtype: "int64", shape: [shape.length], data: BigInt64Array.from(shape, BigInt) };
  return b.table(suffix, table);
}

/** One boolean for each axis of the result. */
function eachAxis(
  b: NodeBuilder,
  rank: number,
  body: (p: PatternWriter, axis: Index, wanted: Scalar) => Scalar,
): TensorRef | undefined {
  if (rank === 0) return undefined;
  const wanted = lengths(b, "wanted", b.output().shape);
  const holds = b.fresh("holds", "bool", [rank]);
  b.pattern((p) => {
    const axis = p.parallel("axis", rank);
    p.give(body(p, axis, p.read(wanted, [axis])), holds, [axis]);
  });
  return holds;
}

/** One boolean in all. */
export function once(b: NodeBuilder, body: (p: PatternWriter) => Scalar): TensorRef {
  const holds = b.fresh("holds", "bool", [1]);
  b.pattern((p) => p.give(body(p), holds, [0]));
  return holds;
}

/** The list's entries are the extents of the result. */
function statesShape(input: number): ShapeGuard {
  return {
    inputs: [input],
    holds: (b) =>
      eachAxis(b, b.output().shape.length, (p, axis, wanted) =>
        p.test("eq", integer(p, b.input(input), [axis]), wanted),
      ),
  };
}

/** The list's one entry is the extent of one axis. */
function statesExtent(input: number, axisOf: (b: NodeBuilder) => number): ShapeGuard {
  return {
    inputs: [input],
    holds: (b) => {
      const list = b.input(input);
      const shape = (b.wanted(0) ?? b.output(1)).shape;
      const extent = shape.at(axisOf(b)) ?? 1;
      return once(b, (p) => {
        const given = integer(
          p,
          list,
          list.shape.map(() => 0),
        );
        return p.test("eq", given, wide(extent));
      });
    },
  };
}

/** Each entry is the extent, or -1 for what is left (at most once), or 0 for the operand's own. */
const reshape: ShapeGuard = {
  inputs: [1],
  holds: (b) => {
    const [x, list, shape] = [b.input(0), b.input(1), b.output().shape];
    if (shape.length === 0) return undefined;
    const keepsZero = b.attributes.int("allowzero", 0) !== 0;
    const own = lengths(
      b,
      "own",
      shape.map((_, axis) => (keepsZero ? -1 : (x.shape[axis] ?? -1))),
    );
    const each = eachAxis(b, shape.length, (p, axis, wanted) => {
      const given = integer(p, list, [axis]);
      const stated = p.apply("or", p.test("eq", given, wanted), p.test("eq", given, wide(-1)));
      const kept = p.apply("and", p.test("eq", given, wide(0)), p.test("eq", p.read(own, [axis]), wanted));
      return p.apply("or", stated, kept);
    });
    if (each === undefined) return undefined;
    const holds = b.fresh("both", "bool", [shape.length]);
    b.pattern((p) => {
      const axis = p.parallel("axis", shape.length);
      const other = p.reduceLoop("other", shape.length);
      const left = p.convert(p.test("eq", integer(p, list, [other]), wide(-1)), "int32");
      const once = p.test("le", p.fold("sum", left), literal(1, "int32"));
      p.give(p.apply("and", once, p.read(each, [axis])), holds, [axis]);
    });
    return holds;
  },
};

/** The extents that broadcasting gives: those of the list, or the operand's where the list has 1; both aligned at the end. */
const expand: ShapeGuard = {
  inputs: [1],
  holds: (b) => {
    const [x, list, shape] = [b.input(0), b.input(1), b.output().shape];
    const rank = shape.length;
    const own = lengths(
      b,
      "own",
      shape.map((_, axis) => x.shape[axis - rank + x.shape.length] ?? 1),
    );
    const missing = rank - (list.shape[0] ?? 0);
    return eachAxis(b, rank, (p, axis, wanted) => {
      const kept = p.test("eq", p.read(own, [axis]), wanted);
      if (missing > 0) return p.apply("or", kept, literal(false, "bool"));
      const given = integer(p, list, [axis]);
      const stated = p.test("eq", given, wanted);
      return p.apply("or", stated, p.apply("and", kept, p.test("eq", given, wide(1))));
    });
  },
};

const tile: ShapeGuard = {
  inputs: [1],
  holds: (b) => {
    const own = lengths(b, "own", b.input(0).shape);
    return eachAxis(b, b.output().shape.length, (p, axis, wanted) =>
      p.test("eq", p.apply("mul", integer(p, b.input(1), [axis]), p.read(own, [axis])), wanted),
    );
  },
};

/** ceil((limit - start) / delta), not below 0, in doubles. */
const range: ShapeGuard = {
  inputs: [0, 1, 2],
  holds: (b) =>
    once(b, (p) => {
      const [start, limit, delta] = [0, 1, 2].map((index) => {
        const operand = b.input(index);
        const element = p.read(
          operand,
          operand.shape.map(() => 0),
        );
        return p.convert(p.widen(element), "float64");
      });
      const steps = p.apply("ceil", p.apply("div", p.apply("sub", limit!, start!), delta!));
      const count = p.apply("max", steps, literal(0, "float64"));
      return p.test("eq", count, literal(b.output().shape[0] ?? 0, "float64"));
    }),
};

/** Per axis: what an entry about it takes, or all of it when none is. */
function byEntries(
  b: NodeBuilder,
  entries: number,
  axesInput: number,
  taken: (p: PatternWriter, k: Index, length: number) => Scalar,
): TensorRef | undefined {
  const [x, shape] = [b.input(0), b.output().shape];
  const parts = shape.map((wanted, axis): TensorRef => {
    const holds = b.fresh(`holds${axis}`, "bool", [1]);
    b.pattern((p) => {
      const k = p.reduceLoop("k", entries);
      const about = aboutAxis(b, p, axesInput, axis, shape.length, k);
      const fits = p.test("eq", taken(p, k, x.shape[axis]!), wide(wanted));
      const count = (flag: Scalar): Scalar => p.convert(flag, "int32");
      const [hits, fitting] = [count(about), count(p.apply("and", about, fits))].map((flag) => p.fold("sum", flag));
      const whole = x.shape[axis] === wanted ? p.test("eq", hits!, literal(0, "int32")) : undefined;
      const cut = p.test("eq", fitting!, literal(1, "int32"));
      p.give(whole === undefined ? cut : p.apply("or", cut, whole), holds, [0]);
    });
    return holds;
  });
  if (parts.length <= 1) return parts[0];
  const holds = b.fresh("holds", "bool", [parts.length]);
  b.join(
    parts,
    parts.map((_, axis) => [axis]),
    holds,
  );
  return holds;
}

/** The number of steps from start to end, both counted from the end when negative and cut to the axis. */
const slice: ShapeGuard = {
  inputs: [1, 2, 3, 4],
  holds: (b) =>
    byEntries(b, b.input(1).shape[0] ?? 0, 3, (p, k, length) => {
      const { first, last, step } = boundsOf(b, p, k, length);
      const way = p.apply("sub", last, first);
      const forward = p.test("gt", step, wide(0));
      const sign = p.select(forward, wide(1), wide(-1));
      const [far, pace] = [p.apply("mul", way, sign), p.apply("mul", step, sign)];
      const steps = p.apply("div", p.apply("sub", p.apply("add", far, pace), wide(1)), pace);
      return p.select(p.test("gt", far, wide(0)), steps, wide(0));
    }),
};

const pad: ShapeGuard = {
  inputs: [1, 3],
  holds: (b) => {
    const list = b.input(1);
    const entries = (list.shape[0] ?? 0) / 2;
    return byEntries(b, entries, 3, (p, k, length) => {
      const [before, after] = [integer(p, list, [k]), integer(p, list, [addedTo(k, entries)])];
      return p.apply("add", p.apply("add", before, after), wide(length));
    });
  },
};

function addedTo(index: Index, offset: number): Index {
  return typeof index === "number" ? index + offset : { ...index, constant: index.constant + offset };
}

/** The axes given are a set whose folding gives the shape. */
const reduction: ShapeGuard = {
  inputs: [1],
  holds: (b) => {
    const [x, list] = [b.input(0), b.input(1)];
    const sets = axisSets(x.shape, b.output().shape, list.shape[0] ?? 1);
    return once(b, (p) => anyOf(p, sets, list, x.shape.length));
  },
};

/** One column for each mel bin, one row for each bin of the spectrum of half the length. */
const melWeights: ShapeGuard = {
  inputs: [0, 1],
  holds: (b) => {
    const [rows = 0, columns = 0] = b.output().shape;
    const [bins, length] = [b.input(0), b.input(1)];
    return once(b, (p) => {
      const first = (list: TensorRef): Scalar =>
        integer(
          p,
          list,
          list.shape.map(() => 0),
        );
      const half = p.apply("add", p.apply("shr", first(length), wide(1)), wide(1));
      return p.apply("and", p.test("eq", first(bins), wide(columns)), p.test("eq", half, wide(rows)));
    });
  },
};

const REDUCTIONS = ["Sum", "Prod", "Mean", "Min", "Max", "L1", "L2", "SumSquare", "LogSum", "LogSumExp"];

/** Axes of length 1 that the longer shape has and the shorter one has not. */
function ones(longer: (b: NodeBuilder) => TensorRef, shorter: (b: NodeBuilder) => TensorRef): ShapeGuard {
  return {
    inputs: [1],
    holds: (b) => {
      const [list, from] = [b.input(1), longer(b).shape];
      const sets = axisSets(from, shorter(b).shape, list.shape[0] ?? 1);
      return once(b, (p) =>
        anyOf(
          p,
          sets.filter((axes) => axes.every((axis) => from[axis] === 1)),
          list,
          from.length,
        ),
      );
    },
  };
}

/** Whether the list holds all axes of one of the sets. */
function anyOf(p: PatternWriter, sets: readonly (readonly number[])[], list: TensorRef, rank: number): Scalar {
  const hits = sets.map((axes) =>
    axes.map((axis) => names(p, list, axis, rank)).reduce((a, c) => p.apply("and", a, c)),
  );
  return hits.length === 0 ? literal(false, "bool") : hits.reduce((a, c) => p.apply("or", a, c));
}

/** Part k is as long as entry k says. */
const split: ShapeGuard = {
  inputs: [1],
  holds: (b) => {
    const { shape } = b.input(0);
    const axis = axisOf(b.attributes.int("axis", 0), shape.length);
    const parts = splitLengths(b, axis, shape[axis] ?? 1) ?? [];
    const wanted = lengths(b, "wanted", parts);
    const holds = b.fresh("holds", "bool", [parts.length]);
    map(b, holds, [b.input(1), wanted], (p, given, extent) => p.test("eq", p.convert(given!, "int64"), extent!));
    return holds;
  },
};

/** Every extent that the list is about is the entry. */
const centerCropPad: ShapeGuard = {
  inputs: [1],
  holds: (b) => {
    const [list, shape] = [b.input(1), b.output().shape];
    const axes = b.attributes.has("axes") ? b.attributes.ints("axes") : shape.map((_, axis) => axis);
    const wanted = lengths(
      b,
      "wanted",
      axes.map((axis) => shape.at(axis) ?? 1),
    );
    const holds = b.fresh("holds", "bool", [axes.length]);
    map(b, holds, [list, wanted], (p, given, extent) => p.test("eq", p.convert(given!, "int64"), extent!));
    return holds;
  },
};

/** By operator: the others have shapes that follow from their operands' shapes, or run on the host, which checks what it gives. */
export const SHAPE_GUARDS: ReadonlyMap<string, ShapeGuard> = new Map([
  ["Reshape", reshape],
  ["Expand", expand],
  ["Tile", tile],
  ["ConstantOfShape", statesShape(0)],
  ["Range", range],
  ["Slice", slice],
  ["Pad", pad],
  ["CenterCropPad", centerCropPad],
  ["Split", split],
  [
    "Squeeze",
    ones(
      (b) => b.input(0),
      (b) => b.output(),
    ),
  ],
  [
    "Unsqueeze",
    ones(
      (b) => b.output(),
      (b) => b.input(0),
    ),
  ],
  ["MaxUnpool", statesShape(2)],
  ["MelWeightMatrix", melWeights],
  ["OneHot", statesExtent(1, (b) => b.attributes.int("axis", -1))],
  ["TopK", statesExtent(1, (b) => b.attributes.int("axis", -1))],
  ...["HannWindow", "HammingWindow", "BlackmanWindow"].map((name) => [name, statesExtent(0, () => 0)] as const),
  ...REDUCTIONS.map((name) => [`Reduce${name}`, reduction] as const),
]);
