import { usesLoop } from "./form.ts";
import { lanesOf } from "./lanes.ts";
import { type Mapping, type MappingContext, operandType, type Template } from "./mapping.ts";
import { type Nest, readUsesLoop } from "./nest.ts";

/** One element per iteration, vectorised along a parallel loop. */
export const map: Template = {
  name: "map",
  summary: "elementwise work, copies and gathers: one vector a firing",
  unit: "simd",
  takes: "nests without reduction or scan loops",
  cost: "ceil(elements / lanes) firings, one vector a cycle and input",
  match(nest, context) {
    return nest.pattern.reductions.length > 0 ? null : simdMapping("map", nest, context);
  },
};

/** Reduction with separate elements in the lanes. */
export const laneReduce: Template = {
  name: "lane-reduce",
  summary: "reduction of separate elements side by side in the lanes",
  unit: "simd",
  takes: "reductions with a parallel loop that fills at least half the lanes",
  cost: "(parallel elements / lanes) x reduced elements firings",
  match(nest, context) {
    if (nest.pattern.reductions.length === 0 || hasScan(nest)) return null;
    const mapping = simdMapping("lane-reduce", nest, context);
    const vector = nest.loops[mapping.vector];
    const reduced = nest.loops.some((loop) => loop.kind === "reduce");
    if (reduced && (vector === undefined || vector.extent * 2 < mapping.lanes)) return null;
    return mapping;
  },
};

/** Reduction along the lanes, finished by the cross-lane tree. */
export const treeReduce: Template = {
  name: "tree-reduce",
  summary: "reduction along the lanes, finished by the cross-lane tree",
  unit: "simd",
  takes: "reductions; the last reduction loop is spread over the lanes",
  cost: "parallel elements x ceil(reduced / lanes) firings, plus log2(lanes) for the tree",
  match(nest, context) {
    if (nest.pattern.reductions.length === 0 || hasScan(nest)) return null;
    const reduce = loopsOf(nest, "reduce");
    const vector = reduce.at(-1);
    if (vector === undefined) return null;
    return {
      template: "tree-reduce",
      kind: "simd",
      outer: loopsOf(nest, "parallel"),
      m: -1,
      vector,
      crossLane: true,
      reduce: reduce.slice(0, -1),
      lanes: lanesOfNest(nest, context),
    };
  },
};

/** A running value along one loop, separate elements in the lanes. */
export const scan: Template = {
  name: "scan",
  summary: "running value along one sequential loop (CumSum)",
  unit: "simd",
  takes: "nests with a scan loop",
  cost: "(parallel elements / lanes) x scanned elements firings",
  match(nest, context) {
    return hasScan(nest) ? simdMapping("scan", nest, context) : null;
  },
};

function hasScan(nest: Nest): boolean {
  return nest.loops.some((loop) => loop.kind === "scan");
}

function loopsOf(nest: Nest, kind: "parallel" | "reduce" | "scan"): number[] {
  return nest.loops.flatMap((loop, index) => (loop.kind === kind ? [index] : []));
}

function lanesOfNest(nest: Nest, context: MappingContext): number {
  return lanesOf(context.chip, [...nest.reads.map((read) => operandType(context, read)), ...context.resultTypes]);
}

/** Lane-parallel mapping: the parallel loop that fills its vectors best, the innermost of equals, runs across the lanes. */
function simdMapping(template: string, nest: Nest, context: MappingContext): Mapping {
  const lanes = lanesOfNest(nest, context);
  const parallel = loopsOf(nest, "parallel");
  const vector = parallel.reduce(
    (best, index) => (best < 0 || fill(nest, index, lanes) >= fill(nest, best, lanes) ? index : best),
    -1,
  );
  return {
    template,
    kind: "simd",
    outer: parallel.filter((index) => index !== vector),
    m: -1,
    vector,
    crossLane: false,
    reduce: [...loopsOf(nest, "reduce"), ...loopsOf(nest, "scan")],
    lanes,
  };
}

/** Used share of the lanes, with a bonus for loops that are contiguous in a result. */
function fill(nest: Nest, loop: number, lanes: number): number {
  const extent = nest.loops[loop]?.extent ?? 1;
  const used = extent / (Math.ceil(extent / lanes) * lanes);
  const contiguous = nest.results.some((result) => {
    const last = result.axes.at(-1);
    return last !== undefined && usesLoop(last.form, loop);
  });
  const read = nest.reads.some((candidate) => readUsesLoop(candidate, loop));
  return used + (contiguous ? 0.25 : 0) + (read ? 0.01 : 0);
}
