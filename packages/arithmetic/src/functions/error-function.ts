import type { LaneEmitter } from "../emitter.ts";
import type { Operand } from "../instruction.ts";
import { exponential } from "./exponential.ts";
import { withSignOf } from "./sign.ts";

/** erf x / x - 1 in x^2, for |x| < 0.921875; relative error 2^-26. */
const NEAR = [0.128379151, -0.376124978, 0.112818412, -0.0267672166, 0.00499379449, -0.000599308521];

/** -log(1 - erf t) / t - 1 for 0.921875 <= t <= 4; erf has a relative error of 2^-30. */
const FAR = [0.128649041, 0.635149062, 0.106240638, -0.0237653293, 0.0036440168, -0.000323190296, 1.12702382e-5];

/** erf x: x + x P(x^2) near 0, else 1 - e^-(t + t Q(t)) with t = |x|, which is 1 from 4 on. f32. */
export function errorFunction(f: LaneEmitter, x: Operand): number {
  const a = f.abs(x);
  const near = f.add(a, f.mul(a, f.polynomial(f.mul(a, a), NEAR)));
  const t = f.binary("min", a, f.literal(4));
  const exponent = f.add(t, f.mul(t, f.polynomial(t, FAR)));
  const far = f.sub(f.literal(1), exponential(f, f.unary("neg", exponent)));
  return withSignOf(f, x, f.select(f.less(a, f.literal(0.921875)), near, far));
}
