import type { Graph, Node, ValueId } from "./graph.ts";
import { valuesUsedBy } from "./queries.ts";
import { printType } from "./text/type-text.ts";

/** Graphviz source of a graph: a box a node, sections as clusters, types on the edges, small weights left out. */
export function graphToDot(graph: Graph): string {
  const lines = [`digraph ${quoted(graph.name)} {`, "  rankdir=TB;", '  node [shape=box, fontname="sans-serif"];'];
  const source = new Map<ValueId, string>();
  const typeOf = (id: ValueId): string => {
    const type = graph.types.get(id);
    return type === undefined ? "" : printType(type);
  };
  graph.inputs.forEach((input, index) => {
    source.set(input, `input${index}`);
    lines.push(`  input${index} [label=${quoted(`${input}\n${typeOf(input)}`)}, shape=ellipse];`);
  });
  const edges: string[] = [];
  graph.nodes.forEach((node, index) => {
    const name = `node${index}`;
    if (node.section !== graph.nodes[index - 1]?.section) {
      if (index > 0 && graph.nodes[index - 1]?.section !== undefined) lines.push("  }");
      if (node.section !== undefined) {
        lines.push(`  subgraph ${quoted(`cluster_${node.section}`)} {`, `    label=${quoted(node.section)};`);
      }
    }
    lines.push(`    ${name} [label=${quoted(labelOf(node))}${STYLES[node.kind]}];`);
    for (const used of valuesUsedBy(node)) {
      const from = source.get(used);
      if (from !== undefined) edges.push(`  ${from} -> ${name} [label=${quoted(`${used}\n${typeOf(used)}`)}];`);
    }
    for (const output of node.outputs) if (output !== null) source.set(output, name);
  });
  if (graph.nodes.at(-1)?.section !== undefined) lines.push("  }");
  graph.outputs.forEach((output, index) => {
    lines.push(`  output${index} [label=${quoted(`${output}\n${typeOf(output)}`)}, shape=ellipse];`);
    const from = source.get(output);
    if (from !== undefined) edges.push(`  ${from} -> output${index};`);
  });
  return `${[...lines, ...edges, "}"].join("\n")}\n`;
}

const STYLES: Readonly<Record<Node["kind"], string>> = {
  operator: "",
  pattern: ", style=rounded",
  view: ", style=dashed",
  join: ", style=dashed",
  host: ', style=filled, fillcolor="lightpink"',
};

function labelOf(node: Node): string {
  const origin = node.origin.join(", ");
  switch (node.kind) {
    case "operator":
      return `${node.op}\n${origin}`;
    case "host":
      return `host ${node.op}\n${node.reason}\n${origin}`;
    case "pattern": {
      const loops = node.pattern.loops.map(
        ({ kind, name, extent }) => `${kind === "parallel" ? "" : `${kind} `}${name} ${extent}`,
      );
      return `${loops.join(", ")}\n${origin}`;
    }
    default:
      return `${node.kind}\n${origin}`;
  }
}

function quoted(text: string): string {
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`;
}
