import type { Decompose } from "../decompose.ts";
import { literal, type TensorRef } from "../pattern-writer.ts";
import { summedBias } from "./lstm.ts";
import {
  clipped,
  type Direction,
  firstHidden,
  giveLast,
  giveSequence,
  giveStep,
  projectInputs,
  type Recurrence,
  recurrence,
  recurrentSum,
  shownOf,
} from "./unrolled.ts";

/** Unrolled: all input products in one contraction, then one contraction a step with the activation as its epilogue. */
export const rnn: Decompose = (b) => {
  const r = recurrence(b, ["Tanh"], 4);
  if ("host" in r) return r;
  if (r.steps * r.batch === 0) return { host: "an empty sequence has nothing to unroll" };
  const bias = b.has(3) ? summedBias(r, 1) : undefined;
  const shown: TensorRef[][] = [];
  const last: TensorRef[] = [];
  for (const direction of r.directions) {
    const projected = projectInputs(r, direction, 1, bias);
    let state = firstHidden(r, direction);
    const byTime: TensorRef[] = [];
    for (const time of direction.times) {
      const step = rnnStep(r, direction, time, projected, state);
      state = step.state;
      byTime[time] = step.shown;
    }
    shown.push(byTime);
    if (state !== undefined) last.push(state);
  }
  giveSequence(r, shown);
  giveLast(r, 1, last);
  return undefined;
};

function rnnStep(
  r: Recurrence,
  direction: Direction,
  time: number,
  projected: TensorRef,
  state: TensorRef | undefined,
) {
  const { b, batch, hidden, lanes } = r;
  const newState = b.fresh(`h${direction.index}.${time}`, lanes, [batch, hidden]);
  const shown = shownOf(r, newState, direction, time);
  const [f] = direction.functions;
  b.pattern((p) => {
    const [n, j] = [p.parallel("n", batch), p.parallel("j", hidden)];
    const k = state === undefined ? undefined : p.reduceLoop("k", hidden);
    const sum = state === undefined || k === undefined ? undefined : recurrentSum(r, p, direction, state, [n, j, k]);
    const input = p.read(projected, [time, n, j]);
    const made = f!(p, clipped(r, p, sum === undefined ? input : p.apply("add", sum, input)));
    const old = r.lengths === undefined || state === undefined ? literal(0, lanes) : p.read(state, [n, j]);
    giveStep(r, p, time, [n, j], made, newState, shown, old);
  });
  return { state: newState, shown };
}
