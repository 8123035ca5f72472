import { CompileError } from "@rdu/diagnostics";
import {
  type Attribute,
  type Constant,
  capturedValues,
  constantTensor,
  type Graph,
  neededValues,
  type OperatorNode,
  staticShape,
  tensorConstant,
  typeOfValue,
  type ValueId,
  type ValueType,
  valuesUsedBy,
} from "@rdu/ir";
import { type Environment, evaluateNode, inferGraph, sinceVersion } from "@rdu/ops";
import { evaluateGraph } from "@rdu/reference";
import { elementCount, isFloat, isTensor, sameShape, type Tensor, toNumbers } from "@rdu/tensor";
import { mostMagnitude } from "./exact-operators.ts";

/** A graph of operators with its inputs and the value that the reference gives to everything in it. */
export interface FuzzCase {
  readonly graph: Graph;
  readonly inputs: ReadonlyMap<ValueId, Tensor>;
  readonly values: ReadonlyMap<ValueId, Tensor>;
}

/** A node to be added. */
export interface Candidate {
  readonly op: string;
  readonly inputs: readonly (ValueId | null)[];
  readonly attributes?: Readonly<Record<string, Attribute>>;
  readonly outputs?: number;
}

/** Larger values are not made: every case also runs vector by vector. */
const MOST_ELEMENTS = 20_000;

const noFile = (): never => {
  throw new Error("no files");
};
export const readInline = (constant: Constant): Tensor => constantTensor(constant, noFile);

/** What operators ask for besides their operands; subgraphs see the values of the graph around. */
export function environmentIn(values: ReadonlyMap<ValueId, Tensor>): Environment {
  return {
    readConstant: readInline,
    run: (body, given) => {
      const captured = capturedValues(body);
      const inputs = new Map(body.inputs.map((id, index) => [id, given[index]!]));
      for (const id of captured) inputs.set(id, values.get(id)!);
      const results = evaluateGraph({ ...body, inputs: [...body.inputs, ...captured] }, inputs, {
        readConstant: readInline,
      });
      return body.outputs.map((id) => results.get(id)!);
    },
  };
}

/**
 * A graph that grows node by node, evaluated as it grows: a node is only added when its types can be inferred, the reference can
 * evaluate it, and something finite comes out.
 */
export class GraphDraft {
  readonly values = new Map<ValueId, Tensor>();
  readonly #opset: number;
  readonly #tableOpset: number;
  readonly #prefix: string;
  readonly #nodes: OperatorNode[] = [];
  readonly #constants = new Map<ValueId, Constant>();
  readonly #inputs = new Map<ValueId, Tensor>();
  readonly #made: ValueId[] = [];
  #number = 0;

  /** Under an opset of ONNX and one of ai.onnx.ml; other domains have one. Names of a subgraph start with a prefix, to be none of the graph around. */
  constructor(opset: number, tableOpset = 1, prefix = "") {
    this.#opset = opset;
    this.#tableOpset = tableOpset;
    this.#prefix = prefix;
  }

