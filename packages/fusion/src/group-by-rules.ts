import { type Diagnostic, diagnostic } from "@rdu/diagnostics";
import { type Graph, type Node, unionOfOrigins } from "@rdu/ir";
import { type GraphPass, OPTIMIZED_LEVELS, type PassContext } from "./pass.ts";
import { type Match, matcherOf } from "./rules/match-rule.ts";
import type { FusionRule } from "./rules/rule.ts";
import { atomsOf, untagged } from "./sections/atoms.ts";

/**
 * Marks the operators that a user's fusion rules put together; each match becomes one section.
 *
 *   %h = MatMul(%x, %w)                        section "ffn.0" {
 *   %y = Relu(%h)                     =>         %h = MatMul(%x, %w)
 *                                                %y = Relu(%h)
 *                                              }
 *
 * Rules are tried from the highest priority down, each at every node in order; a node belongs to one match. A rule that matches nothing
 * is warned of (W0906). Whether a group holds is for `cut-sections` to say: it must fit, and nothing outside may come between.
 */
export const groupByRules: GraphPass = {
  name: "group-by-rules",
  summary: "mark the operators that the user's fusion rules put together",
  takes: "graph",
  gives: "graph",
  optimize: OPTIMIZED_LEVELS,
  after: { "merge-equal-operators": "rules see each operator once" },
  run(graph, context) {
    if (context.rules.length === 0) return graph;
    const groups = new Map<Node, string>();
    const matcher = matcherOf(graph);
    for (const rule of context.rules) {
      let count = 0;
      for (const root of graph.nodes) {
        const match = matcher.at(rule, root, (node) => !groups.has(node));
        if (match === undefined) continue;
        const included = includedNodes(rule, match);
        if (included.length === 0) continue;
        for (const node of included) groups.set(node, `${rule.name}.${count}`);
        recordMatch(rule, included, context);
        count += 1;
      }
      if (count === 0) context.warn(unmatched(rule, graph));
    }
    return groups.size === 0 ? graph : gathered(graph, groups, context);
  },
};

function includedNodes(rule: FusionRule, match: Match): readonly Node[] {
  const nodes = rule.pattern.flatMap(({ name, included }) => (included ? (match.get(name) ?? []) : []));
  return [...new Set(nodes)];
}

function recordMatch(rule: FusionRule, included: readonly Node[], context: PassContext): void {
  const heuristic =
    rule.heuristic === undefined ? "" : `; heuristic ${rule.heuristic.name} noted, the chip's budget decides`;
  context.record({
    nodes: unionOfOrigins(included.map(({ origin }) => origin)),
    rule: rule.name,
    verdict: "taken",
    reason: `priority ${rule.priority}${heuristic}`,
  });
}

function unmatched(rule: FusionRule, graph: Graph): Diagnostic {
  const present = new Set(graph.nodes.flatMap((node) => (node.kind === "operator" ? [node.op] : [])));
  return diagnostic("W0906", `rule ${rule.name} (priority ${rule.priority})`, {
    at: [graph.name],
    hint: `operators of the graph: ${[...present].sort().join(", ")}`,
  });
}

/** Marks the groups and puts the nodes of each side by side; a group that something outside has to run in the middle of is given up. */
function gathered(graph: Graph, groups: ReadonlyMap<Node, string>, context: PassContext): Graph {
  const nodes = graph.nodes.map((node): Node => {
    const section = groups.get(node);
    return section === undefined ? node : { ...node, section };
  });
  const { atoms, dissolved } = atomsOf({ ...graph, nodes });
  for (const rule of dissolved)
    context.record({
      nodes: unionOfOrigins(nodes.filter(({ section }) => section === rule).map(({ origin }) => origin)),
      rule: rule.replace(/\.\d+$/, ""),
      verdict: "refused",
      reason: "an operator outside of the group would have to run in the middle of it",
    });
  return {
    ...graph,
    nodes: atoms.flatMap((atom) => atom.nodes.map((node) => (atom.rule === undefined ? untagged(node) : node))),
  };
}
