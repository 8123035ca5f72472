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
import { type Graph, payloadsOf, printGraph, verify } from "@rdu/ir";
import type { PlacedFlow } from "@rdu/placement";
import type { Level } from "./pass-runner.ts";

/** The levels of a compilation, in order. */
export const LEVELS = ["graph", "patterns", "flow", "placed", "pef"] as const;
export type LevelName = (typeof LEVELS)[number];

export function graphLevel(level: GraphLevel, cut = false): Level<Graph> {
  const rules = level === "patterns" && cut ? "sections" : level === "graph" ? "typed" : level;
  return {
    extension: "graph",
    print: (graph) => printGraph(graph),
    verify: (graph) => verify(graph, rules),
    count: (graph) => graph.nodes.length,
    payloads: payloadsOf,
  };
}

export function flowLevel(chip: Chip): Level<Flow> {
  return {
    extension: "flow",
    print: (flow, digestOf) => printFlow(flow, digestOf === undefined ? {} : { digestOf }),
    verify: (flow) => verifyFlow(flow, chip),
    count: unitCount,
    payloads: (flow, digestOf) => new Map(flowPayloads(flow).map((bytes) => [digestOf(bytes), bytes])),
  };
}

export function placedLevel(chip: Chip): Level<PlacedFlow> {
  return {
    extension: "place",
    print: ({ placement }) => printPlacement(placement),
    verify: ({ flow, placement }) => checkPlacement(flow, chip, placement),
    count: ({ flow }) => unitCount(flow),
  };
}

function unitCount(flow: Flow): number {
  return flow.sections.reduce((sum, { units }) => sum + units.length, 0);
}
