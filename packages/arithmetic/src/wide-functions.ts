import type { Opcode } from "./instruction.ts";

/**
 * The transcendental functions in f64: those of the host's `Math`, in every engine alike (the WebAssembly engine imports them). Their
 * accuracy is that of the fdlibm ports that JavaScript engines carry, within 1 ulp.
 */
// biome-ignore format: a table
export const F64_FUNCTIONS = {
  exp: Math.exp, expm1: Math.expm1, log: Math.log, log1p: Math.log1p,
  sin: Math.sin, cos: Math.cos, tan: Math.tan, asin: Math.asin, acos: Math.acos, atan: Math.atan,
  sinh: Math.sinh, cosh: Math.cosh, tanh: Math.tanh, asinh: Math.asinh, acosh: Math.acosh, atanh: Math.atanh,
  pow, erf,
} as const satisfies Partial<Record<Opcode, (a: number, b: number) => number>>;

/** What one of these opcodes computes in f64; undefined for any other. */
export function mathOf(op: Opcode): ((a: number, b: number) => number) | undefined {
  return (F64_FUNCTIONS as Partial<Record<Opcode, (a: number, b: number) => number>>)[op];
}

/** C99 has 1 where JavaScript has NaN: 1^y, and (-1)^(+-inf). */
function pow(base: number, exponent: number): number {
  if (base === 1 || (base === -1 && Math.abs(exponent) === Number.POSITIVE_INFINITY)) return 1;
  return base ** exponent;
}

/**
 * The error function: the Maclaurin series up to 2, beyond it 1 - erfc by the continued fraction, evaluated backwards from a depth
 * that reaches double precision. Relative error below 1e-15.
 */
function erf(value: number): number {
  const x = Math.abs(value);
  if (!(x < 6)) return Number.isNaN(x) ? x : Math.sign(value);
  if (x < 2) {
    let term = value;
    let sum = value;
    for (let n = 1; Math.abs(term) > 1e-18 * Math.abs(sum); n += 1) {
      term *= (-value * value) / n;
      sum += term / (2 * n + 1);
    }
    return (2 / Math.sqrt(Math.PI)) * sum;
  }
  let fraction = 0;
  for (let n = 60; n > 0; n -= 1) fraction = n / 2 / (x + fraction);
  const tail = Math.exp(-x * x) / (Math.sqrt(Math.PI) * (x + fraction));
  return value > 0 ? 1 - tail : tail - 1;
}
