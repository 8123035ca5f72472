import { elementAt } from "@rdu/diagnostics";
import { formInterval, type NestAxis, usesLoop } from "@rdu/kernels";
import { type Coordinates, flatForm } from "./address.ts";
import type { TileAxis } from "./choose-tiles.ts";
import type { Tiles, WalkedAxis } from "./handshake.ts";
import { rangesWithinTile, type StagePart, type StagePlan } from "./plan.ts";

/** Tiles of a stage, tile counters being shared by all its parts. */
export function tileCountOf(plan: StagePlan): number {
  return plan.counters.slice(0, plan.tileDepth).reduce((product, counter) => product * counter.extent, 1);
}

/** How a part's tiles fill a result. `offsets` shift it into the tensor it is joined to, whose shape is `shape`. */
export function writtenTiles(
  plan: StagePlan,
  axes: readonly NestAxis[],
  offsets: readonly number[],
  shape: readonly number[],
  coordinates: Coordinates,
): Tiles<TileAxis> {
  const count = tileCountOf(plan);
  const filled: TileAxis[] = [];
  for (const counter of plan.counters.slice(0, plan.tileDepth)) {
    const axis = axes.findIndex((candidate) => usesLoop(candidate.form, counter.loop));
    const form = axes[axis]?.form;
    if (form === undefined || form.constant + elementAt(offsets, axis) !== 0 || form.coefficients[counter.loop] !== 1)
      return { count, axes: null };
    if (axes[axis]?.extent !== shape[axis] || counter.extent * counter.scale !== shape[axis])
      return { count, axes: null };
    filled.push({ axis, count: counter.extent, within: counter.scale });
  }
  return { count, axes: coordinates.flat ? flattened(filled, shape) : filled };
}

/** Tiles of leading axes, in order, are consecutive runs of the row-major elements. */
export function flattened(axes: readonly TileAxis[], shape: readonly number[]): TileAxis[] | null {
  let next = 0;
  let count = 1;
  for (const tile of axes) {
    while (shape[next] === 1 && next !== tile.axis) next += 1;
    if (tile.axis !== next) return null;
    count *= tile.count;
    next = tile.within === 1 ? next + 1 : Number.POSITIVE_INFINITY;
  }
  const elements = shape.reduce((product, extent) => product * extent, 1);
  return count === 1 ? [] : [{ axis: 0, count, within: elements / count }];
}

/** How a part's tiles walk an operand. */
export function walkedTiles(
  plan: StagePlan,
  part: StagePart,
  axes: readonly NestAxis[],
  coordinates: Coordinates,
): Tiles<WalkedAxis> {
  const count = tileCountOf(plan);
  const ranges = rangesWithinTile(plan, part);
  // Among row-major elements an index may point anywhere.
  if (coordinates.flat && axes.some(({ gathers }) => gathers.length > 0)) return { count, axes: null };
  const forms = coordinates.flat ? [flatForm(axes)] : axes.map((axis) => axis.form);
  const extents = coordinates.extents;
  const walked: WalkedAxis[] = [];
  for (const counter of plan.counters.slice(0, plan.tileDepth)) {
    const using = forms.flatMap((form, axis) => (usesLoop(form, counter.loop) ? [axis] : []));
    const axis = using[0];
    const form = axis === undefined ? undefined : forms[axis];
    if (axis === undefined || form === undefined || using.length > 1 || axes[axis]?.gathers.length)
      return { count, axes: null };
    const step = elementAt(form.coefficients, counter.loop) * counter.scale;
    const previous = walked.at(-1);
    if (previous?.axis === axis) {
      if (previous.step !== step * counter.extent) return { count, axes: null };
      walked.pop();
      const { low, high } = formInterval(form, ranges);
      walked.push({ axis, count: previous.count * counter.extent, step, low, high });
      continue;
    }
    const { low, high } = formInterval(form, ranges);
    const last = elementAt(extents, axis) - 1;
    walked.push({ axis, count: counter.extent, step, low, high: counter.extent === 1 ? Math.min(high, last) : high });
  }
  return { count, axes: walked };
}