  /** A draft for a subgraph of a node to come. */
  inner(): GraphDraft {
    return new GraphDraft(this.#opset, this.#tableOpset, `${this.#name("g")}.`);
  }

  /** A value of the graph around, as this one's nodes may use it. */
  outer(id: ValueId, value: Tensor): void {
    this.values.set(id, value);
  }

  /** The subgraph that takes these leaves and gives these values, without what they do not need. */
  asBody(inputs: readonly ValueId[], outputs: readonly ValueId[]): Graph {
    const types = new Map([...this.values].map(([id, value]) => [id, typeOfValue(value)] as const));
    const whole: Graph = {
      name: "body",
      inputs,
      outputs,
      constants: [...this.#constants.values()],
      nodes: this.#nodes,
      types,
    };
    const needed = neededValues(whole);
    const nodes = this.#nodes.filter((node) => node.outputs.some((id) => id !== null && needed.has(id)));
    const known = new Set([...inputs, ...nodes.flatMap((node) => node.outputs)]);
    return {
      ...whole,
      nodes,
      constants: whole.constants.filter(({ id }) => needed.has(id)),
      types: new Map([...types].filter(([id]) => known.has(id) || needed.has(id))),
    };
  }

  /** The opset of the domain that the operator belongs to. */
  opsetFor(op: string): number {
    if (op.startsWith("ai.onnx.ml.")) return this.#tableOpset;
    return op.includes(".") ? 1 : this.#opset;
  }

  get size(): number {
    return this.#nodes.length;
  }

  /** Inputs of the graph and what nodes have made, the newest last. */
  get drawable(): readonly ValueId[] {
    return [...this.#inputs.keys(), ...this.#made];
  }

  leaf(value: Tensor, constant: boolean): ValueId {
    const id = this.#name(constant ? "c" : "x");
    this.values.set(id, value);
    if (constant) this.#constants.set(id, tensorConstant(id, value));
    else this.#inputs.set(id, value);
    return id;
  }

  tensor(id: ValueId): Tensor {
    const found = this.values.get(id);
    if (found === undefined) throw new Error(`no value ${id}`);
    return found;
  }

  /** The outputs of the node, or undefined when it cannot be added. Leaves made for a refused node stay unused, and are dropped. */
  add({ op, inputs, attributes = {}, outputs = 1 }: Candidate): readonly ValueId[] | undefined {
    const version = sinceVersion(op, this.opsetFor(op));
    if (version === undefined) return undefined;
    const names = Array.from({ length: outputs }, () => this.#name("v"));
    const origin = [`/${op}_${this.#nodes.length}`];
    const node: OperatorNode = { kind: "operator", op, version, inputs, outputs: names, attributes, origin };
    const results = this.#evaluated(node);
    if (results === undefined) return undefined;
    this.#nodes.push(node);
    names.forEach((name, index) => {
      this.values.set(name, results[index]!);
      this.#made.push(name);
    });
    return names;
  }

  /** Every value that no node takes is an output, besides `kept`. */
  finish(kept: readonly ValueId[]): FuzzCase {
    const taken = new Set<ValueId | null>(this.#nodes.flatMap(valuesUsedBy));
    const outputs = this.#made.filter((id) => !taken.has(id) || kept.includes(id));
    const inputs = new Map([...this.#inputs].filter(([id]) => taken.has(id)));
    const types = new Map<ValueId, ValueType>();
    for (const [id, value] of this.values) {
      if (this.#made.includes(id) || taken.has(id)) types.set(id, typeOfValue(value));
    }
    const constants = [...this.#constants.values()].filter(({ id }) => taken.has(id));
    const graph: Graph = { name: "fuzz", inputs: [...inputs.keys()], outputs, constants, nodes: this.#nodes, types };
    return { graph, inputs, values: new Map([...this.values].filter(([id]) => types.has(id))) };
  }

  #evaluated(node: OperatorNode): Tensor[] | undefined {
    const given = node.inputs.map((id) => (id === null ? null : this.tensor(id)));
    if (given.some((operand, place) => operand !== null && leaves(operand, mostMagnitude(node.op, place))))
      return undefined;
    if (LONG.includes(node.op) && given.some((operand) => operand !== null && isLarge(operand))) return undefined;
    try {
      const inferred = this.#inferred(node);
      // Some operators compute results that the node has no use for.
      const results = evaluateNode(node, given, environmentIn(this.values)).slice(0, node.outputs.length);
      const usable = results.every((value, index) => {
        if (value === null || !isTensor(value) || elementCount(value.shape) > MOST_ELEMENTS) return false;
        const type = inferred.get(node.outputs[index] ?? "");
        const known = type?.kind === "tensor" ? staticShape(type) : undefined;
        return known !== undefined && sameShape(known, value.shape) && isTelling(value, given);
      });
      return usable ? (results as Tensor[]) : undefined;
    } catch (error) {
      if (error instanceof CompileError) return undefined;
      throw error;
    }
  }

  #inferred(node: OperatorNode): ReadonlyMap<ValueId, ValueType> {
    const used = [...new Set(valuesUsedBy(node))];
    const types = new Map(used.map((id) => [id, typeOfValue(this.tensor(id))] as const));
    const constants = used.flatMap((id) => this.#constants.get(id) ?? []);
    const inputs = used.filter((id) => !this.#constants.has(id));
    const outputs = node.outputs.filter((id) => id !== null);
    const graph = { name: "one", inputs, outputs, constants, nodes: [node], types };
    return inferGraph(graph, { readConstant: readInline }).graph.types;
  }

  #name(prefix: string): ValueId {
    this.#number += 1;
    return `${this.#prefix}${prefix}${this.#number}`;
  }
}

/** Operators whose results are as long as their operands are large. */
const LONG = ["Range", "com.microsoft.Range"];

function isLarge(value: Tensor): boolean {
  return toNumbers(value).some((x) => Math.abs(x) > MOST_ELEMENTS);
}

/** Of floats at least half are finite, unless the operands were no better. Values beyond all finite ones tell little about what follows. */
function isTelling(value: Tensor, given: readonly (Tensor | null)[]): boolean {
  const share = finiteShare(value);
  return share >= 0.5 || given.some((operand) => operand !== null && finiteShare(operand) < 0.5);
}

function leaves(value: Tensor, most: number): boolean {
  return isFloat(value.dtype) && toNumbers(value).some((x) => Number.isFinite(x) && Math.abs(x) > most);
}

function finiteShare(value: Tensor): number {
  if (!isFloat(value.dtype) || value.data.length === 0) return 1;
  const numbers = toNumbers(value);
  return numbers.filter(Number.isFinite).length / numbers.length;
}
