import {
  type Constant,
  constantsById,
  type Graph,
  graphAttribute,
  type Node,
  type OperatorNode,
  producers,
  type ValueId,
  type ValueType,
} from "@rdu/ir";
import type { Tensor } from "@rdu/tensor";
import type { Judged } from "./danger.ts";
import type { Expansion } from "./inline-subgraph.ts";

/** What an expander may know: types and the values that are known before the run. */
export interface Surroundings {
  readonly graph: Graph;
  /** Which node makes a value. */
  readonly makers: ReadonlyMap<ValueId, Node>;
  readonly lookUp: (id: ValueId) => Tensor | undefined;
  /** What a value is in every run that agrees with the lengths that the model declares. */
  readonly assumed: (id: ValueId) => Tensor | undefined;
  readonly readConstant: (constant: Constant) => Tensor;
  /** Judges a subgraph that is to be computed even where the run does not need it. Its inputs have these types. */
  readonly judge: (subgraph: Graph, inputs: readonly ValueType[]) => Judged;
}

/** Writes a control-flow operator out; gives the values that its outputs are, or why it stays. */
export type Expander = (
  node: OperatorNode,
  surroundings: Surroundings,
  expansion: Expansion,
) => readonly (ValueId | null)[] | string;

/** Loops and scans of more iterations are not written out. */
export const MOST_ITERATIONS = 1024;
const MOST_NODES = 8192;

/** Why so many copies of a body are not written out. */
export function tooMuch(count: number, body: Graph, scans: number): string | undefined {
  if (count > MOST_ITERATIONS || count * body.nodes.length > MOST_NODES)
    return `${count} iterations of ${body.nodes.length} nodes are too many to write out`;
  return count === 0 && scans > 0 ? "it has no iterations to take the shape of its outputs from" : undefined;
}

/** A boolean of one element that is known before the run. */
export function flag(id: ValueId | null | undefined, lookUp: Surroundings["lookUp"]): boolean | undefined {
  const value = id == null ? undefined : lookUp(id);
  return value === undefined || value.data.length !== 1 ? undefined : Boolean(value.data[0]);
}

/** The name that what is written out is called after. */
export function nameOf(node: Node): ValueId {
  return node.outputs.find((output) => output !== null) ?? "loop";
}

/** The body hands its condition on, or gives a constant that is true. */
export function staysTrue(body: Graph): boolean {
  const makers = producers(body);
  let [condition] = body.outputs;
  for (;;) {
    if (condition === undefined) return false;
    if (condition === body.inputs[1]) return true;
    const constant = constantsById(body).get(condition);
    if (constant !== undefined) return constant.source.kind === "inline" && constant.source.bytes[0] === 1;
    const maker = makers.get(condition);
    if (maker?.kind !== "operator" || maker.op !== "Identity") return false;
    condition = maker.inputs[0] ?? undefined;
  }
}

export function bodyOf(node: OperatorNode): Graph {
  return graphAttribute(node, "body");
}
