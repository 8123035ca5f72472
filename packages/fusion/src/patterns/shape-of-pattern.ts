import type { IndexExpression, Pattern, PatternNode, Read, Write } from "@rdu/ir";

/** Patterns without reductions: each iteration stands for itself. */
export function isMap({ pattern }: PatternNode): boolean {
  return pattern.reductions.length === 0 && pattern.loops.every(({ kind }) => kind === "parallel");
}

/** A map that moves elements and does nothing to them. */
export function isCopy(node: PatternNode): boolean {
  const [step] = node.pattern.body;
  return isMap(node) && node.pattern.body.length === 1 && node.pattern.results.length === 1 && step?.kind === "read";
}

/** One sum of products of two reads: what the systolic array takes. */
export function isContraction({ pattern }: PatternNode): boolean {
  const [first, second, last] = pattern.body;
  const [reduction] = pattern.reductions;
  if (pattern.body.length !== 3 || pattern.reductions.length !== 1 || reduction === undefined) return false;
  if (first?.kind !== "read" || second?.kind !== "read" || last?.kind !== "compute") return false;
  return reduction.combiner === "sum" && last.instruction.op === "mul" && reduction.register === 2;
}

/** The loop that an index expression is, alone and unscaled; undefined when it is anything else. */
export function loneLoop(index: IndexExpression): number | undefined {
  const [term] = index.loops;
  if (index.constant !== 0 || index.loops.length !== 1 || (index.registers?.length ?? 0) > 0) return undefined;
  return term?.coefficient === 1 ? term.loop : undefined;
}

function isZero(index: IndexExpression): boolean {
  return index.constant === 0 && index.loops.length === 0 && (index.registers?.length ?? 0) === 0;
}

/**
 * For an access that walks the whole of a tensor of `shape`, one iteration an element: the loop of each axis, undefined for axes of
 * length 1 without a loop. Undefined when the access is anything else. `loops` are those that must all be used.
 */
export function oneToOne(
  access: Pick<Read | Write, "index">,
  shape: readonly number[],
  pattern: Pattern,
  loops: readonly number[],
): readonly (number | undefined)[] | undefined {
  const used = new Set<number>();
  const axes: (number | undefined)[] = [];
  for (const [axis, index] of access.index.entries()) {
    const loop = loneLoop(index);
    if (loop === undefined) {
      if (!isZero(index) || shape[axis] !== 1) return undefined;
    } else {
      if (used.has(loop) || pattern.loops[loop]?.extent !== shape[axis]) return undefined;
      used.add(loop);
    }
    axes.push(loop);
  }
  return loops.every((loop) => used.has(loop)) ? axes : undefined;
}

/** Indices of the parallel loops. */
export function parallelLoops(pattern: Pattern): number[] {
  return pattern.loops.flatMap((loop, index) => (loop.kind === "parallel" ? [index] : []));
}

/** Iterations of all loops. */
export function iterations(pattern: Pattern): number {
  return pattern.loops.reduce((product, { extent }) => product * extent, 1);
}
