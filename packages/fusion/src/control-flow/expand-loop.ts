import { invariant } from "@rdu/diagnostics";
import { type Graph, type OperatorNode, staticShape, type TensorType, type ValueId, type ValueType } from "@rdu/ir";
import { toIntegers } from "@rdu/tensor";
import { iterationsOf } from "./count-iterations.ts";
import { givenWhereOne } from "./given-where-one.ts";
import type { Expansion } from "./inline-subgraph.ts";
import { nothing, stacked } from "./slices.ts";
import {
  bodyOf,
  type Expander,
  flag,
  MOST_ITERATIONS,
  nameOf,
  type Surroundings,
  staysTrue,
  tooMuch,
} from "./surroundings.ts";

/**
 * A loop in copies of its body:
 *
 *   as many as iterations, when their number is known: the condition stays true, or follows from a counter;
 *   as many as the declared length of what it collects says, when the run decides how many (the run checks that it agrees);
 *   as many as there may be at most, when the condition is computed: copies behind the end change nothing, so they must not stop the run.
 */
export const loop: Expander = (node, surroundings, expansion) => {
  const [limit, condition] = node.inputs;
  const body = bodyOf(node);
  const carried = node.inputs.length - 2;
  const scans = body.outputs.length - 1 - carried;
  const trips = limit == null ? undefined : surroundings.lookUp(limit);
  const most = trips === undefined ? undefined : Math.max(0, toIntegers(trips)?.[0] ?? 0);
  const runs = condition == null ? true : flag(condition, surroundings.lookUp);
  const stays = staysTrue(body);
  if (runs === false || most === 0) return copies(node, surroundings, 0, expansion);
  if (runs === true && stays && most !== undefined) return copies(node, surroundings, most, expansion);
  if (stays && scans > 0) return asDeclared(node, surroundings, expansion);
  const bound = limit == null ? Number.POSITIVE_INFINITY : most;
  const counted = runs === true && !stays && bound !== undefined ? iterationsOf(node, bound, surroundings) : undefined;
  if (counted !== undefined && counted > MOST_ITERATIONS)
    return `more than ${MOST_ITERATIONS} iterations are too many to write out`;
  if (counted !== undefined) return copies(node, surroundings, counted, expansion);
  if (most === undefined) return "its number of iterations is known only at run time";
  if (scans > 0) return "how much it collects is known only at run time";
  return whileGoing(node, most, surroundings, expansion);
};

const INT64: TensorType = { kind: "tensor", dtype: "int64", shape: [] };
const BOOL: TensorType = { kind: "tensor", dtype: "bool", shape: [] };

/** The body `count` times, one after the other. */
function copies(
  node: OperatorNode,
  surroundings: Surroundings,
  count: number,
  expansion: Expansion,
): readonly (ValueId | null)[] | string {
  const body = bodyOf(node);
  const initial = node.inputs.slice(2);
  const carried = initial.length;
  const empty = count === 0 ? nothing(node, carried, surroundings.graph, expansion) : undefined;
  if (empty !== undefined) return [...initial, ...empty];
  const refusal = tooMuch(count, body, body.outputs.length - 1 - carried);
  if (refusal !== undefined) return refusal;
  let state = initial.flatMap((id) => (id === null ? [] : [id]));
  const rows: ValueId[][] = body.outputs.slice(1 + carried).map(() => []);
  for (let iteration = 0; iteration < count; iteration += 1) {
    const [, ...outputs] = iterated(node, body, iteration, state, expansion);
    state = outputs.slice(0, carried);
    for (const [index, row] of outputs.slice(carried).entries()) rows[index]?.push(row);
  }
  return [
    ...state,
    ...rows.map((parts, index) => stacked(parts, 0, node.outputs[carried + index] ?? "scan", expansion)),
  ];
}

function iterated(
  node: OperatorNode,
  body: Graph,
  iteration: number,
  state: readonly ValueId[],
  expansion: Expansion,
): readonly ValueId[] {
  const prefix = `${nameOf(node)}.${iteration}.`;
  const number = expansion.scalar(`${prefix}iteration`, "int64", iteration);
  const going = expansion.scalar(`${prefix}condition`, "bool", 1);
  return expansion.inline(body, [number, going, ...state], prefix);
}

