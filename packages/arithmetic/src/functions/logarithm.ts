import type { LaneEmitter } from "../emitter.ts";
import type { Operand } from "../instruction.ts";
import { LN2_HIGH, LN2_LOW } from "./exponential.ts";

/** (log((1 + s) / (1 - s)) - 2s) / s^3 in s^2, for |s| <= 0.1716; the relative error is 2^-35. */
const LOG = [0.666666627, 0.400009722, 0.284987926, 0.242788315];

const SQRT_HALF_BITS = 0x3f3504f3;

function integer(f: LaneEmitter, op: "add" | "sub" | "and" | "shr", a: Operand, value: number): number {
  return f.emit({ op, type: "i32", operands: [a, { type: "i32", value }] });
}

/** A positive normal number as 2^exponent * mantissa with sqrt(1/2) <= mantissa < sqrt(2). */
export function splitExponent(f: LaneEmitter, x: Operand): { readonly exponent: number; readonly mantissa: number } {
  const offset = integer(f, "sub", f.reinterpret(x, "i32"), SQRT_HALF_BITS);
  const exponent = f.emit({
    op: "convert",
    type: "i32",
    operands: [integer(f, "shr", offset, 23)],
    to: "f32",
  });
  const bits = integer(f, "add", integer(f, "and", offset, 0x007fffff), SQRT_HALF_BITS);
  return { exponent, mantissa: f.emit({ op: "reinterpret", type: "i32", operands: [bits], to: "f32" }) };
}

/** exponent * ln 2 + low + log(1 + fraction), the terms from small to large. */
function assemble(f: LaneEmitter, fraction: Operand, exponent: Operand, low: Operand | undefined): number {
  const s = f.div(fraction, f.add(f.literal(2), fraction));
  const squared = f.mul(s, s);
  const series = f.mul(squared, f.polynomial(squared, LOG));
  const halfSquare = f.mul(f.mul(f.literal(0.5), fraction), fraction);
  const tail = f.mul(exponent, f.literal(LN2_LOW));
  const small = f.add(f.mul(s, f.add(halfSquare, series)), low === undefined ? tail : f.add(tail, low));
  return f.add(f.sub(fraction, f.sub(halfSquare, small)), f.mul(exponent, f.literal(LN2_HIGH)));
}

/** What log gives outside the positive finite numbers: NaN below 0, -inf at 0, +inf and NaN as they are. */
function withSpecials(f: LaneEmitter, x: Operand, result: Operand): number {
  const zero = f.literal(0);
  const finite = f.less(x, f.literal(Number.POSITIVE_INFINITY));
  const positive = f.select(finite, result, x);
  const atZero = f.select(f.binary("eq", x, zero), f.literal(Number.NEGATIVE_INFINITY), positive);
  return f.select(f.less(x, zero), f.literal(Number.NaN), atZero);
}

/** log x; subnormals are scaled by 2^24 first. f32. */
export function logarithm(f: LaneEmitter, x: Operand): number {
  const subnormal = f.less(x, f.literal(2 ** -126));
  const normal = f.select(subnormal, f.mul(x, f.literal(2 ** 24)), x);
  const { exponent, mantissa } = splitExponent(f, normal);
  const moved = f.select(subnormal, f.sub(exponent, f.literal(24)), exponent);
  return withSpecials(f, x, assemble(f, f.sub(mantissa, f.literal(1)), moved, undefined));
}

/**
 * log(1 + x): as log of u = 1 + x, plus what the rounding of u lost, relative to u. Where u needs no scaling x itself is the fraction.
 * Below 2^-25 (and for both zeros) the result is x. f32.
 */
export function logarithmOnePlus(f: LaneEmitter, x: Operand): number {
  const one = f.literal(1);
  const u = f.add(one, x);
  const { exponent, mantissa } = splitExponent(f, u);
  const large = f.binary("ge", x, one);
  const lost = f.select(large, f.sub(one, f.sub(u, x)), f.sub(x, f.sub(u, one)));
  const unscaled = f.binary("eq", exponent, f.literal(0));
  const fraction = f.select(unscaled, x, f.sub(mantissa, one));
  const low = f.select(unscaled, f.literal(0), f.div(lost, u));
  const result = withSpecials(f, u, assemble(f, fraction, exponent, low));
  return f.select(f.less(f.abs(x), f.literal(2 ** -25)), x, result);
}
