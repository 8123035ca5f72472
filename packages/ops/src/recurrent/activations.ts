import { sigmoid, softplus } from "../numeric/special.ts";
import type { EvaluateContext } from "../operator.ts";

type Scalar = (x: number) => number;

/** Each activation of recurrent operators: how many of alpha and beta it takes, their defaults, and what it is. */
// biome-ignore format: a table
const ACTIVATIONS: Readonly<Record<string, readonly [defaults: readonly number[], make: (alpha: number, beta: number) => Scalar]>> = {
  relu:            [[],          () => (x) => Math.max(0, x)],
  tanh:            [[],          () => Math.tanh],
  sigmoid:         [[],          () => sigmoid],
  affine:          [[1, 0],      (a, b) => (x) => a * x + b],
  leakyrelu:       [[0.01],      (a) => (x) => (x < 0 ? a * x : x)],
  thresholdedrelu: [[1],         (a) => (x) => (x > a ? x : 0)],
  scaledtanh:      [[1, 1],      (a, b) => (x) => a * Math.tanh(b * x)],
  hardsigmoid:     [[0.2, 0.5],  (a, b) => (x) => Math.max(0, Math.min(1, a * x + b))],
  elu:             [[1],         (a) => (x) => (x < 0 ? a * Math.expm1(x) : x)],
  softsign:        [[],          () => (x) => x / (1 + Math.abs(x))],
  softplus:        [[],          () => softplus],
};

/**
 * The activations of every direction in order, `names` for each where the node lists none. Values of activation_alpha and
 * activation_beta go to those that take them, in order. Arguments are first kept within the clip attribute.
 */
export function activationsOf(c: EvaluateContext, names: readonly string[], directions: number): readonly Scalar[] {
  const listed = c.attributes.strings("activations", []);
  const all = listed.length > 0 ? listed : Array.from({ length: directions }, () => names).flat();
  // RNN's default lists two whatever the direction; the first are used.
  const needed = names.length * directions;
  if (all.length < needed) c.reject(`${all.length} activations, expected ${needed}`, "E0303");
  const alphas = [...c.attributes.floats("activation_alpha", [])];
  const betas = [...c.attributes.floats("activation_beta", [])];
  const clip = c.attributes.float("clip", Number.POSITIVE_INFINITY);
  return all.slice(0, needed).map((name) => {
    const row = ACTIVATIONS[name.toLowerCase()];
    if (row === undefined) return c.reject(`activation "${name}"`, "E0306");
    const [defaults, make] = row;
    const alpha = defaults.length > 0 ? (alphas.shift() ?? defaults[0]!) : 0;
    const beta = defaults.length > 1 ? (betas.shift() ?? defaults[1]!) : 0;
    const f = make(alpha, beta);
    return (x) => f(Math.min(clip, Math.max(-clip, x)));
  });
}
