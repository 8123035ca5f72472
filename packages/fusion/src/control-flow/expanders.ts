import {
  constantsById,
  type Graph,
  graphAttribute,
  intAttribute,
  intsAttribute,
  type OperatorNode,
  producers,
  staticShape,
  type ValueId,
} from "@rdu/ir";
import { type Tensor, toIntegers } from "@rdu/tensor";
import { gradient } from "./expand-gradient.ts";
import type { Expansion } from "./inline-subgraph.ts";

/** What an expander may know: types and the values that are known before the run. */
export interface Surroundings {
  readonly graph: Graph;
  readonly lookUp: (id: ValueId) => Tensor | undefined;
}

/** Writes a control-flow operator out; gives the values that its outputs are, or why it stays. */
export type Expander = (
  node: OperatorNode,
  surroundings: Surroundings,
  expansion: Expansion,
) => readonly (ValueId | null)[] | string;

const MOST_ITERATIONS = 1024;
const MOST_NODES = 8192;

/** The branch that a known condition takes. */
const branch: Expander = (node, { lookUp }, expansion) => {
  const condition = flag(node.inputs[0], lookUp);
  if (condition === undefined) return "its condition is known only at run time";
  const taken = graphAttribute(node, condition ? "then_branch" : "else_branch");
  return expansion.inline(taken, [], "");
};

/** A loop with a known number of iterations whose condition stays true. */
const loop: Expander = (node, surroundings, expansion) => {
  const [limit, condition, ...initial] = node.inputs;
  const body = graphAttribute(node, "body");
  const trips = limit == null ? undefined : surroundings.lookUp(limit);
  if (trips === undefined) return "its number of iterations is known only at run time";
  const asked = toIntegers(trips)?.[0] ?? 0;
  const runs = condition == null ? true : flag(condition, surroundings.lookUp);
  if (runs === undefined) return "its first condition is known only at run time";
  if (runs && !staysTrue(body)) return "its condition is computed in the body";
  const count = runs ? Math.max(0, asked) : 0;
  const carried = initial.length;
  const scans = body.outputs.length - 1 - carried;
  const refusal = tooMuch(count, body, scans);
  if (refusal !== undefined) return refusal;
  let state = initial.flatMap((id) => (id === null ? [] : [id]));
  const rows: ValueId[][] = Array.from({ length: scans }, () => []);
  for (let iteration = 0; iteration < count; iteration += 1) {
    const prefix = `${node.outputs.find((output) => output !== null) ?? "loop"}.${iteration}.`;
    const number = expansion.scalar(`${prefix}iteration`, "int64", iteration);
    const going = expansion.scalar(`${prefix}condition`, "bool", 1);
    const [, ...outputs] = expansion.inline(body, [number, going, ...state], prefix);
    state = outputs.slice(0, carried);
    for (const [index, row] of outputs.slice(carried).entries()) rows[index]?.push(row);
  }
  return [
    ...state,
    ...rows.map((parts, index) => stacked(parts, 0, node.outputs[carried + index] ?? "scan", expansion)),
  ];
};

/** A scan: as many iterations as its inputs are long. */
const scan: Expander = (node, { graph }, expansion) => {
  if (node.version < 9) return "scans over a batch are not written out";
  const body = graphAttribute(node, "body");
  const scanned = intAttribute(node, "num_scan_inputs");
  const inputs = node.inputs.flatMap((id) => (id === null ? [] : [id]));
  const carried = inputs.length - scanned;
  const outputs = body.outputs.length - carried;
  const zeros = (count: number): number[] => new Array<number>(count).fill(0);
  const inputAxes = intsAttribute(node, "scan_input_axes", zeros(scanned));
  const inputDirections = intsAttribute(node, "scan_input_directions", zeros(scanned));
  const outputAxes = intsAttribute(node, "scan_output_axes", zeros(outputs));
  const outputDirections = intsAttribute(node, "scan_output_directions", zeros(outputs));
  const shapes = inputs.slice(carried).map((id) => staticShape(graph.types.get(id)));
  const count = shapes[0]?.at(inputAxes[0] ?? 0);
  if (count === undefined || shapes.includes(undefined)) return "its length is known only at run time";
  const refusal = tooMuch(count, body, outputs);
  if (refusal !== undefined) return refusal;
  let state = inputs.slice(0, carried);
  const rows: ValueId[][] = Array.from({ length: outputs }, () => []);
  for (let iteration = 0; iteration < count; iteration += 1) {
    const prefix = `${node.outputs.find((output) => output !== null) ?? "scan"}.${iteration}.`;
    const elements = inputs.slice(carried).map((id, index) => {
      const axis = inputAxes[index] ?? 0;
      const at = inputDirections[index] === 1 ? count - 1 - iteration : iteration;
      return element(id, axis < 0 ? axis + (shapes[index]?.length ?? 0) : axis, at, prefix, expansion);
    });
    const made = expansion.inline(body, [...state, ...elements], prefix);
    state = made.slice(0, carried);
    made.slice(carried).forEach((row, index) => {
      if (outputDirections[index] === 1) rows[index]?.unshift(row);
      else rows[index]?.push(row);
    });
  }
  const collected = rows.map((parts, index) =>
    stacked(parts, outputAxes[index] ?? 0, node.outputs[carried + index] ?? "scan", expansion),
  );
  return [...state, ...collected];
};

export const EXPANDERS: ReadonlyMap<string, Expander> = new Map([
  ["If", branch],
  ["Loop", loop],
  ["Scan", scan],
  ["ai.onnx.preview.training.Gradient", gradient],
]);

function flag(id: ValueId | null | undefined, lookUp: Surroundings["lookUp"]): boolean | undefined {
  const value = id == null ? undefined : lookUp(id);
  return value === undefined || value.data.length !== 1 ? undefined : Boolean(value.data[0]);
}

/** The body hands its condition on, or gives a constant that is true. */
function staysTrue(body: Graph): boolean {
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

function tooMuch(count: number, body: Graph, scans: number): string | undefined {
  if (count > MOST_ITERATIONS || count * body.nodes.length > MOST_NODES)
    return `${count} iterations of ${body.nodes.length} nodes are too many to write out`;
  return count === 0 && scans > 0 ? "it has no iterations to take the shape of its outputs from" : undefined;
}

/** The slice at one place along an axis, without that axis. */
function element(id: ValueId, axis: number, at: number, prefix: string, expansion: Expansion): ValueId {
  const starts = expansion.integers(`${prefix}start`, [at]);
  const ends = expansion.integers(`${prefix}end`, [at + 1]);
  const axes = expansion.integers(`${prefix}axis`, [axis]);
  const slice = expansion.operator("Slice", [id, starts, ends, axes], expansion.fresh(`${prefix}slice`));
  return expansion.operator("Squeeze", [slice, axes], expansion.fresh(`${prefix}element`));
}

/** Values side by side along a new axis. */
function stacked(parts: readonly ValueId[], axis: number, name: ValueId, expansion: Expansion): ValueId {
  const axes = expansion.integers(`${name}.axis`, [axis]);
  const rows = parts.map((part) => expansion.operator("Unsqueeze", [part, axes], expansion.fresh(`${name}.row`)));
  return expansion.operator("Concat", rows, expansion.fresh(`${name}.stack`), {
    axis: { kind: "int", value: BigInt(axis) },
  });
}
