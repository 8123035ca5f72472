import type { SectionNeeds } from "@rdu/flow";
import type { Graph, Node } from "@rdu/ir";
import type { PassContext } from "../pass.ts";

const RESOURCES = [
  ["pcus", "PCUs"],
  ["pmus", "PMUs"],
  ["agcuStreams", "AGCU streams"],
  ["sramBytes", "bytes of SRAM"],
] as const satisfies readonly (readonly [keyof SectionNeeds, string])[];

/** What the nodes together would take too much of, in words; undefined when they fit. */
export function excess(nodes: readonly Node[], graph: Graph, context: PassContext): string | undefined {
  const needs = context.estimate(nodes, graph);
  for (const [resource, name] of RESOURCES) {
    if (needs[resource] > context.budget[resource])
      return `together they need ${needs[resource]} ${name} of ${context.budget[resource]}`;
  }
  return undefined;
}
