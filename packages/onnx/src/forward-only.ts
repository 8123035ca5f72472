import { reject } from "@rdu/diagnostics";
import {
  attributesOf,
  type Graph,
  mapSubgraphs,
  type Node,
  neededValues,
  type OperatorNode,
  type ValueId,
  valuesDefinedBy,
  valuesUsedBy,
  withoutDead,
} from "@rdu/ir";

/** Operators that exist to train: gradients, and what updates weights by them. */
const TRAINING_DOMAIN = "ai.onnx.preview.training.";
/** Operators that hand a statistic on to an output without making anything else of it. */
const HANDED_ON = ["Identity", "Cast"];

/**
 * The graph as it is meant once training is over: normalisation by the running statistics, dropout passing its operand on, nothing that only
 * training needs.
 *
 *   %y, %m, %v = BatchNormalization@15{training_mode = 1}(%x, %s, %b, %mean, %var)     =>     %y = BatchNormalization@15(%x, %s, %b, %mean, %var)
 *
 * Dropped are outputs that hold updated statistics, outputs computed from gradients, and inputs that nothing else needed. Who uses an updated
 * statistic inside the graph gets the statistic that came in. Rejects (E0902) a model of which nothing is left.
 */
export function forwardOnly(graph: Graph): Graph {
  const training = trainingValues(graph);
  const outputs = graph.outputs.filter((output) => !training.has(output));
  if (outputs.length === 0 && graph.outputs.length > 0)
    reject("E0902", "--inference: every output of the model is there for training", {
      notes: graph.outputs.map((output) => `output ${output}`),
    });
  const read = new Set(graph.nodes.flatMap(valuesUsedBy));
  const forward = withoutDead({ ...withInferenceOperators(graph), outputs });
  const after = neededValues(forward);
  const gone = new Set(graph.inputs.filter((input) => read.has(input) && !after.has(input)));
  const kept = new Set([...forward.constants.map(({ id }) => id), ...forward.nodes.flatMap(valuesDefinedBy)]);
  for (const input of graph.inputs) if (!gone.has(input)) kept.add(input);
  return {
    ...forward,
    inputs: graph.inputs.filter((input) => !gone.has(input)),
    types: new Map([...forward.types].filter(([id]) => kept.has(id))),
  };
}

/** Updated statistics, also when they are handed on, and everything that is computed from gradients. */
function trainingValues(graph: Graph): ReadonlySet<ValueId> {
  const statistics = new Set<ValueId>();
  const gradients = new Set<ValueId>();
  const mark = (set: Set<ValueId>, ids: readonly (ValueId | null)[]): void => {
    for (const id of ids) if (id !== null) set.add(id);
  };
  for (const node of graph.nodes) {
    const op = node.kind === "operator" ? node.op : "";
    const uses = (set: ReadonlySet<ValueId>): boolean => node.inputs.some((input) => input !== null && set.has(input));
    if (op.startsWith(TRAINING_DOMAIN) || uses(gradients)) mark(gradients, node.outputs);
    else if (op === "BatchNormalization") mark(statistics, node.outputs.slice(1));
    else if (HANDED_ON.includes(op) && uses(statistics)) mark(statistics, node.outputs);
  }
  return new Set([...statistics, ...gradients]);
}

function withInferenceOperators(graph: Graph): Graph {
  return { ...graph, nodes: graph.nodes.flatMap(inferenceNodes) };
}

function inferenceNodes(node: Node): readonly Node[] {
  if (node.kind !== "operator") return [node];
  const inner = { ...node, attributes: mapSubgraphs(attributesOf(node), withInferenceOperators) };
  if (node.op === "Dropout") return [inferenceDropout(inner)];
  return node.op === "BatchNormalization" ? inferenceNormalization(inner) : [inner];
}

/** From opset 12 an operand says that it trains, before opset 7 an attribute; in between it never does. */
function inferenceDropout(node: OperatorNode): OperatorNode {
  if (node.version >= 12) return { ...node, inputs: node.inputs.slice(0, 2) };
  return node.version < 7 ? withFlag(node, "is_test", 1n) : node;
}

/** From opset 14 an attribute says that it trains, before opset 7 another one; in between that it has further outputs. */
function inferenceNormalization(node: OperatorNode): readonly OperatorNode[] {
  const [y = null, ...statistics] = node.outputs;
  const flagged =
    node.version >= 14 ? withFlag(node, "training_mode", 0n) : node.version < 7 ? withFlag(node, "is_test", 1n) : node;
  const unchanged = statistics.flatMap((output, index): OperatorNode[] => {
    // Mean and variance come in at 3 and 4; opsets before 14 give them out twice.
    const input = node.inputs[3 + (index % 2)];
    if (output === null || input == null) return [];
    const { origin } = node;
    return [
      { kind: "operator", op: "Identity", version: 1, attributes: {}, inputs: [input], outputs: [output], origin },
    ];
  });
  return [{ ...flagged, outputs: [y] }, ...unchanged];
}

function withFlag(node: OperatorNode, name: string, value: bigint): OperatorNode {
  return { ...node, attributes: { ...node.attributes, [name]: { kind: "int", value } } };
}
