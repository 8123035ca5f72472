import type { Loop } from "@rdu/ir";
import type { Expression, IndexDraft } from "./draft.ts";

export function constantIndex(constant: number): IndexDraft {
  return { constant, loops: [], gathered: [] };
}

export function loopIndex(loop: Loop): IndexDraft {
  return { constant: 0, loops: [{ loop, coefficient: 1 }], gathered: [] };
}

/** constant + sum of factor * index, like terms collected. */
export function linear(
  constant: number,
  terms: readonly { readonly index: IndexDraft; readonly factor: number }[],
): IndexDraft {
  let sum = constant;
  const loops = new Map<Loop, number>();
  const gathered = new Map<Expression, number>();
  for (const { index, factor } of terms) {
    if (factor === 0) continue;
    sum += factor * index.constant;
    for (const { loop, coefficient } of index.loops) loops.set(loop, (loops.get(loop) ?? 0) + factor * coefficient);
    for (const { expression, coefficient } of index.gathered)
      gathered.set(expression, (gathered.get(expression) ?? 0) + factor * coefficient);
  }
  return {
    constant: sum === 0 ? 0 : sum,
    loops: [...loops]
      .filter(([, coefficient]) => coefficient !== 0)
      .map(([loop, coefficient]) => ({ loop, coefficient })),
    gathered: [...gathered]
      .filter(([, coefficient]) => coefficient !== 0)
      .map(([expression, coefficient]) => ({ expression, coefficient })),
  };
}

/** The index with each loop replaced by what `loops` maps it to; loops that are not in the map stay. */
export function substituteLoops(index: IndexDraft, loops: ReadonlyMap<Loop, IndexDraft>): IndexDraft {
  if (index.loops.every(({ loop }) => !loops.has(loop))) return index;
  const terms = index.loops.map(({ loop, coefficient }) => ({
    index: loops.get(loop) ?? loopIndex(loop),
    factor: coefficient,
  }));
  return linear(index.constant, [...terms, { index: { constant: 0, loops: [], gathered: index.gathered }, factor: 1 }]);
}

/** Least and greatest value over all iterations; undefined when it depends on gathered values. */
export function rangeOf(index: IndexDraft): { readonly low: number; readonly high: number } | undefined {
  if (index.gathered.length > 0) return undefined;
  let low = index.constant;
  let high = index.constant;
  for (const { loop, coefficient } of index.loops) {
    const reach = coefficient * (loop.extent - 1);
    if (reach < 0) low += reach;
    else high += reach;
  }
  return { low, high };
}

/** True when every value of the index lies in [0, extent). */
export function staysWithin(index: IndexDraft, extent: number): boolean {
  const range = rangeOf(index);
  return range !== undefined && range.low >= 0 && range.high < extent;
}

/** The loop that the index is, alone and unscaled. */
export function loneLoopOf(index: IndexDraft): Loop | undefined {
  const [term] = index.loops;
  if (index.constant !== 0 || index.loops.length !== 1 || index.gathered.length > 0) return undefined;
  return term?.coefficient === 1 ? term.loop : undefined;
}

export function isConstantIndex(index: IndexDraft): boolean {
  return index.loops.length === 0 && index.gathered.length === 0;
}
