import { elementAt } from "@rdu/diagnostics";
import type { IndexDraft, ReadExpression } from "./draft.ts";
import { constantIndex, linear, staysWithin } from "./index-draft.ts";

/** Axes of two shapes of equal element count that cover the same row-major run of elements. */
interface AxisGroup {
  readonly from: readonly number[];
  readonly to: readonly number[];
}

/**
 * A read of a view as a read of what the view shows, or undefined when the index is not affine there. `shape` is the view's, `source`
 * that of the tensor behind it. An axis that the view splits is joined again; one that it joins is taken apart when the loops of the
 * index fall apart in the same way.
 */
export function throughView(
  read: ReadExpression,
  shape: readonly number[],
  source: readonly number[],
): readonly IndexDraft[] | undefined {
  const groups = axisGroups(shape, source);
  if (groups === undefined) return undefined;
  const result: IndexDraft[] = source.map(() => constantIndex(0));
  for (const { from, to } of groups) {
    const [axis] = to;
    const [only] = from;
    const alone = from.length === 1 && to.length === 1;
    if (alone && axis !== undefined && only !== undefined) {
      result[axis] = read.index[only] ?? constantIndex(0);
      continue;
    }
    // Joined or split axes: an index outside of one of them would land inside of another. Only the outermost one cannot, unless nothing is left of it.
    const outermost = (position: number): boolean => position === 0 && to.length > 0 && read.otherwise === undefined;
    const inside = from.every((axisOfView, position) => {
      const index = read.index[axisOfView] ?? constantIndex(0);
      return staysWithin(index, elementAt(shape, axisOfView)) || (outermost(position) && index.gathered.length > 0);
    });
    if (!inside) return undefined;
    const split = delinearise(
      flatIndex(
        from.map((index) => ({ index: read.index[index] ?? constantIndex(0), extent: elementAt(shape, index) })),
      ),
      to.map((index) => elementAt(source, index)),
    );
    if (split === undefined) return undefined;
    to.forEach((index, position) => {
      result[index] = split[position] ?? constantIndex(0);
    });
  }
  return result;
}

/** Splits both shapes into the shortest runs of equal products. Undefined when one of them is empty or they do not match. */
function axisGroups(a: readonly number[], b: readonly number[]): readonly AxisGroup[] | undefined {
  const groups: AxisGroup[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    const from: number[] = [];
    const to: number[] = [];
    let [left, right] = [1, 1];
    const takeLeft = (): void => {
      left *= elementAt(a, i);
      from.push(i);
      i += 1;
    };
    const takeRight = (): void => {
      right *= elementAt(b, j);
      to.push(j);
      j += 1;
    };
    // An axis of length 1 on one side only goes alone.
    if (i < a.length && j < b.length) {
      if (a[i] === 1 && b[j] !== 1) takeLeft();
      else if (b[j] === 1 && a[i] !== 1) takeRight();
      else {
        takeLeft();
        takeRight();
      }
    } else if (i < a.length) takeLeft();
    else takeRight();
    while (left !== right) {
      if (left < right ? i >= a.length : j >= b.length) return undefined;
      if (left < right) takeLeft();
      else takeRight();
    }
    groups.push({ from, to });
  }
  return groups;
}

function flatIndex(axes: readonly { readonly index: IndexDraft; readonly extent: number }[]): IndexDraft {
  return axes.reduce<IndexDraft>(
    (sum, { index, extent }) =>
      linear(0, [
        { index: sum, factor: extent },
        { index, factor: 1 },
      ]),
    constantIndex(0),
  );
}

/** A row-major position in a box of these extents as one index per axis, when its terms fall apart into whole axes. */
export function delinearise(flat: IndexDraft, extents: readonly number[]): readonly IndexDraft[] | undefined {
  const result: IndexDraft[] = [];
  let rest = flat;
  for (let axis = extents.length - 1; axis > 0; axis -= 1) {
    const extent = elementAt(extents, axis);
    const divisible = (coefficient: number): boolean => coefficient % extent === 0;
    if (!rest.gathered.every(({ coefficient }) => divisible(coefficient))) return undefined;
    const quotient = Math.floor(rest.constant / extent);
    const within: IndexDraft = {
      constant: rest.constant - quotient * extent,
      loops: rest.loops.filter(({ coefficient }) => !divisible(coefficient)),
      gathered: [],
    };
    if (!staysWithin(within, extent)) return undefined;
    result.unshift(within);
    rest = {
      constant: quotient,
      loops: rest.loops
        .filter(({ coefficient }) => divisible(coefficient))
        .map(({ loop, coefficient }) => ({ loop, coefficient: coefficient / extent })),
      gathered: rest.gathered.map(({ expression, coefficient }) => ({ expression, coefficient: coefficient / extent })),
    };
  }
  result.unshift(rest);
  return result;
}
