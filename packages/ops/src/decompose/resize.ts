import { axisOf } from "./axis-of.ts";
import type { Decompose } from "./decompose.ts";
import { type Index, plus, times } from "./index-form.ts";
import { mixingLanes } from "./lane-types.ts";
import type { NodeBuilder } from "./node-builder.ts";
import type { TensorRef } from "./pattern-writer.ts";
import { resizeAtRunTime } from "./resize-run-time.ts";
import { type AxisResize, nearestTable, type ResizeMode, tapTable } from "./resize-tables.ts";
import { tapRefs, weighted } from "./resize-taps.ts";

/** Nearest: one copy, affine where the scale allows it. Linear and cubic: one weighted sum of taps per axis, from constant tables. */
const resize: Decompose = (b) => {
  const [x, target] = [b.input(0), b.output()];
  const axes = resizedAxes(b, x, target);
  const mode: ResizeMode = {
    transform: b.version < 11 ? "asymmetric" : b.attributes.string("coordinate_transformation_mode", "half_pixel"),
    rounding: b.version < 11 ? "simple" : b.attributes.string("nearest_mode", "round_prefer_floor"),
    cubicCoefficient: b.attributes.float("cubic_coeff_a", -0.75),
    excludeOutside: b.attributes.int("exclude_outside", 0) !== 0,
    antialias: b.attributes.int("antialias", 0) !== 0,
  };
  const extrapolation = b.attributes.float("extrapolation_value", 0);
  const kind = b.attributes.string("mode", "nearest");
  if (axes === undefined) return resizeAtRunTime(b, target, x, mode, kind, extrapolation);
  return resized(b, target, x, axes, mode, kind, extrapolation);
};

/** Nearest and linear with plain scales: opsets 7 to 9. */
const upsample: Decompose = (b) => {
  const [x, target] = [b.input(0), b.output()];
  const axes = resizedAxes(b, x, target);
  const mode: ResizeMode = {
    transform: "asymmetric",
    rounding: "floor",
    cubicCoefficient: -0.75,
    excludeOutside: false,
    antialias: false,
  };
  const kind = b.attributes.string("mode", "nearest");
  if (axes === undefined) return resizeAtRunTime(b, target, x, mode, kind, 0);
  return resized(b, target, x, axes, mode, kind, 0);
};

/** How each axis of the tensor is resized; undefined when that is not known yet. */
function resizedAxes(b: NodeBuilder, x: TensorRef, target: TensorRef): readonly AxisResize[] | undefined {
  const rank = x.shape.length;
  const named = b.attributes.has("axes") ? b.attributes.ints("axes") : x.shape.map((_, axis) => axis);
  const which = named.map((axis) => axisOf(axis, rank));
  const factors = scalesOf(b);
  const sizes = b.has(3) ? b.integers(3) : undefined;
  if (factors === undefined && sizes === undefined) return undefined;
  const roi = b.attributes.string("coordinate_transformation_mode", "") === "tf_crop_and_resize" ? numbers(b, 1) : [];
  if (roi === undefined) return undefined;
  const ratios = which.map((axis, i) => (sizes?.[i] ?? 0) / x.shape[axis]!);
  const policy = b.attributes.string("keep_aspect_ratio_policy", "stretch");
  const common =
    policy === "not_larger" ? Math.min(...ratios) : policy === "not_smaller" ? Math.max(...ratios) : undefined;
  return x.shape.map((input, axis): AxisResize => {
    const i = which.indexOf(axis);
    const output = target.shape[axis]!;
    if (i < 0) return { input, output, scale: 1, start: 0, end: 1 };
    const scale = factors?.[i] ?? common ?? ratios[i]!;
    return { input, output, scale, start: roi[i] ?? 0, end: roi[i + which.length] ?? 1 };
  });
}

function scalesOf(b: NodeBuilder): readonly number[] | undefined {
  if (b.attributes.has("scales")) return b.attributes.floats("scales");
  const input = b.node.op === "Resize" && b.version >= 11 ? 2 : 1;
  const given = b.has(input) ? numbers(b, input) : undefined;
  return given !== undefined && given.length > 0 ? given : undefined;
}

