import { type Constant, constantTensor, type Graph, type ReadBytes } from "@rdu/ir";
import { evaluateGraph } from "@rdu/reference";
import type { Tensor, Value } from "@rdu/tensor";

/** The outputs of a graph by the reference evaluator, in order. Each constant is read once. */
export function runReference(graph: Graph, inputs: ReadonlyMap<string, Value>, readBytes: ReadBytes): readonly Value[] {
  const outputs = evaluateGraph(graph, inputs, { readConstant: constantReader(readBytes) });
  return graph.outputs.map((name) => outputs.get(name) as Value);
}

/** Reads constants through `readBytes`, each once. */
export function constantReader(readBytes: ReadBytes): (constant: Constant) => Tensor {
  const known = new Map<Constant, Tensor>();
  return (constant) => {
    const tensor = known.get(constant) ?? constantTensor(constant, readBytes);
    known.set(constant, tensor);
    return tensor;
  };
}
