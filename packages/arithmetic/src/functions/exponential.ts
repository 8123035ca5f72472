import type { LaneEmitter } from "../emitter.ts";
import type { Operand } from "../instruction.ts";

/** ln 2 = LN2_HIGH + LN2_LOW; the high part has 10 bits, so its product with an exponent is exact. */
export const LN2_HIGH = 0.693359375;
export const LN2_LOW = -0.00021219444170128554;

/** (e^r - 1 - r) / r^2 for |r| <= ln 2 / 2, so that e^r has a relative error of 2^-28. */
const EXP = [0.49999994, 0.166665211, 0.0416682735, 0.00836868584, 0.00138201378];

/** x = exponent * ln 2 + high + low with |high| <= ln 2 / 2, and e^(high + low) = 1 + high + rest. */
interface Reduced {
  /** i32. */
  readonly exponent: number;
  readonly high: number;
  readonly rest: number;
}

function reduce(f: LaneEmitter, x: Operand): Reduced {
  const whole = f.unary("nearest", f.mul(x, f.literal(Math.LOG2E)));
  const near = f.sub(x, f.mul(whole, f.literal(LN2_HIGH)));
  const correction = f.mul(whole, f.literal(LN2_LOW));
  const high = f.sub(near, correction);
  const low = f.sub(f.sub(near, high), correction);
  const rest = f.add(f.mul(f.mul(high, high), f.polynomial(high, EXP)), low);
  return { exponent: f.convert(whole, "i32"), high, rest };
}

/** 2^exponent for -127 < exponent < 128, from an i32 register. */
export function powerOfTwo(f: LaneEmitter, exponent: Operand): number {
  const biased = f.emit({ op: "add", type: "i32", operands: [exponent, { type: "i32", value: 127 }] });
  const bits = f.emit({ op: "shl", type: "i32", operands: [biased, { type: "i32", value: 23 }] });
  return f.emit({ op: "reinterpret", type: "i32", operands: [bits], to: "f32" });
}

/** value * 2^exponent, rounded once, for |exponent| < 254: by two factors, so that neither overflows before the product does. */
export function scale(f: LaneEmitter, value: Operand, exponent: Operand): number {
  const half = f.emit({ op: "shr", type: "i32", operands: [exponent, { type: "i32", value: 1 }] });
  const other = f.emit({ op: "sub", type: "i32", operands: [exponent, half] });
  return f.mul(f.mul(value, powerOfTwo(f, half)), powerOfTwo(f, other));
}

/** e^x * 2^shift; -104 and 90 are beyond underflow and overflow (with shift 0 or -1), NaN passes min and max. */
function scaledExponential(f: LaneEmitter, x: Operand, shift: number): number {
  const clamped = f.binary("min", f.binary("max", x, f.literal(-104)), f.literal(90));
  const { exponent, high, rest } = reduce(f, clamped);
  const near = f.add(f.literal(1), f.add(high, rest));
  if (shift === 0) return scale(f, near, exponent);
  const shifted = f.emit({ op: "add", type: "i32", operands: [exponent, { type: "i32", value: shift }] });
  return scale(f, near, shifted);
}

/** e^x. In f64 the opcode itself. */
export function exponential(f: LaneEmitter, x: Operand): number {
  if (f.type === "f64") return f.emit({ op: "exp", type: "f64", operands: [x] });
  return scaledExponential(f, x, 0);
}

/** e^x / 2, finite where cosh and sinh are. f32. */
export function halfExponential(f: LaneEmitter, x: Operand): number {
  return scaledExponential(f, x, -1);
}

/**
 * e^x - 1 = 2 * ((t - 1/2) + t * high + t * rest) with t = 2^(exponent - 1): the terms in order of size, so that what cancels is exact.
 * Below 2^-25 (and for both zeros) the result is x itself. f32.
 */
export function exponentialMinusOne(f: LaneEmitter, x: Operand): number {
  const clamped = f.binary("min", f.binary("max", x, f.literal(-18)), f.literal(89));
  const { exponent, high, rest } = reduce(f, clamped);
  const t = powerOfTwo(f, f.emit({ op: "sub", type: "i32", operands: [exponent, { type: "i32", value: 1 }] }));
  const large = f.add(f.sub(t, f.literal(0.5)), f.mul(t, high));
  const sum = f.add(large, f.mul(t, rest));
  return f.select(f.less(f.abs(x), f.literal(2 ** -25)), x, f.add(sum, sum));
}

/** 1 / (1 + e^-x), from e^-|x| so that neither side loses its small values. */
export function logistic(f: LaneEmitter, x: Operand): number {
  const small = exponential(f, f.unary("neg", f.abs(x)));
  const one = f.literal(1);
  return f.div(f.select(f.less(x, f.literal(0)), small, one), f.add(one, small));
}
