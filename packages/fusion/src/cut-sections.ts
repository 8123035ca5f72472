import { type Graph, type Node, unionOfOrigins } from "@rdu/ir";
import { type GraphPass, OPTIMIZE_LEVELS, type PassContext } from "./pass.ts";
import { type Atom, atomsOf, untagged } from "./sections/atoms.ts";
import { fewestSections } from "./sections/fewest.ts";
import { excess } from "./sections/fits.ts";
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
    const sections =
      context.optimize === 3 && context.fusion === "streaming"
        ? fewestSections(atoms, graph, context)
        : greedySections(atoms, graph, context, policyOf(context));
    return named(graph, sections);
  },
};

function policyOf({ optimize, fusion }: PassContext): CutPolicy {
  if (optimize === 0) return onePerOperator;
  return fusion === "conventional" ? onePerKernel : byRules;
}

function greedySections(atoms: readonly Atom[], graph: Graph, context: PassContext, policy: CutPolicy): Node[][] {
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
      const reason = policy(open, atom, graph, context);
      if (reason !== undefined) cutBefore(atom, reason);
    }
    for (const part of fittingParts(atom, open, graph, context)) {
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
function fittingParts(
  atom: Atom,
  open: readonly Node[],
  graph: Graph,
  context: PassContext,
): { nodes: readonly Node[]; cut: boolean }[] {
  if (atom.nodes.length === 1 || excess([...open, ...atom.nodes], graph, context) === undefined)
    return [{ nodes: atom.nodes, cut: false }];
  const parts: { nodes: Node[]; cut: boolean }[] = [{ nodes: [], cut: false }];
  let current: Node[] = [...open];
  for (const node of atom.nodes) {
    const filled = current.some(({ kind }) => kind !== "view");
    if (filled && node.kind !== "view" && excess([...current, node], graph, context) !== undefined) {
      parts.push({ nodes: [], cut: true });
      current = [];
    }
    current.push(node);
    parts.at(-1)?.nodes.push(node);
  }
  return parts;
}

/** Names the sections s0, s1, ... in the order of their calls; host calls carry a name of their own in the same count. */
function named(graph: Graph, sections: readonly (readonly Node[])[]): Graph {
  const nodes = sections.flatMap((section, index) => section.map((node): Node => ({ ...node, section: `s${index}` })));
  return { ...graph, nodes };
}
