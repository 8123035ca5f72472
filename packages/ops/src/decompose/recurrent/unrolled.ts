import type { IndexExpression } from "@rdu/ir";
import { type DType, toNumbers } from "@rdu/tensor";
import type { HostVerdict } from "../decompose.ts";
import type { Index } from "../index-form.ts";
import { widened } from "../lane-types.ts";
import type { NodeBuilder } from "../node-builder.ts";
import { literal, type PatternWriter, type Scalar, type TensorRef } from "../pattern-writer.ts";
import { type GateFunction, gateFunctions } from "./gate-functions.ts";

/** Steps beyond which a sequence is not unrolled: each step is one to four patterns. */
export const MOST_STEPS = 4096;

/** What the three recurrent operators share: extents, operands by direction, activations. */
export interface Recurrence {
  readonly b: NodeBuilder;
  readonly steps: number;
  readonly batch: number;
  readonly hidden: number;
  readonly directions: readonly Direction[];
  /** Type that states and sums are held in: float32 for the narrow floats. */
  readonly lanes: DType;
  /** Lengths of the sequences, when given. */
  readonly lengths?: TensorRef | undefined;
  readonly batchFirst: boolean;
}

export interface Direction {
  readonly index: number;
  /** Times in the order they are stepped through. */
  readonly times: readonly number[];
  readonly functions: readonly GateFunction[];
}

/** Reads the attributes and extents; a verdict when the node cannot be unrolled. */
export function recurrence(
  b: NodeBuilder,
  defaults: readonly string[],
  lengthsInput: number,
  hidden = b.input(2).shape[2]!,
): Recurrence | HostVerdict {
  const x = b.input(0);
  const batchFirst = b.attributes.int("layout", 0) === 1;
  const [first = 0, second = 0] = x.shape;
  const [steps, batch] = batchFirst ? [second, first] : [first, second];
  const kind = b.attributes.string("direction", "forward");
  const count = kind === "bidirectional" ? 2 : 1;
  if (steps * count > MOST_STEPS) return { host: `a sequence of ${steps} steps is too long to unroll` };
  const given = b.attributes.strings("activations", []);
  const names = given.length > 0 ? given : Array.from({ length: count }, () => defaults).flat();
  const functions = gateFunctions(
    names,
    b.attributes.floats("activation_alpha", []),
    b.attributes.floats("activation_beta", []),
  );
  if (functions === undefined) return { host: `activations ${names.join(", ")} are not all known` };
  const forward = Array.from({ length: steps }, (_, t) => t);
  const directions = Array.from({ length: count }, (_, index): Direction => {
    const backward = kind === "reverse" || index === 1;
    const own = functions.slice(index * defaults.length, (index + 1) * defaults.length);
    return { index, times: backward ? [...forward].reverse() : forward, functions: own };
  });
  const lengths = b.optional(lengthsInput);
  return { b, steps, batch, hidden, directions, lanes: widened(x.dtype), batchFirst, lengths };
}

/** Index of time and batch in the layout of the node. */
export function timeAndBatch({ batchFirst }: Recurrence, time: Index, batch: Index): readonly [Index, Index] {
  return batchFirst ? [batch, time] : [time, batch];
}

/** All products of the inputs with their weights in one contraction: projected[t, b, j] = sum over i of x[t, b, i] w[d, j, i] + bias[d, j]. */
export function projectInputs(
  r: Recurrence,
  direction: Direction,
  gates: number,
  bias: TensorRef | undefined,
): TensorRef {
  const { b, steps, batch, hidden, lanes } = r;
  const [x, w] = [b.input(0), b.input(1)];
  const target = b.fresh(`projected${direction.index}`, lanes, [steps, batch, gates * hidden]);
  b.pattern((p) => {
    const t = p.parallel("t", steps);
    const n = p.parallel("n", batch);
    const j = p.parallel("j", gates * hidden);
    const i = p.reduceLoop("i", x.shape[2]!);
    const element = p.widen(p.read(x, [...timeAndBatch(r, t, n), i]));
    const sum = p.fold("sum", p.apply("mul", element, p.widen(p.read(w, [direction.index, j, i]))));
    const made = bias === undefined ? sum : p.apply("add", sum, p.widen(p.read(bias, [direction.index, j])));
    p.give(made, target, [t, n, j]);
  });
  return target;
}

/** The part of a state input (initial_h, initial_c) that belongs to one direction, at [batch, hidden]. */
export function initialState(r: Recurrence, direction: Direction, input: number, name: string): TensorRef | undefined {
  const { b, batch, hidden, lanes } = r;
  const given = b.optional(input);
  if (given === undefined) return undefined;
  const state = b.fresh(`${name}${direction.index}.first`, lanes, [batch, hidden]);
  b.pattern((p) => {
    const [n, j] = [p.parallel("n", batch), p.parallel("j", hidden)];
    const element = p.read(given, r.batchFirst ? [n, direction.index, j] : [direction.index, n, j]);
    p.give(p.widen(element), state, [n, j]);
  });
  return state;
}

/**
 * The hidden state before the first step, zeros where the node gives none. Undefined where those would add nothing: weights that are known to be
 * finite give 0 with them, while infinities and NaN give NaN.
 */
