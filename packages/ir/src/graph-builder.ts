import { invariant } from "@rdu/diagnostics";
import type { Constant, Graph, Node, ValueId, ValueType } from "./graph.ts";
import { freshName, namesIn, valuesDefinedBy } from "./queries.ts";
import { sortNodes } from "./sort-nodes.ts";

/**
 * A graph under construction, local to one pass. Nodes may be added in any order; `build` puts them in a topological
 * order that moves nothing without need, and hands out an immutable Graph.
 */
export class GraphBuilder {
  readonly name: string;
  readonly #inputs: ValueId[] = [];
  readonly #outputs: ValueId[] = [];
  readonly #constants = new Map<ValueId, Constant>();
  readonly #nodes: Node[] = [];
  readonly #types = new Map<ValueId, ValueType>();
  readonly #taken: Set<ValueId>;
  readonly #defined = new Set<ValueId>();

  /** @param taken names that `fresh` avoids beside those already added. */
  constructor(name: string, taken: Iterable<ValueId> = []) {
    this.name = name;
    this.#taken = new Set(taken);
  }

  /** A builder with the interface, constants and types of `graph` and none of its nodes: how most passes begin. */
  static withoutNodes(graph: Graph): GraphBuilder {
    const builder = new GraphBuilder(graph.name, namesIn(graph));
    for (const input of graph.inputs) builder.input(input, graph.types.get(input));
    for (const constant of graph.constants) builder.constant(constant);
    for (const [id, type] of graph.types) builder.#types.set(id, type);
    for (const output of graph.outputs) builder.output(output);
    return builder;
  }

  /** A builder that holds all of `graph`. */
  static from(graph: Graph): GraphBuilder {
    const builder = GraphBuilder.withoutNodes(graph);
    for (const node of graph.nodes) builder.node(node);
    return builder;
  }

  input(id: ValueId, type?: ValueType): ValueId {
    this.#define(id);
    this.#inputs.push(id);
    return this.#typed(id, type);
  }

  output(id: ValueId): void {
    this.#outputs.push(id);
  }

  constant(constant: Constant): ValueId {
    this.#define(constant.id);
    this.#constants.set(constant.id, constant);
    return this.#typed(constant.id, constant.type);
  }

  /** Adds a node; `types` belong to its outputs by position. Gives its first output's name. */
  node(node: Node, types: readonly (ValueType | undefined)[] = []): ValueId {
    for (const output of valuesDefinedBy(node)) this.#define(output);
    this.#nodes.push(node);
    node.outputs.forEach((output, index) => {
      if (output !== null) this.#typed(output, types[index]);
    });
    return node.outputs.find((output) => output !== null) ?? "";
  }

  setType(id: ValueId, type: ValueType): void {
    this.#types.set(id, type);
  }

  typeOf(id: ValueId): ValueType | undefined {
    return this.#types.get(id);
  }

  constantOf(id: ValueId): Constant | undefined {
    return this.#constants.get(id);
  }

  isDefined(id: ValueId): boolean {
    return this.#defined.has(id);
  }

  /** `wanted`, or `wanted.1`, `wanted.2`, ...: a name nobody has; it is taken from then on. */
  fresh(wanted: ValueId): ValueId {
    return freshName(wanted, this.#taken);
  }

  /** The graph, its nodes sorted. Types of values that do not exist are left out. Fails on a cycle. */
  build(): Graph {
    const nodes = sortNodes(this.#nodes);
    invariant(nodes !== undefined, () => `the nodes of graph "${this.name}" form a cycle`);
    return {
      name: this.name,
      inputs: [...this.#inputs],
      outputs: [...this.#outputs],
      constants: [...this.#constants.values()],
      nodes,
      types: new Map([...this.#types].filter(([id]) => this.#defined.has(id))),
    };
  }

  #define(id: ValueId): void {
    invariant(!this.#defined.has(id), () => `value "${id}" is defined twice in graph "${this.name}"`);
    this.#defined.add(id);
    this.#taken.add(id);
  }

  #typed(id: ValueId, type: ValueType | undefined): ValueId {
    if (type !== undefined) this.#types.set(id, type);
    return id;
  }
}
