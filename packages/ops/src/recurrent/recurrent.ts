import type { Dim } from "@rdu/ir";
import type { Tensor } from "@rdu/tensor";
import { numbersOf, tensorOf } from "../numeric/numbers.ts";
import { type EvaluateContext, type InferContext, type Operator, operator } from "../operator.ts";
import { activationsOf } from "./activations.ts";

type Scalar = (x: number) => number;

/** The weights and state of one direction of one batch element, as a cell sees them. Row-major matrices of doubles. */
interface Cell {
  readonly hidden: number;
  /** X W' of this step with the input bias, one block of `hidden` a gate. */
  readonly fromInput: Float64Array;
  /** H R' without bias for a gate, of a state given. */
  fromState(gate: number, state: ArrayLike<number>): Float64Array;
  /** The bias of the recurrence for a gate and unit. */
  readonly stateBias: (gate: number, unit: number) => number;
  /** What a gate takes from the cell's state; nothing without peepholes, however large it is. */
  readonly peeped: (which: number, unit: number, state: number) => number;
  readonly activations: readonly Scalar[];
}

/** One step: the hidden state and, for LSTM, the cell state are changed in place. */
type Step = (c: EvaluateContext, cell: Cell, h: Float64Array, state: Float64Array) => void;

/** Products with the weights of direction `d`, gate after gate and unit after unit, without bias. */
export interface Products {
  /** X W' of a row of the operand, a step of a batch element, for all gates. */
  fromInput(d: number, row: number): Float64Array;
  /** H R' of a state, for one gate. */
  fromState(d: number, gate: number, state: ArrayLike<number>): Float64Array;
}

export interface Kind {
  readonly gates: number;
  readonly activations: readonly string[];
  readonly step: Step;
  /** Which axis of R counts hidden units. */
  readonly hiddenAxis: 1 | 2;
  readonly products: (c: EvaluateContext) => Products;
}

const RNN: Kind = {
  hiddenAxis: 2,
  products: floatProducts,
  gates: 1,
  activations: ["Tanh"],
  step(_, cell, h) {
    const [f] = cell.activations as [Scalar];
    const recurrent = cell.fromState(0, h);
    for (let u = 0; u < cell.hidden; u += 1) h[u] = f(cell.fromInput[u]! + recurrent[u]! + cell.stateBias(0, u));
  },
};

/** Gates update, reset, hidden. */
const GRU: Kind = {
  hiddenAxis: 2,
  products: floatProducts,
  gates: 3,
  activations: ["Sigmoid", "Tanh"],
  step(c, cell, h) {
    const [f, g] = cell.activations as [Scalar, Scalar];
    const { hidden, fromInput: x } = cell;
    const [update, reset] = [0, 1].map((gate) => {
      const recurrent = cell.fromState(gate, h);
      return recurrent.map((value, u) => f(x[gate * hidden + u]! + value + cell.stateBias(gate, u)));
    }) as [Float64Array, Float64Array];
    const after = c.attributes.int("linear_before_reset", 0) !== 0;
    const recurrent = cell.fromState(2, after ? h : h.map((value, u) => value * reset[u]!));
    for (let u = 0; u < hidden; u += 1) {
      const inner = recurrent[u]! + cell.stateBias(2, u);
      const candidate = g(x[2 * hidden + u]! + (after ? reset[u]! * inner : inner));
      h[u] = (1 - update[u]!) * candidate + update[u]! * h[u]!;
    }
  },
};

/** Gates input, output, forget, cell; peepholes input, output, forget. */
export const LSTM: Kind = {
  hiddenAxis: 2,
  products: floatProducts,
  gates: 4,
  activations: ["Sigmoid", "Tanh", "Tanh"],
  step(c, cell, h, state) {
    const [f, g, out] = cell.activations as [Scalar, Scalar, Scalar];
    const { hidden, fromInput: x } = cell;
    const recurrent = [0, 1, 2, 3].map((gate) => cell.fromState(gate, h));
    const coupled = c.attributes.int("input_forget", 0) !== 0;
    for (let u = 0; u < hidden; u += 1) {
      const sum = (gate: number): number => x[gate * hidden + u]! + recurrent[gate]![u]! + cell.stateBias(gate, u);
      const input = f(sum(0) + cell.peeped(0, u, state[u]!));
      const forget = coupled ? 1 - input : f(sum(2) + cell.peeped(2, u, state[u]!));
      state[u] = forget * state[u]! + input * g(sum(3));
      h[u] = f(sum(1) + cell.peeped(1, u, state[u]!)) * out(state[u]!);
    }
  },
};

function directionsOf(c: Pick<InferContext, "attributes">): number {
  return c.attributes.string("direction") === "bidirectional" ? 2 : 1;
}

function inferRecurrent(c: InferContext, { hiddenAxis }: Kind): readonly (readonly Dim[])[] {
  const [x, r] = [c.shape(0), c.shape(2)];
  const batchFirst = c.attributes.int("layout", 0) !== 0;
  const [steps, batch] = (batchFirst ? [x[1], x[0]] : [x[0], x[1]]) as [Dim, Dim];
  const [directions, hidden] = [directionsOf(c), r[hiddenAxis] as Dim];
  const all: Dim[] = batchFirst ? [batch, steps, directions, hidden] : [steps, directions, batch, hidden];
  const last: Dim[] = batchFirst ? [batch, directions, hidden] : [directions, batch, hidden];
  return [all, last, last];
}

