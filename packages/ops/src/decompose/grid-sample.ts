import { elementAt } from "@rdu/diagnostics";
import { type DType, fromNumbers, isWide } from "@rdu/tensor";
import type { Decompose } from "./decompose.ts";
import type { Index } from "./index-form.ts";
import { mixingLanes } from "./lane-types.ts";
import type { NodeBuilder } from "./node-builder.ts";
import { literal, type PatternWriter, type Scalar, type TensorRef } from "./pattern-writer.ts";
import { mixed, weighed } from "./weighed.ts";

/** One spatial axis of the sampled tensor: its taps' indices and weights at each output position, [n, out..., taps]. */
interface AxisTaps {
  readonly index: TensorRef;
  /** Absent for nearest: one tap of weight 1. */
  readonly weight: TensorRef | undefined;
}

/** For each axis two small patterns (where the taps lie, what they weigh), then one weighted sum over all taps. */
const gridSample: Decompose = (b) => {
  const [x, grid, target] = [b.input(0), b.input(1), b.output()];
  const spatial = x.shape.slice(2);
  const mode = b.attributes.string("mode", "linear").replace(/^bi/, "");
  const taps = mode === "nearest" ? 1 : mode === "cubic" ? 4 : 2;
  const lanes = mixingLanes(x.dtype);
  const axes = spatial.map((length, axis) => axisTaps(b, grid, axis, spatial.length, length, mode, lanes));
  b.pattern((p) => {
    const index = p.parallelOver(target.shape, "nczyxuv");
    const [n = 0, c = 0, ...out] = index;
    const k = spatial.map((_, axis) => (taps === 1 ? 0 : p.reduceLoop(`k${axis}`, taps)));
    const from = axes.map(({ index: places }, axis) => p.gathered(p.read(places, [n, ...out, elementAt(k, axis)])));
    const read = p.read(x, [n, c, ...from], isWide(x.dtype) ? 0n : 0);
    // The nearest element is copied, whatever it is.
    if (taps === 1) return p.give(read, target, index);
    const element = p.convert(p.widen(read), lanes);
    const weights = axes.flatMap(({ weight }, axis) =>
      weight === undefined ? [] : [p.read(weight, [n, ...out, k[axis]!])],
    );
    const weight = weights.reduce((product, own) => p.apply("mul", product, own));
    const sum = p.fold("sum", weighed(p, element, weight));
    p.give(mixed(p, sum, target.dtype), target, index);
  });
  return undefined;
};

function axisTaps(
  b: NodeBuilder,
  grid: TensorRef,
  axis: number,
  rank: number,
  length: number,
  mode: string,
  lanes: DType,
): AxisTaps {
  const padding = b.attributes.string("padding_mode", "zeros");
  const corners = b.attributes.int("align_corners", 0) !== 0;
  const outer = grid.shape.slice(0, -1);
  const taps = mode === "nearest" ? 1 : mode === "cubic" ? 4 : 2;
  const coordinate = (p: PatternWriter, at: readonly Index[]): Scalar => {
    // The grid keeps coordinates innermost axis first.
    const normal = p.convert(p.widen(p.read(grid, [...at, rank - 1 - axis])), lanes);
    const like = (value: number): Scalar => literal(value, lanes);
    const shifted = p.apply("add", normal, like(1));
    const place = corners
      ? p.apply("mul", p.apply("div", shifted, like(2)), like(length - 1))
      : p.apply("div", p.apply("sub", p.apply("mul", shifted, like(length)), like(1)), like(2));
    const settled = mode === "nearest" ? p.apply("nearest", place) : place;
    // A cubic's place stays where it is: each of its taps is clamped, as ONNX Runtime and PyTorch do.
    if (padding === "border" && mode !== "cubic") {
      // Between the edge's centre and its border a place stays as it is; only its taps are clamped.
      const [low, high] = borderOf(length, corners);
      const beyond = p.apply("or", p.test("lt", settled, like(low)), p.test("gt", settled, like(high)));
      return p.select(beyond, p.apply("min", p.apply("max", settled, like(0)), like(length - 1)), settled);
    }
    return padding === "reflection" ? reflected(p, settled, borderOf(length, corners)) : settled;
  };
  const index = b.fresh(`taps${axis}`, "int32", [...outer, taps]);
  b.pattern((p) => {
    const at = p.parallelOver(outer, "nzyxuv");
    const k = p.parallel("k", taps);
    const base = p.apply("floor", coordinate(p, at));
    const offset = p.apply("sub", p.convert(p.position(k), lanes), literal(taps === 4 ? 1 : 0, lanes));
    const place = taps === 1 ? base : p.apply("add", base, offset);
    p.give(tapIndex(p, place, padding, length, borderOf(length, corners)), index, [...at, k]);
  });
  if (taps === 1) return { index, weight: undefined };
  const weight = b.fresh(`weights${axis}`, lanes, [...outer, taps]);
  b.pattern((p) => {
    const at = p.parallelOver(outer, "nzyxuv");
    const k = p.parallel("k", taps);
    const place = coordinate(p, at);
    const fraction = p.apply("sub", place, p.apply("floor", place));
    const offset = p.apply("sub", p.convert(p.position(k), lanes), literal(taps === 4 ? 1 : 0, lanes));
    const distance = p.apply("abs", p.apply("sub", fraction, offset));
    p.give(taps === 4 ? cubicWeight(p, distance, -0.75) : p.apply("sub", literal(1, lanes), distance), weight, [
      ...at,
      k,
    ]);
  });
  return { index, weight };
}

