import type { LaneEmitter } from "../emitter.ts";
import type { Operand } from "../instruction.ts";
import { exponential, halfExponential } from "./exponential.ts";
import { logarithm, logarithmOnePlus } from "./logarithm.ts";
import { withSignOf } from "./sign.ts";

/** (sinh x - x) / x^3 for |x| <= 1 and (tanh x - x) / x^3 for |x| <= 0.625, in x^2; relative errors 2^-31 and 2^-27. */
const SINH = [0.166666672, 0.00833331048, 0.000198428941, 2.78223001e-6];
const TANH = [-0.333332807, 0.133314058, -0.0537365153, 0.0206281673, -0.0056922962];

/** Beyond this asinh x = acosh x = log 2x to the last bit, and x^2 need not be formed. */
const LARGE = 2 ** 13;

function oddSeries(f: LaneEmitter, x: Operand, coefficients: readonly number[]): number {
  const z = f.mul(x, x);
  return f.add(x, f.mul(f.mul(x, z), f.polynomial(z, coefficients)));
}

/** sinh x = h - 1 / (4 h) with h = e^|x| / 2; the series below 1. f32. */
export function hyperbolicSine(f: LaneEmitter, x: Operand): number {
  const a = f.abs(x);
  const h = halfExponential(f, a);
  const far = f.sub(h, f.div(f.literal(0.25), h));
  return withSignOf(f, x, f.select(f.less(a, f.literal(1)), oddSeries(f, a, SINH), far));
}

/** cosh x = h + 1 / (4 h) with h = e^|x| / 2. f32. */
export function hyperbolicCosine(f: LaneEmitter, x: Operand): number {
  const h = halfExponential(f, f.abs(x));
  return f.add(h, f.div(f.literal(0.25), h));
}

/** tanh x = 1 - 2 / (e^2|x| + 1); the series below 0.625. f32. */
export function hyperbolicTangent(f: LaneEmitter, x: Operand): number {
  const a = f.abs(x);
  const one = f.literal(1);
  const far = f.sub(one, f.div(f.literal(2), f.add(exponential(f, f.add(a, a)), one)));
  return withSignOf(f, x, f.select(f.less(a, f.literal(0.625)), oddSeries(f, a, TANH), far));
}

/** asinh x = log1p(|x| + x^2 / (1 + sqrt(1 + x^2))). f32. */
export function inverseHyperbolicSine(f: LaneEmitter, x: Operand): number {
  const a = f.abs(x);
  const one = f.literal(1);
  const bounded = f.binary("min", a, f.literal(LARGE));
  const squared = f.mul(bounded, bounded);
  const root = f.unary("sqrt", f.add(one, squared));
  const near = logarithmOnePlus(f, f.add(bounded, f.div(squared, f.add(one, root))));
  const far = f.add(logarithm(f, a), f.literal(Math.LN2));
  return withSignOf(f, x, f.select(f.less(f.literal(LARGE), a), far, near));
}

/** acosh x = log1p(t + sqrt(2 t + t^2)) with t = x - 1; NaN below 1. f32. */
export function inverseHyperbolicCosine(f: LaneEmitter, x: Operand): number {
  const t = f.sub(f.binary("min", x, f.literal(LARGE)), f.literal(1));
  const root = f.unary("sqrt", f.add(f.add(t, t), f.mul(t, t)));
  const near = logarithmOnePlus(f, f.add(t, root));
  const far = f.add(logarithm(f, x), f.literal(Math.LN2));
  const result = f.select(f.less(f.literal(LARGE), x), far, near);
  return f.select(f.less(x, f.literal(1)), f.literal(Number.NaN), result);
}

/** atanh x = log1p(2 |x| / (1 - |x|)) / 2; infinite at 1, NaN beyond. f32. */
export function inverseHyperbolicTangent(f: LaneEmitter, x: Operand): number {
  const a = f.abs(x);
  const quotient = f.div(f.add(a, a), f.sub(f.literal(1), a));
  return withSignOf(f, x, f.mul(f.literal(0.5), logarithmOnePlus(f, quotient)));
}