function numbers(b: NodeBuilder, index: number): readonly number[] | undefined {
  const tensor = b.constantInput(index);
  return tensor === undefined ? (b.has(index) ? undefined : []) : Array.from(tensor.data as ArrayLike<number>, Number);
}

function resized(
  b: NodeBuilder,
  target: TensorRef,
  x: TensorRef,
  axes: readonly AxisResize[],
  mode: ResizeMode,
  kind: string,
  extrapolation: number,
): undefined {
  const moving = axes.map((_, axis) => axis).filter((axis) => moves(axes[axis]!, mode));
  if (moving.length === 0) return b.view(x, target);
  if (kind === "nearest")
    return nearest(
      b,
      target,
      x,
      axes.map((axis, a) => (moving.includes(a) ? nearestTable(axis, mode) : undefined)),
      extrapolation,
    );
  let current = x;
  moving.forEach((axis, i) => {
    const last = i === moving.length - 1;
    const shape = current.shape.map((length, a) => (a === axis ? axes[axis]!.output : length));
    const lanes = mixingLanes(x.dtype);
    const made = last ? target : b.fresh(`along${axis}`, lanes, shape);
    weighted(b, made, current, axis, tapRefs(b, axis, tapTable(axes[axis]!, mode, kind), lanes), extrapolation);
    current = made;
  });
  return undefined;
}

function moves({ input, output, scale }: AxisResize, { transform }: ResizeMode): boolean {
  return input !== output || scale !== 1 || transform === "tf_crop_and_resize";
}

/** An axis of a nearest copy: loops over the output, its index, and the index into the input. */
function nearest(
  b: NodeBuilder,
  target: TensorRef,
  x: TensorRef,
  tables: readonly (readonly number[] | undefined)[],
  extrapolation: number,
): undefined {
  const plans = tables.map((table) => (table === undefined ? undefined : blockPlan(table)));
  const gathered = tables.map((table, axis) =>
    table === undefined || plans[axis] !== undefined
      ? undefined
      : b.table(`nearest${axis}`, { dtype: "int32", shape: [table.length], data: Int32Array.from(table) }),
  );
  const outside = tables.some((table) => table?.includes(-1));
  b.pattern((p) => {
    const names = "ijklmnop";
    const loops = target.shape.map((extent, axis) => {
      const plan = plans[axis];
      const outer = p.parallel(names[axis] ?? `i${axis}`, extent / (plan?.block ?? 1));
      return { outer, inner: plan === undefined ? undefined : p.parallel(`r${names[axis] ?? axis}`, plan.block) };
    });
    const out = loops.map(({ outer, inner }, axis): Index => plus(times(outer, plans[axis]?.block ?? 1), inner ?? 0));
    const from = loops.map(({ outer, inner }, axis): Index => {
      const plan = plans[axis];
      if (plan !== undefined) return plus(plan.first, times(outer, plan.outer), times(inner ?? 0, plan.inner));
      const table = gathered[axis];
      return table === undefined ? outer : p.gathered(p.read(table, [outer]));
    });
    p.give(p.read(x, from, outside ? extrapolation : undefined), target, out);
  });
}

/** table[block * q + r] = first + outer * q + inner * r for the smallest such block, if there is one. */
export function blockPlan(table: readonly number[]) {
  for (let block = 1; block <= table.length / 2 || block === 1; block += 1) {
    if (table.length % block !== 0) continue;
    const first = table[0]!;
    const outer = (table[block] ?? first) - first;
    const inner = block > 1 ? table[1]! - first : 0;
    const fits = table.every(
      (value, o) => value >= 0 && value === first + outer * Math.floor(o / block) + inner * (o % block),
    );
    if (fits) return { block, first, outer, inner };
  }
  return undefined;
}

export const RESIZES: Readonly<Record<string, Decompose>> = { Resize: resize, Upsample: upsample };
