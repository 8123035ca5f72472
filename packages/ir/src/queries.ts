import type { Attribute, Constant, Graph, Node, Origin, TensorType, ValueId, ValueType } from "./graph.ts";

/** The attributes of an operator or host node; the other kinds have none. */
export function attributesOf(node: Node): Readonly<Record<string, Attribute>> {
  return node.kind === "operator" || node.kind === "host" ? node.attributes : {};
}

/** The graphs that a node holds in its attributes, in order of attribute name. */
export function subgraphsOf(node: Node): readonly Graph[] {
  const attributes = attributesOf(node);
  return Object.keys(attributes)
    .sort()
    .flatMap((name) => {
      const attribute = attributes[name];
      if (attribute?.kind === "graph") return [attribute.value];
      return attribute?.kind === "graphs" ? attribute.value : [];
    });
}

/** Every value a node reads, once each: its inputs, then what its subgraphs capture from outside. */
export function valuesUsedBy(node: Node): readonly ValueId[] {
  const used = new Set<ValueId>();
  for (const input of node.inputs) if (input !== null) used.add(input);
  for (const subgraph of subgraphsOf(node)) for (const captured of capturedValues(subgraph)) used.add(captured);
  return [...used];
}

/** The values a node defines, without unused optional outputs. */
export function valuesDefinedBy(node: Node): readonly ValueId[] {
  return node.outputs.filter((output) => output !== null);
}

/** The values that a (sub)graph uses and does not define, in order of first use. Empty for a whole model. */
export function capturedValues(graph: Graph): readonly ValueId[] {
  const defined = new Set<ValueId>([...graph.inputs, ...graph.constants.map(({ id }) => id)]);
  const captured = new Set<ValueId>();
  const use = (id: ValueId): void => {
    if (!defined.has(id)) captured.add(id);
  };
  for (const node of graph.nodes) {
    valuesUsedBy(node).forEach(use);
    for (const output of valuesDefinedBy(node)) defined.add(output);
  }
  graph.outputs.forEach(use);
  return [...captured];
}

/** The node that defines each value. Graph inputs and constants have none. */
export function producers(graph: Graph): ReadonlyMap<ValueId, Node> {
  const result = new Map<ValueId, Node>();
  for (const node of graph.nodes) for (const output of valuesDefinedBy(node)) result.set(output, node);
  return result;
}

/** The nodes that read each value, in node order, each node once, captures included. Values without users are absent. */
export function users(graph: Graph): ReadonlyMap<ValueId, readonly Node[]> {
  const result = new Map<ValueId, Node[]>();
  for (const node of graph.nodes) {
    for (const used of valuesUsedBy(node)) {
      const known = result.get(used);
      if (known === undefined) result.set(used, [node]);
      else known.push(node);
    }
  }
  return result;
}

/** The constants by name. */
export function constantsById(graph: Graph): ReadonlyMap<ValueId, Constant> {
  return new Map(graph.constants.map((constant) => [constant.id, constant]));
}

/** The values from which some graph output is computed, the outputs included. */
export function neededValues(graph: Graph): ReadonlySet<ValueId> {
  const needed = new Set<ValueId>(graph.outputs);
  for (let at = graph.nodes.length - 1; at >= 0; at -= 1) {
    const node = graph.nodes[at];
    if (node === undefined || !valuesDefinedBy(node).some((output) => needed.has(output))) continue;
    for (const used of valuesUsedBy(node)) needed.add(used);
  }
  return needed;
}

/** Every name in use anywhere in the graph and its subgraphs, inputs of one level and locals of another alike. */
export function namesIn(graph: Graph): Set<ValueId> {
  const names = new Set<ValueId>([...graph.inputs, ...graph.outputs, ...graph.types.keys()]);
  for (const { id } of graph.constants) names.add(id);
  for (const node of graph.nodes) {
    for (const id of [...node.inputs, ...node.outputs]) if (id !== null) names.add(id);
    for (const subgraph of subgraphsOf(node)) for (const name of namesIn(subgraph)) names.add(name);
  }
  return names;
}

/** `wanted`, or the first of `wanted.1`, `wanted.2`, ... that is not taken. Adds the answer to `taken`. */
export function freshName(wanted: ValueId, taken: Set<ValueId>): ValueId {
  let name = wanted;
  for (let suffix = 1; taken.has(name); suffix += 1) name = `${wanted}.${suffix}`;
  taken.add(name);
  return name;
}

/** The union of origins in order of first appearance. */
export function unionOfOrigins(origins: Iterable<Origin>): Origin {
  return [...new Set([...origins].flat())];
}

/** A tensor type. */
export function tensorType(dtype: TensorType["dtype"], shape: TensorType["shape"]): TensorType {
  return { kind: "tensor", dtype, shape };
}

/** The shape as numbers when the type is a tensor whose every dimension is known; undefined otherwise. */
export function staticShape(type: ValueType | undefined): readonly number[] | undefined {
  if (type?.kind !== "tensor" || type.shape === null) return undefined;
  const { shape } = type;
  return shape.every((dim) => typeof dim === "number") ? (shape as readonly number[]) : undefined;
}
