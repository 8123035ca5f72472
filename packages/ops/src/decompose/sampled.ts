import { elementAt } from "@rdu/diagnostics";
import type { DType } from "@rdu/tensor";
import { withBias } from "./convolution.ts";
import type { Decompose } from "./decompose.ts";
import { type Index, plus, times } from "./index-form.ts";
import { mapInput } from "./maps.ts";
import type { NodeBuilder } from "./node-builder.ts";
import { literal, type PatternWriter, type Scalar, type TensorRef } from "./pattern-writer.ts";
import { weighed } from "./weighed.ts";
import { type Window, windowsOf } from "./windows.ts";

/** The two neighbours of a fractional place along one axis and their weights, over some loops; the last axis of both tables counts them. */
interface Neighbours {
  readonly index: TensorRef;
  readonly weight: TensorRef;
}

/**
 * Tables of the neighbours of `place`, which is worked out at each position of `shape`. Neighbours outside are -1 or `length`; or, with
 * `counts`, which says of places between both ends whether they count: -1 where they do not, and the end is its own neighbour.
 */
function neighbours(
  b: NodeBuilder,
  name: string,
  shape: readonly number[],
  lanes: DType,
  length: number,
  place: (p: PatternWriter, at: readonly Index[]) => Scalar,
  counts?: (p: PatternWriter, at: readonly Index[]) => Scalar,
): Neighbours {
  const index = b.fresh(`${name}.index`, "int32", [...shape, 2]);
  const weight = b.fresh(`${name}.weight`, lanes, [...shape, 2]);
  const like = (value: number): Scalar => literal(value, lanes);
  b.pattern((p) => {
    const at = p.parallelOver(shape);
    const k = p.parallel("k", 2);
    const near = p.apply("add", p.apply("floor", place(p, at)), p.convert(p.position(k), lanes));
    const last = counts === undefined ? length : length - 1;
    const within = p.apply("min", p.apply("max", near, like(-1)), like(last));
    const chosen = counts === undefined ? within : p.select(counts(p, at), within, like(-1));
    p.give(p.convert(chosen, "int32"), index, [...at, k]);
  });
  b.pattern((p) => {
    const at = p.parallelOver(shape);
    const k = p.parallel("k", 2);
    const where = place(p, at);
    const distance = p.apply("sub", p.apply("sub", where, p.apply("floor", where)), p.convert(p.position(k), lanes));
    const near = p.apply("sub", like(1), p.apply("abs", distance));
    p.give(counts === undefined ? near : p.select(counts(p, at), near, like(0)), weight, [...at, k]);
  });
  return { index, weight };
}

/**
 * Deformable convolution: the input sampled at the offset places of every tap (linear between neighbours, zero outside), times the mask; then
 * a plain sum of products with the weights.
 */
const deformConv: Decompose = (b) => {
  const [x, w, offset, target] = [b.input(0), b.input(1), b.input(2), b.output()];
  if (x.shape.length !== 4) return { host: "only two spatial axes have a chip form" };
  const mask = b.optional(4);
  const [batch = 1, channels = 1] = x.shape;
  const groups = b.attributes.int("offset_group", 1);
  const kernel = w.shape.slice(2);
  const [ky = 1, kx = 1] = kernel;
  const out = target.shape.slice(2);
  const windows = windowsOf(b, x.shape.slice(2), out, kernel);
  const lanes: DType = x.dtype === "float64" ? "float64" : "float32";
  const shape = [batch, groups, ky, kx, ...out];
  const tables = windows.map((window, axis) =>
    neighbours(
      b,
      axis === 0 ? "rows" : "columns",
      shape,
      lanes,
      window.input,
      (p, [n = 0, g = 0, y = 0, xx = 0, ...at]) => {
        const tap = plus(times(g, ky * kx), times(y, kx), xx);
        const moved = p.convert(p.widen(p.read(offset, [n, plus(times(tap, 2), axis), ...at])), lanes);
        return p.apply(
          "add",
          p.convert(p.position(restPlace(window, elementAt(at, axis), axis === 0 ? y : xx)), lanes),
          moved,
        );
      },
    ),
  );
  const perGroup = channels / groups;
  const sampled = b.fresh("sampled", lanes, [batch, channels, ky, kx, ...out]);
  b.pattern((p) => {
    const [n, g, c] = [p.parallel("n", batch), p.parallel("g", groups), p.parallel("c", perGroup)];
    const at = [
      p.parallel("ky", ky),
      p.parallel("kx", kx),
      ...out.map((extent, axis) => p.parallel(axis === 0 ? "y" : "x", extent)),
    ];
    const [r, s] = [p.reduceLoop("r", 2), p.reduceLoop("s", 2)];
    const [rows, columns] = tables;
    const from = [
      p.gathered(p.read(rows!.index, [n, g, ...at, r])),
      p.gathered(p.read(columns!.index, [n, g, ...at, s])),
    ];
    const channel = plus(times(g, perGroup), c);
    const element = p.convert(p.widen(p.read(x, [n, channel, ...from], 0)), lanes);
    const weight = p.apply("mul", p.read(rows!.weight, [n, g, ...at, r]), p.read(columns!.weight, [n, g, ...at, s]));
    const sum = p.fold("sum", weighed(p, element, weight));
    const [y = 0, xx = 0, ...place] = at;
    const tap = plus(times(g, ky * kx), times(y, kx), xx);
    const factor = mask === undefined ? undefined : p.convert(p.widen(p.read(mask, [n, tap, ...place])), lanes);
    p.give(factor === undefined ? sum : p.apply("mul", sum, factor), sampled, [n, channel, ...at]);
  });
  return contractTaps(b, target, sampled, w);
};

