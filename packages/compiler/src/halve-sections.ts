import { CODES, CompileError } from "@rdu/diagnostics";
import { type Graph, type Node, unionOfOrigins } from "@rdu/ir";
import type { LedgerEntry } from "@rdu/pef";

/** Faults that a smaller section may not have: it does not fit, or its streams cannot be routed. */
const TOO_LARGE = ["E0503", "E0602"];

/**
 * The graph with every section that an error names as too large cut in two, or undefined when the error is another one or some section
 * named holds a single pattern. Estimates bound units and memory before; how streams share the links only routing knows.
 */
export function halveSections(graph: Graph, error: unknown, record: (entry: LedgerEntry) => void): Graph | undefined {
  if (!(error instanceof CompileError)) return undefined;
  const faults = error.diagnostics.filter(({ severity }) => severity === "error");
  if (faults.length === 0 || faults.some(({ code }) => !TOO_LARGE.includes(code))) return undefined;
  const sections = sectionsOf(graph);
  const halves = new Map<string, readonly (readonly Node[])[]>();
  for (const { at, code, message } of faults) {
    const name = [...sections.keys()].find((section) =>
      at.some((step) => step === section || step === `section ${section}`),
    );
    const nodes = name === undefined ? undefined : sections.get(name);
    if (name === undefined || nodes === undefined) return undefined;
    const half = Math.ceil(nodes.filter(({ kind }) => kind === "pattern").length / 2);
    const middle = placeOfPattern(nodes, half);
    if (half === 0 || middle === undefined) return undefined;
    halves.set(name, [nodes.slice(0, middle), nodes.slice(middle)]);
    record({
      nodes: unionOfOrigins(nodes.slice(middle, middle + 1).map(({ origin }) => origin)),
      rule: "cut-sections",
      verdict: "cut",
      reason: `${CODES[code].title}: ${message}`,
    });
  }
  const pieces = [...sections].flatMap(([name, nodes]) => halves.get(name) ?? [nodes]);
  return {
    ...graph,
    nodes: pieces.flatMap((nodes, index) => nodes.map((node): Node => ({ ...node, section: `s${index}` }))),
  };
}

function sectionsOf(graph: Graph): ReadonlyMap<string, readonly Node[]> {
  const sections = new Map<string, Node[]>();
  for (const node of graph.nodes) {
    const name = node.section ?? "";
    sections.set(name, [...(sections.get(name) ?? []), node]);
  }
  return sections;
}

/** Where the pattern stands that has `count` patterns before it; undefined when there is none. */
function placeOfPattern(nodes: readonly Node[], count: number): number | undefined {
  let patterns = 0;
  for (const [index, { kind }] of nodes.entries()) {
    if (kind !== "pattern") continue;
    if (patterns === count) return index;
    patterns += 1;
  }
  return undefined;
}
