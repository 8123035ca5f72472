import { InvariantError, invariant } from "@rdu/diagnostics";
import {
  attributesOf,
  type Constant,
  constantTensor,
  type Graph,
  integersConstant,
  type OperatorNode,
  producers,
  staticShape,
  tensorConstant,
  type ValueId,
  type ValueType,
} from "@rdu/ir";
import { differentiate, inferGraph } from "@rdu/ops";
import { type DType, elementCount, fromNumbers, isFloat, type Tensor, toIntegers } from "@rdu/tensor";
import type { Expansion } from "./inline-subgraph.ts";
import type { Expander, Surroundings } from "./surroundings.ts";

/**
 * Derivatives of a value of the graph, written out backwards from it (reverse mode). Every operator between must have a gradient in the
 * registry, and what the derivatives are asked at must be the values that the graph itself computes with.
 */
export const gradient: Expander = (node, { graph, lookUp }, expansion) => {
  const attribute = (name: string): readonly string[] => {
    const found = attributesOf(node)[name];
    return found?.kind === "strings" ? found.value : found?.kind === "string" ? [found.value] : [];
  };
  const sought = attribute("xs");
  const names = [...sought, ...attribute("zs")];
  const [target] = attribute("y");
  if (target === undefined || names.some((name, index) => node.inputs[index] !== name))
    return "its derivatives are asked at values other than the graph's own";
  const made = producers(graph);
  const order = between(graph, names, target);
  const write = new Writer(graph, expansion, target);
  const derivatives = new Map<ValueId, ValueId>([[target, write.ones()]]);
  for (const each of order.toReversed()) {
    if (!each.outputs.some((output) => output !== null && derivatives.has(output))) continue;
    const parts = each.kind === "operator" ? write.derivatives(each, derivatives, lookUp) : undefined;
    if (parts === undefined) return `${each.outputs[0]} has no gradient`;
    parts.forEach((part, index) => {
      const input = each.inputs[index];
      if (part === null || input === null || input === undefined) return;
      if (!made.has(input) && !names.includes(input)) return;
      const own = write.summedTo(part, input);
      const known = derivatives.get(input);
      derivatives.set(input, known === undefined ? own : write.operator("Add", [known, own]));
    });
  }
  if (!write.isComplete) return "shapes between are known only at run time, or are of no floats";
  return sought.map((name) => derivatives.get(name) ?? write.operator("Sub", [name, name]));
};

/** The nodes that lead from `names` to `target`, in order. */
function between(graph: Graph, names: readonly ValueId[], target: ValueId): Graph["nodes"] {
  const needed = new Set([target]);
  const found: Graph["nodes"][number][] = [];
  for (const node of graph.nodes.toReversed()) {
    if (!node.outputs.some((output) => output !== null && needed.has(output) && !names.includes(output))) continue;
    found.unshift(node);
    for (const input of node.inputs) if (input !== null) needed.add(input);
  }
  return found;
}

/** Writes the operators of one gradient, and knows their types at once. Lives as long as its expansion. */
class Writer {
  readonly #graph: Graph;
  readonly #expansion: Expansion;
  readonly #target: ValueId;
  readonly #types: Map<ValueId, ValueType>;
  readonly #constants = new Map<ValueId, Constant>();
  #complete = true;

  constructor(graph: Graph, expansion: Expansion, target: ValueId) {
    this.#graph = graph;
    this.#expansion = expansion;
    this.#target = target;
    this.#types = new Map(graph.types);
    for (const constant of graph.constants) this.#types.set(constant.id, constant.type);
  }

  /** False when a shape that was asked for is not known, or a value is not of floats. */
  get isComplete(): boolean {
    return this.#complete;
  }

