import type { Dim } from "@rdu/ir";
import { elementCount, rowMajorStrides, type Tensor, tensor } from "@rdu/tensor";
import { filled, moveBox, takeElements } from "../numeric/copy.ts";
import { tensorOf } from "../numeric/numbers.ts";
import { eachIndex } from "../numeric/walk.ts";
import { type EvaluateContext, type InferContext, operator } from "../operator.ts";
import { axisOf } from "../shapes.ts";

/** Elements added (or, when negative, removed) before and after every axis. */
interface Margins {
  readonly before: readonly number[];
  readonly after: readonly number[];
}

function marginsOf(
  c: Pick<InferContext, "version" | "attributes" | "has" | "reject">,
  rank: number,
  input: (index: number) => readonly number[] | undefined,
): Margins | undefined {
  const given = c.version >= 11 ? input(1) : c.attributes.ints(c.version < 2 ? "paddings" : "pads");
  if (given === undefined) return undefined;
  const axes = c.has(3)
    ? input(3)?.map((axis) => axisOf(c, axis, rank))
    : Array.from({ length: rank }, (_, axis) => axis);
  if (axes === undefined) return undefined;
  if (given.length !== 2 * axes.length) c.reject(`${given.length} pads for ${axes.length} axes`);
  const before = new Array<number>(rank).fill(0);
  const after = new Array<number>(rank).fill(0);
  axes.forEach((axis, i) => {
    before[axis] = given[i]!;
    after[axis] = given[axes.length + i]!;
  });
  return { before, after };
}

export const pad = operator({
  name: "Pad",
  summary: "elements added around: constant, edge, reflected or wrapped",
  shapeInputs: [1, 3],
  infer(c) {
    const shape = c.shape(0);
    const margins = marginsOf(c, shape.length, (index) => c.lengths(index));
    if (margins === undefined) return [shape.map(() => null)];
    const mode = c.attributes.string("mode", "constant");
    return [
      shape.map((extent, axis): Dim => {
        const added = margins.before[axis]! + margins.after[axis]!;
        if (extent === 0 && added > 0 && mode !== "constant")
          c.reject(`axis ${axis} has no elements that mode "${mode}" could repeat`);
        return typeof extent === "number" ? Math.max(0, extent + added) : added === 0 ? extent : null;
      }),
    ];
  },
  evaluate(c) {
    const x = c.tensor(0);
    const margins = marginsOf(c, x.shape.length, (index) => c.integers(index));
    if (margins === undefined) return c.reject("has no pads", "E0304");
    const mode = c.attributes.string("mode", "constant");
    return [mode === "constant" ? padConstant(c, x, margins) : padFrom(c, x, margins, mode)];
  },
});

function padConstant(c: EvaluateContext, x: Tensor, { before, after }: Margins): Tensor {
  const shape = c.shape();
  const fill = c.version >= 11 ? c.optional(2) : tensorOf(x.dtype, [], [c.attributes.float("value", 0)]);
  const result = filled(fill ?? zeroOf(x), shape);
  const own = rowMajorStrides(x.shape);
  const target = rowMajorStrides(shape);
  // The part of x that negative margins leave.
  const start = before.map((margin) => Math.max(0, -margin));
  const box = x.shape.map((extent, axis) => Math.max(0, extent - start[axis]! - Math.max(0, -after[axis]!)));
  const from = start.reduce((sum, at, axis) => sum + at * own[axis]!, 0);
  const to = before.reduce((sum, margin, axis) => sum + Math.max(0, margin) * target[axis]!, 0);
  moveBox(x, own, from, result, target, to, box);
  return result;
}

function zeroOf(x: Tensor): Tensor {
  return x.dtype === "string" ? tensor("string", [], [""]) : tensorOf(x.dtype, [], [0]);
}

function padFrom(c: EvaluateContext, x: Tensor, { before }: Margins, mode: string): Tensor {
  const source: Readonly<Record<string, (at: number, extent: number) => number>> = {
    edge: (at, extent) => Math.min(extent - 1, Math.max(0, at)),
    wrap: (at, extent) => ((at % extent) + extent) % extent,
    reflect: reflected,
  };
  const choose = source[mode] ?? c.reject(`mode "${mode}"`, "E0306");
  const shape = c.shape();
  const strides = rowMajorStrides(x.shape);
  const indices = new Float64Array(elementCount(shape));
  eachIndex(shape, (index, ordinal) => {
    let from = 0;
    for (let axis = 0; axis < shape.length; axis += 1)
      from += choose(index[axis]! - before[axis]!, x.shape[axis]!) * strides[axis]!;
    indices[ordinal] = from;
  });
  return takeElements(x, shape, indices);
}

/** Mirrors about the first and last elements, again and again for margins wider than the axis. */
function reflected(at: number, extent: number): number {
  if (extent === 1) return 0;
  const period = 2 * (extent - 1);
  const within = ((at % period) + period) % period;
  return within < extent ? within : period - within;
}

/** Crops the middle of some axes, or pads them evenly with zeros, to a given extent. */
export const centerCropPad = operator({
  name: "CenterCropPad",
  summary: "axes cropped or zero-padded about their centre to given extents",
  shapeInputs: [1],
  infer(c) {
    const shape = c.shape(0);
    const target = c.extents(1);
    const axes = c.attributes
      .ints(
        "axes",
        shape.map((_, axis) => axis),
      )
      .map((axis) => axisOf(c, axis, shape.length));
    return [shape.map((extent, axis) => (axes.includes(axis) ? (target?.[axes.indexOf(axis)] ?? null) : extent))];
  },
  evaluate(c) {
    const x = c.tensor(0);
    const shape = c.shape();
    const result = filled(zeroOf(x), shape);
    const own = rowMajorStrides(x.shape);
    const target = rowMajorStrides(shape);
    const box = x.shape.map((extent, axis) => Math.min(extent, shape[axis]!));
    // An odd surplus is cropped, or padded, more at the end.
    const from = box.reduce((sum, extent, axis) => sum + Math.floor((x.shape[axis]! - extent) / 2) * own[axis]!, 0);
    const to = box.reduce((sum, extent, axis) => sum + Math.floor((shape[axis]! - extent) / 2) * target[axis]!, 0);
    moveBox(x, own, from, result, target, to, box);
    return [result];
  },
});
