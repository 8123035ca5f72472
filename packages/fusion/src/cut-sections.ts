import { type Graph, type Node, unionOfOrigins } from "@rdu/ir";
import { type GraphPass, OPTIMIZE_LEVELS, type PassContext } from "./pass.ts";
import { type Atom, atomsOf, untagged } from "./sections/atoms.ts";
import { cheapestCuts, type SectionLimits } from "./sections/cheapest-cuts.ts";
import { type Fit, fitOf } from "./sections/fits.ts";

/** -O1 keeps sections moderate: they place and route quickly and are easy to read. */
const MODERATE: SectionLimits = { contractions: 8, patterns: 32 };
const UNLIMITED: SectionLimits = { contractions: Number.POSITIVE_INFINITY, patterns: Number.POSITIVE_INFINITY };

/**
 * Cuts the graph into sections: what is on the chip at once.
 *
 *   %a: f32[4] = pattern(%x) ...               section s0 {
 *   %b: f32[4] = pattern(%a) ...        =>       %a: f32[4] = pattern(%x) ...
 *                                                %b: f32[4] = pattern(%a) ...
 *                                              }
 *
 * Sections follow one another in topological order, host calls between them. -O0: one operator, one section. -O1 and -O3: the
 * cheapest cuts, by launches, cycles and the bytes that cross; -O1 with sections of moderate size. What an operator became stays together when it
 * fits. Conventional fusion: one pattern, one section.
 */
export const cutSections: GraphPass = {
  name: "cut-sections",
  summary: "cut the graph into sections that fit the chip",
  takes: "patterns",
  gives: "patterns",
  optimize: OPTIMIZE_LEVELS,
  after: { "fuse-epilogues": "a fused pattern needs less of the chip", decompose: "sections hold patterns" },
  run(graph, context) {
    const fused = context.optimize > 0;
    const { atoms, dissolved } = atomsOf(fused ? graph : { ...graph, nodes: graph.nodes.map(untagged) });
    for (const rule of dissolved)
      context.record({
        nodes: [],
        rule,
        verdict: "refused",
        reason: "another group would have to run before and after it",
      });
    const fit = fitOf(graph, context);
    const sections =
      fused && context.fusion === "streaming"
        ? cheapestCuts(atoms, graph, fit, context.optimize === 3 ? UNLIMITED : MODERATE, context)
        : separateSections(atoms, context);
    return named(graph, refitted(sections, fit));
  },
};

/** At -O0 a section for each atom, under conventional fusion one for each pattern; views go with what stands before them. */
function separateSections(atoms: readonly Atom[], context: PassContext): Node[][] {
  const sections: Node[][] = [];
  let onlyViews = true;
  let previous: Atom["kind"] | undefined;
  const conventional = context.optimize > 0;
  for (const atom of conventional ? atoms.flatMap(singles) : atoms) {
    const joins =
      atom.kind !== "host" && previous !== undefined && previous !== "host" && (onlyViews || atom.kind === "views");
    const open = sections.at(-1);
    if (open !== undefined && joins) open.push(...atom.nodes);
    else {
      if (conventional && open !== undefined && atom.kind === "chip") recordKernel(atom, context);
      sections.push([...atom.nodes]);
      onlyViews = true;
    }
    onlyViews = onlyViews && atom.kind === "views";
    previous = atom.kind;
  }
  return sections;
}

function singles(atom: Atom): Atom[] {
  return atom.nodes.map((node) => ({ nodes: [node], kind: node.kind === "view" ? "views" : atom.kind }));
}

function recordKernel(atom: Atom, context: PassContext): void {
  context.record({
    nodes: unionOfOrigins(atom.nodes.map(({ origin }) => origin)),
    rule: "cut-sections",
    verdict: "cut",
    reason: "conventional fusion ends a kernel with its reduction and epilogue",
  });
}

/** The rough estimate may have been too kind: what does not fit after all is halved until it does, or stands alone. */
function refitted(sections: readonly (readonly Node[])[], fit: Fit): readonly (readonly Node[])[] {
  return sections.flatMap((section) => {
    const patterns = section.filter(({ kind }) => kind === "pattern").length;
    if (patterns < 2 || fit.exactly(section) === undefined) return [section];
    const middle = Math.ceil(section.length / 2);
    return refitted([section.slice(0, middle), section.slice(middle)], fit);
  });
}

/** Names the sections s0, s1, ... in the order of their calls; host calls carry a name of their own in the same count. */
function named(graph: Graph, sections: readonly (readonly Node[])[]): Graph {
  const nodes = sections.flatMap((section, index) => section.map((node): Node => ({ ...node, section: `s${index}` })));
  return { ...graph, nodes };
}
