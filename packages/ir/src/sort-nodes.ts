import type { Node, ValueId } from "./graph.ts";
import { valuesDefinedBy, valuesUsedBy } from "./queries.ts";

/**
 * The nodes in a topological order: each node as early as its place in `nodes` and its operands allow, so that nodes
 * already in order stay as they are. Values that no node defines count as given. Undefined when there is a cycle.
 */
export function sortNodes(nodes: readonly Node[]): readonly Node[] | undefined {
  const definedBy = new Map<ValueId, number>();
  nodes.forEach((node, index) => {
    for (const output of valuesDefinedBy(node)) definedBy.set(output, index);
  });
  const sorted: Node[] = [];
  const state = new Uint8Array(nodes.length); // 0 untouched, 1 waiting for operands, 2 placed

  for (let root = 0; root < nodes.length; root += 1) {
    const stack = [root];
    for (let at = stack.at(-1); at !== undefined; at = stack.at(-1)) {
      const node = nodes[at];
      if (node === undefined || state[at] === 2) {
        stack.pop();
        continue;
      }
      const waitsFor = valuesUsedBy(node)
        .map((used) => definedBy.get(used))
        .filter((index) => index !== undefined)
        .filter((index) => state[index] !== 2);
      if (waitsFor.length === 0) {
        state[at] = 2;
        sorted.push(node);
        stack.pop();
      } else if (state[at] === 1) {
        return undefined;
      } else {
        state[at] = 1;
        stack.push(...waitsFor.sort((a, b) => b - a));
      }
    }
  }
  return sorted;
}

/** The nodes that stand on a cycle or behind one: what is left when all that can be ordered is taken away. */
export function nodesOnCycles(nodes: readonly Node[]): readonly Node[] {
  const definedBy = new Map<ValueId, number>();
  nodes.forEach((node, index) => {
    for (const output of valuesDefinedBy(node)) definedBy.set(output, index);
  });
  const waiting = nodes.map(() => 0);
  const readers = nodes.map((): number[] => []);
  nodes.forEach((node, reader) => {
    for (const used of valuesUsedBy(node)) {
      const writer = definedBy.get(used);
      if (writer === undefined) continue;
      waiting[reader] = (waiting[reader] ?? 0) + 1;
      readers[writer]?.push(reader);
    }
  });
  const ready = [...waiting.keys()].filter((index) => waiting[index] === 0);
  for (let next = ready.pop(); next !== undefined; next = ready.pop()) {
    for (const reader of readers[next] ?? []) {
      const left = (waiting[reader] ?? 0) - 1;
      waiting[reader] = left;
      if (left === 0) ready.push(reader);
    }
  }
  return nodes.filter((_, index) => waiting[index] !== 0);
}
