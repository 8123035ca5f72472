import { axisOf } from "./axis-of.ts";
import type { HostVerdict } from "./decompose.ts";
import type { Index } from "./index-form.ts";
import { mixingLanes } from "./lane-types.ts";
import { map } from "./maps.ts";
import type { NodeBuilder } from "./node-builder.ts";
import { literal, type PatternWriter, type Scalar, type TensorRef } from "./pattern-writer.ts";
import type { ResizeMode } from "./resize-tables.ts";
import { type TapRefs, weighted } from "./resize-taps.ts";

/** An axis whose scale (and region of interest) only the run knows, in double precision. */
interface RunTimeAxis {
  readonly input: number;
  readonly output: number;
  readonly scale: (p: PatternWriter) => Scalar;
  readonly region: (p: PatternWriter) => readonly [Scalar, Scalar];
}

const like = (value: number): Scalar => literal(value, "float64");

/** The same tables as for known scales, worked out by small patterns on the chip. */
export function resizeAtRunTime(
  b: NodeBuilder,
  target: TensorRef,
  x: TensorRef,
  mode: ResizeMode,
  kind: string,
  extrapolation: number,
): HostVerdict | undefined {
  const axes = runTimeAxes(b, x, target, mode);
  const moving = x.shape.map((_, axis) => axis).filter((axis) => axes[axis] !== undefined);
  if (moving.length === 0) return b.view(x, target);
  if (kind === "nearest") return nearest(b, target, x, axes, mode, extrapolation);
  let current = x;
  moving.forEach((axis, i) => {
    const shape = current.shape.map((length, a) => (a === axis ? target.shape[axis]! : length));
    const lanes = mixingLanes(x.dtype);
    const made = i === moving.length - 1 ? target : b.fresh(`along${axis}`, lanes, shape);
    weighted(b, made, current, axis, tapRefs(b, axes[axis]!, axis, mode, kind), extrapolation);
    current = made;
  });
  return undefined;
}

/** Axes by position; undefined for one that stays as it is. */
function runTimeAxes(
  b: NodeBuilder,
  x: TensorRef,
  target: TensorRef,
  mode: ResizeMode,
): readonly (RunTimeAxis | undefined)[] {
  const rank = x.shape.length;
  const named = b.attributes.has("axes") ? b.attributes.ints("axes") : x.shape.map((_, axis) => axis);
  const which = named.map((axis) => axisOf(axis, rank));
  const input = b.node.op === "Resize" && b.version >= 11 ? 2 : 1;
  const scales = b.has(input) && b.input(input).shape[0] !== 0 ? b.input(input) : undefined;
  const cropped = mode.transform === "tf_crop_and_resize";
  const common = scales === undefined ? commonScale(b, x, which) : undefined;
  return x.shape.map((length, axis): RunTimeAxis | undefined => {
    const i = which.indexOf(axis);
    const output = target.shape[axis]!;
    const fixed = scales === undefined && common === undefined && length === output && !cropped;
    if (i < 0 || fixed) return undefined;
    const scale = (p: PatternWriter): Scalar => {
      if (scales !== undefined) return p.convert(p.read(scales, [i]), "float64");
      return common === undefined ? like(output / length) : p.read(common, []);
    };
    const region = (p: PatternWriter): readonly [Scalar, Scalar] => {
      const roi = b.input(1);
      return [
        p.convert(p.widen(p.read(roi, [i])), "float64"),
        p.convert(p.widen(p.read(roi, [i + which.length])), "float64"),
      ];
    };
    return { input: length, output, scale, region };
  });
}

/** The one scale that keeps the aspect ratio: the smallest or largest of those that the sizes ask for. */
function commonScale(b: NodeBuilder, x: TensorRef, which: readonly number[]): TensorRef | undefined {
  const policy = b.attributes.string("keep_aspect_ratio_policy", "stretch");
  if (policy === "stretch") return undefined;
  const sizes = b.input(3);
  const scale = b.fresh("scale", "float64", []);
  b.pattern((p) => {
    const ratios = which.map((axis, i) =>
      p.apply("div", p.convert(p.read(sizes, [i]), "float64"), like(x.shape[axis]!)),
    );
    p.give(
      ratios.reduce((a, c) => p.apply(policy === "not_larger" ? "min" : "max", a, c)),
      scale,
      [],
    );
  });
  return scale;
}

