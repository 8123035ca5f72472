import type { Dim } from "@rdu/ir";
import { normalizeAxis } from "@rdu/tensor";
import type { InferContext, InferredType, RejectCode } from "./operator.ts";

interface Rejecting {
  reject(message: string, code?: RejectCode): never;
}

/** Output 0 has the type of input 0. */
export function likeFirst(context: InferContext): readonly InferredType[] {
  return [context.type(0)];
}

/** Output 0 has the shape of input 0 and the element type of its own. */
export function shapedLikeFirst(context: InferContext): readonly InferredType[] {
  const type = context.type(0);
  return [type.kind === "tensor" ? type.shape : context.shape(0)];
}

/** The common shape under broadcasting; an unknown extent stays unknown unless another operand settles it. */
export function broadcastDims(context: Rejecting, ...shapes: readonly (readonly Dim[])[]): readonly Dim[] {
  const rank = Math.max(0, ...shapes.map(({ length }) => length));
  const result: Dim[] = new Array<Dim>(rank).fill(1);
  for (const shape of shapes)
    for (let from = 0; from < shape.length; from += 1) {
      const axis = rank - shape.length + from;
      result[axis] = commonDim(context, result[axis] as Dim, shape[from] as Dim, shapes);
    }
  return result;
}

function commonDim(context: Rejecting, a: Dim, b: Dim, shapes: readonly (readonly Dim[])[]): Dim {
  if (a === b || b === 1) return a;
  if (a === 1) return b;
  if (typeof a === "number" && typeof b === "number")
    return context.reject(`${shapes.map(dimsText).join(" and ")} do not broadcast`);
  if (typeof a === "number") return a;
  return typeof b === "number" ? b : null;
}

/** `[2,N,?]` */
export function dimsText(shape: readonly Dim[]): string {
  return `[${shape.map((extent) => extent ?? "?").join(",")}]`;
}

/** An axis from -rank to rank - 1 as one from 0. */
export function axisOf(context: Rejecting, axis: number, rank: number): number {
  return normalizeAxis(axis, rank) ?? context.reject(`axis ${axis} is out of range for ${rank} dimensions`, "E0303");
}

/** Axes from 0, in the order given; refuses repeated ones. */
export function axesOf(context: Rejecting, axes: readonly number[], rank: number): number[] {
  const positive = axes.map((axis) => axisOf(context, axis, rank));
  if (new Set(positive).size !== positive.length) context.reject(`axes [${axes.join(",")}] repeat`, "E0303");
  return positive;
}

/** Product of extents; null when one is unknown and none is 0. */
export function dimsProduct(shape: readonly Dim[]): number | null {
  if (shape.includes(0)) return 0;
  return shape.reduce<number | null>(
    (product, extent) => (typeof extent === "number" && product !== null ? product * extent : null),
    1,
  );
}

/** Refuses other ranks with E0204. */
export function expectRank(context: InferContext, index: number, ...ranks: readonly number[]): readonly Dim[] {
  const shape = context.shape(index);
  if (!ranks.includes(shape.length))
    context.reject(`input ${index} is ${dimsText(shape)}, expected ${ranks.join(" or ")} dimensions`, "E0204");
  return shape;
}

/** Refuses two extents that are known and differ; gives the known one. */
export function sameDim(context: Rejecting, a: Dim, b: Dim, what: string): Dim {
  if (typeof a === "number" && typeof b === "number" && a !== b) context.reject(`${what} differ: ${a} and ${b}`);
  return typeof a === "number" ? a : (b ?? a);
}
