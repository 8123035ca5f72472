import type { Attribute, Graph, Node, ValueId } from "./graph.ts";
import { attributesOf, neededValues, valuesDefinedBy } from "./queries.ts";

/**
 * The graph with values renamed wherever they stand: definitions, uses, graph inputs and outputs, types, and captures in
 * subgraphs. New names must not be in use. Names that a subgraph defines itself are its own and stay.
 */
export function renameValues(graph: Graph, names: ReadonlyMap<ValueId, ValueId>): Graph {
  if (names.size === 0) return graph;
  const rename = (id: ValueId): ValueId => names.get(id) ?? id;
  return {
    name: graph.name,
    inputs: graph.inputs.map(rename),
    outputs: graph.outputs.map(rename),
    constants: graph.constants.map((constant) =>
      names.has(constant.id) ? { ...constant, id: rename(constant.id) } : constant,
    ),
    nodes: graph.nodes.map((node) => ({
      ...withReplacedUses(node, names),
      outputs: node.outputs.map((output) => (output === null ? null : rename(output))),
    })),
    types: new Map([...graph.types].map(([id, type]) => [rename(id), type])),
  };
}

/**
 * The graph in which every use of a key of `replacements` by a node, or capture by a subgraph, reads the mapped value
 * instead. Graph outputs keep their names: they are the interface, so a pass that drops the producer of an output
 * renames what takes its place (`renameValues`) or leaves it. Chains (a to b, b to c) are followed.
 */
export function replaceUses(graph: Graph, replacements: ReadonlyMap<ValueId, ValueId>): Graph {
  if (replacements.size === 0) return graph;
  const resolved = new Map<ValueId, ValueId>();
  for (const [from, first] of replacements) {
    let to = first;
    for (let next = replacements.get(to); next !== undefined && to !== from; next = replacements.get(to)) to = next;
    resolved.set(from, to);
  }
  return { ...graph, nodes: graph.nodes.map((node) => withReplacedUses(node, resolved)) };
}

/** A node that reads other values: its inputs and the captures of its subgraphs mapped by name, the rest unchanged. */
export function withReplacedUses<Kind extends Node>(node: Kind, names: ReadonlyMap<ValueId, ValueId>): Kind {
  const touched = node.inputs.some((input) => input !== null && names.has(input));
  const inputs = touched
    ? node.inputs.map((input) => (input === null ? null : (names.get(input) ?? input)))
    : node.inputs;
  const attributes = attributesOf(node);
  const kinds = Object.values(attributes).map(({ kind }) => kind);
  if (!kinds.includes("graph") && !kinds.includes("graphs")) return touched ? { ...node, inputs } : node;
  return {
    ...node,
    inputs,
    attributes: mapSubgraphs(attributes, (subgraph) => withReplacedCaptures(subgraph, names)),
  };
}

/** The attributes with `change` applied to every graph they hold (not recursively: the change decides). */
export function mapSubgraphs(
  attributes: Readonly<Record<string, Attribute>>,
  change: (subgraph: Graph, attribute: string) => Graph,
): Readonly<Record<string, Attribute>> {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, attribute]): [string, Attribute] => {
      if (attribute.kind === "graph") return [name, { kind: "graph", value: change(attribute.value, name) }];
      if (attribute.kind !== "graphs") return [name, attribute];
      return [name, { kind: "graphs", value: attribute.value.map((subgraph) => change(subgraph, name)) }];
    }),
  );
}

/** Names defined inside hide the outer ones. Values returned straight from outside are captures too. */
function withReplacedCaptures(subgraph: Graph, names: ReadonlyMap<ValueId, ValueId>): Graph {
  const own = new Set<ValueId>([
    ...subgraph.inputs,
    ...subgraph.constants.map(({ id }) => id),
    ...subgraph.nodes.flatMap(valuesDefinedBy),
  ]);
  const visible = new Map([...names].filter(([from]) => !own.has(from)));
  if (visible.size === 0) return subgraph;
  return {
    ...subgraph,
    outputs: subgraph.outputs.map((output) => visible.get(output) ?? output),
    nodes: subgraph.nodes.map((node) => withReplacedUses(node, visible)),
  };
}

/** The graph without the nodes, constants and types that no output needs. Returns the same object when nothing is dead. */
export function withoutDead(graph: Graph): Graph {
  const needed = neededValues(graph);
  const nodes = graph.nodes.filter((node) => valuesDefinedBy(node).some((output) => needed.has(output)));
  const constants = graph.constants.filter(({ id }) => needed.has(id));
  if (nodes.length === graph.nodes.length && constants.length === graph.constants.length) return graph;
  const alive = new Set([...graph.inputs, ...constants.map(({ id }) => id), ...nodes.flatMap(valuesDefinedBy)]);
  return { ...graph, nodes, constants, types: new Map([...graph.types].filter(([id]) => alive.has(id))) };
}