/** The input coordinate of an output position (see `coordinate` of the known scales). */
function coordinate(p: PatternWriter, axis: RunTimeAxis, transform: string, position: Index): Scalar {
  const { input, output } = axis;
  const o = p.convert(p.position(position), "float64");
  const centre = p.apply("add", o, like(0.5));
  switch (transform) {
    case "asymmetric":
      return p.apply("div", o, axis.scale(p));
    case "align_corners": {
      const extent = p.apply("mul", axis.scale(p), like(input));
      const place = p.apply("div", p.apply("mul", o, like(input - 1)), p.apply("sub", extent, like(1)));
      return p.select(p.test("eq", extent, like(1)), like(0), place);
    }
    case "half_pixel_symmetric": {
      const fromMiddle = p.apply("div", p.apply("sub", centre, like(output / 2)), axis.scale(p));
      return p.apply("add", fromMiddle, like(input / 2 - 0.5));
    }
    case "pytorch_half_pixel":
      return output > 1 ? p.apply("sub", p.apply("div", centre, axis.scale(p)), like(0.5)) : like(0);
    case "tf_half_pixel_for_nn": {
      // An axis that keeps its extent is not moved by half an element.
      const place = p.apply("div", centre, axis.scale(p));
      return input === output ? p.select(p.test("eq", axis.scale(p), like(1)), o, place) : place;
    }
    case "tf_crop_and_resize": {
      const [start, end] = axis.region(p);
      if (output <= 1) return p.apply("mul", p.apply("add", start, end), like(0.5 * (input - 1)));
      const step = p.apply("div", p.apply("mul", p.apply("sub", end, start), like(input - 1)), like(output - 1));
      return p.apply("add", p.apply("mul", start, like(input - 1)), p.apply("mul", o, step));
    }
    default:
      return p.apply("sub", p.apply("div", centre, axis.scale(p)), like(0.5));
  }
}

function isOutside(p: PatternWriter, at: Scalar, input: number): Scalar {
  return p.apply("or", p.test("lt", at, like(0)), p.test("gt", at, like(input - 1)));
}

function clamped(p: PatternWriter, place: Scalar, input: number): Scalar {
  return p.apply("min", p.apply("max", place, like(0)), like(input - 1));
}

function rounded(p: PatternWriter, at: Scalar, rounding: string, axis: RunTimeAxis): Scalar {
  switch (rounding) {
    case "simple":
      return p.select(p.test("lt", axis.scale(p), like(1)), p.apply("ceil", at), p.apply("floor", at));
    case "floor":
      return p.apply("floor", at);
    case "ceil":
      return p.apply("ceil", at);
    case "round_prefer_ceil":
      return p.apply("floor", p.apply("add", at, like(0.5)));
    default:
      return p.apply("ceil", p.apply("sub", at, like(0.5)));
  }
}

function nearest(
  b: NodeBuilder,
  target: TensorRef,
  x: TensorRef,
  axes: readonly (RunTimeAxis | undefined)[],
  mode: ResizeMode,
  extrapolation: number,
): undefined {
  const cropped = mode.transform === "tf_crop_and_resize";
  const tables = axes.map((axis, a) => {
    if (axis === undefined) return undefined;
    const table = b.fresh(`nearest${a}`, "int32", [axis.output]);
    b.pattern((p) => {
      const o = p.parallel("o", axis.output);
      const at = coordinate(p, axis, mode.transform, o);
      const place = clamped(p, rounded(p, at, mode.rounding, axis), axis.input);
      p.give(p.convert(cropped ? p.select(isOutside(p, at, axis.input), like(-1), place) : place, "int32"), table, [o]);
    });
    return table;
  });
  b.pattern((p) => {
    const out = p.parallelOver(target.shape);
    const from = tables.map(
      (table, a): Index => (table === undefined ? out[a]! : p.gathered(p.read(table, [out[a]!]))),
    );
    p.give(p.read(x, from, cropped ? extrapolation : undefined), target, out);
  });
}

