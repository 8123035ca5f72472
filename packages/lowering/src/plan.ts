import { elementAt } from "@rdu/diagnostics";
import type { PatternNode } from "@rdu/ir";
import type { Interval, Mapping, Nest, NestRead } from "@rdu/kernels";
import type { Source } from "./body.ts";

/** One counter of a stage's domain: it stands for `scale` x value of a loop. A split loop has two counters, the tiles and what is within one. */
export interface CounterPlan {
  /** -1 for the rows of a systolic stage that has no row loop. */
  readonly loop: number;
  readonly extent: number;
  readonly step: number;
  readonly scale: number;
  /** Compute units that share the counter's values among them. */
  readonly parts: number;
}

/** How one pattern becomes units: the domain every compute unit of the stage counts through, before it is divided into parts. */
export interface StagePlan {
  readonly node: PatternNode;
  readonly nest: Nest;
  readonly mapping: Mapping;
  /** The registers of the pattern. */
  readonly sources: readonly Source[];
  readonly counters: readonly CounterPlan[];
  readonly tileDepth: number;
  /** Counter indices; -1 where the stage has none. */
  readonly m: number;
  readonly vector: number;
  readonly reduceFrom: number;
}

/** One share of a stage: the range of every counter and loop that one chain of compute units covers. */
export interface StagePart {
  /** "" for a stage of one part, else ".0", ".1", ... */
  readonly suffix: string;
  readonly extents: readonly number[];
  /** Value of each loop where all counters are 0. */
  readonly offsets: readonly number[];
  /** Values of each loop over the whole part. */
  readonly ranges: readonly Interval[];
}

/** The parts of a stage, all combinations of the shares of its divided counters, outermost counter slowest. */
export function partsOf(plan: StagePlan): StagePart[] {
  const shares = plan.counters.map((counter) => sharesOf(counter));
  let choices: number[][] = [[]];
  for (const share of shares) choices = choices.flatMap((choice) => share.map((_, index) => [...choice, index]));
  return choices.map((choice, index) => {
    const offsets = plan.nest.loops.map(() => 0);
    const extents = plan.counters.map((counter, position) => {
      const share = shares[position]?.[elementAt(choice, position)] ?? { start: 0, extent: counter.extent };
      if (counter.loop >= 0) offsets[counter.loop] = elementAt(offsets, counter.loop) + share.start * counter.scale;
      return share.extent;
    });
    return {
      suffix: choices.length === 1 ? "" : `.${index}`,
      extents,
      offsets,
      ranges: rangesOf(plan, extents, offsets),
    };
  });
}

function sharesOf(counter: CounterPlan): { start: number; extent: number }[] {
  const steps = Math.ceil(counter.extent / counter.step);
  const chunk = Math.ceil(steps / counter.parts) * counter.step;
  const shares: { start: number; extent: number }[] = [];
  for (let start = 0; start < counter.extent; start += chunk)
    shares.push({ start, extent: Math.min(chunk, counter.extent - start) });
  return shares;
}

function rangesOf(plan: StagePlan, extents: readonly number[], offsets: readonly number[]): Interval[] {
  return plan.nest.loops.map((_, loop) => {
    const low = elementAt(offsets, loop);
    let high = low;
    plan.counters.forEach((counter, index) => {
      if (counter.loop === loop) high += counter.scale * (elementAt(extents, index) - 1);
    });
    return { low, high };
  });
}

/** The range of each loop within one tile, the tile counters standing at 0. */
export function rangesWithinTile(plan: StagePlan, part: StagePart): Interval[] {
  return rangesOf(
    plan,
    part.extents.map((extent, index) => (index < plan.tileDepth ? 1 : extent)),
    part.offsets,
  );
}

/** How a read is vectorised in a stage: along the systolic rows, along the lanes, or one element a firing. */
export function vectorOf(plan: StagePlan, read: NestRead): { readonly counter: number; readonly loop: number } {
  const along = (counter: number): { counter: number; loop: number } => ({
    counter,
    loop: plan.counters[counter]?.loop ?? -1,
  });
  if (plan.mapping.kind === "systolic" && read.phase === "body")
    return along(read === plan.mapping.a ? plan.m : plan.vector);
  const loop = plan.mapping.vector;
  if (plan.mapping.crossLane && read.phase === "epilogue") return { counter: -1, loop: -1 };
  const used =
    loop >= 0 &&
    (read.axes.some((axis) => axis.form.coefficients[loop] !== 0) || read.axes.some((axis) => axis.gathers.length > 0));
  return used ? along(plan.vector) : { counter: -1, loop: -1 };
}
