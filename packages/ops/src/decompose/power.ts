import { isFloat } from "@rdu/tensor";
import type { Decompose } from "./decompose.ts";
import { laneOf, widened } from "./lane-types.ts";
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

/** Bits of an exponent that integer powers multiply out. */
const EXPONENT_BITS = 7;

/**
 * base^exponent of integers, wrapping: square and multiply. Exponents beyond 127 count modulo 64, which leaves powers of -1, 0, 1 and even
 * bases exact (all others overflow many times over). Negative exponents give the truncated quotient 1 / base^-exponent.
 */
function integerPower(p: PatternWriter, base: Scalar, given: Scalar): Scalar {
  const like = (value: number): Scalar => literal(value, given.dtype);
  const folded = p.apply("or", p.apply("and", given, like(63)), like(64));
  const exponent = p.select(p.test("gt", given, like(127)), folded, given);
  const one = literal(1, base.dtype);
  let power = one;
  let square = base;
  for (let bit = 0; bit < EXPONENT_BITS; bit += 1) {
    const set = p.test("ne", p.apply("and", exponent, like(2 ** bit)), like(0));
    power = p.select(set, p.apply("mul", power, square), power);
    if (bit + 1 < EXPONENT_BITS) square = p.apply("mul", square, square);
  }
  if (!["i32", "i64"].includes(laneOf(exponent.dtype))) return power;
  const inverse = p.apply("div", one, power);
  return p.select(p.test("lt", exponent, like(0)), inverse, power);
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
    return p.convert(integerPower(p, base, { ...exponent, dtype: widened(exponent.dtype) }), target.dtype);
  });
};

export const POWERS: Readonly<Record<string, Decompose>> = { Pow: pow };
