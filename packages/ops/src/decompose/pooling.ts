import { elementAt } from "@rdu/diagnostics";
import { elementCount, type Tensor } from "@rdu/tensor";
import type { Decompose } from "./decompose.ts";
import { flatten, type Index } from "./index-form.ts";
import { extreme } from "./lane-types.ts";
import type { NodeBuilder } from "./node-builder.ts";
import { literal, type PatternWriter, type Scalar, type TensorRef } from "./pattern-writer.ts";
import { inputPosition, isInside, spatialNames, tapsInside, type Window, windowsOf } from "./windows.ts";

/** Loops of a pool: batch and channel, output positions, taps; and the read of the element under each tap. */
function slide(p: PatternWriter, x: TensorRef, windows: readonly Window[], outside: number | bigint) {
  const names = spatialNames(windows.length);
  const leading = x.shape.slice(0, 2).map((extent, axis) => p.parallel(axis === 0 ? "n" : "c", extent));
  const out = windows.map(({ output }, axis) => p.parallel(names[axis]!, output));
  const taps = windows.map(({ kernel }, axis) => p.reduceLoop(`k${names[axis]}`, kernel));
  const from: readonly Index[] = [
    ...leading,
    ...windows.map((window, axis) => inputPosition(window, out[axis]!, taps[axis]!)),
  ];
  const element = p.read(x, from, windows.every(isInside) ? undefined : outside);
  return { element, from, out, at: [...leading, ...out] };
}

function poolWindows(b: NodeBuilder, x: TensorRef, target: TensorRef): readonly Window[] {
  return windowsOf(b, x.shape.slice(2), target.shape.slice(2), b.attributes.ints("kernel_shape"));
}

const maxPool: Decompose = (b) => {
  const [x, target, indices] = [b.input(0), b.output(), b.wanted(1)];
  const windows = poolWindows(b, x, target);
  b.pattern((p) => {
    const { element, at } = slide(p, x, windows, extreme(x.dtype, "lowest"));
    p.give(p.fold("max", element), target, at);
  });
  if (indices === undefined) return undefined;
  const columnMajor = b.attributes.int("storage_order", 0) === 1;
  const nowhere = literal(elementCount(x.shape), "int32");
  b.pattern((p) => {
    const { element, from, at } = slide(p, x, windows, extreme(x.dtype, "lowest"));
    // Of equal elements the first row by row counts, whichever order the result counts in. Padding stands behind them all.
    const place = p.position(flatten(from, x.shape));
    const seen = tapSeen(p, windows, from.slice(2));
    const best = p.foldArgument("argmax-first", element, seen === undefined ? place : p.select(seen, place, nowhere));
    const counted = columnMajor ? columnMajorPlace(p, best, x.shape.slice(2)) : best;
    const known = seen === undefined ? counted : p.select(p.test("eq", best, nowhere), literal(-1, "int32"), counted);
    p.give(p.convert(known, "int64"), indices, at);
  });
  return undefined;
};

/** Whether a tap lies on the operand; undefined where every tap does. */
function tapSeen(p: PatternWriter, windows: readonly Window[], from: readonly Index[]): Scalar | undefined {
  const bounds = windows.flatMap((window, axis) => {
    if (isInside(window)) return [];
    const at = p.position(from[axis]!);
    return [p.test("ge", at, literal(0, "int32")), p.test("lt", at, literal(window.input, "int32"))];
  });
  return bounds.length === 0 ? undefined : bounds.reduce((a, c) => p.apply("and", a, c));
}

/** A row-major place in a batch of planes as if the axes of its plane lay first axis fastest. */
function columnMajorPlace(p: PatternWriter, place: Scalar, plane: readonly number[]): Scalar {
  const count = (value: number): Scalar => literal(value, "int32");
  let rest = place;
  let sum: Scalar | undefined;
  for (let axis = plane.length - 1; axis >= 0; axis -= 1) {
    const stride = elementCount(plane.slice(0, axis));
    const term = p.apply("mul", p.apply("rem", rest, count(plane[axis]!)), count(stride));
    sum = sum === undefined ? term : p.apply("add", sum, term);
    rest = p.apply("div", rest, count(plane[axis]!));
  }
  const before = p.apply("mul", rest, count(elementCount(plane)));
  return sum === undefined ? before : p.apply("add", before, sum);
}

