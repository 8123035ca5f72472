import { writePart } from "../compose.ts";
import type { Decompose } from "../decompose.ts";
import type { Index } from "../index-form.ts";
import type { NodeBuilder } from "../node-builder.ts";
import { literal, type PatternWriter, type Scalar, type TensorRef } from "../pattern-writer.ts";
import { QUANTIZATIONS } from "../quantization.ts";
import { type Products, unrolledLstm } from "./lstm.ts";
import type { Direction, Recurrence } from "./unrolled.ts";

const GATES = 4;

/**
 * The unrolled LSTM with products of bytes: the input quantised at once, the state of each sequence at every step, to the range that it has there.
 * With lengths the longest sequence would bound the range of the input.
 */
export const dynamicQuantizeLstm: Decompose = (b) => {
  if (b.optional(4) !== undefined) return { host: "the longest of the sequences decides how the input is quantised" };
  const x = b.input(0);
  const bytes = b.fresh("quantised", "uint8", x.shape);
  const [scale, zero] = [b.fresh("scale", "float32", []), b.fresh("zero", "uint8", [])];
  writePart(b, QUANTIZATIONS, { op: "DynamicQuantizeLinear", inputs: [x], outputs: [bytes, scale, zero] });
  const ofInput: Products["ofInput"] = (r, direction, bias) => {
    const target = b.fresh(`projected${direction.index}`, "float32", [r.steps, r.batch, GATES * r.hidden]);
    b.pattern((p) => {
      const [t, n, j] = [p.parallel("t", r.steps), p.parallel("n", r.batch), p.parallel("j", GATES * r.hidden)];
      const i = p.reduceLoop("i", x.shape[2]!);
      const element = centred(p, p.read(bytes, [t, n, i]), p.read(zero, []));
      const real = product(b, p, { input: 1, scales: 8 }, direction, [i, j], element, () => p.read(scale, []));
      const made = bias === undefined ? real : p.apply("add", real, p.read(bias, [direction.index, j]));
      p.give(made, target, [t, n, j]);
    });
    return target;
  };
  return unrolledLstm(b, b.input(2).shape[1]!, { ofInput, ofState });
};

const ofState: Products["ofState"] = (r, direction, time, projected, state) => {
  const { b, batch, hidden } = r;
  const { steps, numbers } = quantisedState(r, direction, time, state);
  const target = b.fresh(`sums${direction.index}.${time}`, "float32", [batch, GATES * hidden]);
  b.pattern((p) => {
    const [n, j, k] = [p.parallel("n", batch), p.parallel("j", GATES * hidden), p.reduceLoop("k", hidden)];
    const element = p.convert(p.read(numbers, [n, k]), "int32");
    const real = product(b, p, { input: 2, scales: 10 }, direction, [k, j], element, () => p.read(steps, [n]));
    p.give(p.apply("add", real, p.read(projected, [time, n, j])), target, [n, j]);
  });
  return target;
};

/** The state in steps of its range, less the zero point, and the step of each sequence. A state of zeros has steps of 0. */
function quantisedState({ b, batch, hidden }: Recurrence, direction: Direction, time: number, state: TensorRef) {
  const name = `${direction.index}.${time}`;
  const steps = b.fresh(`step${name}`, "float32", [batch]);
  const zeros = b.fresh(`zero${name}`, "float32", [batch]);
  const numbers = b.fresh(`number${name}`, "int16", [batch, hidden]);
  const like = (value: number): Scalar => literal(value, "float32");
  const whole = (p: PatternWriter, value: Scalar): Scalar => p.apply("nearest", value);
  const within = (p: PatternWriter, value: Scalar): Scalar => p.apply("min", p.apply("max", value, like(0)), like(255));
  const quotient = (p: PatternWriter, value: Scalar, step: Scalar): Scalar =>
    p.select(p.test("eq", step, like(0)), like(0), p.apply("div", value, step));
  b.pattern((p) => {
    const [n, k] = [p.parallel("n", batch), p.reduceLoop("k", hidden)];
    const element = p.read(state, [n, k]);
    const [lowest, highest] = [p.fold("min", element), p.fold("max", element)];
    const low = p.apply("min", lowest, like(0));
    const step = p.apply("div", p.apply("sub", p.apply("max", highest, like(0)), low), like(255));
    p.give(step, steps, [n]);
    p.give(within(p, whole(p, quotient(p, p.apply("neg", low), step))), zeros, [n]);
  });
  b.pattern((p) => {
    const [n, k] = [p.parallel("n", batch), p.parallel("k", hidden)];
    const zero = p.read(zeros, [n]);
    const byte = within(p, p.apply("add", whole(p, quotient(p, p.read(state, [n, k]), p.read(steps, [n]))), zero));
    p.give(p.convert(p.apply("sub", byte, zero), "int16"), numbers, [n, k]);
  });
  return { steps, numbers };
}

/** A byte less a zero point, in int32. */
function centred(p: PatternWriter, byte: Scalar, zero: Scalar): Scalar {
  return p.apply("sub", p.convert(byte, "int32"), p.convert(zero, "int32"));
}

/** The sum over rows k of element times weight [direction, k, j], times both scales; scale and zero point stand behind one another. */
function product(
  b: NodeBuilder,
  p: PatternWriter,
  { input, scales }: { readonly input: number; readonly scales: number },
  direction: Direction,
  [k, j]: readonly [Index, Index],
  element: Scalar,
  scale: () => Scalar,
): Scalar {
  const at = (ref: TensorRef): readonly Index[] =>
    [direction.index, ref.shape[1] === 1 ? 0 : j].slice(0, ref.shape.length);
  const [weights, factors, zeros] = [b.input(input), b.input(scales), b.input(scales + 1)];
  const weight = centred(p, p.read(weights, [direction.index, k, j]), p.read(zeros, at(zeros)));
  const sum = p.fold("sum", p.apply("mul", element, weight));
  return p.apply("mul", p.convert(sum, "float32"), p.apply("mul", scale(), p.read(factors, at(factors))));
}
