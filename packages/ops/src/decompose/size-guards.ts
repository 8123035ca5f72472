import type { DType } from "@rdu/tensor";
import { axisOf } from "./axis-of.ts";
import type { NodeBuilder } from "./node-builder.ts";
import { literal, type PatternWriter, type Scalar, type TensorRef } from "./pattern-writer.ts";
import { names } from "./run-time-axes.ts";
import { wide } from "./run-time-bounds.ts";
import { integer, once, type ShapeGuard } from "./shape-guards.ts";

const real = (value: number): Scalar => literal(value, "float64");
const all = (p: PatternWriter, flags: readonly Scalar[]): Scalar =>
  flags.reduce((a, c) => p.apply("and", a, c), literal(true, "bool"));
const any = (p: PatternWriter, flags: readonly Scalar[]): Scalar =>
  flags.reduce((a, c) => p.apply("or", a, c), literal(false, "bool"));

function element(p: PatternWriter, list: TensorRef, at: number, dtype: DType): Scalar {
  const place = list.shape.length === 0 ? [] : [at];
  return dtype === "int64" ? integer(p, list, place) : p.convert(p.widen(p.read(list, place)), dtype);
}

/** Each axis that is named is as long as its size says; or as its own length times the scale, of which there is one for all under a policy. */
const resized: ShapeGuard = {
  inputs: [1, 2, 3],
  holds: (b) => {
    const [x, shape] = [b.input(0).shape, b.output().shape];
    const named = b.attributes.has("axes") ? b.attributes.ints("axes") : x.map((_, axis) => axis);
    const axes = named.map((axis) => axisOf(axis, x.length));
    const input = b.node.op === "Resize" && b.version >= 11 ? 2 : 1;
    const scaled = b.has(input) && b.input(input).shape[0] !== 0;
    return once(b, (p) => (scaled ? byScales(b, p, axes, input) : bySizes(b, p, axes, shape)));
  },
};

function byScales(b: NodeBuilder, p: PatternWriter, axes: readonly number[], input: number): Scalar {
  const [x, shape] = [b.input(0).shape, b.output().shape];
  const cropped = b.attributes.string("coordinate_transformation_mode", "") === "tf_crop_and_resize";
  const fits = axes.map((axis, at) => {
    const roi = (from: number): Scalar => element(p, b.input(1), from, "float64");
    const part = cropped ? p.apply("sub", roi(at + axes.length), roi(at)) : real(1);
    const length = p.apply("mul", p.apply("mul", real(x[axis]!), part), element(p, b.input(input), at, "float64"));
    return p.test("eq", p.apply("floor", length), real(shape[axis]!));
  });
  return all(p, fits);
}

function bySizes(b: NodeBuilder, p: PatternWriter, axes: readonly number[], shape: readonly number[]): Scalar {
  const [x, sizes] = [b.input(0).shape, b.input(3)];
  const policy = b.attributes.string("keep_aspect_ratio_policy", "stretch");
  if (policy === "stretch") {
    const fits = axes.map((axis, at) => p.test("eq", element(p, sizes, at, "int64"), wide(shape[axis]!)));
    return all(p, fits);
  }
  const common = axes
    .map((axis, at) => p.apply("div", element(p, sizes, at, "float64"), real(x[axis]!)))
    .reduce((a, c) => p.apply(policy === "not_larger" ? "min" : "max", a, c));
  const fits = axes.map((axis) => {
    const length = p.apply("floor", p.apply("add", p.apply("mul", real(x[axis]!), common), real(0.5)));
    return p.test("eq", length, real(shape[axis]!));
  });
  return all(p, fits);
}

/** Batch and extents of the size are those of the grid; its channels show nowhere. */
const affineGrid: ShapeGuard = {
  inputs: [1],
  holds: (b) => {
    const [batch = 0, ...extents] = b.output().shape.slice(0, -1);
    return once(b, (p) => {
      const is = (at: number, value: number): Scalar => p.test("eq", element(p, b.input(1), at, "int64"), wide(value));
      return all(p, [is(0, batch), ...extents.map((extent, axis) => is(axis + 2, extent))]);
    });
  },
};

/** The extents of the image behind batch and channels, and as many rows for each channel as the block has elements. */
const col2Im: ShapeGuard = {
  inputs: [1, 2],
  holds: (b) => {
    const [, channels = 0, ...image] = b.output().shape;
    const rows = b.input(0).shape[1]!;
    return once(b, (p) => {
      const entries = (input: number): readonly Scalar[] =>
        image.map((_, axis) => element(p, b.input(input), axis, "int64"));
      const fits = entries(1).map((entry, axis) => p.test("eq", entry, wide(image[axis]!)));
      const block = entries(2).reduce((a, c) => p.apply("mul", a, c), wide(channels));
      return all(p, [...fits, p.test("eq", block, wide(rows))]);
    });
  },
};

/** The axis is one along which the transform gives the shape, and the length the one that it gives there. */
const dft: ShapeGuard = {
  inputs: [1, 2],
  holds: (b) => {
    const [x, shape] = [b.input(0).shape, b.output().shape];
    const [inverse, onesided] = [b.attributes.int("inverse", 0) !== 0, b.attributes.int("onesided", 0) !== 0];
    const axes = x.slice(0, -1).map((_, axis) => axis);
    const given = b.version < 20 ? b.attributes.int("axis", 1) : -2;
    const chosen = b.version >= 20 ? b.optional(2) : undefined;
    return once(b, (p) => {
      const ways = axes
        .filter((axis) => axes.every((other) => other === axis || x[other] === shape[other]))
        .filter((axis) => chosen !== undefined || axis === axisOf(given, x.length))
        .map((axis) => {
          const named = chosen === undefined ? [] : [names(p, chosen, axis, x.length)];
          const own = wide(inverse && onesided ? 2 * (x[axis]! - 1) : x[axis]!);
          const length = b.has(1) ? element(p, b.input(1), 0, "int64") : own;
          const half = (): Scalar => p.apply("add", p.apply("div", length, wide(2)), wide(1));
          return all(p, [...named, p.test("eq", onesided && !inverse ? half() : length, wide(shape[axis]!))]);
        });
      return any(p, ways);
    });
  },
};

/** As many frames as steps fit before the last one ends, of a length that has as many frequencies. */
const stft: ShapeGuard = {
  inputs: [1, 3],
  holds: (b) => {
    const [, frames = 0, bins = 0] = b.output().shape;
    const total = b.input(0).shape[1]!;
    const onesided = b.attributes.int("onesided", 1) !== 0;
    return once(b, (p) => {
      const length = b.has(3) ? element(p, b.input(3), 0, "int64") : wide(b.has(2) ? b.input(2).shape[0]! : total);
      const step = element(p, b.input(1), 0, "int64");
      const further = p.apply("div", p.apply("sub", wide(total), length), step);
      const found = onesided ? p.apply("add", p.apply("div", length, wide(2)), wide(1)) : length;
      return all(p, [
        p.test("le", length, wide(total)),
        p.test("gt", step, wide(0)),
        p.test("eq", p.apply("add", further, wide(1)), wide(frames)),
        p.test("eq", found, wide(bins)),
      ]);
    });
  },
};

/** Guards of operators that sample, fold or transform to a size; see `SHAPE_GUARDS`. */
export const SIZE_GUARDS: ReadonlyMap<string, ShapeGuard> = new Map([
  ["Resize", resized],
  ["Upsample", resized],
  ["AffineGrid", affineGrid],
  ["Col2Im", col2Im],
  ["DFT", dft],
  ["STFT", stft],
]);
