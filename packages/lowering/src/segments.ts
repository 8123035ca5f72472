import { invariant } from "@rdu/diagnostics";
import { closure, type Source } from "./body.ts";

/** What one compute unit of a chain takes in, computes and gives out. */
export interface Segment {
  /** Reads, reductions, and values computed by earlier segments, in input order. */
  readonly inputs: readonly Source[];
  readonly computes: readonly Source[];
  /** Values that later segments or the results need. */
  readonly outputs: readonly Source[];
}

export interface SegmentLimits {
  readonly inputs: number;
  readonly operations: number;
  readonly outputs: number;
}

/**
 * Cuts a straight-line body into segments that each fit a compute unit: at most so many vector inputs, operations and vector outputs.
 * `first` bounds the first segment, which may share its unit with a reduction or a systolic array, whose accumulators cost it no input.
 * Greedy: each segment takes as many operations, in order, as fit.
 */
export function cutSegments(
  results: readonly Source[],
  limits: SegmentLimits,
  first: SegmentLimits = limits,
): Segment[] {
  const order = closure(results);
  const operations = order.filter((source) => source.kind === "compute");
  const segments: Segment[] = [];
  const computed = new Set<Source>();
  let position = 0;
  while (position < operations.length || segments.length === 0) {
    const bound = segments.length === 0 ? first : limits;
    let taken = 0;
    let best: Segment | null = segments.length === 0 ? segmentOf([], operations, 0, computed, results) : null;
    while (position + taken < operations.length && taken < bound.operations) {
      taken += 1;
      const candidate = segmentOf(
        operations.slice(position, position + taken),
        operations,
        position + taken,
        computed,
        results,
      );
      if (vectorInputs(candidate, segments.length === 0) <= bound.inputs && candidate.outputs.length <= bound.outputs)
        best = candidate;
    }
    invariant(best !== null, "an operation has more operands than a unit has inputs");
    segments.push(best);
    for (const source of best.computes) computed.add(source);
    position += best.computes.length;
    if (best.computes.length === 0 && position >= operations.length) break;
  }
  return segments;
}

/** The segments with a last one in which all results are at hand, computed there or taken in: a unit folds what it has. */
export function endingTogether(
  segments: readonly Segment[],
  results: readonly Source[],
  limits: SegmentLimits,
): Segment[] {
  const last = segments.at(-1);
  if (last === undefined) return [];
  const earlier = results.filter(
    (source) => source.kind === "compute" && !last.computes.includes(source) && !last.inputs.includes(source),
  );
  if (earlier.length === 0) return [...segments];
  if (last.inputs.length + earlier.length <= limits.inputs)
    return [...segments.slice(0, -1), { ...last, inputs: [...last.inputs, ...earlier] }];
  return [...segments, { inputs: results, computes: [], outputs: results }];
}

/** Inputs that take a vector FIFO: everything but the accumulators of the unit's own reduction, which the first segment shares. */
function vectorInputs(segment: Segment, first: boolean): number {
  return segment.inputs.filter((source) => !first || source.kind !== "reduction").length;
}

function segmentOf(
  computes: readonly Source[],
  all: readonly Source[],
  next: number,
  computed: ReadonlySet<Source>,
  results: readonly Source[],
): Segment {
  const own = new Set(computes);
  const inputs: Source[] = [];
  const take = (source: Source): void => {
    const external = source.kind === "read" || source.kind === "reduction" || computed.has(source);
    if (external && !inputs.includes(source)) inputs.push(source);
  };
  for (const source of computes) if (source.kind === "compute") for (const operand of source.operands) take(operand);
  const later = all.slice(next);
  const outputs = computes.filter(
    (source) =>
      results.includes(source) || later.some((user) => user.kind === "compute" && user.operands.includes(source)),
  );
  const last = later.length === 0;
  // Results that are plain reads, literals, loop values or accumulators leave through the last segment.
  const passed = last ? [...new Set(results.filter((source) => !own.has(source) && !computed.has(source)))] : [];
  for (const source of passed) take(source);
  return { inputs, computes, outputs: [...outputs, ...passed] };
}
