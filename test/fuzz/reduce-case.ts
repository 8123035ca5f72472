import { type Graph, neededValues, type ValueId, valuesUsedBy } from "@rdu/ir";
import type { Tensor } from "@rdu/tensor";
import type { FuzzCase } from "./graph-draft.ts";

/**
 * The smallest graph found that still fails: fewer outputs, earlier outputs, values in the middle and constants handed in
 * as inputs. Greedy, until nothing helps.
 */
export async function reduceCase(from: FuzzCase, fails: (fuzz: FuzzCase) => Promise<boolean>): Promise<FuzzCase> {
  let best = from;
  for (let better = true; better; ) {
    better = false;
    for (const smaller of variants(best)) {
      if (!isSmaller(smaller, best) || !(await fails(smaller))) continue;
      best = smaller;
      better = true;
      break;
    }
  }
  return best;
}

function isSmaller({ graph: a }: FuzzCase, { graph: b }: FuzzCase): boolean {
  if (a.nodes.length !== b.nodes.length) return a.nodes.length < b.nodes.length;
  if (a.outputs.length !== b.outputs.length) return a.outputs.length < b.outputs.length;
  return a.constants.length < b.constants.length;
}

function* variants(fuzz: FuzzCase): Generator<FuzzCase> {
  const { graph } = fuzz;
  if (graph.outputs.length > 1) for (const id of graph.outputs) yield restricted(fuzz, [id], new Set());
  for (const { outputs } of graph.nodes.slice(0, -1)) {
    const ids = outputs.filter((id) => id !== null);
    if (ids.some((id) => !graph.outputs.includes(id))) yield restricted(fuzz, ids, new Set());
  }
  for (const { outputs } of graph.nodes.toReversed()) {
    const ids = outputs.filter((id) => id !== null);
    if (ids.some((id) => graph.outputs.includes(id))) continue;
    yield restricted(fuzz, graph.outputs, new Set(ids));
  }
  for (const { id } of graph.constants) yield restricted(fuzz, graph.outputs, new Set([id]));
}

/** The case with these outputs, and with `given` as inputs; without what is then not needed. */
function restricted({ graph, values }: FuzzCase, outputs: readonly ValueId[], given: ReadonlySet<ValueId>): FuzzCase {
  const inputs = [...graph.inputs, ...given];
  const nodes = graph.nodes.filter((node) => node.outputs.every((id) => id === null || !given.has(id)));
  const open: Graph = {
    ...graph,
    inputs,
    outputs,
    nodes,
    constants: graph.constants.filter(({ id }) => !given.has(id)),
  };
  const needed = neededValues(open);
  const kept = nodes.filter((node) => node.outputs.some((id) => id !== null && needed.has(id)));
  const used = new Set<ValueId | null>([
    ...kept.flatMap(valuesUsedBy),
    ...kept.flatMap((node) => node.outputs),
    ...outputs,
  ]);
  const small: Graph = {
    ...open,
    inputs: inputs.filter((id) => used.has(id)),
    constants: open.constants.filter(({ id }) => used.has(id)),
    nodes: kept,
    types: new Map([...graph.types].filter(([id]) => used.has(id))),
  };
  return { graph: small, values, inputs: new Map(small.inputs.map((id) => [id, values.get(id) as Tensor])) };
}