const averagePool: Decompose = (b) => {
  const [x, target] = [b.input(0), b.output()];
  const windows = poolWindows(b, x, target);
  const padded = b.attributes.int("count_include_pad", 0) !== 0;
  const counts = tapCounts(b, windows, padded);
  b.pattern((p) => {
    const { element, at, out } = slide(p, x, windows, 0);
    const sum = p.fold("sum", p.widen(element));
    const count = typeof counts === "number" ? literal(counts, sum.dtype) : p.convert(p.read(counts, out), sum.dtype);
    p.give(p.apply("div", sum, count), target, at);
  });
  return undefined;
};

/** Taps that count at each output position: one number when it is the same everywhere, else a table over the output positions. */
function tapCounts(b: NodeBuilder, windows: readonly Window[], padded: boolean): number | TensorRef {
  const perAxis = windows.map((window) =>
    Array.from({ length: window.output }, (_, o) => tapsInside(window, o, padded)),
  );
  if (perAxis.every((counts) => counts.every((count) => count === counts[0]))) {
    return perAxis.reduce((product, counts) => product * elementAt(counts, 0), 1);
  }
  const values = perAxis.reduce<readonly number[]>(
    (rows, counts) => rows.flatMap((row) => counts.map((count) => row * count)),
    [1],
  );
  const shape = windows.map(({ output }) => output);
  const table: Tensor = { dtype: "float32", shape, data: Float32Array.from(values) };
  return b.table("taps", table);
}

const lpPool: Decompose = (b) => {
  const [x, target] = [b.input(0), b.output()];
  const windows = poolWindows(b, x, target);
  const norm = orderOf(b);
  b.pattern((p) => {
    const { element, at } = slide(p, x, windows, 0);
    p.give(rooted(p, p.fold("sum", powered(p, p.widen(element), norm)), norm), target, at);
  });
  return undefined;
};

/** The p of the norm: a float in the first version. */
function orderOf(b: NodeBuilder): number {
  return b.version < 2 ? b.attributes.float("p", 2) : b.attributes.int("p", 2);
}

/** |x|^p, by multiplication where p is 1 or 2. */
export function powered(p: PatternWriter, x: Scalar, norm: number): Scalar {
  if (norm === 2) return p.apply("mul", x, x);
  const size = p.apply("abs", x);
  return norm === 1 ? size : p.apply("pow", size, literal(norm, x.dtype));
}

/** The p-th root. */
export function rooted(p: PatternWriter, sum: Scalar, norm: number): Scalar {
  if (norm === 1) return sum;
  return norm === 2 ? p.apply("sqrt", sum) : p.apply("pow", sum, literal(1 / norm, sum.dtype));
}

/** A fold of all spatial elements of each channel. */
function globalPool(body: (p: PatternWriter, element: Scalar, count: number, b: NodeBuilder) => Scalar): Decompose {
  return (b) => {
    const [x, target] = [b.input(0), b.output()];
    const spatial = x.shape.slice(2);
    b.pattern((p) => {
      const leading = x.shape.slice(0, 2).map((extent, axis) => p.parallel(axis === 0 ? "n" : "c", extent));
      const taps = spatial.map((extent, axis) => p.reduceLoop(spatialNames(spatial.length)[axis]!, extent));
      const made = body(p, p.widen(p.read(x, [...leading, ...taps])), elementCount(spatial), b);
      p.give(made, target, [...leading, ...spatial.map(() => 0)]);
    });
    return undefined;
  };
}

// biome-ignore format: a table
export const POOLS: Readonly<Record<string, Decompose>> = {
  MaxPool: maxPool,
  AveragePool: averagePool,
  LpPool: lpPool,
  GlobalMaxPool: globalPool((p, x) => p.fold("max", x)),
  GlobalAveragePool: globalPool((p, x, count) => p.apply("div", p.fold("sum", x), literal(count, x.dtype))),
  GlobalLpPool: globalPool((p, x, _, b) => rooted(p, p.fold("sum", powered(p, x, orderOf(b))), orderOf(b))),
};
