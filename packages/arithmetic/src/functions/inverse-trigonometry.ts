import type { LaneEmitter } from "../emitter.ts";
import type { Operand } from "../instruction.ts";
import { withSignOf } from "./sign.ts";

const HALF_PI_HIGH = 1.5707963705062866;
const HALF_PI_LOW = -4.371138828673793e-8;
const QUARTER_PI_HIGH = 0.7853981852531433;
const QUARTER_PI_LOW = -2.1855694143368964e-8;

/** (asin x - x) / x^3 in x^2, for |x| <= 1/2; relative error 2^-31. */
const ASIN = [0.166666597, 0.0750052184, 0.0445133746, 0.0318390913, 0.0143148508, 0.0376968123];

/** (atan x - x) / x^3 in x^2, for |x| <= tan(pi / 8); relative error 2^-30. */
const ATAN = [-0.333333164, 0.199985266, -0.142443448, 0.105987281, -0.0608873554];

/** The series part x^3 P(x^2) for z = x^2. */
function arcsineSeries(f: LaneEmitter, x: Operand, z: Operand): number {
  return f.mul(f.mul(x, z), f.polynomial(z, ASIN));
}

/** asin x; beyond 1/2 by asin x = pi / 2 - 2 asin sqrt((1 - x) / 2); NaN outside [-1, 1]. f32. */
export function arcsine(f: LaneEmitter, x: Operand): number {
  const a = f.abs(x);
  const near = f.add(a, arcsineSeries(f, a, f.mul(a, a)));
  const z = f.mul(f.sub(f.literal(1), a), f.literal(0.5));
  const root = f.unary("sqrt", z);
  const half = f.sub(f.add(root, arcsineSeries(f, root, z)), f.literal(HALF_PI_LOW / 2));
  const far = f.sub(f.literal(HALF_PI_HIGH), f.add(half, half));
  return withSignOf(f, x, f.select(f.binary("le", a, f.literal(0.5)), near, far));
}

/** acos x: near 0 pi / 2 - asin x, near 1 twice asin sqrt((1 - x) / 2), near -1 pi minus that of -x. f32. */
export function arccosine(f: LaneEmitter, x: Operand): number {
  const middle = f.sub(
    f.literal(HALF_PI_HIGH),
    f.add(x, f.sub(arcsineSeries(f, x, f.mul(x, x)), f.literal(HALF_PI_LOW))),
  );
  const z = f.mul(f.sub(f.literal(1), f.abs(x)), f.literal(0.5));
  const root = f.unary("sqrt", z);
  const series = arcsineSeries(f, root, z);
  const half = f.add(root, series);
  const twice = f.add(half, half);
  const lower = f.sub(half, f.literal(HALF_PI_LOW));
  const below = f.sub(f.literal(2 * HALF_PI_HIGH), f.add(lower, lower));
  const far = f.select(f.less(x, f.literal(0)), below, twice);
  return f.select(f.binary("le", f.abs(x), f.literal(0.5)), middle, far);
}

/**
 * atan x, from the nearest of 0, pi / 4 and pi / 2: atan x = pi / 4 + atan((x - 1) / (x + 1)) from tan(pi / 8) on,
 * pi / 2 + atan(-1 / x) from tan(3 pi / 8) on. f32.
 */
export function arctangent(f: LaneEmitter, x: Operand): number {
  const a = f.abs(x);
  const one = f.literal(1);
  const middle = f.binary("gt", a, f.literal(0.41421356));
  const far = f.binary("gt", a, f.literal(2.4142136));
  const choose = (atFar: Operand, atMiddle: Operand, atNear: Operand) =>
    f.select(far, atFar, f.select(middle, atMiddle, atNear));
  const numerator = choose(f.literal(-1), f.sub(a, one), a);
  const denominator = choose(a, f.add(a, one), one);
  const t = f.div(numerator, denominator);
  const z = f.mul(t, t);
  const series = f.mul(f.mul(t, z), f.polynomial(z, ATAN));
  const high = choose(f.literal(HALF_PI_HIGH), f.literal(QUARTER_PI_HIGH), f.literal(0));
  const low = choose(f.literal(HALF_PI_LOW), f.literal(QUARTER_PI_LOW), f.literal(0));
  return withSignOf(f, x, f.add(high, f.add(t, f.add(series, low))));
}
