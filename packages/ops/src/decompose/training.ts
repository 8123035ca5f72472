import type { Decompose } from "./decompose.ts";
import type { NodeBuilder } from "./node-builder.ts";
import { literal, type PatternWriter, type Scalar, type TensorRef } from "./pattern-writer.ts";

/** One step for each tensor: new values and states from the rate (a scalar made before), the value, the gradient and the states. */
type Step = (
  p: PatternWriter,
  rate: Scalar,
  x: Scalar,
  gradient: Scalar,
  states: readonly Scalar[],
) => readonly Scalar[];

/**
 * Inputs: rate, step count, then as many values, gradients and states of each kind as there are tensors; outputs: new values and states in
 * that order. The rate that the step count gives is worked out once.
 */
function optimizer(
  states: number,
  rateOf: (p: PatternWriter, b: NodeBuilder, rate: Scalar, count: Scalar) => Scalar,
  stepOf: (b: NodeBuilder, count: TensorRef) => Step,
): Decompose {
  return (b) => {
    const tensors = (b.inputCount - 2) / (2 + states);
    const [rate, count] = [b.input(0), b.input(1)];
    const adjusted = b.fresh("rate", rate.dtype, []);
    const scalar = (ref: TensorRef): readonly number[] => ref.shape.map(() => 0);
    b.pattern((p) => {
      const steps = p.convert(p.read(count, scalar(count)), rate.dtype);
      p.give(rateOf(p, b, p.read(rate, scalar(rate)), steps), adjusted, []);
    });
    const step = stepOf(b, count);
    for (let i = 0; i < tensors; i += 1) {
      const inputs = Array.from({ length: 2 + states }, (_, kind) => b.input(2 + kind * tensors + i));
      const outputs = Array.from({ length: 1 + states }, (_, kind) => b.wanted(kind * tensors + i));
      if (outputs.every((target) => target === undefined)) continue;
      const shape = inputs[0]!.shape;
      b.pattern((p) => {
        const at = p.parallelOver(shape);
        const [x, gradient, ...own] = inputs.map((ref) => p.read(ref, at));
        const made = step(p, p.convert(p.read(adjusted, []), x!.dtype), x!, gradient!, own);
        outputs.forEach((target, kind) => {
          if (target !== undefined) p.give(made[kind]!, target, at);
        });
      });
    }
    return undefined;
  };
}

const like = (x: Scalar, value: number): Scalar => literal(value, x.dtype);

/** gradient + coefficient * x. */
function regularised(p: PatternWriter, b: NodeBuilder, x: Scalar, gradient: Scalar): Scalar {
  const coefficient = b.attributes.float("norm_coefficient", 0);
  return coefficient === 0 ? gradient : p.apply("add", p.apply("mul", x, like(x, coefficient)), gradient);
}

/** a * weight + c * (1 - weight). */
function mixed(p: PatternWriter, a: Scalar, c: Scalar, weight: number): Scalar {
  return p.apply("add", p.apply("mul", a, like(a, weight)), p.apply("mul", c, like(c, 1 - weight)));
}

const momentum = optimizer(
  1,
  (_, __, rate) => rate,
  (b, count) => {
    const [alpha, beta] = [b.attributes.float("alpha"), b.attributes.float("beta")];
    const nesterov = b.attributes.string("mode") === "nesterov";
    return (p, rate, x, gradient, [velocity]) => {
      const slope = regularised(p, b, x, gradient);
      const steps = p.read(
        count,
        count.shape.map(() => 0),
      );
      // The gradient counts in full at the first step.
      const weight = p.select(p.test("gt", steps, literal(0, steps.dtype)), like(x, beta), like(x, 1));
      const moved = p.apply("add", p.apply("mul", velocity!, like(x, alpha)), p.apply("mul", slope, weight));
      const ahead = nesterov ? p.apply("add", slope, p.apply("mul", moved, like(x, alpha))) : moved;
      return [p.apply("sub", x, p.apply("mul", rate, ahead)), moved];
    };
  },
);

const adagrad = optimizer(
  1,
  (p, b, rate, count) =>
    p.apply(
      "div",
      rate,
      p.apply("add", p.apply("mul", count, like(count, b.attributes.float("decay_factor", 0))), like(count, 1)),
    ),
  (b) =>
    (p, rate, x, gradient, [squares]) => {
      const slope = regularised(p, b, x, gradient);
      const sum = p.apply("add", squares!, p.apply("mul", slope, slope));
      const divisor = p.apply("add", p.apply("sqrt", sum), like(x, b.attributes.float("epsilon", 1e-6)));
      return [p.apply("sub", x, p.apply("div", p.apply("mul", rate, slope), divisor)), sum];
    },
);

const adam = optimizer(
  2,
  (p, b, rate, count) => {
    const less = (decay: number): Scalar => p.apply("sub", like(rate, 1), p.apply("pow", like(rate, decay), count));
    const corrected = p.apply("mul", rate, p.apply("sqrt", less(b.attributes.float("beta", 0.999))));
    const adjusted = p.apply("div", corrected, less(b.attributes.float("alpha", 0.9)));
    return p.select(p.test("gt", count, like(count, 0)), adjusted, rate);
  },
  (b) => {
    const { float } = b.attributes;
    const [alpha, beta, epsilon] = [float("alpha", 0.9), float("beta", 0.999), float("epsilon", 1e-6)];
    const post = float("norm_coefficient_post", 0);
    return (p, rate, x, gradient, [velocity, squares]) => {
      const slope = regularised(p, b, x, gradient);
      const moved = mixed(p, velocity!, slope, alpha);
      const spread = mixed(p, squares!, p.apply("mul", slope, slope), beta);
      const divisor = p.apply("add", p.apply("sqrt", spread), like(x, epsilon));
      const next = p.apply("sub", x, p.apply("mul", rate, p.apply("div", moved, divisor)));
      return [post === 0 ? next : p.apply("mul", next, like(x, 1 - post)), moved, spread];
    };
  },
);

export const OPTIMIZERS: Readonly<Record<string, Decompose>> = {
  "ai.onnx.preview.training.Momentum": momentum,
  "ai.onnx.preview.training.Adagrad": adagrad,
  "ai.onnx.preview.training.Adam": adam,
};