export function firstHidden(r: Recurrence, direction: Direction): TensorRef | undefined {
  const given = initialState(r, direction, 5, "h");
  if (given !== undefined) return given;
  const weights = r.b.constantInput(2);
  const addsNothing = weights !== undefined && toNumbers(weights).every(Number.isFinite);
  return addsNothing ? undefined : zeroState(r, `h${direction.index}.first`);
}

/** sum over k of state[n, k] * weights[d, offset + j, k]; undefined when the state is zero. */
export function recurrentSum(
  r: Recurrence,
  p: PatternWriter,
  direction: Direction,
  state: TensorRef,
  [n, row, k]: readonly [Index, Index, IndexExpression],
): Scalar {
  const weight = p.widen(p.read(r.b.input(2), [direction.index, row, k]));
  return p.fold("sum", p.apply("mul", p.read(state, [n, k]), weight));
}

/** Limits a sum to [-clip, clip] where the node asks for it. */
export function clipped(r: Recurrence, p: PatternWriter, x: Scalar): Scalar {
  const limit = r.b.attributes.has("clip") ? r.b.attributes.float("clip") : 0;
  if (limit <= 0) return x;
  return p.apply("min", p.apply("max", x, literal(-limit, x.dtype)), literal(limit, x.dtype));
}

/** The new state inside the sequence, the old one past its end. */
export function carried(r: Recurrence, p: PatternWriter, time: number, n: Index, fresh: Scalar, old: Scalar): Scalar {
  if (r.lengths === undefined) return fresh;
  return p.select(inSequence(p, r.lengths, time, n), fresh, old);
}

function inSequence(p: PatternWriter, lengths: TensorRef, time: number, n: Index): Scalar {
  const length = p.convert(p.read(lengths, [n]), "int32");
  return p.test("gt", length, literal(time, "int32"));
}

/** Gives a step's state, and beside it what the sequence output shows: zero past the end, in the output's type. */
export function giveStep(
  r: Recurrence,
  p: PatternWriter,
  time: number,
  at: readonly [Index, Index],
  fresh: Scalar,
  state: TensorRef,
  shown: TensorRef,
  old: Scalar,
): void {
  p.give(carried(r, p, time, at[0], fresh, old), state, at);
  if (shown.id === state.id) return;
  const value =
    r.lengths === undefined ? fresh : p.select(inSequence(p, r.lengths, time, at[0]), fresh, literal(0, fresh.dtype));
  p.give(p.convert(value, shown.dtype), shown, at);
}

/** The tensor that the sequence output takes a step's values from: the state itself, unless lengths or types make a difference. */
export function shownOf(r: Recurrence, state: TensorRef, direction: Direction, time: number): TensorRef {
  const wanted = r.b.wanted(0);
  const same = r.lengths === undefined && (wanted === undefined || wanted.dtype === state.dtype);
  return same || wanted === undefined ? state : r.b.fresh(`shown${direction.index}.${time}`, wanted.dtype, state.shape);
}

/** Joins the steps' outputs into the sequence output [time, direction, batch, hidden] (batch first: [batch, time, direction, hidden]). */
export function giveSequence(r: Recurrence, shown: readonly (readonly TensorRef[])[]): void {
  const { b, batch, hidden } = r;
  const target = b.wanted(0);
  if (target === undefined) return;
  const parts: TensorRef[] = [];
  const offsets: (readonly number[])[] = [];
  shown.forEach((byTime, direction) => {
    byTime.forEach((step, time) => {
      parts.push(
        b.reshaped(step, `y${direction}.${time}`, r.batchFirst ? [batch, 1, 1, hidden] : [1, 1, batch, hidden]),
      );
      offsets.push(r.batchFirst ? [0, time, direction, 0] : [time, direction, 0, 0]);
    });
  });
  b.join(parts, offsets, target);
}

/** Joins the directions' last states into an output [direction, batch, hidden] (batch first: [batch, direction, hidden]). */
export function giveLast(r: Recurrence, output: number, states: readonly TensorRef[]): void {
  const { b, batch, hidden } = r;
  const target = b.wanted(output);
  if (target === undefined) return;
  const parts = states.map((state, direction) => {
    const typed =
      state.dtype === target.dtype ? state : converted(b, state, target.dtype, `last${output}.${direction}`);
    return b.reshaped(typed, `final${output}.${direction}`, r.batchFirst ? [batch, 1, hidden] : [1, batch, hidden]);
  });
  b.join(
    parts,
    parts.map((_, direction) => (r.batchFirst ? [0, direction, 0] : [direction, 0, 0])),
    target,
  );
}

function converted(b: NodeBuilder, from: TensorRef, dtype: DType, name: string): TensorRef {
  const made = b.fresh(name, dtype, from.shape);
  b.pattern((p) => {
    const at = p.parallelOver(from.shape);
    p.give(p.convert(p.read(from, at), dtype), made, at);
  });
  return made;
}

/** A state of zeros, for a sequence that has no first state. */
export function zeroState(r: Recurrence, name: string): TensorRef {
  const state = r.b.fresh(name, r.lanes, [r.batch, r.hidden]);
  r.b.pattern((p) => {
    const at = p.parallelOver(state.shape, "nj");
    p.give(literal(0, r.lanes), state, at);
  });
  return state;
}
