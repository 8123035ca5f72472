import type { Decompose } from "../decompose.ts";
import { plus } from "../index-form.ts";
import type { NodeBuilder } from "../node-builder.ts";
import { literal, type PatternWriter, type Scalar, type TensorRef } from "../pattern-writer.ts";
import {
  carried,
  clipped,
  type Direction,
  firstHidden,
  giveLast,
  giveSequence,
  giveStep,
  initialState,
  projectInputs,
  type Recurrence,
  recurrence,
  recurrentSum,
  shownOf,
  zeroState,
} from "./unrolled.ts";

/** Gates in the order ONNX keeps them: input, output, forget, cell. */
const [INPUT, OUTPUT, FORGET, CELL] = [0, 1, 2, 3];

/** How sums of products with the weights are made; both are of all four gates at once. */
export interface Products {
  /** [steps, batch, 4 * hidden]: of the input, with the bias. */
  readonly ofInput: (r: Recurrence, direction: Direction, bias: TensorRef | undefined) => TensorRef;
  /** [batch, 4 * hidden]: of the state, with what the input gave at a time. */
  readonly ofState: (
    r: Recurrence,
    direction: Direction,
    time: number,
    projected: TensorRef,
    state: TensorRef,
  ) => TensorRef;
}

export const lstm: Decompose = (b) => {
  const ofInput: Products["ofInput"] = (r, direction, bias) => projectInputs(r, direction, 4, bias);
  const ofState: Products["ofState"] = (r, direction, time, projected, state) =>
    gateSums(r, direction, time, projected, state, 4);
  return unrolledLstm(b, b.input(2).shape[2]!, { ofInput, ofState });
};

/**
 * Unrolled: all input products in one contraction, then for each step one contraction of the state (sums of all four gates) and one map
 * (new cell and state).
 */
export function unrolledLstm(b: NodeBuilder, hidden: number, products: Products): ReturnType<Decompose> {
  const r = recurrence(b, ["Sigmoid", "Tanh", "Tanh"], 4, hidden);
  if ("host" in r) return r;
  if (r.steps * r.batch === 0) return { host: "an empty sequence has nothing to unroll" };
  const bias = b.has(3) ? summedBias(r, 4) : undefined;
  const shown: TensorRef[][] = [];
  const lastStates: TensorRef[] = [];
  const lastCells: TensorRef[] = [];
  for (const direction of r.directions) {
    const projected = products.ofInput(r, direction, bias);
    let state = firstHidden(r, direction);
    let cell = initialState(r, direction, 6, "c");
    const byTime: TensorRef[] = [];
    for (const time of direction.times) {
      const sums = state === undefined ? undefined : products.ofState(r, direction, time, projected, state);
      const step = lstmStep(r, direction, time, projected, sums, state, cell);
      ({ state, cell } = step);
      byTime[time] = step.shown;
    }
    shown.push(byTime);
    lastStates.push(state ?? zeroState(r, "h"));
    lastCells.push(cell ?? zeroState(r, "c"));
  }
  giveSequence(r, shown);
  giveLast(r, 1, lastStates);
  giveLast(r, 2, lastCells);
  return undefined;
}

function lstmStep(
  r: Recurrence,
  direction: Direction,
  time: number,
  projected: TensorRef,
  sums: TensorRef | undefined,
  state: TensorRef | undefined,
  cell: TensorRef | undefined,
) {
  const { b, batch, hidden, lanes } = r;
  const name = `${direction.index}.${time}`;
  const newState = b.fresh(`h${name}`, lanes, [batch, hidden]);
  const newCell = b.fresh(`c${name}`, lanes, [batch, hidden]);
  const shown = shownOf(r, newState, direction, time);
  const [f, g, h] = direction.functions;
  const peephole = b.optional(7);
  const coupled = b.attributes.int("input_forget", 0) !== 0;
  b.pattern((p) => {
    const [n, j] = [p.parallel("n", batch), p.parallel("j", hidden)];
    const old = cell === undefined ? literal(0, lanes) : p.read(cell, [n, j]);
    const oldState = r.lengths === undefined || state === undefined ? literal(0, lanes) : p.read(state, [n, j]);
    const sum = (gate: number): Scalar => {
      const row = plus(j, gate * hidden);
      return sums === undefined ? p.read(projected, [time, n, row]) : p.read(sums, [n, row]);
    };
    const peeped = (gate: number, at: number, cellValue: Scalar): Scalar => {
      if (peephole === undefined) return clipped(r, p, sum(gate));
      const weight = p.widen(p.read(peephole, [direction.index, plus(j, at * hidden)]));
      return clipped(r, p, p.apply("add", sum(gate), p.apply("mul", weight, cellValue)));
    };
    const input = f!(p, peeped(INPUT!, 0, old));
    const forget = coupled ? p.apply("sub", literal(1, lanes), input) : f!(p, peeped(FORGET!, 2, old));
    const candidate = g!(p, clipped(r, p, sum(CELL!)));
    const fresh = p.apply("add", p.apply("mul", forget, old), p.apply("mul", input, candidate));
    const output = f!(p, peeped(OUTPUT!, 1, fresh));
    const made = p.apply("mul", output, h!(p, clipped(r, p, fresh)));
    p.give(carried(r, p, time, n, fresh, old), newCell, [n, j]);
    giveStep(r, p, time, [n, j], made, newState, shown, oldState);
  });
  return { state: newState, cell: newCell, shown };
}

/** sums[n, j] = projected[time, n, j] + sum over k of state[n, k] r[d, j, k], for all gates at once. */
export function gateSums(
  r: Recurrence,
  direction: Direction,
  time: number,
  projected: TensorRef,
  state: TensorRef,
  gates: number,
): TensorRef {
  const { b, batch, hidden, lanes } = r;
  const target = b.fresh(`sums${direction.index}.${time}`, lanes, [batch, gates * hidden]);
  b.pattern((p) => {
    const [n, j, k] = [p.parallel("n", batch), p.parallel("j", gates * hidden), p.reduceLoop("k", hidden)];
    const sum = recurrentSum(r, p, direction, state, [n, j, k]);
    p.give(p.apply("add", sum, p.read(projected, [time, n, j])), target, [n, j]);
  });
  return target;
}

/** Input bias plus recurrent bias: bias[d, j] = b[d, j] + b[d, gates * hidden + j]. */
export function summedBias(r: Recurrence, gates: number): TensorRef {
  const { b, hidden, lanes, directions } = r;
  const given = b.input(3);
  const target = b.fresh("bias", lanes, [directions.length, gates * hidden]);
  b.pattern((p: PatternWriter) => {
    const [d, j] = [p.parallel("d", directions.length), p.parallel("j", gates * hidden)];
    const own = p.widen(p.read(given, [d, j]));
    p.give(p.apply("add", own, p.widen(p.read(given, [d, plus(j, gates * hidden)]))), target, [d, j]);
  });
  return target;
}
