import { invariant, reject, rejectErrors } from "@rdu/diagnostics";
import {
  type Constant,
  type Graph,
  type OperatorNode,
  typeOfValue,
  type ValueId,
  type ValueType,
  valuesUsedBy,
} from "@rdu/ir";
import { type Environment, evaluateNode, inferOutputs, type KnownInput, unsupportedNodes } from "@rdu/ops";
import { DTYPES, isTensor, type Tensor, typeText, type Value } from "@rdu/tensor";

export interface EvaluateOptions {
  /** The elements of a constant; asked for at most once in a run, when first used. */
  readonly readConstant: (constant: Constant) => Tensor;
  /** Sees every value of the graph itself (not of subgraphs) as soon as it is known, with the node that made it. */
  readonly onValue?: (name: ValueId, value: Value, node: OperatorNode | null) => void;
}

/**
 * The meaning of a graph: the value of each of its outputs, by walking its operators in order. A value is freed after its
 * last use. Inputs that are not given take the constant of their name, as in models that list weights as inputs.
 *
 * Rejects with every unsupported operator at once (E0301, E0302), missing inputs (E0802) and inputs of another element
 * type or shape than declared (E0803, E0804); a fault of a node names the node.
 */
export function evaluateGraph(
  graph: Graph,
  inputs: ReadonlyMap<ValueId, Value>,
  options: EvaluateOptions,
): ReadonlyMap<ValueId, Value> {
  rejectErrors(unsupportedNodes(graph));
  const constants = new Set(graph.constants.map(({ id }) => id));
  const missing = graph.inputs.filter((name) => !inputs.has(name) && !constants.has(name));
  if (missing.length > 0) reject("E0802", missing.join(", "));
  for (const name of inputs.keys())
    if (!graph.inputs.includes(name)) reject("E0801", `${name}; the graph takes ${graph.inputs.join(", ") || "none"}`);
  for (const [name, value] of inputs) checkInput(name, value, graph.types.get(name));
  const outputs = walk(graph, inputs, () => undefined, options);
  return new Map(graph.outputs.map((name, index) => [name, outputs[index] as Value]));
}

/** Where a graph finds the names it does not define. */
type Lookup = (name: ValueId) => Value | undefined;

/** One evaluation of one graph whose inputs are given by name; the values of its outputs in order. */
function walk(
  graph: Graph,
  inputs: ReadonlyMap<ValueId, Value>,
  outer: Lookup,
  options: EvaluateOptions,
): readonly Value[] {
  const values = new Map<ValueId, Value>();
  const constants = new Map(graph.constants.map((constant) => [constant.id, constant]));

  const lookup: Lookup = (name) => {
    const value = values.get(name);
    if (value !== undefined) return value;
    const constant = constants.get(name);
    if (constant === undefined) return outer(name);
    const read = options.readConstant(constant);
    values.set(name, read);
    return read;
  };
  const required = (name: ValueId): Value => {
    const value = lookup(name);
    if (value === undefined) reject("E0403", `%${name}`, { at: [graph.name] });
    return value;
  };
  const define = (name: ValueId, value: Value, node: OperatorNode | null): void => {
    values.set(name, value);
    options.onValue?.(name, value, node);
  };
  // Values of a subgraph are many under one name: nobody watches them.
  const within: EvaluateOptions = { readConstant: options.readConstant };
  const environment: Environment = {
    readConstant: options.readConstant,
    graph,
    run: (inner, given) =>
      walk(inner, new Map(inner.inputs.map((name, index) => [name, given[index] as Value])), lookup, within),
    typesOf: (inner, types) => inferOutputs(inner, types, seenFrom(inner, lookup), within),
  };

  for (const [name, value] of inputs) define(name, value, null);
  const lastUse = lastUses(graph);
  graph.nodes.forEach((node, index) => {
    invariant(node.kind === "operator", () => `the reference evaluates operators, not ${node.kind} nodes`);
    const given = node.inputs.map((name) => (name === null ? null : required(name)));
    const outputs = evaluateNode(node, given, environment);
    node.outputs.forEach((name, at) => {
      if (name !== null) define(name, outputs[at] as Value, node);
    });
    for (const name of lastUse.get(index) ?? []) values.delete(name);
  });
  return graph.outputs.map(required);
}

/** The values around a subgraph that its nodes, or nodes of graphs in it, read. */
function seenFrom(inner: Graph, lookup: Lookup): ReadonlyMap<ValueId, KnownInput> {
  const seen = new Map<ValueId, KnownInput>();
  for (const name of [...inner.nodes.flatMap(valuesUsedBy), ...inner.outputs]) {
    const value = lookup(name);
    if (value !== undefined) seen.set(name, { type: typeOfValue(value), value: isTensor(value) ? value : undefined });
  }
  return seen;
}

/** For each node by number: the values that nobody reads after it. */
function lastUses(graph: Graph): ReadonlyMap<number, readonly ValueId[]> {
  const kept = new Set(graph.outputs);
  const last = new Map<ValueId, number>();
  graph.nodes.forEach((node, index) => {
    for (const name of [...valuesUsedBy(node), ...node.outputs.filter((output) => output !== null)])
      last.set(name, index);
  });
  const byNode = new Map<number, ValueId[]>();
  for (const [name, index] of last) if (!kept.has(name)) byNode.set(index, [...(byNode.get(index) ?? []), name]);
  return byNode;
}

function checkInput(name: ValueId, value: Value, declared: ValueType | undefined): void {
  if (declared?.kind !== "tensor") return;
  if (!isTensor(value)) reject("E0804", `${name} is not a tensor`);
  const expected = typeText(declared.dtype, declared.shape);
  if (value.dtype !== declared.dtype) reject("E0804", `${name} is ${DTYPES[value.dtype].short}, expected ${expected}`);
  const fits =
    declared.shape === null ||
    (declared.shape.length === value.shape.length &&
      declared.shape.every((extent, axis) => typeof extent !== "number" || extent === value.shape[axis]));
  if (!fits) reject("E0803", `${name} is ${typeText(value.dtype, value.shape)}, expected ${expected}`);
}
