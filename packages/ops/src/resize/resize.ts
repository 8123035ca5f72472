import type { Dim } from "@rdu/ir";
import { elementCount } from "@rdu/tensor";
import { numbersOf, tensorOf } from "../numeric/numbers.ts";
import { saturated } from "../numeric/saturate.ts";
import { span } from "../numeric/walk.ts";
import { type EvaluateContext, type InferContext, operator } from "../operator.ts";
import { axesOf } from "../shapes.ts";

/** How one axis is resized. */
export interface AxisPlan {
  readonly extent: number;
  readonly result: number;
  readonly scale: number;
  /** Region of interest of tf_crop_and_resize, normalised. */
  readonly roi: readonly [start: number, end: number];
}

/** What of Resize's operands is known: a list each, or undefined. */
interface Targets {
  readonly scales: readonly number[] | undefined;
  readonly sizes: readonly number[] | undefined;
  readonly roi: readonly number[] | undefined;
}

type Choosing = Pick<InferContext, "attributes" | "reject" | "version" | "node" | "has">;

/** Where scales, sizes and roi stand: Resize-10 and Upsample have scales second, or as an attribute. */
function targetsOf(c: Choosing, numbers: (index: number) => readonly number[] | undefined): Targets {
  const filled = (index: number): readonly number[] | undefined => {
    const list = c.has(index) ? numbers(index) : undefined;
    return list === undefined || list.length === 0 ? undefined : list;
  };
  const upsample = c.node.op === "Upsample";
  if (upsample && c.version < 7)
    return {
      scales: [1, 1, c.attributes.float("height_scale"), c.attributes.float("width_scale")],
      sizes: undefined,
      roi: undefined,
    };
  if (upsample && c.version < 9) return { scales: c.attributes.floats("scales"), sizes: undefined, roi: undefined };
  if (upsample || c.version < 11) return { scales: filled(1), sizes: undefined, roi: undefined };
  return { scales: filled(2), sizes: filled(3), roi: filled(1) };
}

function plansOf(
  c: Choosing,
  shape: readonly Dim[],
  { scales, sizes, roi }: Targets,
): readonly (AxisPlan | null)[] | undefined {
  if (scales === undefined && sizes === undefined) return undefined;
  const rank = shape.length;
  const axes = axesOf(
    c,
    c.attributes.ints(
      "axes",
      shape.map((_, axis) => axis),
    ),
    rank,
  );
  const crop = c.attributes.string("coordinate_transformation_mode", "asymmetric") === "tf_crop_and_resize";
  const common = sizes === undefined ? undefined : commonScale(c, shape, axes, sizes);
  return shape.map((extent, axis): AxisPlan | null => {
    if (typeof extent !== "number") return null;
    const at = axes.indexOf(axis);
    if (at < 0) return { extent, result: extent, scale: 1, roi: [0, 1] };
    const region: readonly [number, number] = crop && roi !== undefined ? [roi[at]!, roi[axes.length + at]!] : [0, 1];
    if (common !== undefined) return { extent, result: roundHalfUp(extent * common), scale: common, roi: region };
    if (sizes !== undefined) return { extent, result: sizes[at]!, scale: sizes[at]! / extent, roi: region };
    const scale = scales![at]!;
    return { extent, result: Math.floor(extent * (region[1] - region[0]) * scale), scale, roi: region };
  });
}

/** One scale for all axes under keep_aspect_ratio_policy; undefined under "stretch". */
function commonScale(
  c: Choosing,
  shape: readonly Dim[],
  axes: readonly number[],
  sizes: readonly number[],
): number | undefined {
  const policy = c.attributes.string("keep_aspect_ratio_policy", "stretch");
  if (policy === "stretch") return undefined;
  const ratios = axes.map((axis, at) => {
    const extent = shape[axis];
    return typeof extent === "number" ? sizes[at]! / extent : c.reject("an extent to be resized is unknown", "E0207");
  });
  return policy === "not_larger" ? Math.min(...ratios) : Math.max(...ratios);
}

