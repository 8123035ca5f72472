import { type Constant, type Graph, type Node, valuesDefinedBy, withoutDead } from "@rdu/ir";

/** The graph with other nodes (and constants), and without what no output needs any more: nodes, constants and types. */
export function withNodes(
  graph: Graph,
  nodes: readonly Node[],
  constants: readonly Constant[] = graph.constants,
): Graph {
  const alive = withoutDead({ ...graph, nodes, constants });
  const ids = new Set([
    ...alive.inputs,
    ...alive.constants.map(({ id }) => id),
    ...alive.nodes.flatMap(valuesDefinedBy),
  ]);
  return { ...alive, types: new Map([...alive.types].filter(([id]) => ids.has(id))) };
}