/** Where a tap would lie without an offset. */
function restPlace({ stride, dilation, padBegin }: Window, output: Index, tap: Index): ReturnType<typeof plus> {
  return plus(times(output, stride), times(tap, dilation), -padBegin);
}

/** y[n, g M + m, at] = bias + sum over c, taps of sampled[n, g C + c, taps, at] * w[g M + m, c, taps]. */
function contractTaps(b: NodeBuilder, target: TensorRef, sampled: TensorRef, w: TensorRef): undefined {
  const group = b.attributes.int("group", 1);
  const [batch = 1, outputs = 1, ...out] = target.shape;
  const [, depth = 1, ky = 1, kx = 1] = w.shape;
  const perGroup = outputs / group;
  const bias = withBias(b.has(3) ? mapInput(b, 3) : undefined);
  b.pattern((p) => {
    const [n, g, m] = [p.parallel("n", batch), p.parallel("g", group), p.parallel("m", perGroup)];
    const at = out.map((extent, axis) => p.parallel(axis === 0 ? "y" : "x", extent));
    const [c, y, x] = [p.reduceLoop("c", depth), p.reduceLoop("ky", ky), p.reduceLoop("kx", kx)];
    const channel = plus(times(g, perGroup), m);
    const element = p.read(sampled, [n, plus(times(g, depth), c), y, x, ...at]);
    const weight = p.convert(p.widen(p.read(w, [channel, c, y, x])), element.dtype);
    p.give(p.convert(bias(p, p.fold("sum", p.apply("mul", element, weight)), channel, []), target.dtype), target, [
      n,
      channel,
      ...at,
    ]);
  });
}

/** Samples on a fixed grid in each bin of each region; means or largest weighted corners of them. */
const roiAlign: Decompose = (b) => {
  const [x, rois, batches, target] = [b.input(0), b.input(1), b.input(2), b.output()];
  const ratio = b.attributes.int("sampling_ratio", 0);
  if (ratio <= 0) return { host: "the number of samples follows from the regions' sizes" };
  const scale = b.attributes.float("spatial_scale", 1);
  const half = b.version >= 16 && b.attributes.string("coordinate_transformation_mode", "half_pixel") === "half_pixel";
  const lanes: DType = x.dtype === "float64" ? "float64" : "float32";
  const like = (value: number): Scalar => literal(value, lanes);
  const [regions = 1, channels = 1, ...bins] = target.shape;
  const tables = bins.map((count, axis) => {
    const length = x.shape[2 + axis]!;
    const place = (p: PatternWriter, [r = 0, bin = 0, sample = 0]: readonly Index[]): Scalar => {
      const corner = (at: number): Scalar => {
        const scaled = p.apply("mul", p.convert(p.widen(p.read(rois, [r, at])), lanes), like(scale));
        return half ? p.apply("sub", scaled, like(0.5)) : scaled;
      };
      const start = corner(1 - axis);
      const given = p.apply("sub", corner(3 - axis), start);
      const size = p.apply("div", half ? given : p.apply("max", given, like(1)), like(count));
      const inBin = p.apply(
        "div",
        p.apply("mul", p.apply("add", p.convert(p.position(sample), lanes), like(0.5)), size),
        like(ratio),
      );
      return p.apply("add", p.apply("add", start, p.apply("mul", p.convert(p.position(bin), lanes), size)), inBin);
    };
    // Samples up to one element outside count as on the edge; beyond that they weigh nothing.
    const settled = (p: PatternWriter, at: readonly Index[]): Scalar =>
      p.apply("min", p.apply("max", place(p, at), like(0)), like(length - 1));
    const inside = (p: PatternWriter, at: readonly Index[]): Scalar => {
      const raw = place(p, at);
      return p.apply("and", p.test("ge", raw, like(-1)), p.test("le", raw, like(length)));
    };
    return neighbours(b, axis === 0 ? "rows" : "columns", [regions, count, ratio], lanes, length, settled, inside);
  });
  const largest = b.attributes.string("mode", "avg") === "max";
  b.pattern((p) => {
    const [r, c] = [p.parallel("r", regions), p.parallel("c", channels)];
    const at = bins.map((extent, axis) => p.parallel(axis === 0 ? "y" : "x", extent));
    const samples = bins.map((_, axis) => p.reduceLoop(axis === 0 ? "sy" : "sx", ratio));
    const sides = bins.map((_, axis) => p.reduceLoop(axis === 0 ? "ky" : "kx", 2));
    const image = p.gathered(p.convert(p.read(batches, [r]), "int32"));
    const entry = (axis: number): readonly Index[] => [r, at[axis]!, samples[axis]!, sides[axis]!];
    const from = tables.map(({ index }, axis) => p.gathered(p.read(index, entry(axis))));
    const element = p.convert(p.widen(p.read(x, [image, c, ...from], 0)), lanes);
    const weight = tables
      .map((table, axis) => p.read(table.weight, entry(axis)))
      .reduce((a, d) => p.apply("mul", a, d));
    const product = p.apply("mul", element, weight);
    const made = largest ? p.fold("max", product) : p.apply("div", p.fold("sum", product), like(ratio ** bins.length));
    p.give(p.convert(made, target.dtype), target, [r, c, ...at]);
  });
  return undefined;
};

export const SAMPLED: Readonly<Record<string, Decompose>> = { DeformConv: deformConv, RoiAlign: roiAlign };