/** Tables of taps and weights. The number of taps is the most that a scale with this output extent can need; more than needed weigh nothing. */
function tapRefs(b: NodeBuilder, axis: RunTimeAxis, name: number, mode: ResizeMode, kind: string): TapRefs {
  const { input, output } = axis;
  const reach = kind === "cubic" ? 2 : 1;
  const least = mode.antialias ? Math.min(Math.max(output - 0.5, 0.5) / input, 1) : 1;
  const first = Math.floor(-reach / least) + 1;
  const taps = 2 - 2 * first;
  const places = (p: PatternWriter, o: Index, k: Index): { readonly at: Scalar; readonly place: Scalar } => {
    const at = coordinate(p, axis, mode.transform, o);
    const base = p.apply("add", p.apply("ceil", at), like(first - 1));
    return { at, place: p.apply("add", base, p.convert(p.position(k), "float64")) };
  };
  const index = b.fresh(`taps${name}`, "int32", [output, taps]);
  b.pattern((p) => {
    const [o, k] = [p.parallel("o", output), p.parallel("k", taps)];
    p.give(p.convert(clamped(p, places(p, o, k).place, input), "int32"), index, [o, k]);
  });
  const raw = b.fresh(`kernel${name}`, "float64", [output, taps]);
  b.pattern((p) => {
    const [o, k] = [p.parallel("o", output), p.parallel("k", taps)];
    const { at, place } = places(p, o, k);
    const distance = p.apply("abs", p.apply("sub", place, at));
    const shrunk = mode.antialias ? p.apply("mul", distance, p.apply("min", axis.scale(p), like(1))) : distance;
    const value = kernel(p, kind, shrunk, mode.cubicCoefficient);
    p.give(mode.excludeOutside ? p.select(isOutside(p, place, input), like(0), value) : value, raw, [o, k]);
  });
  const weight = mode.antialias || mode.excludeOutside ? normalised(b, raw, name) : raw;
  if (mode.transform !== "tf_crop_and_resize") return { taps, index, weight, sparse: true };
  const outside = b.fresh(`outside${name}`, "bool", [output]);
  b.pattern((p) => {
    const o = p.parallel("o", output);
    p.give(isOutside(p, coordinate(p, axis, mode.transform, o), input), outside, [o]);
  });
  return { taps, index, weight, sparse: true, outside };
}

function kernel(p: PatternWriter, kind: string, x: Scalar, a: number): Scalar {
  const times = (left: Scalar, right: Scalar): Scalar => p.apply("mul", left, right);
  if (kind !== "cubic") return p.apply("max", p.apply("sub", like(1), x), like(0));
  const near = p.apply("add", times(times(p.apply("sub", times(like(a + 2), x), like(a + 3)), x), x), like(1));
  const inner = p.apply("add", times(p.apply("sub", times(like(a), x), like(5 * a)), x), like(8 * a));
  const far = p.apply("sub", times(inner, x), like(4 * a));
  const beyond = p.select(p.test("lt", x, like(2)), far, like(0));
  return p.select(p.test("le", x, like(1)), near, beyond);
}

/** Weights that add up to 1 at every position. */
function normalised(b: NodeBuilder, raw: TensorRef, name: number): TensorRef {
  const [output = 1, taps = 1] = raw.shape;
  const total = b.fresh(`total${name}`, "float64", [output, 1]);
  b.pattern((p) => {
    const [o, k] = [p.parallel("o", output), p.reduceLoop("k", taps)];
    p.give(p.fold("sum", p.read(raw, [o, k])), total, [o, 0]);
  });
  const weight = b.fresh(`weights${name}`, "float64", raw.shape);
  map(b, weight, [raw, total], (p, value, sum) => p.apply("div", value, sum));
  return weight;
}