/** As many iterations as the declared length of the outputs that collect says; the run's number must be the same. */
function asDeclared(
  node: OperatorNode,
  surroundings: Surroundings,
  expansion: Expansion,
): readonly (ValueId | null)[] | string {
  const { graph } = surroundings;
  const carried = node.inputs.length - 2;
  const shapes = node.outputs.map((output) => (output === null ? undefined : staticShape(graph.types.get(output))));
  const count = shapes.slice(carried).find((shape) => shape !== undefined)?.[0];
  if (count === undefined || node.outputs.some((output, index) => output !== null && shapes[index] === undefined))
    return "its number of iterations is known only at run time, and so are the shapes of its outputs";
  const outputs = copies(node, surroundings, count, expansion);
  if (typeof outputs === "string") return outputs;
  const less = expansion.integers(`${nameOf(node)}.less`, [count - 1]);
  const made = iterations(node, expansion);
  const one = expansion.operator("Sub", [made, less], expansion.fresh(`${nameOf(node)}.one`));
  return outputs.map((value, index) => {
    const output = node.outputs[index] ?? null;
    const type = output === null ? undefined : graph.types.get(output);
    if (output === null || value === null || type?.kind !== "tensor") return null;
    return givenWhereOne(value, one, type, output, expansion);
  });
}

/** How many iterations the run asks for: none without the first condition. */
function iterations(node: OperatorNode, expansion: Expansion): ValueId {
  const name = nameOf(node);
  const [limit, condition] = node.inputs;
  const vector = (id: ValueId, of: string): ValueId => expansion.reshaped(id, [1], `${name}.${of}`);
  const most =
    limit == null
      ? expansion.integers(`${name}.limit`, [Number.MAX_SAFE_INTEGER])
      : expansion.operator(
          "Max",
          [vector(limit, "limit"), expansion.integers(`${name}.least`, [0])],
          expansion.fresh(`${name}.most`),
        );
  if (condition == null) return most;
  const flagged = expansion.operator("Cast", [vector(condition, "first")], expansion.fresh(`${name}.runs`), {
    to: { kind: "int", value: 7n },
  });
  return expansion.operator("Mul", [most, flagged], expansion.fresh(`${name}.count`));
}

/** At most `most` iterations: values change while the condition holds. */
function whileGoing(
  node: OperatorNode,
  most: number,
  { graph, judge }: Surroundings,
  expansion: Expansion,
): readonly ValueId[] | string {
  const body = bodyOf(node);
  const initial = node.inputs.slice(2).flatMap((id) => (id === null ? [] : [id]));
  const refusal = tooMuch(most, body, 0);
  if (refusal !== undefined) return refusal;
  const types = initial.map((id) => graph.types.get(id));
  const { outputs, danger } = judge(body, [INT64, BOOL, ...types.flatMap((type) => type ?? [])]);
  const shapeOf = (type: ValueType | undefined): string | undefined => staticShape(type)?.join();
  const keeps = types.every((type, index) => {
    const shape = shapeOf(type);
    return shape !== undefined && shape === shapeOf(outputs[index + 1]);
  });
  if (danger !== undefined) return `its condition is computed in the body, and ${danger}`;
  if (!keeps) return "its condition is computed in the body, and its values change their shapes";
  const name = nameOf(node);
  const flagged = (id: ValueId, of: string): ValueId => expansion.reshaped(id, [], `${name}.${of}`);
  const first = node.inputs[1] ?? null;
  let going = first === null ? expansion.scalar(`${name}.going`, "bool", 1) : flagged(first, "going");
  let state: readonly ValueId[] = initial;
  for (let iteration = 0; iteration < most; iteration += 1) {
    const [next, ...outputs] = iterated(node, body, iteration, state, expansion);
    invariant(next !== undefined && outputs.length === state.length, () => `the body of ${name} gives too little`);
    const kept = (made: ValueId, index: number): ValueId =>
      expansion.operator("Where", [going, made, state[index] ?? made], expansion.fresh(`${name}.${iteration}.kept`));
    state = outputs.map(kept);
    const on = flagged(next, `${iteration}.on`);
    going = expansion.operator("And", [going, on], expansion.fresh(`${name}.${iteration}.going`));
  }
  return state;
}
