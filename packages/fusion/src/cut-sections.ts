import { type Graph, type Node, unionOfOrigins } from "@rdu/ir";
import { type GraphPass, OPTIMIZE_LEVELS, type PassContext } from "./pass.ts";
import { type Atom, atomsOf, untagged } from "./sections/atoms.ts";
import { fewestSections } from "./sections/fewest.ts";
import { type Fit, fitOf } from "./sections/fits.ts";
import { byRules, type CutPolicy, onePerKernel, onePerOperator } from "./sections/policy.ts";

/**
 * Cuts the graph into sections: what is on the chip at once.
 *
 *   %a: f32[4] = pattern(%x) ...               section s0 {
 *   %b: f32[4] = pattern(%a) ...        =>       %a: f32[4] = pattern(%x) ...
 *                                                %b: f32[4] = pattern(%a) ...
 *                                              }
 *
 * Sections follow one another in topological order, host calls between them. -O0: one operator, one section. -O1: the open section
 * takes the next operator until a rule or the chip says no. -O3: the fewest sections that fit, at the cheapest cuts.
 */
export const cutSections: GraphPass = {
  name: "cut-sections",
  summary: "cut the graph into sections that fit the chip",
  takes: "patterns",
  gives: "patterns",
  optimize: OPTIMIZE_LEVELS,
  after: { "fuse-epilogues": "a fused pattern needs less of the chip", decompose: "sections hold patterns" },
  run(graph, context) {
    const { atoms, dissolved } = atomsOf(
      context.optimize === 0 ? { ...graph, nodes: graph.nodes.map(untagged) } : graph,
    );
    for (const rule of dissolved)
      context.record({
        nodes: [],
        rule,
        verdict: "refused",
        reason: "another group would have to run before and after it",
      });
    const fit = fitOf(graph, context);
    const sections =
      context.optimize === 3 && context.fusion === "streaming"
        ? fewestSections(atoms, graph, fit, context)
        : greedySections(atoms, fit, context, policyOf(context));
    return named(
      graph,
      sections.flatMap((section) => fittingHalves(section, fit)),
    );
  },
};

function policyOf({ optimize, fusion }: PassContext): CutPolicy {
  if (optimize === 0) return onePerOperator;
  return fusion === "conventional" ? onePerKernel : byRules;
}

function greedySections(atoms: readonly Atom[], fit: Fit, context: PassContext, policy: CutPolicy): Node[][] {
  const sections: Node[][] = [];
  let open: Node[] = [];
  const close = (): void => {
    if (open.length > 0) sections.push(open);
    open = [];
  };
  const cutBefore = (atom: Atom, reason: string): void => {
    if (open.some((node) => node.kind !== "view") && atom.kind === "chip")
      context.record({
        nodes: unionOfOrigins(atom.nodes.map(({ origin }) => origin)),
        rule: "cut-sections",
        verdict: "cut",
        reason,
      });
    close();
  };
  for (const atom of atoms) {
    if (atom.kind === "host") {
      close();
      sections.push([...atom.nodes]);
      continue;
    }
    if (atom.kind === "views") {
      open.push(...atom.nodes);
      continue;
    }
    if (atom.rule !== undefined) cutBefore(atom, `the rule ${atom.rule} makes a section of its own`);
    else if (open.some((node) => node.kind !== "view")) {
      const reason = policy(open, atom, fit);
      if (reason !== undefined) cutBefore(atom, reason);
    }
    for (const part of fittingParts(atom, open, fit)) {
      if (open.some((node) => node.kind !== "view") && part.cut)
        cutBefore(atom, "one operator alone does not fit the chip");
      open.push(...part.nodes);
    }
    if (atom.rule !== undefined) close();
  }
  close();
  return sections;
}

/** An atom that fits stays whole; another one is cut where it stops fitting. */
function fittingParts(atom: Atom, open: readonly Node[], fit: Fit): { nodes: readonly Node[]; cut: boolean }[] {
  if (atom.nodes.length === 1 || fit.roughly([...open, ...atom.nodes]) === undefined)
    return [{ nodes: atom.nodes, cut: false }];
  const parts: { nodes: Node[]; cut: boolean }[] = [{ nodes: [], cut: false }];
  let current: Node[] = [...open];
  for (const node of atom.nodes) {
    const filled = current.some(({ kind }) => kind !== "view");
    if (filled && node.kind !== "view" && fit.roughly([...current, node]) !== undefined) {
      parts.push({ nodes: [], cut: true });
      current = [];
    }
    current.push(node);
    parts.at(-1)?.nodes.push(node);
  }
  return parts;
}

/** The rough estimate may have been too kind: what does not fit after all is halved until it does, or stands alone. */
function fittingHalves(section: readonly Node[], fit: Fit): readonly (readonly Node[])[] {
  const patterns = section.filter(({ kind }) => kind === "pattern").length;
  if (patterns < 2 || fit.exactly(section) === undefined) return [section];
  const middle = Math.ceil(section.length / 2);
  return [section.slice(0, middle), section.slice(middle)].flatMap((half) => fittingHalves(half, fit));
}

/** Names the sections s0, s1, ... in the order of their calls; host calls carry a name of their own in the same count. */
function named(graph: Graph, sections: readonly (readonly Node[])[]): Graph {
  const nodes = sections.flatMap((section, index) => section.map((node): Node => ({ ...node, section: `s${index}` })));
  return { ...graph, nodes };
}
