import { invariant, reject } from "@rdu/diagnostics";
import { DTYPES, type DType } from "./dtype.ts";

/** Number of elements. Rejects with E0206 when a double cannot count them exactly. */
export function elementCount(shape: readonly number[]): number {
  let count = 1;
  for (const extent of shape) {
    invariant(Number.isInteger(extent) && extent >= 0, () => `extent ${extent} in shape [${shape.join(",")}]`);
    count *= extent;
  }
  // A zero anywhere makes the product zero only when the partial products stayed finite.
  if (shape.includes(0)) return 0;
  if (!Number.isSafeInteger(count)) reject("E0206", `shape [${shape.join(",")}] has more than 2^53 elements`);
  return count;
}

/** Elements between neighbours along each axis, row-major. */
export function rowMajorStrides(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis -= 1) {
    strides[axis] = stride;
    stride *= shape[axis]!;
  }
  return strides;
}

/** The common shape under the numpy and ONNX rule; undefined when there is none. */
export function broadcastShapes(...shapes: readonly (readonly number[])[]): number[] | undefined {
  const rank = Math.max(0, ...shapes.map((shape) => shape.length));
  const result = new Array<number>(rank).fill(1);
  for (const shape of shapes) {
    for (let axis = 0; axis < shape.length; axis += 1) {
      const at = rank - shape.length + axis;
      const extent = shape[axis]!;
      if (extent === result[at] || extent === 1) continue;
      if (result[at] !== 1) return undefined;
      result[at] = extent;
    }
  }
  return result;
}

/** Strides with which a tensor of `shape` is read as one of the broader `target`: 0 along every repeated axis. */
export function broadcastStrides(shape: readonly number[], target: readonly number[]): number[] {
  const own = rowMajorStrides(shape);
  const missing = target.length - shape.length;
  return target.map((extent, axis) => {
    const from = axis - missing;
    if (from < 0 || (shape[from] === 1 && extent !== 1)) return 0;
    invariant(shape[from] === extent, () => `[${shape.join(",")}] does not broadcast to [${target.join(",")}]`);
    return own[from]!;
  });
}

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((extent, axis) => extent === b[axis]);
}

/** A possibly negative axis as one from 0 to rank - 1; undefined when out of range. */
export function normalizeAxis(axis: number, rank: number): number | undefined {
  const positive = axis < 0 ? axis + rank : axis;
  return Number.isInteger(axis) && positive >= 0 && positive < rank ? positive : undefined;
}

/** `f32[8,784]`; a scalar is `f32[]`. Symbolic dimensions keep their name, unknown ones are `?`. */
export function typeText(dtype: DType, shape: readonly (number | string | null)[] | null): string {
  return `${DTYPES[dtype].short}${shape === null ? "" : `[${shape.map((extent) => extent ?? "?").join(",")}]`}`;
}
