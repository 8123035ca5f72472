import { invariant } from "@rdu/diagnostics";
import { constantTensor, parseGraph } from "@rdu/ir";
import { evaluateGraph } from "@rdu/reference";
import type { HostEvaluator } from "@rdu/runtime";
import type { Value } from "@rdu/tensor";

/** Executes a host call with the reference evaluator: the call carries its operator as a graph of one node. */
export const evaluateHost: HostEvaluator = (call, inputs) => {
  const graph = parseGraph(call.operation);
  const values = new Map<string, Value>();
  call.inputs.forEach((name, index) => {
    const value = inputs[index];
    if (name !== null && value !== undefined && value !== null) values.set(name, value);
  });
  const results = evaluateGraph(graph, values, {
    readConstant: (constant) =>
      constantTensor(constant, (location) => invariant(false, `a host call reads the file ${location}`) as never),
  });
  return call.outputs.map((name) => (name === null ? null : (results.get(name) ?? null)));
};