function borderOf(length: number, corners: boolean): readonly [number, number] {
  return corners ? [0, length - 1] : [-0.5, length - 0.5];
}

/** A tap's index as the padding mode has it: -1 or the length outside (read as zero), clamped, or mirrored. NaN lies outside, or at the first. */
function tapIndex(
  p: PatternWriter,
  place: Scalar,
  padding: string,
  length: number,
  border: readonly [number, number],
): Scalar {
  const clamped = (least: number, most: number, value: Scalar): Scalar =>
    p.apply("min", p.apply("max", value, literal(least, value.dtype)), literal(most, value.dtype));
  if (padding === "zeros") {
    const [outside, most] = [literal(-1, place.dtype), literal(length, place.dtype)];
    return p.convert(p.select(p.test("ge", place, outside), p.apply("min", place, most), outside), "int32");
  }
  if (padding === "border") return p.convert(clamped(0, length - 1, place), "int32");
  return p.convert(clamped(0, length - 1, reflected(p, place, border)), "int32");
}

/** Mirrored at both borders until inside. */
function reflected(p: PatternWriter, x: Scalar, [low, high]: readonly [number, number]): Scalar {
  const like = (value: number): Scalar => literal(value, x.dtype);
  const range = high - low;
  if (range === 0) return like(low);
  const beyond = p.apply("abs", p.apply("sub", x, like(low)));
  const folds = p.apply("floor", p.apply("div", beyond, like(range)));
  const rest = p.apply("sub", beyond, p.apply("mul", folds, like(range)));
  const half = p.apply("mul", folds, like(0.5));
  const even = p.test("eq", half, p.apply("floor", half));
  return p.select(even, p.apply("add", like(low), rest), p.apply("sub", like(high), rest));
}

/** Keys' cubic convolution at a distance of at most 2. */
function cubicWeight(p: PatternWriter, x: Scalar, a: number): Scalar {
  const like = (value: number): Scalar => literal(value, x.dtype);
  const times = (left: Scalar, right: Scalar): Scalar => p.apply("mul", left, right);
  const near = p.apply("add", times(times(p.apply("sub", times(like(a + 2), x), like(a + 3)), x), x), like(1));
  // By its roots: a sum of powers would cancel where the weight is small, and the element may be large.
  const rest = p.apply("sub", x, like(2));
  const far = times(times(times(like(a), p.apply("sub", x, like(1))), rest), rest);
  return p.select(p.test("le", x, like(1)), near, far);
}

/** grid[n, at, r] = theta[n, r, :] times the base coordinates (innermost axis first) and 1. */
const affineGrid: Decompose = (b) => {
  const [theta, target] = [b.input(0), b.output()];
  const lanes: DType = theta.dtype === "float64" ? "float64" : "float32";
  const corners = b.attributes.int("align_corners", 0) !== 0;
  const spatial = target.shape.slice(1, -1);
  const tables = spatial.map((length, axis) => {
    const steps = corners ? length - 1 : length;
    const first = corners ? -steps : 1 - steps;
    // The middle is exactly 0: beside an infinite factor it gives NaN.
    const data = Array.from({ length }, (_, i) => (steps === 0 ? -1 : (first + 2 * i) / steps));
    return b.table(`base${axis}`, fromNumbers(lanes, [length], data));
  });
  b.pattern((p) => {
    const index = p.parallelOver(target.shape, "nzyxuvw");
    const [n = 0, ...rest] = index;
    const out = rest.slice(0, -1);
    const row = elementAt(rest, rest.length - 1);
    const factor = (column: number): Scalar => p.widen(p.read(theta, [n, row, column]));
    let sum = factor(spatial.length);
    tables.forEach((table, axis) => {
      const place = p.convert(p.read(table, [out[axis]!]), sum.dtype);
      sum = p.apply("add", sum, p.apply("mul", factor(spatial.length - 1 - axis), place));
    });
    p.give(sum, target, index);
  });
  return undefined;
};

export const SAMPLERS: Readonly<Record<string, Decompose>> = { GridSample: gridSample, AffineGrid: affineGrid };