function roundHalfUp(value: number): number {
  return Math.floor(value + 0.5);
}

/** Where element `at` of the result lies in the operand, in the operand's own coordinates. */
function sourceOf(mode: string, at: number, { extent, result, scale, roi }: AxisPlan, real: number): number {
  switch (mode) {
    case "half_pixel":
      return (at + 0.5) / scale - 0.5;
    case "half_pixel_symmetric":
      // Keeps the centre of the image although `result` was rounded; counted from there, so that places which are whole come out whole.
      return extent / 2 + (at + 0.5 - result / 2) / scale - 0.5;
    case "pytorch_half_pixel":
      return result > 1 ? (at + 0.5) / scale - 0.5 : 0;
    case "align_corners":
      return real === 1 ? 0 : (at * (extent - 1)) / (real - 1);
    case "tf_half_pixel_for_nn":
      return (at + 0.5) / scale;
    case "tf_crop_and_resize":
      return result > 1
        ? roi[0] * (extent - 1) + (at * (roi[1] - roi[0]) * (extent - 1)) / (result - 1)
        : 0.5 * (roi[0] + roi[1]) * (extent - 1);
    default:
      return at / scale;
  }
}

/** A weighted set of elements of one axis. */
export interface Taps {
  readonly at: readonly number[];
  readonly weights: readonly number[];
  /** Outside the operand under tf_crop_and_resize: the extrapolation value instead. */
  readonly outside: boolean;
}

/** For each element of the result along one axis, what it is made of. */
function tapsOf(c: EvaluateContext, plan: AxisPlan): readonly Taps[] {
  const { attributes } = c;
  const fallback = c.node.op === "Upsample" || c.version < 11 ? "asymmetric" : "half_pixel";
  const mode = attributes.string("coordinate_transformation_mode", fallback);
  const kind = attributes.string("mode", "nearest");
  const real = plan.scale * plan.extent;
  return Array.from({ length: plan.result }, (_, at): Taps => {
    if (plan.scale === 1 && plan.result === plan.extent && mode !== "tf_crop_and_resize")
      return { at: [at], weights: [1], outside: false };
    const x = sourceOf(mode, at, plan, real);
    const outside = mode === "tf_crop_and_resize" && (x < 0 || x > plan.extent - 1);
    if (kind === "nearest")
      return {
        at: [
          clamp(
            nearest(attributes.string("nearest_mode", c.version < 11 ? "simple" : "round_prefer_floor"), x, plan.scale),
            plan.extent,
          ),
        ],
        weights: [1],
        outside,
      };
    return { ...filterTaps(c, kind, x, plan), outside };
  });
}

function clamp(at: number, extent: number): number {
  return Math.min(extent - 1, Math.max(0, at));
}

function nearest(mode: string, x: number, scale: number): number {
  switch (mode) {
    case "floor":
      return Math.floor(x);
    case "ceil":
      return Math.ceil(x);
    case "round_prefer_ceil":
      return Math.floor(x + 0.5);
    case "simple":
      // Before opset 11: rounds down enlarging; ONNX Runtime rounds up reducing.
      return scale < 1 ? Math.ceil(x) : Math.floor(x);
    default:
      return Math.ceil(x - 0.5);
  }
}

/** Linear or cubic weights around x; stretched when reducing with antialias. */
function filterTaps(c: EvaluateContext, kind: string, x: number, plan: AxisPlan): Omit<Taps, "outside"> {
  const cubic = kind === "cubic";
  const a = c.attributes.float("cubic_coeff_a", -0.75);
  const stretch = c.attributes.int("antialias", 0) !== 0 ? Math.max(1, 1 / plan.scale) : 1;
  const support = (cubic ? 2 : 1) * stretch;
  const excluding = c.attributes.int("exclude_outside", 0) !== 0;
  const first = Math.floor(x - support) + 1;
  const count = Math.ceil(x + support) - first;
  const at: number[] = [];
  const weights: number[] = [];
  for (let i = first; i < first + Math.max(count, 1); i += 1) {
    const distance = Math.abs(i - x) / stretch;
    const weight = cubic ? cubicWeight(distance, a) : Math.max(0, 1 - distance);
    const isOutside = i < 0 || i >= plan.extent;
    at.push(clamp(i, plan.extent));
    weights.push(isOutside && excluding ? 0 : weight);
  }
  const sum = excluding || stretch > 1 ? weights.reduce((total, weight) => total + weight, 0) : 1;
  return { at, weights: weights.map((weight) => weight / sum) };
}

