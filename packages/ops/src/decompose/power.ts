import { DTYPES, type DType, integerRange, isFloat, isWide } from "@rdu/tensor";
import type { Decompose } from "./decompose.ts";
import { widened } from "./lane-types.ts";
import { map, mapInput, scalarConstant } from "./maps.ts";
import { literal, type PatternWriter, type Scalar } from "./pattern-writer.ts";

/** x^n for a small whole n by multiplication, in the lanes of x. */
function wholePower(p: PatternWriter, x: Scalar, exponent: number): Scalar {
  if (exponent === 0) return literal(1, x.dtype);
  let power: Scalar | undefined;
  let square = x;
  for (let rest = exponent; ; ) {
    if (rest % 2 === 1) power = power === undefined ? square : p.apply("mul", power, square);
    rest = Math.floor(rest / 2);
    if (rest === 0) return power ?? square;
    square = p.apply("mul", square, square);
  }
}

/**
 * base^exponent of integers, wrapping: square and multiply over the bits of the exponent. Modulo 2^w the powers of odd numbers repeat
 * after 2^(w-2), and those of even ones are 0 from w on; so exponents of 2^(w-2) and more count modulo that, plus it. Negative exponents
 * give the truncated quotient 1 / base^-exponent, which is 0 but for bases of 1 and -1.
 */
function integerPower(p: PatternWriter, base: Scalar, exponent: Scalar, exponentType: DType): Scalar {
  const like = (value: bigint): Scalar => literal(isWide(exponent.dtype) ? value : Number(value), exponent.dtype);
  const { least, most } = integerRange(exponentType);
  const period = 1n << BigInt(DTYPES[base.dtype].bits - 2);
  const repeats = most >= 2n * period;
  const largest = repeats ? 2n * period - 1n : most;
  const folded = (): Scalar => p.apply("or", p.apply("and", exponent, like(period - 1n)), like(period));
  const count = repeats ? p.select(p.test("ge", exponent, like(period)), folded(), exponent) : exponent;
  const one = literal(1, base.dtype);
  const isSet = (bit: bigint): Scalar => p.test("ne", p.apply("and", count, like(bit)), like(0n));
  let power = one;
  let square = base;
  for (let bit = 1n; bit <= largest; bit *= 2n) {
    power = p.select(isSet(bit), p.apply("mul", power, square), power);
    if (2n * bit <= largest) square = p.apply("mul", square, square);
  }
  if (least === 0n) return power;
  const inverse = p.apply("div", one, base);
  const quotient = p.select(isSet(1n), inverse, p.apply("mul", inverse, inverse));
  return p.select(p.test("lt", exponent, like(0n)), quotient, power);
}

/**
 * Floats by the lanes' pow (whole constant exponents up to 4 by multiplication). Integers raised to integers by multiplication, exact
 * modulo the type; integers raised to floats in double precision, truncated.
 */
export const pow: Decompose = (b) => {
  const target = b.output();
  const whole = scalarConstant(b, 1);
  const small = whole !== undefined && Number.isInteger(Number(whole)) && Number(whole) >= 1 && Number(whole) <= 4;
  if (small) {
    return map(b, target, [mapInput(b, 0)], (p, x) =>
      p.convert(wholePower(p, p.widen(x), Number(whole)), target.dtype),
    );
  }
  return map(b, target, [mapInput(b, 0), mapInput(b, 1)], (p, x, y) => {
    const base = p.widen(x);
    if (isFloat(x.dtype)) return p.convert(p.apply("pow", base, p.convert(p.widen(y), base.dtype)), target.dtype);
    if (isFloat(y.dtype))
      return p.convert(p.apply("pow", p.convert(base, "float64"), p.convert(p.widen(y), "float64")), target.dtype);
    const exponent = p.widen(y);
    return p.convert(integerPower(p, base, { ...exponent, dtype: widened(exponent.dtype) }, y.dtype), target.dtype);
  });
};

export const POWERS: Readonly<Record<string, Decompose>> = { Pow: pow };
