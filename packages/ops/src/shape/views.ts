import type { Dim, TensorType } from "@rdu/ir";
import type { Tensor } from "@rdu/tensor";
import { type EvaluateContext, type InferContext, operator } from "../operator.ts";
import { axisOf, dimsProduct } from "../shapes.ts";

/** How Reshape, Flatten, Squeeze and Unsqueeze see an operand: the same elements under the inferred shape. */
export function viewed(c: EvaluateContext): readonly Tensor[] {
  return [{ ...c.tensor(0), shape: c.shape() }];
}

export const reshape = operator({
  name: "Reshape",
  summary: "the same elements under another shape; 0 keeps an extent, -1 takes what is left",
  shapeInputs: [1],
  infer(c) {
    const given: readonly Dim[] | undefined = c.version < 5 ? c.attributes.ints("shape") : c.extents(1);
    // A shape that is written out needs nothing of the operand's.
    if (given?.every((extent) => typeof extent === "string" || Number(extent) > 0) && c.type(0).kind === "tensor") {
      const { shape } = c.type(0) as TensorType;
      if (shape === null) return [given];
    }
    const from = c.shape(0);
    if (given === undefined) {
      const [rank] = c.shape(1);
      return [typeof rank === "number" ? new Array<Dim>(rank).fill(null) : null];
    }
    const keepZero = c.attributes.int("allowzero", 0) !== 0;
    const shape: Dim[] = given.map((extent, axis) => {
      if (extent !== 0 || keepZero) return extent;
      const kept = from[axis];
      return kept === undefined ? c.reject(`0 at axis ${axis} of [${given.join(",")}] has no extent to keep`) : kept;
    });
    return [completed(c, from, shape)];
  },
  evaluate: viewed,
});

/** Replaces -1 by what is left, and checks the count where both are known. */
function completed(c: InferContext, from: readonly Dim[], shape: readonly Dim[]): readonly Dim[] {
  const all = dimsProduct(from);
  const open = shape.indexOf(-1);
  const rest = dimsProduct(shape.filter((extent) => extent !== -1));
  if (open < 0) {
    if (all !== null && rest !== null && all !== rest) c.reject(`${all} elements do not fit [${shape.join(",")}]`);
    return shape;
  }
  if (all === null || rest === null) return shape.map((extent) => (extent === -1 ? null : extent));
  const left = rest === 0 ? 0 : all / rest;
  if (!Number.isInteger(left)) c.reject(`${all} elements do not fit [${shape.join(",")}]`);
  return shape.map((extent) => (extent === -1 ? left : extent));
}

export const flatten = operator({
  name: "Flatten",
  summary: "the operand as a matrix: the axes before `axis` times the rest",
  infer(c) {
    const shape = c.shape(0);
    const given = c.attributes.int("axis");
    const axis = given === shape.length ? given : axisOf(c, given, shape.length);
    return [[dimsProduct(shape.slice(0, axis)), dimsProduct(shape.slice(axis))]];
  },
  evaluate: viewed,
});

export const squeeze = operator({
  name: "Squeeze",
  summary: "axes of extent 1 removed",
  shapeInputs: [1],
  infer(c) {
    const shape = c.shape(0);
    const given = axesInput(c, 13);
    if (given === undefined) {
      // An extent not known yet may turn out to be 1.
      const settled = !c.has(1) && shape.every((extent) => typeof extent === "number");
      return [settled ? shape.filter((extent) => extent !== 1) : null];
    }
    const axes = given.map((axis) => axisOf(c, axis, shape.length));
    for (const axis of axes)
      if (shape[axis] !== 1 && typeof shape[axis] === "number")
        c.reject(`axis ${axis} of [${shape.join(",")}] is not 1`);
    return [shape.filter((_, axis) => !axes.includes(axis))];
  },
  evaluate: viewed,
});

export const unsqueeze = operator({
  name: "Unsqueeze",
  summary: "axes of extent 1 inserted",
  shapeInputs: [1],
  infer(c) {
    const shape = c.shape(0);
    const given = axesInput(c, 13);
    if (given === undefined) {
      const [count] = c.shape(1);
      return [typeof count === "number" ? new Array<Dim>(shape.length + count).fill(null) : null];
    }
    const rank = shape.length + given.length;
    const axes = given.map((axis) => axisOf(c, axis, rank));
    const rest = [...shape];
    return [Array.from({ length: rank }, (_, axis) => (axes.includes(axis) ? 1 : (rest.shift() ?? null)))];
  },
  evaluate: viewed,
});

/** Axes given by an attribute before version `since` and by input 1 from then on. */
function axesInput(c: InferContext, since: number): readonly number[] | undefined {
  if (c.version >= since) return c.lengths(1);
  return c.attributes.has("axes") ? c.attributes.ints("axes") : undefined;
}

export const identity = operator({
  name: "Identity",
  summary: "the operand itself",
  infer: (c) => [c.type(0)],
  evaluate: (c) => [c.value(0)],
});
