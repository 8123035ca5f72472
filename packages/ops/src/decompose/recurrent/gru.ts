import type { Decompose } from "../decompose.ts";
import { type Index, plus } from "../index-form.ts";
import { literal, type PatternWriter, type Scalar, type TensorRef } from "../pattern-writer.ts";
import {
  clipped,
  type Direction,
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

/** Gates in the order ONNX keeps them: update, reset, hidden. */
const [UPDATE, RESET, HIDDEN] = [0, 1, 2];

/**
 * Unrolled: all input products in one contraction, then for each step the sums of the state, and a map. Unless linear_before_reset is
 * set, the reset gate acts before the third product, which then is a contraction of its own.
 */
export const gru: Decompose = (b) => {
  const r = recurrence(b, ["Sigmoid", "Tanh"], 4);
  if ("host" in r) return r;
  if (r.steps * r.batch === 0) return { host: "an empty sequence has nothing to unroll" };
  const bias = b.optional(3);
  const shown: TensorRef[][] = [];
  const last: TensorRef[] = [];
  for (const direction of r.directions) {
    const projected = projectInputs(r, direction, 3, bias);
    let state = initialState(r, direction, 5, "h") ?? zeroState(r, `h${direction.index}.first`);
    const byTime: TensorRef[] = [];
    for (const time of direction.times) {
      const step = gruStep(r, direction, time, projected, state);
      state = step.state;
      byTime[time] = step.shown;
    }
    shown.push(byTime);
    last.push(state);
  }
  giveSequence(r, shown);
  giveLast(r, 1, last);
  return undefined;
};

function gruStep(r: Recurrence, direction: Direction, time: number, projected: TensorRef, state: TensorRef) {
  const { b, batch, hidden, lanes } = r;
  const linearBeforeReset = b.attributes.int("linear_before_reset", 0) !== 0;
  const name = `${direction.index}.${time}`;
  const [f, g] = direction.functions;
  const gate = (p: PatternWriter, sums: TensorRef, which: number, n: Index, j: Index): Scalar => {
    const row = plus(j, which * hidden);
    return f!(p, clipped(r, p, p.apply("add", p.read(projected, [time, n, row]), p.read(sums, [n, row]))));
  };
  const sums = stateSums(r, direction, `sums${name}`, state, 0, linearBeforeReset ? 3 : 2);
  const hiddenSums = linearBeforeReset ? sums : stateSums(r, direction, `hidden${name}`, resetState(), HIDDEN!, 1);
  const newState = b.fresh(`h${name}`, lanes, [batch, hidden]);
  const shown = shownOf(r, newState, direction, time);
  b.pattern((p) => {
    const [n, j] = [p.parallel("n", batch), p.parallel("j", hidden)];
    const update = gate(p, sums, UPDATE!, n, j);
    const recurrent = p.read(hiddenSums, [n, linearBeforeReset ? plus(j, HIDDEN! * hidden) : j]);
    const part = linearBeforeReset ? p.apply("mul", gate(p, sums, RESET!, n, j), recurrent) : recurrent;
    const candidate = g!(
      p,
      clipped(r, p, p.apply("add", p.read(projected, [time, n, plus(j, HIDDEN! * hidden)]), part)),
    );
    const old = p.read(state, [n, j]);
    const kept = p.apply("mul", update, old);
    const made = p.apply("add", p.apply("mul", p.apply("sub", literal(1, lanes), update), candidate), kept);
    giveStep(r, p, time, [n, j], made, newState, shown, old);
  });
  return { state: newState, shown };

  function resetState(): TensorRef {
    const target = b.fresh(`reset${name}`, lanes, [batch, hidden]);
    b.pattern((p) => {
      const [n, j] = [p.parallel("n", batch), p.parallel("j", hidden)];
      p.give(p.apply("mul", gate(p, sums, RESET!, n, j), p.read(state, [n, j])), target, [n, j]);
    });
    return target;
  }
}

/** sums[n, j] = recurrent bias + sum over k of state[n, k] r[d, j, k], for `gates` gates from `first` on. */
function stateSums(
  r: Recurrence,
  direction: Direction,
  name: string,
  state: TensorRef,
  first: number,
  gates: number,
): TensorRef {
  const { b, batch, hidden, lanes } = r;
  const target = b.fresh(name, lanes, [batch, gates * hidden]);
  b.pattern((p) => {
    const [n, j, k] = [p.parallel("n", batch), p.parallel("j", gates * hidden), p.reduceLoop("k", hidden)];
    const sum = recurrentSum(r, p, direction, state, [n, plus(j, first * hidden), k]);
    const bias = b.optional(3);
    const made =
      bias === undefined
        ? sum
        : p.apply("add", sum, p.widen(p.read(bias, [direction.index, plus(j, (3 + first) * hidden)])));
    p.give(made, target, [n, j]);
  });
  return target;
}
