import { elementCount, type Tensor } from "@rdu/tensor";
import type { Decompose } from "./decompose.ts";
import { flatten, type Index, plus, times } from "./index-form.ts";
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
  // Padding loses against every element of a float tensor but -inf, and then only to what comes later.
  const columnMajor = b.attributes.int("storage_order", 0) === 1;
  b.pattern((p) => {
    const { element, from, at } = slide(p, x, windows, extreme(x.dtype, "lowest"));
    const spatial = from.slice(2);
    const plane = columnMajor
      ? flatten([...spatial].reverse(), x.shape.slice(2).reverse())
      : flatten(spatial, x.shape.slice(2));
    const area = elementCount(x.shape.slice(2));
    const place = plus(times(flatten(from.slice(0, 2), x.shape.slice(0, 2)), area), plane);
    const best = p.foldArgument("argmax-first", element, p.position(place));
    p.give(p.convert(best, "int64"), indices, at);
  });
  return undefined;
};

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
    return perAxis.reduce((product, counts) => product * (counts[0] ?? 1), 1);
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
  const norm = b.attributes.int("p", 2);
  b.pattern((p) => {
    const { element, at } = slide(p, x, windows, 0);
    p.give(rooted(p, p.fold("sum", powered(p, p.widen(element), norm)), norm), target, at);
  });
  return undefined;
};

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
  GlobalLpPool: globalPool((p, x, _, b) => rooted(p, p.fold("sum", powered(p, x, b.attributes.int("p", 2))), b.attributes.int("p", 2))),
};
