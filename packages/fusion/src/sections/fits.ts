import type { SectionNeeds } from "@rdu/flow";
import { type Graph, type Node, users, type ValueId, valuesDefinedBy, valuesUsedBy } from "@rdu/ir";
import type { PassContext } from "../pass.ts";

const RESOURCES = [
  ["pcus", "PCUs"],
  ["pmus", "PMUs"],
  ["agcuStreams", "AGCU streams"],
  ["sramBytes", "bytes of SRAM"],
] as const satisfies readonly (readonly [keyof SectionNeeds, string])[];

/** Says what nodes would take too much of as one section, in words; undefined when they fit. */
export interface Fit {
  /** From what each node needs alone, less the loads and stores between them: quick, off by a stream or two. */
  readonly roughly: (nodes: readonly Node[]) => string | undefined;
  /** From the section that they would become. */
  readonly exactly: (nodes: readonly Node[]) => string | undefined;
}

export function fitOf(graph: Graph, context: PassContext): Fit {
  const readers = users(graph);
  const outputs = new Set(graph.outputs);
  const known = new Map<Node, SectionNeeds>();
  const alone = (node: Node): SectionNeeds => {
    const needs = known.get(node) ?? context.estimate([node], graph);
    known.set(node, needs);
    return needs;
  };
  const within = (needs: SectionNeeds): string | undefined => {
    for (const [resource, name] of RESOURCES) {
      if (needs[resource] > context.budget[resource])
        return `together they need ${needs[resource]} ${name} of ${context.budget[resource]}`;
    }
    return undefined;
  };
  return {
    roughly(nodes) {
      const sum = { pcus: 0, pmus: 0, agcuStreams: 0, sramBytes: 0 };
      const inside = new Set(nodes);
      const made = new Set<ValueId>(nodes.flatMap((node) => (node.kind === "view" ? [] : valuesDefinedBy(node))));
      for (const node of nodes) {
        if (node.kind !== "pattern") continue;
        const needs = alone(node);
        const loads = valuesUsedBy(node).filter((used) => made.has(used)).length;
        const stores = valuesDefinedBy(node).filter(
          (value) => !outputs.has(value) && (readers.get(value) ?? []).every((reader) => inside.has(reader)),
        ).length;
        sum.pcus += needs.pcus;
        sum.pmus += needs.pmus;
        sum.sramBytes += needs.sramBytes;
        sum.agcuStreams += Math.max(0, needs.agcuStreams - loads - stores);
      }
      return within(sum);
    },
    exactly: (nodes) => within(context.estimate(nodes, graph)),
  };
}
