import type { Tensor } from "@rdu/tensor";
import { numbersOf, scalarOf, tensorOf } from "../numeric/numbers.ts";
import { type EvaluateContext, type InferContext, type InferredType, type Operator, operator } from "../operator.ts";

/** What an optimizer keeps of one tensor: its value, gradient and states in order. */
type Update = (c: EvaluateContext, rate: number, count: number, parts: readonly Tensor[]) => readonly Float64Array[];

/** Optimizers take R, T, then all values, all gradients, all of each state; and give all values, then all states. */
function optimizer(name: string, summary: string, states: number, update: Update): Operator {
  const groups = (c: Pick<InferContext, "inputCount">): number => (c.inputCount - 2) / (2 + states);
  return operator({
    name: `ai.onnx.preview.training.${name}`,
    summary,
    infer(c): readonly InferredType[] {
      const count = groups(c);
      const values = Array.from({ length: count }, (_, i) => c.type(2 + i));
      const kept = Array.from({ length: count * states }, (_, i) => c.type(2 + 2 * count + i));
      return [...values, ...kept];
    },
    evaluate(c) {
      const count = groups(c);
      const [rate, iteration] = [scalarOf(c.tensor(0)), scalarOf(c.tensor(1))];
      const outputs: Tensor[] = [];
      for (let i = 0; i < count; i += 1) {
        const parts = Array.from({ length: 2 + states }, (_, part) => c.tensor(2 + part * count + i));
        update(c, rate, iteration, parts).forEach((values, part) => {
          outputs[part * count + i] = tensorOf(parts[0]!.dtype, parts[0]!.shape, values);
        });
      }
      return outputs;
    },
  });
}

/** The gradient with that of norm_coefficient / 2 |x|^2 added. */
function regularized(c: EvaluateContext, x: ArrayLike<number>, gradient: ArrayLike<number>): Float64Array {
  const coefficient = c.attributes.float("norm_coefficient");
  return Float64Array.from({ length: x.length }, (_, i) => coefficient * x[i]! + gradient[i]!);
}

export const adagrad = optimizer("Adagrad", "one step of Adagrad", 1, (c, rate, count, parts) => {
  const [x, g, h] = parts.map(numbersOf) as [Float32Array, Float32Array, Float32Array];
  const r = rate / (1 + count * c.attributes.float("decay_factor"));
  const gradient = regularized(c, x, g);
  const squares = gradient.map((value, i) => h[i]! + value * value);
  const epsilon = c.attributes.float("epsilon");
  return [gradient.map((value, i) => x[i]! - (r * value) / (Math.sqrt(squares[i]!) + epsilon)), squares];
});

export const adam = optimizer("Adam", "one step of Adam", 2, (c, rate, count, parts) => {
  const [x, g, v, h] = parts.map(numbersOf) as [Float32Array, Float32Array, Float32Array, Float32Array];
  const [alpha, beta, epsilon] = [
    c.attributes.float("alpha"),
    c.attributes.float("beta"),
    c.attributes.float("epsilon"),
  ];
  const gradient = regularized(c, x, g);
  const means = gradient.map((value, i) => alpha * v[i]! + (1 - alpha) * value);
  const squares = gradient.map((value, i) => beta * h[i]! + (1 - beta) * value * value);
  const adjusted = count > 0 ? (rate * Math.sqrt(1 - beta ** count)) / (1 - alpha ** count) : rate;
  const post = 1 - c.attributes.float("norm_coefficient_post");
  return [
    means.map((mean, i) => post * (x[i]! - (adjusted * mean) / (Math.sqrt(squares[i]!) + epsilon))),
    means,
    squares,
  ];
});

export const momentum = optimizer(
  "Momentum",
  "one step of gradient descent with momentum",
  1,
  (c, rate, count, parts) => {
    const [x, g, v] = parts.map(numbersOf) as [Float32Array, Float32Array, Float32Array];
    const alpha = c.attributes.float("alpha");
    const beta = count > 0 ? c.attributes.float("beta") : 1;
    const gradient = regularized(c, x, g);
    const next = gradient.map((value, i) => alpha * v[i]! + beta * value);
    const nesterov = c.attributes.string("mode") === "nesterov";
    return [gradient.map((value, i) => x[i]! - rate * (nesterov ? value + alpha * next[i]! : next[i]!)), next];
  },
);
