import type { Chip } from "@rdu/chip";
import { CODES, CompileError } from "@rdu/diagnostics";
import { type Graph, type Node, unionOfOrigins } from "@rdu/ir";
import type { LedgerEntry } from "@rdu/pef";
import { splitPattern } from "./split-pattern.ts";
import { splitReduction } from "./split-reduction.ts";

/** Faults that a smaller section may not have: it does not fit, or its streams cannot be routed. */
const TOO_LARGE = ["E0503", "E0602"];

/**
 * The graph with every section that an error names as too large cut in two, and a single pattern that is too large for the chip cut along a loop;
 * undefined when the error is another one or a section named cannot be cut. Estimates bound units and memory before; how streams share the links
 * only routing knows.
 */
export function halveSections(
  graph: Graph,
  error: unknown,
  chip: Chip,
  record: (entry: LedgerEntry) => void,
): Graph | undefined {
  if (!(error instanceof CompileError)) return undefined;
  const faults = error.diagnostics.filter(({ severity }) => severity === "error");
  if (faults.length === 0 || faults.some(({ code }) => !TOO_LARGE.includes(code))) return undefined;
  let current = graph;
  for (const { at, code, message } of faults) {
    const sections = sectionsOf(current);
    const name = [...sections.keys()].find((section) =>
      at.some((step) => step === section || step === `section ${section}`),
    );
    const nodes = name === undefined ? undefined : sections.get(name);
    if (name === undefined || nodes === undefined) return undefined;
    const cut = halved(current, nodes) ?? (code === "E0503" ? inPieces(current, nodes, chip) : undefined);
    if (cut === undefined) return undefined;
    current = { ...cut.graph, nodes: replaced(cut.graph, name, cut.sections) };
    record({
      nodes: unionOfOrigins(cut.first.map(({ origin }) => origin)),
      rule: "cut-sections",
      verdict: "cut",
      reason: `${CODES[code].title}: ${message}${cut.how}`,
    });
  }
  return numbered(current);
}

/** What one section becomes. */
interface Cut {
  readonly graph: Graph;
  readonly sections: readonly (readonly Node[])[];
  /** The nodes that the cut is charged to. */
  readonly first: readonly Node[];
  readonly how: string;
}

function halved(graph: Graph, nodes: readonly Node[]): Cut | undefined {
  const half = Math.ceil(nodes.filter(({ kind }) => kind === "pattern").length / 2);
  const middle = placeOfPattern(nodes, half);
  if (half === 0 || middle === undefined) return undefined;
  const sections = [nodes.slice(0, middle), nodes.slice(middle)];
  return { graph, sections, first: nodes.slice(middle, middle + 1), how: "" };
}

/** A section of one pattern: a section for each of its pieces, what stood before it with the first and what stood behind it with the last. */
function inPieces(graph: Graph, nodes: readonly Node[], chip: Chip): Cut | undefined {
  const place = nodes.findIndex(({ kind }) => kind === "pattern");
  const pattern = nodes[place];
  if (pattern?.kind !== "pattern") return undefined;
  const split = splitPattern(graph, pattern, chip) ?? splitReduction(graph, pattern, chip);
  if (split === undefined) return undefined;
  const now = sectionsOf(split.graph).get(pattern.section ?? "") ?? [];
  const sections = split.pieces.map((piece, index): readonly Node[] =>
    index === 0 ? [...now.slice(0, place), piece] : [piece],
  );
  const behind = now.slice(place + 1);
  // Partial results are read once they are joined, by a section of its own.
  if (split.last !== undefined) sections.push(split.joins, [split.last, ...behind]);
  else if (split.joins.length + behind.length > 0) sections.push([...split.joins, ...behind]);
  const how = `; cut along loop ${split.loop} into ${split.pieces.length}`;
  return { graph: split.graph, sections, first: [pattern], how };
}

/** The nodes of a graph with new sections, named after the old one until all are numbered, in the place of one. */
function replaced(graph: Graph, name: string, sections: readonly (readonly Node[])[]): Node[] {
  return [...sectionsOf(graph)].flatMap(([section, nodes]) =>
    section === name
      ? sections.flatMap((made, index) => made.map((node): Node => ({ ...node, section: `${name} ${index}` })))
      : nodes,
  );
}

function numbered(graph: Graph): Graph {
  const sections = [...sectionsOf(graph).values()];
  return {
    ...graph,
    nodes: sections.flatMap((nodes, index) => nodes.map((node): Node => ({ ...node, section: `s${index}` }))),
  };
}

function sectionsOf(graph: Graph): ReadonlyMap<string, readonly Node[]> {
  const sections = new Map<string, Node[]>();
  for (const node of graph.nodes) {
    const name = node.section ?? "";
    const known = sections.get(name);
    if (known === undefined) sections.set(name, [node]);
    else known.push(node);
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
