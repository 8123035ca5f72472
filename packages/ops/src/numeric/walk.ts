/** Neighbouring axes merged wherever every operand steps through them as through one; extents of 1 dropped. */
export interface Walk {
  readonly shape: readonly number[];
  readonly strides: readonly (readonly number[])[];
}

/** Merges the axes of operands that are walked together in row-major order of `shape`. */
export function coalesce(shape: readonly number[], strides: readonly (readonly number[])[]): Walk {
  const mergedShape: number[] = [];
  const mergedStrides: number[][] = strides.map(() => []);
  for (let axis = 0; axis < shape.length; axis += 1) {
    const extent = shape[axis]!;
    if (extent === 1) continue;
    const last = mergedShape.length - 1;
    const joins = last >= 0 && strides.every((own, i) => mergedStrides[i]![last] === own[axis]! * extent);
    if (joins) {
      mergedShape[last] = mergedShape[last]! * extent;
      for (let i = 0; i < strides.length; i += 1) mergedStrides[i]![last] = strides[i]![axis]!;
    } else {
      mergedShape.push(extent);
      for (let i = 0; i < strides.length; i += 1) mergedStrides[i]!.push(strides[i]![axis]!);
    }
  }
  if (mergedShape.length === 0) return { shape: [1], strides: strides.map(() => [0]) };
  return { shape: mergedShape, strides: mergedStrides };
}

/**
 * Visits the rows (innermost axis) of a box in row-major order with the offset of each operand at the row's start.
 * `offsets` is reused between visits.
 */
export function eachRow(
  shape: readonly number[],
  strides: readonly (readonly number[])[],
  visit: (offsets: Float64Array, row: number) => void,
): void {
  if (shape.includes(0)) return;
  const outer = shape.length - 1;
  const counters = new Array<number>(outer).fill(0);
  const offsets = new Float64Array(strides.length);
  for (let row = 0; ; row += 1) {
    visit(offsets, row);
    let axis = outer - 1;
    for (; axis >= 0; axis -= 1) {
      counters[axis]! += 1;
      for (let i = 0; i < strides.length; i += 1) offsets[i]! += strides[i]![axis]!;
      if (counters[axis]! < shape[axis]!) break;
      for (let i = 0; i < strides.length; i += 1) offsets[i]! -= strides[i]![axis]! * shape[axis]!;
      counters[axis] = 0;
    }
    if (axis < 0) return;
  }
}

/** Visits every element of a box in row-major order with its coordinates (reused between visits) and its number. */
export function eachIndex(shape: readonly number[], visit: (index: readonly number[], ordinal: number) => void): void {
  if (shape.includes(0)) return;
  const index = new Array<number>(shape.length).fill(0);
  for (let ordinal = 0; ; ordinal += 1) {
    visit(index, ordinal);
    let axis = shape.length - 1;
    for (; axis >= 0; axis -= 1) {
      index[axis]! += 1;
      if (index[axis]! < shape[axis]!) break;
      index[axis] = 0;
    }
    if (axis < 0) return;
  }
}

/** Product of the extents of axes from `start` up to `end`. */
export function span(shape: readonly number[], start: number, end = shape.length): number {
  let product = 1;
  for (let axis = start; axis < end; axis += 1) product *= shape[axis]!;
  return product;
}

/** Row-major offset of coordinates. */
export function offsetOf(index: readonly number[], strides: readonly number[]): number {
  let offset = 0;
  for (let axis = 0; axis < index.length; axis += 1) offset += index[axis]! * strides[axis]!;
  return offset;
}