  /** The derivatives of a node's inputs from those known of its outputs; undefined where the registry has none. */
  derivatives(
    node: OperatorNode,
    known: ReadonlyMap<ValueId, ValueId>,
    lookUp: Surroundings["lookUp"],
  ): readonly (ValueId | null)[] | undefined {
    const given = (index = 0): ValueId => {
      const output = node.outputs[index];
      invariant(output != null, () => `${node.op} has no output ${index}`);
      return known.get(output) ?? this.operator("Sub", [output, output]);
    };
    return differentiate(node, {
      given,
      shape: (value) => this.#shapeOf(value),
      dtype: (value) => this.#dtypeOf(value),
      integersOf: (value) => {
        const tensor = lookUp(value);
        return tensor === undefined ? undefined : toIntegers(tensor);
      },
      operator: (op, inputs, attributes) => this.operator(op, inputs, attributes),
      integers: (values) => this.#integers(values),
      number: (value, like) => this.#number(value, this.#dtypeOf(like)),
    });
  }

  operator(op: string, inputs: readonly (ValueId | null)[], attributes: OperatorNode["attributes"] = {}): ValueId {
    const id = this.#expansion.fresh(`d.${this.#target}.${op}`);
    this.#expansion.operator(op, inputs, id, attributes);
    const node = this.#expansion.nodes.at(-1);
    const used = [...new Set(inputs)].filter((input) => input !== null);
    const constants = used.flatMap((input) => this.#constants.get(input) ?? []);
    const alone: Graph = {
      name: id,
      inputs: used.filter((input) => !this.#constants.has(input)),
      outputs: [id],
      constants,
      nodes: node === undefined ? [] : [node],
      types: new Map([...this.#types].filter(([value]) => used.includes(value))),
    };
    const type = inferGraph(alone, { readConstant: inlineTensor }).graph.types.get(id);
    if (type !== undefined) this.#types.set(id, type);
    return id;
  }

  /** Ones in the shape of the target. */
  ones(): ValueId {
    const one = this.#number(1, this.#dtypeOf(this.#target));
    return this.operator("Expand", [one, this.#integers(this.#shapeOf(this.#target))]);
  }

  /** The derivative of `input`, summed along the axes that it was broadcast along. */
  summedTo(value: ValueId, input: ValueId): ValueId {
    const [to, from] = [this.#shapeOf(input), this.#shapeOf(value)];
    if (to.join() === from.join()) return value;
    const like = (sum: ValueId): ValueId => this.operator("Reshape", [sum, this.#integers(to)]);
    if (elementCount(to) === elementCount(from)) return like(value);
    const missing = from.length - to.length;
    const axes = from.flatMap((extent, axis) => (axis < missing || to[axis - missing] !== extent ? [axis] : []));
    return like(this.operator("ReduceSum", [value, this.#integers(axes)]));
  }

  #shapeOf(value: ValueId): readonly number[] {
    const shape = staticShape(this.#types.get(value));
    if (shape === undefined) this.#complete = false;
    return shape ?? [];
  }

  #dtypeOf(value: ValueId): DType {
    const type = this.#types.get(value);
    if (type?.kind === "tensor") return type.dtype;
    this.#complete = false;
    return "float32";
  }

  #integers(values: readonly number[]): ValueId {
    return this.#constant(integersConstant(this.#expansion.fresh(`d.${this.#target}.integers`), values));
  }

  #number(value: number, dtype: DType): ValueId {
    if (!isFloat(dtype)) this.#complete = false;
    const number = fromNumbers(isFloat(dtype) ? dtype : "float32", [], [value]);
    return this.#constant(tensorConstant(this.#expansion.fresh(`d.${this.#target}.number`), number));
  }

  #constant(constant: Constant): ValueId {
    this.#expansion.constants.push(constant);
    this.#constants.set(constant.id, constant);
    this.#types.set(constant.id, constant.type);
    return constant.id;
  }
}

/** The constants that derivatives bring along are all inline. */
function inlineTensor(constant: Constant): Tensor {
  return constantTensor(constant, () => {
    throw new InvariantError(`${constant.id} is in a file`);
  });
}
