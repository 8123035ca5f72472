import {
  type Constant,
  freshName,
  type Graph,
  integersConstant,
  type Node,
  type OperatorNode,
  type Origin,
  type TensorType,
  tensorConstant,
  type ValueId,
  valuesDefinedBy,
  withReplacedUses,
} from "@rdu/ir";
import { versionsOf } from "@rdu/ops";
import type { Tensor } from "@rdu/tensor";

/** Collects the nodes and constants that take the place of one control-flow operator. */
export class Expansion {
  readonly nodes: Node[] = [];
  readonly constants: Constant[] = [];
  /** Types that the model declares and inference cannot find. */
  readonly declared = new Map<ValueId, TensorType>();
  readonly #taken: Set<ValueId>;
  readonly #origin: Origin;
  readonly #constantNames = new Map<Graph, ReadonlyMap<ValueId, ValueId>>();

  constructor(taken: Set<ValueId>, origin: Origin) {
    this.#taken = taken;
    this.#origin = origin;
  }

  /** The subgraph's nodes once more, its inputs standing for these values; gives the names of its outputs. */
  inline(subgraph: Graph, inputs: readonly ValueId[], prefix: string): readonly ValueId[] {
    const names = new Map<ValueId, ValueId>(this.#constantsOf(subgraph, prefix));
    subgraph.inputs.forEach((name, index) => {
      const given = inputs[index];
      if (given !== undefined) names.set(name, given);
    });
    for (const node of subgraph.nodes)
      for (const output of valuesDefinedBy(node)) names.set(output, freshName(`${prefix}${output}`, this.#taken));
    for (const node of subgraph.nodes) {
      const outputs = node.outputs.map((output) => (output === null ? null : (names.get(output) ?? output)));
      this.nodes.push({ ...withReplacedUses(node, names), outputs });
    }
    return subgraph.outputs.map((output) => names.get(output) ?? output);
  }

  /** One more operator, in its newest version; gives its first output. */
  operator(
    op: string,
    inputs: readonly (ValueId | null)[],
    output: ValueId,
    attributes: OperatorNode["attributes"] = {},
  ): ValueId {
    const version = versionsOf(op).at(-1) ?? 1;
    this.nodes.push({ kind: "operator", op, version, attributes, inputs, outputs: [output], origin: this.#origin });
    return output;
  }

  fresh(wanted: ValueId): ValueId {
    return freshName(wanted, this.#taken);
  }

  /** A vector of 64-bit integers. */
  integers(wanted: ValueId, values: readonly number[]): ValueId {
    const id = this.fresh(wanted);
    this.constants.push(integersConstant(id, values));
    return id;
  }

  /** The same elements under another shape. */
  reshaped(id: ValueId, shape: readonly number[], wanted: ValueId): ValueId {
    const to = this.integers(`${wanted}.shape`, shape);
    return this.operator("Reshape", [id, to], this.fresh(wanted));
  }

  declare(id: ValueId, type: TensorType): void {
    this.declared.set(id, type);
  }

  constant(wanted: ValueId, value: Tensor): ValueId {
    const id = this.fresh(wanted);
    this.constants.push(tensorConstant(id, value));
    return id;
  }

  /** A constant without dimensions. */
  scalar(wanted: ValueId, dtype: "int64" | "bool", value: number): ValueId {
    const id = this.fresh(wanted);
    const bytes = dtype === "bool" ? Uint8Array.of(value) : new Uint8Array(BigInt64Array.of(BigInt(value)).buffer);
    this.constants.push({ id, type: { kind: "tensor", dtype, shape: [] }, source: { kind: "inline", bytes } });
    return id;
  }

  /** A subgraph's constants are the same in every iteration. */
  #constantsOf(subgraph: Graph, prefix: string): ReadonlyMap<ValueId, ValueId> {
    const known = this.#constantNames.get(subgraph);
    if (known !== undefined) return known;
    const names = new Map<ValueId, ValueId>();
    for (const constant of subgraph.constants) {
      const id = freshName(`${prefix}${constant.id}`, this.#taken);
      names.set(constant.id, id);
      this.constants.push({ ...constant, id });
    }
    this.#constantNames.set(subgraph, names);
    return names;
  }
}