/** Keys' cubic convolution kernel. */
function cubicWeight(d: number, a: number): number {
  if (d <= 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
  return d < 2 ? ((a * d - 5 * a) * d + 8 * a) * d - 4 * a : 0;
}

function listOf(c: InferContext, index: number): readonly number[] | undefined {
  const value = c.assumed(index);
  return value === undefined ? undefined : Array.from(numbersOf(value));
}

function inferResize(c: InferContext): readonly (readonly Dim[])[] {
  const plans = plansOf(
    c,
    c.shape(0),
    targetsOf(c, (index) => listOf(c, index)),
  );
  return [plans?.map((plan) => plan?.result ?? null) ?? c.shape(0).map(() => null)];
}

/**
 * Axis after axis: every interpolation is a product of one-dimensional ones. An element of weight 0 takes no part, be it infinite or NaN: the
 * standard does not say which elements beside the kernel are multiplied by 0, and ONNX Runtime and onnx.reference differ.
 */
function evaluateResize(c: EvaluateContext) {
  const x = c.tensor(0);
  const plans = plansOf(
    c,
    x.shape,
    targetsOf(c, (index) => Array.from(numbersOf(c.tensor(index)))),
  );
  if (plans === undefined) return c.reject("has neither scales nor sizes", "E0304");
  let values: ArrayLike<number> = numbersOf(x);
  let outside = new Uint8Array(values.length);
  const shape = [...x.shape];
  plans.forEach((plan, axis) => {
    if (plan === null) return;
    const taps = tapsOf(c, plan);
    if (
      taps.length === plan.extent &&
      taps.every(({ at, weights, outside: out }, i) => at.length === 1 && at[0] === i && weights[0] === 1 && !out)
    )
      return;
    const inner = span(shape, axis + 1);
    const outer = span(shape, 0, axis);
    const next = new Float64Array(outer * taps.length * inner);
    const flags = new Uint8Array(next.length);
    for (let o = 0; o < outer; o += 1)
      taps.forEach((tap, r) => {
        for (let i = 0; i < inner; i += 1) {
          let sum = 0;
          for (let n = 0; n < tap.at.length; n += 1) {
            const weight = tap.weights[n]!;
            if (weight !== 0) sum += weight * values[(o * plan.extent + tap.at[n]!) * inner + i]!;
          }
          const to = (o * taps.length + r) * inner + i;
          next[to] = sum;
          flags[to] = tap.outside ? 1 : outside[(o * plan.extent + tap.at[0]!) * inner + i]!;
        }
      });
    shape[axis] = taps.length;
    values = next;
    outside = flags;
  });
  const extrapolation = c.attributes.float("extrapolation_value", 0);
  // Cubic weights reach beyond the elements they mix: integers stop at the ends of their range.
  const result = Float64Array.from({ length: elementCount(shape) }, (_, i) =>
    saturated(x.dtype, outside[i] === 1 ? extrapolation : values[i]!),
  );
  return [tensorOf(x.dtype, shape, result)];
}

export const resize = operator({
  name: "Resize",
  summary: "nearest, linear or cubic interpolation to another size",
  shapeInputs: [1, 2, 3],
  infer: inferResize,
  evaluate: evaluateResize,
});

export const upsample = operator({
  name: "Upsample",
  summary: "Resize under its first name, by scales alone",
  shapeInputs: [1],
  infer: inferResize,
  evaluate: evaluateResize,
});
