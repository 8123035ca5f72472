import { elementAt } from "@rdu/diagnostics";
import type { Loop } from "@rdu/ir";
import type { IndexDraft, PatternDraft, ReadExpression } from "./draft.ts";
import { isConstantIndex, loneLoopOf, staysWithin, substituteLoops } from "./index-draft.ts";

/** The loop of each axis of a result that is written whole, one iteration an element; undefined for one that is not. */
export function writtenLoops(draft: PatternDraft): readonly (Loop | undefined)[] | undefined {
  const [result] = draft.results;
  if (result === undefined || draft.results.length !== 1 || result.initial !== undefined) return undefined;
  const used = new Set<Loop>();
  const loops: (Loop | undefined)[] = [];
  for (const [axis, index] of result.index.entries()) {
    const loop = loneLoopOf(index);
    const extent = result.shape[axis];
    if (
      loop === undefined
        ? !isConstantIndex(index) || index.constant !== 0 || extent !== 1
        : used.has(loop) || loop.extent !== extent
    )
      return undefined;
    if (loop !== undefined) used.add(loop);
    loops.push(loop);
  }
  return draft.loops.every((loop) => loop.kind !== "parallel" || used.has(loop)) ? loops : undefined;
}

/** What each loop of the producer is when the consumer reads its result at `index`. */
export function loopsAt(
  written: readonly (Loop | undefined)[],
  index: readonly IndexDraft[],
): ReadonlyMap<Loop, IndexDraft> {
  const map = new Map<Loop, IndexDraft>();
  written.forEach((loop, axis) => {
    const at = index[axis];
    if (loop !== undefined && at !== undefined) map.set(loop, at);
  });
  return map;
}

/**
 * A read of a copy's result as a read of what the copy reads; undefined when an index outside of the copy would be taken for one
 * inside its source. `source` is the shape of what the copy reads, `shape` that of its result.
 */
export function composeCopy(
  read: ReadExpression,
  copy: PatternDraft,
  shape: readonly number[],
  source: readonly number[],
): ReadExpression | undefined {
  const inner = copy.results[0]?.expression;
  const written = writtenLoops(copy);
  if (inner?.kind !== "read" || written === undefined) return undefined;
  const loops = loopsAt(written, read.index);
  const gathers = read.index.some(({ gathered }) => gathered.length > 0);
  const leaving = written.filter((_, axis) => !staysWithin(elementAt(read.index, axis), elementAt(shape, axis)));
  if (gathers) {
    if (inner.otherwise !== undefined || !inner.index.every((index, axis) => wholeAxis(index, source[axis])))
      return undefined;
    // An axis of length 1 that the copy does not read along would take no notice of what is gathered there.
    if (!leaving.every((loop) => loop !== undefined && inner.index.some((index) => loneLoopOf(index) === loop)))
      return undefined;
  } else if (read.otherwise !== undefined) {
    if (inner.otherwise !== undefined && !Object.is(inner.otherwise, read.otherwise)) return undefined;
    if (!leaving.every((loop) => loop !== undefined && staysOutside(loop, inner.index, source))) return undefined;
  }
  const index = inner.index.map((form) => substituteLoops(form, loops));
  const otherwise = read.otherwise ?? inner.otherwise;
  return otherwise === undefined
    ? { kind: "read", value: inner.value, index }
    : { kind: "read", value: inner.value, index, otherwise };
}

/** A constant, or a loop that runs over the whole of the axis. */
function wholeAxis(index: IndexDraft, extent: number | undefined): boolean {
  return isConstantIndex(index) || loneLoopOf(index)?.extent === extent;
}

/** Some axis of the source is indexed by this loop alone so that beyond the loop's range lies beyond the axis. */
function staysOutside(loop: Loop, index: readonly IndexDraft[], source: readonly number[]): boolean {
  return index.some(({ constant, loops, gathered }, axis) => {
    const [term] = loops;
    if (loops.length !== 1 || gathered.length > 0 || term?.loop !== loop || term.coefficient !== 1) return false;
    return constant <= 0 && loop.extent - 1 + constant >= elementAt(source, axis) - 1;
  });
}
