import { type Graph, type Node, producers, type ValueId, valuesDefinedBy, valuesUsedBy } from "@rdu/ir";

/** Nodes that sections are built from and that are not taken apart without need: what one operator or one user rule became. */
export interface Atom {
  readonly nodes: readonly Node[];
  readonly kind: "host" | "views" | "chip";
  /** The user rule that made it. */
  readonly rule?: string;
}

/** Runs of consecutive nodes that stem from the same operators; host calls alone; user groups whole. In topological order. */
export function atomsOf(graph: Graph): { readonly atoms: readonly Atom[]; readonly dissolved: readonly string[] } {
  const tagged = new Map<string, Node[]>();
  for (const node of graph.nodes) {
    if (node.section === undefined || node.kind === "host") continue;
    const group = tagged.get(node.section) ?? [];
    tagged.set(node.section, [...group, node]);
  }
  const dissolved: string[] = [];
  for (const [name, nodes] of [...tagged]) {
    if (isConvex(graph, nodes)) continue;
    tagged.delete(name);
    dissolved.push(name);
  }
  const runs: Atom[] = [];
  const seen = new Set<string>();
  for (const node of graph.nodes) {
    const tag = node.section;
    if (tag !== undefined && node.kind !== "host" && tagged.has(tag)) {
      if (!seen.has(tag)) runs.push({ nodes: tagged.get(tag) ?? [], kind: "chip", rule: tag });
      seen.add(tag);
      continue;
    }
    const last = runs.at(-1);
    if (
      last !== undefined &&
      last.rule === undefined &&
      last.kind !== "host" &&
      node.kind !== "host" &&
      sharesOrigin(last, node)
    ) {
      runs[runs.length - 1] = { nodes: [...last.nodes, node], kind: node.kind === "view" ? last.kind : "chip" };
    } else runs.push({ nodes: [node], kind: node.kind === "host" ? "host" : node.kind === "view" ? "views" : "chip" });
  }
  const sorted = sortAtoms(runs);
  if (sorted !== undefined) return { atoms: sorted, dissolved };
  // Groups that wait for each other: none of them holds.
  return {
    atoms: atomsOf({ ...graph, nodes: graph.nodes.map(untagged) }).atoms,
    dissolved: [...tagged.keys(), ...dissolved],
  };
}

/** The node as part of no group. */
export function untagged(node: Node): Node {
  if (node.section === undefined) return node;
  const { section: _, ...rest } = node;
  return rest as Node;
}

function sharesOrigin(atom: Atom, node: Node): boolean {
  return atom.nodes.at(-1)?.origin.some((place) => node.origin.includes(place)) ?? false;
}

/** No path leaves the group and comes back. */
function isConvex(graph: Graph, group: readonly Node[]): boolean {
  const inside = new Set(group);
  const makers = producers(graph);
  const outsideBehind = new Set<Node>();
  for (const node of graph.nodes) {
    const feeds = valuesUsedBy(node).map((used) => makers.get(used));
    const behind = feeds.some((maker) => maker !== undefined && (outsideBehind.has(maker) || inside.has(maker)));
    if (inside.has(node)) {
      if (feeds.some((maker) => maker !== undefined && outsideBehind.has(maker))) return false;
    } else if (behind) outsideBehind.add(node);
  }
  return true;
}

/** Each atom as early as its place and its operands allow; undefined when atoms wait for each other. */
function sortAtoms(atoms: readonly Atom[]): readonly Atom[] | undefined {
  const madeBy = new Map<ValueId, number>();
  atoms.forEach((atom, index) => {
    for (const node of atom.nodes) for (const output of valuesDefinedBy(node)) madeBy.set(output, index);
  });
  const waitsFor = atoms.map((atom, index) => {
    const makers = atom.nodes.flatMap((node) => valuesUsedBy(node).map((used) => madeBy.get(used)));
    return [...new Set(makers.filter((maker) => maker !== undefined && maker !== index))].sort(
      (a, b) => (a ?? 0) - (b ?? 0),
    );
  });
  const sorted: Atom[] = [];
  const state = new Uint8Array(atoms.length);
  for (let root = 0; root < atoms.length; root += 1) {
    const stack = [root];
    for (let at = stack.at(-1); at !== undefined; at = stack.at(-1)) {
      const atom = atoms[at];
      if (atom === undefined || state[at] === 2) {
        stack.pop();
        continue;
      }
      const open = (waitsFor[at] ?? []).filter((maker) => maker !== undefined && state[maker] !== 2) as number[];
      if (open.length === 0) {
        state[at] = 2;
        sorted.push(atom);
        stack.pop();
      } else if (state[at] === 1) return undefined;
      else {
        state[at] = 1;
        stack.push(...open.reverse());
      }
    }
  }
  return sorted;
}
