import type { LaneEmitter } from "../emitter.ts";
import type { Operand } from "../instruction.ts";
import { scale } from "./exponential.ts";
import { splitExponent } from "./logarithm.ts";

/** (atanh(s) / s - 1) / s^2 in s^2, for |s| <= 0.1716; relative error 2^-36. */
const ATANH = [0.333333343, 0.199996725, 0.14319329, 0.0974657089, 0.284400284];

/** (2^r - 1) / r for |r| <= 1/2; relative error of 2^r 2^-32. */
const EXP2 = [0.693147182, 0.240226507, 0.0555040501, 0.00961808674, 0.00133379619, 0.00015452136, 1.4324839e-5];

/** 2 / ln 2, in two parts. */
const TWO_OVER_LN2_HIGH = 2.885390043258667;
const TWO_OVER_LN2_LOW = 3.851926067000022e-8;

/** An unevaluated sum of two f32 registers, |low| <= ulp(high) / 2. */
interface Double {
  readonly high: Operand;
  readonly low: Operand;
}

/** The exact product of two f32, by Dekker's splitting at 12 bits; needs |a|, |b| < 2^115. */
function product(f: LaneEmitter, a: Operand, b: Operand): Double {
  const split = (value: Operand): Double => {
    const spread = f.mul(value, f.literal(4097));
    const high = f.sub(spread, f.sub(spread, value));
    return { high, low: f.sub(value, high) };
  };
  const left = split(a);
  const right = split(b);
  const high = f.mul(a, b);
  const error = f.sub(f.mul(left.high, right.high), high);
  const cross = f.add(f.add(error, f.mul(left.high, right.low)), f.mul(left.low, right.high));
  return { high, low: f.add(cross, f.mul(left.low, right.low)) };
}

/** a + b as a Double, where |a| >= |b| or a is 0. */
function quickSum(f: LaneEmitter, a: Operand, b: Operand): Double {
  const high = f.add(a, b);
  return { high, low: f.sub(b, f.sub(high, a)) };
}

/** log2 of a positive finite number, to about 31 bits: atanh((m - 1) / (m + 1)) in double length, plus the exponent. */
function logarithm2(f: LaneEmitter, x: Operand): Double {
  const one = f.literal(1);
  const subnormal = f.less(x, f.literal(2 ** -126));
  const normal = f.select(subnormal, f.mul(x, f.literal(2 ** 24)), x);
  const { exponent, mantissa } = splitExponent(f, normal);
  const whole = f.select(subnormal, f.sub(exponent, f.literal(24)), exponent);

  // s = (m - 1) / (m + 1); m - 1 is exact, m + 1 is not.
  const numerator = f.sub(mantissa, one);
  const denominator = f.add(mantissa, one);
  const denominatorLow = f.sub(mantissa, f.sub(denominator, one));
  const s = f.div(numerator, denominator);
  const back = product(f, s, denominator);
  const missing = f.sub(f.sub(f.sub(numerator, back.high), back.low), f.mul(s, denominatorLow));
  const sLow = f.div(missing, denominator);

  const squared = f.mul(s, s);
  const series = f.mul(f.mul(s, squared), f.polynomial(squared, ATANH));
  const sum = quickSum(f, s, f.add(series, sLow));
  const scaled = product(f, sum.high, f.literal(TWO_OVER_LN2_HIGH));
  const small = f.add(
    scaled.low,
    f.add(f.mul(sum.low, f.literal(TWO_OVER_LN2_HIGH)), f.mul(sum.high, f.literal(TWO_OVER_LN2_LOW))),
  );
  const total = quickSum(f, whole, scaled.high);
  return quickSum(f, total.high, f.add(total.low, small));
}

/** 2^(high + low) for |high| <= 200. */
function exponential2(f: LaneEmitter, { high, low }: Double): number {
  const whole = f.unary("nearest", high);
  const rest = f.add(f.sub(high, whole), low);
  const value = f.add(f.literal(1), f.mul(rest, f.polynomial(rest, EXP2)));
  return scale(f, value, f.convert(whole, "i32"));
}

/** a^b with the special values of C99 (1^NaN = NaN^0 = 1). f32. */
export function power(f: LaneEmitter, base: Operand, exponent: Operand): number {
  const zero = f.literal(0);
  const one = f.literal(1);
  const infinity = f.literal(Number.POSITIVE_INFINITY);
  const bool = (op: "and" | "or" | "eq", a: Operand, b: Operand) => f.emit({ op, type: "bool", operands: [a, b] });
  const a = f.abs(base);

  // |log2 a| >= 2^-24, so exponents beyond 2^40 overflow or underflow anyway.
  const bounded = f.binary("min", f.binary("max", exponent, f.literal(-(2 ** 40))), f.literal(2 ** 40));
  const logarithm = logarithm2(f, a);
  const main = product(f, bounded, logarithm.high);
  const clamped = f.binary("min", f.binary("max", main.high, f.literal(-200)), f.literal(200));
  const within = f.binary("eq", clamped, main.high);
  const low = f.select(within, f.add(main.low, f.mul(bounded, logarithm.low)), zero);
  const finite = exponential2(f, { high: clamped, low });

  const atZero = f.binary("eq", a, zero);
  const extreme = bool("or", atZero, f.binary("eq", a, infinity));
  const grows = bool("eq", atZero, f.less(exponent, zero));
  const magnitude = f.select(extreme, f.select(grows, infinity, zero), finite);

  const half = f.mul(exponent, f.literal(0.5));
  const integral = f.binary("eq", f.unary("trunc", exponent), exponent);
  const odd = bool("and", integral, f.binary("ne", f.unary("trunc", half), half));
  const bits = f.reinterpret(base, "i32");
  const negative = f.emit({ op: "lt", type: "i32", operands: [bits, { type: "i32", value: 0 }] });
  const signed = f.select(bool("and", negative, odd), f.unary("neg", magnitude), magnitude);

  // A negative finite base (not -0) has no power to a fraction.
  const negativeFinite = bool("and", f.less(base, zero), f.less(a, infinity));
  const undefinedPower = bool("and", negativeFinite, f.binary("ne", f.unary("trunc", exponent), exponent));
  const real = f.select(undefinedPower, f.literal(Number.NaN), signed);
  const anyNan = bool("or", f.binary("ne", base, base), f.binary("ne", exponent, exponent));
  const known = f.select(anyNan, f.literal(Number.NaN), real);
  return f.select(bool("or", f.binary("eq", base, one), f.binary("eq", exponent, zero)), one, known);
}
