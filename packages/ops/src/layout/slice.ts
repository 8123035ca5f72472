import type { Dim } from "@rdu/ir";
import { rowMajorStrides } from "@rdu/tensor";
import { copyBox } from "../numeric/copy.ts";
import { integersOf } from "../numeric/numbers.ts";
import { added } from "../open-sums.ts";
import { type EvaluateContext, type InferContext, operator } from "../operator.ts";
import { axisOf } from "../shapes.ts";

interface Cut {
  readonly axis: number;
  readonly start: number;
  readonly step: number;
  readonly length: number;
}

/** One axis of a slice: start and end may be negative or out of range and are clamped; a start backwards to an element, an end before one. */
function cutOf(axis: number, extent: number, start: number, end: number, step: number): Cut {
  const clamp = (at: number, least: number): number =>
    Math.min(step > 0 ? extent : extent - 1, Math.max(least, at < 0 ? at + extent : at));
  const from = clamp(start, 0);
  const length = Math.max(0, Math.ceil((clamp(end, step > 0 ? 0 : -1) - from) / step));
  return { axis, start: from, step, length };
}

interface Bounds {
  readonly starts: readonly number[];
  readonly ends: readonly number[];
  readonly axes: readonly number[];
  readonly steps: readonly number[];
}

function boundsOf(
  c: Pick<InferContext, "version" | "attributes" | "has" | "reject">,
  rank: number,
  input: (index: number) => readonly number[] | undefined,
): Bounds | undefined {
  const old = c.version < 10;
  const starts = old ? c.attributes.ints("starts") : input(1);
  const ends = old ? c.attributes.ints("ends") : input(2);
  if (starts === undefined || ends === undefined) return undefined;
  const every = starts.map((_, index) => index);
  const axes = old ? c.attributes.ints("axes", every) : c.has(3) ? input(3) : every;
  const steps = old || !c.has(4) ? starts.map(() => 1) : input(4);
  if (axes === undefined || steps === undefined) return undefined;
  if (steps.includes(0)) c.reject("step 0", "E0307");
  return { starts, ends, axes: axes.map((axis) => axisOf(c, axis, rank)), steps };
}

export const slice = operator({
  name: "Slice",
  summary: "every step-th element from start to end of some axes",
  shapeInputs: [1, 2, 3, 4],
  infer(c) {
    const shape = c.shape(0);
    const bounds = boundsOf(c, shape.length, (index) => c.lengths(index));
    if (bounds === undefined) return [unknownExtents(c, shape)];
    const result = [...shape];
    bounds.axes.forEach((axis, i) => {
      const extent = shape[axis] as Dim;
      const whole = bounds.starts[i] === 0 && bounds.ends[i]! >= 2 ** 31 - 1 && bounds.steps[i] === 1;
      if (typeof extent === "number")
        result[axis] = cutOf(axis, extent, bounds.starts[i]!, bounds.ends[i]!, bounds.steps[i]!).length;
      else if (!whole) result[axis] = null;
    });
    return [result];
  },
  evaluate(c) {
    const x = c.tensor(0);
    const strides = rowMajorStrides(x.shape);
    const shape = [...x.shape];
    let offset = 0;
    for (const { axis, start, step, length } of cuts(c)) {
      shape[axis] = length;
      offset += start * strides[axis]!;
      strides[axis] = strides[axis]! * step;
    }
    return [copyBox(x, shape, strides, offset)];
  },
});

/** Bounds not known: the extents of the axes cut are not either, but as the difference of two of which the run decides both. */
function unknownExtents(c: InferContext, shape: readonly Dim[]): readonly Dim[] {
  const [starts, ends] = [c.extents(1), c.extents(2)];
  const axes = c.has(3) ? c.lengths(3)?.map((axis) => axisOf(c, axis, shape.length)) : starts?.map((_, axis) => axis);
  const steps = c.has(4) ? c.lengths(4) : starts?.map(() => 1);
  return shape.map((extent, axis) => {
    const entry = axes?.indexOf(axis);
    if (entry === -1) return extent;
    if (entry === undefined || steps?.[entry] !== 1) return null;
    const [start = null, end = null] = [starts?.[entry], ends?.[entry]];
    // A bound that is known may lie beyond the axis, and so may a constant difference: those are cut to the axis.
    const length = typeof start === "string" && typeof end === "string" ? added(end, start, -1) : null;
    return typeof length === "string" ? length : null;
  });
}

function cuts(c: EvaluateContext): readonly Cut[] {
  const { shape } = c.tensor(0);
  const bounds = boundsOf(c, shape.length, (index) => integersOf(c.tensor(index)));
  if (bounds === undefined) return c.reject("has no bounds", "E0304");
  return bounds.axes.map((axis, i) => cutOf(axis, shape[axis]!, bounds.starts[i]!, bounds.ends[i]!, bounds.steps[i]!));
}
