import type { Chip } from "@rdu/chip";
import { elementAt, invariant } from "@rdu/diagnostics";
import type { PatternNode } from "@rdu/ir";
import { type Mapping, mapNest, type Nest } from "@rdu/kernels";
import { DTYPES, type DType, elementCount } from "@rdu/tensor";
import type { Source } from "./body.ts";
import type { TileLoop } from "./choose-tiles.ts";
import type { CounterPlan, StagePlan } from "./plan.ts";

/** The mapping of a pattern onto compute units. */
export function mappingFor(
  nest: Nest,
  chip: Chip,
  operandTypes: readonly DType[],
  resultTypes: readonly DType[],
): Mapping {
  const mapping = mapNest(nest, { chip, operandTypes, resultTypes });
  invariant(mapping !== null, "no mapping template takes the pattern");
  return mapping;
}

/** Orders the counters of a stage: tiles, outer loops, systolic rows, lanes, reduction; and divides them among at most `units` compute units. */
export function planStage(
  node: PatternNode,
  nest: Nest,
  mapping: Mapping,
  sources: readonly Source[],
  tiles: readonly TileLoop[],
  chip: Chip,
  units: number,
): StagePlan {
  const rows = chip.pcu.systolicRows;
  const extentOf = (loop: number): number => nest.loops[loop]?.extent ?? 1;
  const split = new Map(tiles.map((tile) => [tile.loop, tile.within]));
  const counters: CounterPlan[] = tiles.map(({ loop, within }) => ({
    loop,
    extent: extentOf(loop) / within,
    step: 1,
    scale: within,
    parts: 1,
  }));
  const tileDepth = counters.length;
  const add = (loop: number, step: number): number => {
    counters.push({ loop, extent: split.get(loop) ?? extentOf(loop), step, scale: 1, parts: 1 });
    return counters.length - 1;
  };
  for (const loop of mapping.outer) if (split.get(loop) !== 1) add(loop, 1);
  const m = mapping.kind === "systolic" ? add(mapping.m, rows) : -1;
  let vector = -1;
  if (mapping.vector >= 0 && !mapping.crossLane) vector = add(mapping.vector, mapping.lanes);
  const reduceFrom = counters.length;
  for (const loop of mapping.reduce) add(loop, 1);
  if (mapping.crossLane) vector = add(mapping.vector, mapping.lanes);
  return {
    node,
    nest,
    mapping,
    sources,
    counters: divide(counters, { tileDepth, m, vector, reduceFrom }, Math.min(units, mostUnits(node, chip))),
    tileDepth,
    m,
    vector,
    reduceFrom,
  };
}

/** Ends of streams that routes of one stage still get along with. */
const MOST_ENDS = 2048;

/**
 * A stage that reads nothing makes its tensor whole, and every unit of it sends to every PMU that holds a part: of a tensor that fills
 * hundreds, few units are enough and many could not be routed.
 */
function mostUnits(node: PatternNode, chip: Chip): number {
  if (node.inputs.length > 0) return Number.POSITIVE_INFINITY;
  const bytes = node.pattern.results.reduce(
    (sum, { dtype, shape }) => sum + DTYPES[dtype].bytes * elementCount(shape),
    0,
  );
  return Math.max(1, Math.floor((MOST_ENDS * chip.pmu.bytes) / bytes));
}

/** Shares counters among units, lanes first (each share has weights of its own), then rows, then outer loops; in even shares where possible. */
function divide(
  counters: readonly CounterPlan[],
  roles: { tileDepth: number; m: number; vector: number; reduceFrom: number },
  units: number,
): CounterPlan[] {
  const candidates = [roles.vector, roles.m];
  for (let index = roles.reduceFrom - 1; index >= roles.tileDepth; index -= 1) candidates.push(index);
  const parts = counters.map(() => 1);
  let left = units;
  for (const index of candidates) {
    const counter = counters[index];
    if (counter === undefined || index >= roles.reduceFrom || elementAt(parts, index) > 1) continue;
    const share = largestDivisor(Math.ceil(counter.extent / counter.step), left);
    parts[index] = share;
    left = Math.floor(left / share);
  }
  return counters.map((counter, index) => ({ ...counter, parts: elementAt(parts, index) }));
}

/** The largest divisor of `count` that is at most `limit`; when the best is under half the limit, uneven shares instead. */
function largestDivisor(count: number, limit: number): number {
  for (let divisor = Math.min(count, limit); divisor > 1; divisor -= 1) {
    if (count % divisor === 0) return divisor * 2 >= Math.min(count, limit) ? divisor : Math.min(count, limit);
  }
  return count <= 1 ? 1 : Math.max(1, Math.min(count, limit));
}
