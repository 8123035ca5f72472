import type { Graph, Node } from "@rdu/ir";
import { users, valuesDefinedBy } from "@rdu/ir";
import type { FusionRule, RuleNode } from "./rule.ts";
import { namesOperator } from "./vocabulary.ts";

/** Which node of the graph stands for each node of the pattern; absent ones are missing. */
export type Match = ReadonlyMap<string, Node>;

/** Finds where rules match in one graph. */
export interface Matcher {
  /** The match of a rule with its first node at `root`, of nodes that `free` allows; undefined when there is none. */
  at(rule: FusionRule, root: Node, free: (node: Node) => boolean): Match | undefined;
}

export function matcherOf(graph: Graph): Matcher {
  const readers = users(graph);
  const after = (node: Node): readonly Node[] => [
    ...new Set(valuesDefinedBy(node).flatMap((output) => readers.get(output) ?? [])),
  ];
  return {
    at(rule, root, free) {
      const first = rule.pattern[0];
      if (first === undefined) return undefined;
      const nodes = new Map(rule.pattern.map((node) => [node.name, node]));
      return assign(first, root, new Map(), { nodes, after, free });
    },
  };
}

interface Search {
  readonly nodes: ReadonlyMap<string, RuleNode>;
  readonly after: (node: Node) => readonly Node[];
  readonly free: (node: Node) => boolean;
}

/** The match so far, extended by `pattern` standing for `node` and by everything behind it; undefined when that cannot be. */
function assign(pattern: RuleNode, node: Node, match: Match, search: Search): Match | undefined {
  const known = match.get(pattern.name);
  if (known !== undefined) return known === node ? match : undefined;
  for (const name of pattern.alternatives) {
    const alternative = search.nodes.get(name);
    const found = alternative === undefined ? undefined : assign(alternative, node, match, search);
    if (found !== undefined) return follow(pattern.children, node, new Map([...found, [pattern.name, node]]), search);
  }
  if (node.kind !== "operator" || !pattern.operators.some((name) => namesOperator(name, node.op))) return undefined;
  const taken = [...match].some(([name, other]) => other === node && name !== pattern.name);
  if (taken || (pattern.included && !search.free(node))) return undefined;
  return follow(pattern.children, node, new Map([...match, [pattern.name, node]]), search);
}

/** Finds a user of `node` for each child in turn, going back when a later one finds none. */
function follow(children: readonly string[], node: Node, match: Match, search: Search): Match | undefined {
  const [name, ...rest] = children;
  if (name === undefined) return match;
  const child = search.nodes.get(name);
  if (child === undefined) return undefined;
  for (const user of search.after(node)) {
    const found = assign(child, user, match, search);
    const complete = found === undefined ? undefined : follow(rest, node, found, search);
    if (complete !== undefined) return complete;
  }
  // An optional node may be absent: what follows it then follows this one.
  return child.required ? undefined : follow([...child.children, ...rest], node, match, search);
}
