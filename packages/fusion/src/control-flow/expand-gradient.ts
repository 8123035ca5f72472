import {
  attributesOf,
  type Graph,
  intsAttribute,
  type OperatorNode,
  producers,
  staticShape,
  tensorConstant,
  type ValueId,
} from "@rdu/ir";
import { elementCount, fromNumbers, isFloat } from "@rdu/tensor";
import type { Expander } from "./expanders.ts";
import type { Expansion } from "./inline-subgraph.ts";

/** The derivatives of a node's inputs, given that of its output; null where there is none. */
type Rule = (write: Writer, given: ValueId, node: OperatorNode) => readonly (ValueId | null)[];

/**
 * Derivatives of a value of the graph, written out backwards from it (reverse mode). Every operator between must have a rule below, and
 * what the derivatives are asked at must be the values that the graph itself computes with.
 */
export const gradient: Expander = (node, { graph }, expansion) => {
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
    const [output] = each.outputs;
    const given = output === undefined || output === null ? undefined : derivatives.get(output);
    if (given === undefined) continue;
    const rule = each.kind === "operator" ? RULES[each.op] : undefined;
    if (each.kind !== "operator" || rule === undefined) return `${each.outputs[0]} has no rule of differentiation`;
    rule(write, given, each).forEach((part, index) => {
      const input = each.inputs[index];
      if (part === null || input === null || input === undefined) return;
      if (!made.has(input) && !names.includes(input)) return;
      const own = write.summedTo(part, input, output ?? input);
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

/** Writes the operators of one gradient. Lives as long as its expansion. */
class Writer {
  readonly #graph: Graph;
  readonly #expansion: Expansion;
  readonly #target: ValueId;
  #complete = true;

  constructor(graph: Graph, expansion: Expansion, target: ValueId) {
    this.#graph = graph;
    this.#expansion = expansion;
    this.#target = target;
  }

  /** False when a shape that was asked for is not known, or a value is not of floats. */
  get isComplete(): boolean {
    return this.#complete;
  }

  operator(op: string, inputs: readonly ValueId[], attributes: OperatorNode["attributes"] = {}): ValueId {
    return this.#expansion.operator(op, inputs, this.#expansion.fresh(`d.${this.#target}.${op}`), attributes);
  }

  shapeOf(value: ValueId): readonly number[] {
    const shape = staticShape(this.#graph.types.get(value));
    if (shape === undefined) this.#complete = false;
    return shape ?? [];
  }

  /** Ones in the shape of the target. */
  ones(): ValueId {
    const type = this.#graph.types.get(this.#target);
    if (type?.kind !== "tensor" || !isFloat(type.dtype)) this.#complete = false;
    const id = this.#expansion.fresh(`d.${this.#target}.one`);
    const dtype = type?.kind === "tensor" && isFloat(type.dtype) ? type.dtype : "float32";
    this.#expansion.constants.push(tensorConstant(id, fromNumbers(dtype, [], [1])));
    return this.operator("Expand", [id, this.#expansion.integers("shape", this.shapeOf(this.#target))]);
  }

  reshaped(value: ValueId, shape: readonly number[]): ValueId {
    return this.operator("Reshape", [value, this.#expansion.integers("shape", shape)]);
  }

  transposed(value: ValueId, permutation: readonly number[]): ValueId {
    return this.operator("Transpose", [value], { perm: { kind: "ints", value: permutation.map(BigInt) } });
  }

  /** The derivative, which has the shape of `output`, summed along the axes that `input` was broadcast along. */
  summedTo(value: ValueId, input: ValueId, output: ValueId): ValueId {
    const [to, from] = [this.shapeOf(input), this.shapeOf(output)];
    if (to.join() === from.join()) return value;
    if (elementCount(to) === elementCount(from)) return this.reshaped(value, to);
    const missing = from.length - to.length;
    const axes = from.flatMap((extent, axis) => (axis < missing || to[axis - missing] !== extent ? [axis] : []));
    return this.reshaped(this.operator("ReduceSum", [value, this.#expansion.integers("axes", axes)]), to);
  }
}

const operands = ({ inputs, outputs }: OperatorNode): readonly [ValueId, ValueId, ValueId] => [
  inputs[0] ?? "",
  inputs[1] ?? "",
  outputs[0] ?? "",
];

/** A rule of an operator of one operand: the derivative from its own, the operand and the result. */
function unary(write: (w: Writer, given: ValueId, x: ValueId, y: ValueId) => ValueId): Rule {
  return (w, given, node) => {
    const [x, , y] = operands(node);
    return [write(w, given, x, y)];
  };
}

const likeInput: Rule = (w, given, node) => [w.reshaped(given, w.shapeOf(node.inputs[0] ?? ""))];

// biome-ignore format: a table
const RULES: Readonly<Record<string, Rule>> = {
  Identity: (_, given) => [given],
  Add: (_, given) => [given, given],
  Sum: (_, given, node) => node.inputs.map(() => given),
  Sub: (w, given) => [given, w.operator("Neg", [given])],
  Mul: (w, given, node) => [w.operator("Mul", [given, operands(node)[1]]), w.operator("Mul", [given, operands(node)[0]])],
  Div: (w, given, node) => {
    const [, b, y] = operands(node);
    const first = w.operator("Div", [given, b]);
    return [first, w.operator("Neg", [w.operator("Mul", [first, y])])];
  },
  Neg: unary((w, given) => w.operator("Neg", [given])),
  Abs: unary((w, given, x) => w.operator("Mul", [given, w.operator("Sign", [x])])),
  Exp: unary((w, given, _, y) => w.operator("Mul", [given, y])),
  Log: unary((w, given, x) => w.operator("Div", [given, x])),
  Sqrt: unary((w, given, _, y) => w.operator("Div", [given, w.operator("Add", [y, y])])),
  Sin: unary((w, given, x) => w.operator("Mul", [given, w.operator("Cos", [x])])),
  Cos: unary((w, given, x) => w.operator("Neg", [w.operator("Mul", [given, w.operator("Sin", [x])])])),
  Tanh: unary((w, given, _, y) => w.operator("Sub", [given, w.operator("Mul", [given, w.operator("Mul", [y, y])])])),
  Sigmoid: unary((w, given, _, y) => {
    const part = w.operator("Mul", [given, y]);
    return w.operator("Sub", [part, w.operator("Mul", [part, y])]);
  }),
  Relu: unary((w, given, _, y) => w.operator("Mul", [given, w.operator("Sign", [y])])),
  Reshape: likeInput, Flatten: likeInput, Squeeze: likeInput, Unsqueeze: likeInput,
  Transpose: (w, given, node) => {
    const shape = w.shapeOf(node.inputs[0] ?? "");
    const order = intsAttribute(node, "perm", null) ?? shape.map((_, axis) => shape.length - 1 - axis);
    return [w.transposed(given, shape.map((_, axis) => order.indexOf(axis)))];
  },
};
