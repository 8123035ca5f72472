import type { Chip } from "@rdu/chip";
import {
  checkPlacement,
  type Flow,
  payloadsOf as flowPayloads,
  printFlow,
  printPlacement,
  verifyFlow,
} from "@rdu/flow";
import type { GraphLevel } from "@rdu/fusion";
import { type Graph, payloadsOf, precomputeSha256, printGraph, verify } from "@rdu/ir";
import type { PlacedFlow } from "@rdu/placement";
import type { DigestOf, Level } from "./pass-runner.ts";

/** Smaller constants are hashed as fast either way. */
const LEAST_HASHED_BYTES = 4096;

/** The levels of a compilation, in order. */
export const LEVELS = ["graph", "patterns", "flow", "placed", "pef"] as const;
export type LevelName = (typeof LEVELS)[number];

export function graphLevel(level: GraphLevel, cut = false): Level<Graph> {
  const rules = level === "patterns" && cut ? "sections" : level === "graph" ? "typed" : level;
  return {
    extension: "graph",
    print: (graph, digestOf) => {
      if (digestOf !== undefined) hashConstants(graph, digestOf);
      return printGraph(graph);
    },
    verify: (graph) => verify(graph, rules),
    rules,
    count: (graph) => graph.nodes.length,
    payloads: payloadsOf,
  };
}

/** Large constants stand in the text by digest: computes those that are not known yet with a faster hash than the built-in one. */
export function hashConstants(graph: Graph, faster: DigestOf): void {
  for (const { source } of graph.constants) {
    if (source.kind === "inline" && source.bytes.length >= LEAST_HASHED_BYTES) precomputeSha256(source.bytes, faster);
  }
}

export function flowLevel(chip: Chip): Level<Flow> {
  return {
    extension: "flow",
    print: (flow, digestOf) => printFlow(flow, digestOf === undefined ? {} : { digestOf }),
    verify: (flow) => verifyFlow(flow, chip),
    rules: "flow",
    count: unitCount,
    payloads: (flow, digestOf) => new Map(flowPayloads(flow).map((bytes) => [digestOf(bytes), bytes])),
  };
}

export function placedLevel(chip: Chip): Level<PlacedFlow> {
  return {
    extension: "place",
    print: ({ placement }) => printPlacement(placement),
    verify: ({ flow, placement }) => checkPlacement(flow, chip, placement),
    rules: "placed",
    count: ({ flow }) => unitCount(flow),
  };
}

function unitCount(flow: Flow): number {
  return flow.sections.reduce((sum, { units }) => sum + units.length, 0);
}
