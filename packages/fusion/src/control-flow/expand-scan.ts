import { type Graph, intAttribute, intsAttribute, staticShape, type ValueId } from "@rdu/ir";
import type { Expansion } from "./inline-subgraph.ts";
import { element, nothing, stacked } from "./slices.ts";
import { bodyOf, type Expander, nameOf, tooMuch } from "./surroundings.ts";

/** How operands are cut and results stacked. */
interface Ways {
  readonly inputAxes: readonly number[];
  readonly inputDirections: readonly number[];
  readonly outputAxes: readonly number[];
  readonly outputDirections: readonly number[];
}

/** A scan: as many iterations as its inputs are long. Before version 9 one for each sequence of a batch. */
export const scan: Expander = (node, surroundings, expansion) => {
  if (node.version < 9) return batched(node, surroundings, expansion);
  const body = bodyOf(node);
  const scanned = intAttribute(node, "num_scan_inputs");
  const inputs = node.inputs.flatMap((id) => (id === null ? [] : [id]));
  const carried = inputs.length - scanned;
  const outputs = body.outputs.length - carried;
  const zeros = (count: number): number[] => new Array<number>(count).fill(0);
  const shapes = inputs.slice(carried).map((id) => staticShape(surroundings.graph.types.get(id)));
  if (shapes.includes(undefined)) return "its length is known only at run time";
  const given = intsAttribute(node, "scan_input_axes", zeros(scanned));
  const ways: Ways = {
    inputAxes: given.map((axis, index) => (axis < 0 ? axis + (shapes[index]?.length ?? 0) : axis)),
    inputDirections: intsAttribute(node, "scan_input_directions", zeros(scanned)),
    outputAxes: intsAttribute(node, "scan_output_axes", zeros(outputs)),
    outputDirections: intsAttribute(node, "scan_output_directions", zeros(outputs)),
  };
  const count = shapes[0]?.[ways.inputAxes[0] ?? 0] ?? 0;
  const empty = count === 0 ? nothing(node, carried, surroundings.graph, expansion) : undefined;
  if (empty !== undefined) return [...inputs.slice(0, carried), ...empty];
  const refusal = tooMuch(count, body, outputs);
  if (refusal !== undefined) return refusal;
  const name = nameOf(node);
  const made = scannedOnce(body, inputs.slice(0, carried), inputs.slice(carried), count, ways, name, expansion);
  const collected = made.rows.map((parts, index) =>
    stacked(parts, ways.outputAxes[index] ?? 0, node.outputs[carried + index] ?? "scan", expansion),
  );
  return [...made.state, ...collected];
};

/** Version 8: operands and results have a batch axis before everything, and the sequences may be of different lengths. */
const batched: Expander = (node, { graph }, expansion) => {
  const body = bodyOf(node);
  const [lengths = null, ...rest] = node.inputs;
  if (lengths !== null) return "its sequences have lengths of their own";
  const inputs = rest.flatMap((id) => (id === null ? [] : [id]));
  const scanned = intAttribute(node, "num_scan_inputs");
  const carried = inputs.length - scanned;
  const outputs = body.outputs.length - carried;
  const [batch, count] = staticShape(graph.types.get(inputs[carried] ?? "")) ?? [];
  if (batch === undefined || count === undefined) return "its length is known only at run time";
  if (batch === 0) return "it has no sequences";
  const refusal = tooMuch(batch * count, body, outputs);
  if (refusal !== undefined) return refusal;
  const zeros = new Array<number>(Math.max(scanned, outputs)).fill(0);
  const directions = intsAttribute(node, "directions", zeros);
  const ways: Ways = { inputAxes: zeros, inputDirections: directions, outputAxes: zeros, outputDirections: zeros };
  const name = nameOf(node);
  const each = Array.from({ length: batch }, (_, sequence) => {
    const prefix = `${name}.${sequence}`;
    const own = inputs.map((id) => element(id, 0, sequence, `${prefix}.`, expansion));
    const made = scannedOnce(body, own.slice(0, carried), own.slice(carried), count, ways, prefix, expansion);
    return [...made.state, ...made.rows.map((parts) => stacked(parts, 0, `${prefix}.scan`, expansion))];
  });
  return body.outputs.map((_, index) =>
    stacked(
      each.flatMap((results) => results[index] ?? []),
      0,
      node.outputs[index] ?? "scan",
      expansion,
    ),
  );
};

/** The body once for each slice; the state at the end and, output by output, what each iteration gave. */
function scannedOnce(
  body: Graph,
  initial: readonly ValueId[],
  operands: readonly ValueId[],
  count: number,
  { inputAxes, inputDirections, outputDirections }: Ways,
  name: string,
  expansion: Expansion,
) {
  const carried = initial.length;
  let state = initial;
  const rows: ValueId[][] = body.outputs.slice(carried).map(() => []);
  for (let iteration = 0; iteration < count; iteration += 1) {
    const prefix = `${name}.${iteration}.`;
    const elements = operands.map((id, index) => {
      const at = inputDirections[index] === 1 ? count - 1 - iteration : iteration;
      return element(id, inputAxes[index] ?? 0, at, prefix, expansion);
    });
    const made = expansion.inline(body, [...state, ...elements], prefix);
    state = made.slice(0, carried);
    made.slice(carried).forEach((row, index) => {
      if (outputDirections[index] === 1) rows[index]?.unshift(row);
      else rows[index]?.push(row);
    });
  }
  return { state, rows };
}
