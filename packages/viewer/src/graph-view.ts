import { elementAt } from "@rdu/diagnostics";
import { type Graph, type Node, printNodeText, printType, type ValueId, valuesUsedBy } from "@rdu/ir";
import { layered } from "./layout.ts";
import { OriginTable } from "./origins.ts";
import type { Box, BoxKind, Edge, Network, View } from "./view.ts";

/** A graph as one network, or when it is cut into sections as one a section. `kind` is the name of its level. */
export function graphView(graph: Graph, title: string, kind: string): View {
  const origins = new OriginTable();
  const sections = [...new Set(graph.nodes.map(({ section }) => section))];
  const whole = networkOf(graph, graph.nodes, graph.name, origins);
  const parts =
    sections.length < 2
      ? []
      : sections.map((section) => {
          const nodes = graph.nodes.filter((node) => node.section === section);
          return networkOf(graph, nodes, section ?? "no section", origins);
        });
  const most = Math.max(1, ...parts.map(({ boxes }) => boxes.length));
  return {
    title,
    kind,
    summary: `${graph.nodes.length} nodes, ${graph.constants.length} constants, ${graph.inputs.length} inputs, ${graph.outputs.length} outputs`,
    origins: origins.names,
    networks: [whole, ...parts.map((part) => ({ ...part, share: part.boxes.length / most }))],
    memory: graph.constants.map(({ id, type, source }) => ({
      name: id,
      role: "constant",
      type: printType(type),
      bytes:
        source.kind === "inline"
          ? source.bytes.length
          : source.kind === "file"
            ? source.length
            : source.strings.reduce((sum, text) => sum + text.length, 0),
      tier: source.kind,
    })),
    provenance: [],
    ledger: [],
  };
}

interface Unplaced extends Omit<Box, "x" | "y"> {}

/** The nodes, and the values that come in from outside and go out, as boxes of their own. */
function networkOf(graph: Graph, nodes: readonly Node[], name: string, origins: OriginTable): Network {
  const boxes: Unplaced[] = [];
  const home = new Map<ValueId, number>();
  const typeText = (id: ValueId): string => {
    const type = graph.types.get(id);
    return type === undefined ? "" : printType(type);
  };
  const valueBox = (id: ValueId, kind: BoxKind): number =>
    boxes.push({ name: id, kind, does: typeText(id), origin: [], text: `%${id}: ${typeText(id)}` }) - 1;
  const constants = new Set(graph.constants.map(({ id }) => id));
  const used = new Set(nodes.flatMap(valuesUsedBy));
  const made = new Set(nodes.flatMap(({ outputs }) => outputs));
  for (const id of used) if (!made.has(id) && !constants.has(id)) home.set(id, valueBox(id, "input"));
  for (const node of nodes) {
    const index = boxes.push(nodeBox(node, graph, origins)) - 1;
    for (const output of node.outputs) if (output !== null) home.set(output, index);
  }
  const joins = new Map<ValueId, { readonly from: number; readonly to: number[] }>();
  const join = (id: ValueId, target: number): void => {
    const from = home.get(id);
    if (from !== undefined) joins.set(id, { from, to: [...(joins.get(id)?.to ?? []), target] });
  };
  const first = boxes.length - nodes.length;
  for (const [index, node] of nodes.entries()) for (const id of valuesUsedBy(node)) join(id, first + index);
  const outside = new Set(graph.nodes.filter((node) => !nodes.includes(node)).flatMap(valuesUsedBy));
  for (const id of made)
    if (id !== null && (graph.outputs.includes(id) || outside.has(id))) join(id, valueBox(id, "output"));
  const edges = [...joins].map(([id, { from, to }]): Edge => ({ from, to, label: `${id}: ${typeText(id)}` }));
  const places = layered(boxes.length, edges);
  return {
    name,
    note: `${nodes.length} nodes`,
    share: 1,
    boxes: boxes.map((box, index) => ({ ...box, ...elementAt(places, index) })),
    edges,
  };
}

function nodeBox(node: Node, graph: Graph, origins: OriginTable): Unplaced {
  const name = node.outputs.find((output) => output !== null) ?? "nothing";
  return {
    name,
    kind: node.kind === "view" || node.kind === "join" ? "move" : node.kind,
    does: wordsOf(node),
    origin: origins.numbersOf(node.origin),
    text: printNodeText(node, graph.types),
  };
}

function wordsOf(node: Node): string {
  switch (node.kind) {
    case "operator":
      return node.op;
    case "host":
      return `host ${node.op}`;
    case "pattern": {
      const loops = node.pattern.loops.map(({ kind, extent }) =>
        kind === "parallel" ? `${extent}` : `${kind} ${extent}`,
      );
      return `for ${loops.join(" x ")}`;
    }
    case "view":
    case "join":
      return node.kind;
    default:
      return node satisfies never;
  }
}
