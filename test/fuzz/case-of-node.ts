import type { Graph, OperatorNode, ValueId } from "@rdu/ir";
import type { FuzzCase } from "./graph-draft.ts";

/** One node of a case as a case of its own, on the values that the reference gives to its operands. */
export function caseOfNode({ graph, values }: FuzzCase, node: OperatorNode): FuzzCase {
  const constants = graph.constants.filter(({ id }) => node.inputs.includes(id));
  const known = new Set(constants.map(({ id }) => id));
  const inputs = [...new Set(node.inputs.filter((id) => id !== null && !known.has(id)))] as ValueId[];
  const outputs = node.outputs.filter((id) => id !== null);
  const types = new Map([...inputs, ...known, ...outputs].map((id) => [id, graph.types.get(id)!] as const));
  const single: Graph = { name: "node", inputs, outputs, constants, nodes: [node], types };
  return { graph: single, values, inputs: new Map(inputs.map((id) => [id, values.get(id)!])) };
}
