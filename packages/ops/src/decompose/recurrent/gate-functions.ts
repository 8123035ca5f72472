import { literal, type PatternWriter, type Scalar } from "../pattern-writer.ts";

/** An activation of a recurrent operator, with its alpha and beta. */
export type GateFunction = (p: PatternWriter, x: Scalar) => Scalar;

interface Row {
  readonly alpha?: number;
  readonly beta?: number;
  readonly make: (p: PatternWriter, x: Scalar, alpha: Scalar, beta: Scalar) => Scalar;
}

const zero = (x: Scalar): Scalar => literal(0, x.dtype);
const one = (x: Scalar): Scalar => literal(1, x.dtype);

/** Activations by lower-case name, with the defaults of their parameters (absent: it takes none). */
// biome-ignore format: a table
const ROWS: Readonly<Record<string, Row>> = {
  relu: { make: (p, x) => p.apply("max", x, zero(x)) },
  tanh: { make: (p, x) => p.apply("tanh", x) },
  sigmoid: { make: (p, x) => p.apply("sigmoid", x) },
  softsign: { make: (p, x) => p.apply("div", x, p.apply("add", p.apply("abs", x), one(x))) },
  softplus: { make: (p, x) => p.apply("add", p.apply("max", x, zero(x)), p.apply("log1p", p.apply("exp", p.apply("neg", p.apply("abs", x))))) },
  affine: { alpha: 1, beta: 0, make: (p, x, alpha, beta) => p.apply("add", p.apply("mul", x, alpha), beta) },
  leakyrelu: { alpha: 0.01, make: (p, x, alpha) => p.select(p.test("lt", x, zero(x)), p.apply("mul", x, alpha), x) },
  thresholdedrelu: { alpha: 1, make: (p, x, alpha) => p.select(p.test("gt", x, alpha), x, zero(x)) },
  scaledtanh: { alpha: 1, beta: 1, make: (p, x, alpha, beta) => p.apply("mul", p.apply("tanh", p.apply("mul", x, beta)), alpha) },
  hardsigmoid: { alpha: 0.2, beta: 0.5, make: (p, x, alpha, beta) =>
    p.apply("min", p.apply("max", p.apply("add", p.apply("mul", x, alpha), beta), zero(x)), one(x)) },
  elu: { alpha: 1, make: (p, x, alpha) => p.select(p.test("lt", x, zero(x)), p.apply("mul", p.apply("expm1", x), alpha), x) },
};

/**
 * The activations of a node by name, in order. Values of `alphas` and `betas` go, in order, to those activations that take one; undefined
 * when a name is not known.
 */
export function gateFunctions(
  names: readonly string[],
  alphas: readonly number[],
  betas: readonly number[],
): readonly GateFunction[] | undefined {
  let [nextAlpha, nextBeta] = [0, 0];
  const made: GateFunction[] = [];
  for (const name of names) {
    const row = ROWS[name.toLowerCase()];
    if (row === undefined) return undefined;
    const alpha = row.alpha === undefined ? 0 : (alphas[nextAlpha++] ?? row.alpha);
    const beta = row.beta === undefined ? 0 : (betas[nextBeta++] ?? row.beta);
    made.push((p, x) => row.make(p, x, literal(alpha, x.dtype), literal(beta, x.dtype)));
  }
  return made;
}
