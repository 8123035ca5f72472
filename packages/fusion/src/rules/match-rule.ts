import { type Graph, type Node, users, valuesDefinedBy } from "@rdu/ir";
import type { FusionRule, RuleNode } from "./rule.ts";
import { type Form, type FormStep, formsOf, takes } from "./vocabulary.ts";

/** The nodes of the graph that stand for each node of the pattern, in order; absent ones are missing. */
export type Match = ReadonlyMap<string, readonly Node[]>;

/** Finds where rules match in one graph. */
export interface Matcher {
  /** The match of a rule with its first node at `root`, of nodes that `free` allows; undefined when there is none. */
  at(rule: FusionRule, root: Node, free: (node: Node) => boolean): Match | undefined;
}

export function matcherOf(graph: Graph): Matcher {
  const readers = users(graph);
  const constants = new Set(graph.constants.map(({ id }) => id));
  const after = (node: Node): readonly Node[] => [
    ...new Set(valuesDefinedBy(node).flatMap((output) => readers.get(output) ?? [])),
  ];
  const takesConstant = (node: Node): boolean => node.inputs.some((input) => input !== null && constants.has(input));
  return {
    at(rule, root, free) {
      const first = rule.pattern[0];
      if (first === undefined) return undefined;
      const nodes = new Map(rule.pattern.map((node) => [node.name, node]));
      return assign(first, root, new Map(), { nodes, after, takesConstant, free });
    },
  };
}

interface Search {
  readonly nodes: ReadonlyMap<string, RuleNode>;
  readonly after: (node: Node) => readonly Node[];
  readonly takesConstant: (node: Node) => boolean;
  readonly free: (node: Node) => boolean;
}

/** The match so far, extended by `pattern` beginning at `node` and by everything behind it; undefined when that cannot be. */
function assign(pattern: RuleNode, node: Node, match: Match, search: Search): Match | undefined {
  const known = match.get(pattern.name);
  if (known !== undefined) return known[0] === node ? match : undefined;
  for (const name of pattern.alternatives) {
    const alternative = search.nodes.get(name);
    const found = alternative === undefined ? undefined : assign(alternative, node, match, search);
    const stands = found?.get(name);
    if (found === undefined || stands === undefined) continue;
    return follow(pattern.children, stands, new Map([...found, [pattern.name, stands]]), search);
  }
  const taken = new Set([...match.values()].flat());
  for (const form of pattern.operators.flatMap(formsOf)) {
    const chain = chainOf(form, node, search);
    if (chain === undefined || chain.some((member) => taken.has(member))) continue;
    if (pattern.included && !chain.every(search.free)) continue;
    const found = follow(pattern.children, chain, new Map([...match, [pattern.name, chain]]), search);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The nodes of an exported form that begins at `node`; undefined when they are not there. */
function chainOf(form: Form, node: Node, search: Search): readonly Node[] | undefined {
  const [first, ...rest] = form;
  if (first === undefined || !fits(first, node, search)) return undefined;
  const chain = [node];
  for (const step of rest) {
    const last = chain.at(-1) ?? node;
    const next = search.after(last).find((user) => fits(step, user, search));
    if (next !== undefined) chain.push(next);
    else if (step.optional !== true) return undefined;
  }
  return chain;
}

function fits(step: FormStep, node: Node, search: Search): boolean {
  if (node.kind !== "operator" || !takes(step, node.op)) return false;
  return step.withConstant !== true || search.takesConstant(node);
}

/** Finds a user of what was matched last for each child in turn, going back when a later one finds none. */
function follow(
  children: readonly string[],
  matched: readonly Node[],
  match: Match,
  search: Search,
): Match | undefined {
  const [name, ...rest] = children;
  if (name === undefined) return match;
  const child = search.nodes.get(name);
  const last = matched.at(-1);
  if (child === undefined || last === undefined) return undefined;
  for (const user of search.after(last)) {
    const found = assign(child, user, match, search);
    const complete = found === undefined ? undefined : follow(rest, matched, found, search);
    if (complete !== undefined) return complete;
  }
  // An optional node may be absent: what follows it then follows this one.
  return child.required ? undefined : follow([...child.children, ...rest], matched, match, search);
}