export function recurrent(name: string, summary: string, kind: Kind): Operator {
  return operator({ name, summary, infer: (c) => inferRecurrent(c, kind), evaluate: (c) => run(c, kind) });
}

function run(c: EvaluateContext, kind: Kind): readonly Tensor[] {
  const { dtype, shape } = c.tensor(0);
  const batchFirst = c.attributes.int("layout", 0) !== 0;
  const [steps, batch] = (batchFirst ? [shape[1], shape[0]] : [shape[0], shape[1]]) as [number, number];
  const directions = directionsOf(c);
  const hidden = c.tensor(2).shape[kind.hiddenAxis]!;
  const products = kind.products(c);
  const activations = activationsOf(c, kind.activations, directions);
  const lengths = c.has(4) ? c.integers(4) : new Array<number>(batch).fill(steps);
  // Where direction d of batch element b lies in a state, and in Y at step t.
  const stateAt = (d: number, b: number): number => (batchFirst ? b * directions + d : d * batch + b) * hidden;
  const yAt = (t: number, d: number, b: number): number =>
    (batchFirst ? (b * steps + t) * directions + d : (t * directions + d) * batch + b) * hidden;
  const y = new Float64Array(steps * directions * batch * hidden);
  const last = initialState(c, 5, directions * batch * hidden);
  const lastCell = initialState(c, 6, directions * batch * hidden);
  for (let d = 0; d < directions; d += 1) {
    const reverse = d === 1 || c.attributes.string("direction") === "reverse";
    const perDirection = activations.slice(d * kind.activations.length, (d + 1) * kind.activations.length);
    for (let b = 0; b < batch; b += 1) {
      const at = stateAt(d, b);
      const [h, state] = [last.subarray(at, at + hidden), lastCell.subarray(at, at + hidden)];
      for (let n = 0; n < lengths[b]!; n += 1) {
        const t = reverse ? lengths[b]! - 1 - n : n;
        const fromInput = products.fromInput(d, batchFirst ? b * steps + t : t * batch + b);
        kind.step(c, cellOf(c, kind, products, perDirection, d, fromInput), h, state);
        y.set(h, yAt(t, d, b));
      }
    }
  }
  const results = [y, last, lastCell].slice(0, c.outputCount);
  return results.map((values, index) => tensorOf(dtype, c.shape(index), values));
}

function initialState(c: EvaluateContext, index: number, count: number): Float64Array {
  const given = c.optional(index);
  return given === undefined ? new Float64Array(count) : Float64Array.from(numbersOf(given));
}

/** The cell of direction `d` at a step: `fromInput` without its bias. */
function cellOf(
  c: EvaluateContext,
  kind: Kind,
  products: Products,
  activations: readonly Scalar[],
  d: number,
  fromInput: Float64Array,
): Cell {
  const hidden = c.tensor(2).shape[kind.hiddenAxis]!;
  const rows = kind.gates * hidden;
  const bias = c.has(3) ? numbersOf(c.tensor(3)) : undefined;
  const peepholes = c.has(7) ? numbersOf(c.tensor(7)) : undefined;
  return {
    hidden,
    fromInput: fromInput.map((value, i) => value + (bias?.[d * 2 * rows + i] ?? 0)),
    activations,
    fromState: (gate, state) => products.fromState(d, gate, state),
    stateBias: (gate, unit) => bias?.[d * 2 * rows + rows + gate * hidden + unit] ?? 0,
    peeped: (which, unit, state) =>
      peepholes === undefined ? 0 : peepholes[d * 3 * hidden + which * hidden + unit]! * state,
  };
}

/** `count` rows of a matrix, each times a vector. */
function rowProducts(matrix: ArrayLike<number>, first: number, count: number, vector: ArrayLike<number>): Float64Array {
  const width = vector.length;
  return Float64Array.from({ length: count }, (_, i) => {
    let sum = 0;
    for (let k = 0; k < width; k += 1) sum += vector[k]! * matrix[(first + i) * width + k]!;
    return sum;
  });
}

/** With weights [direction, gates * hidden, width]. */
function floatProducts(c: EvaluateContext): Products {
  const [x, w, r] = [numbersOf(c.tensor(0)), numbersOf(c.tensor(1)), numbersOf(c.tensor(2))];
  const [, rows, width] = c.tensor(1).shape as [number, number, number];
  const hidden = c.tensor(2).shape[2]!;
  return {
    fromInput: (d, row) => rowProducts(w, d * rows, rows, x.subarray(row * width, (row + 1) * width)),
    fromState: (d, gate, state) => rowProducts(r, d * rows + gate * hidden, hidden, state),
  };
}

export const rnn = recurrent("RNN", "simple recurrent network over a sequence", RNN);
export const gru = recurrent("GRU", "gated recurrent units over a sequence", GRU);
export const lstm = recurrent("LSTM", "long short-term memory over a sequence", LSTM);
