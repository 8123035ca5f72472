import type { LaneEmitter } from "./emitter.ts";
import { errorFunction } from "./functions/error-function.ts";
import { exponential, exponentialMinusOne, logistic } from "./functions/exponential.ts";
import {
  hyperbolicCosine,
  hyperbolicSine,
  hyperbolicTangent,
  inverseHyperbolicCosine,
  inverseHyperbolicSine,
  inverseHyperbolicTangent,
} from "./functions/hyperbolic.ts";
import { arccosine, arcsine, arctangent } from "./functions/inverse-trigonometry.ts";
import { logarithm, logarithmOnePlus } from "./functions/logarithm.ts";
import { power } from "./functions/power.ts";
import { cosine, sine, tangent } from "./functions/trigonometry.ts";
import type { Function as LaneFunction, Operand } from "./instruction.ts";
import { isWideInteger } from "./lane.ts";

/** Writes the primitives of one function of `f.type`; gives the register of the result. */
type Expansion = (f: LaneEmitter, operands: readonly Operand[]) => number;

/** How each function is computed. Those of f64 that stay opcodes (see `expand`) are expanded in f32 only. */
export const EXPANSIONS: Readonly<Record<LaneFunction, Expansion>> = {
  mod: (f, [a, b]) => modulo(f, a!, b!),
  sign: (f, [a]) => sign(f, a!),
  isnan: (f, [a]) => f.binary("ne", a!, a!),
  isinf: (f, [a]) => f.binary("eq", f.abs(a!), f.literal(Number.POSITIVE_INFINITY)),
  reciprocal: (f, [a]) => f.div(f.literal(1), a!),
  rsqrt: (f, [a]) => f.div(f.literal(1), f.unary("sqrt", a!)),
  exp: (f, [a]) => exponential(f, a!),
  expm1: (f, [a]) => exponentialMinusOne(f, a!),
  log: (f, [a]) => logarithm(f, a!),
  log1p: (f, [a]) => logarithmOnePlus(f, a!),
  pow: (f, [a, b]) => power(f, a!, b!),
  sigmoid: (f, [a]) => logistic(f, a!),
  erf: (f, [a]) => errorFunction(f, a!),
  sin: (f, [a]) => sine(f, a!),
  cos: (f, [a]) => cosine(f, a!),
  tan: (f, [a]) => tangent(f, a!),
  asin: (f, [a]) => arcsine(f, a!),
  acos: (f, [a]) => arccosine(f, a!),
  atan: (f, [a]) => arctangent(f, a!),
  sinh: (f, [a]) => hyperbolicSine(f, a!),
  cosh: (f, [a]) => hyperbolicCosine(f, a!),
  tanh: (f, [a]) => hyperbolicTangent(f, a!),
  asinh: (f, [a]) => inverseHyperbolicSine(f, a!),
  acosh: (f, [a]) => inverseHyperbolicCosine(f, a!),
  atanh: (f, [a]) => inverseHyperbolicTangent(f, a!),
};

/** The remainder, moved by b when its sign is not that of b. A zero remainder keeps the sign of a. */
function modulo(f: LaneEmitter, a: Operand, b: Operand): number {
  const remainder = f.binary("rem", a, b);
  if (f.type === "u32" || f.type === "u64") return remainder;
  const zero = f.literal(isWideInteger(f.type) ? 0n : 0);
  const opposite = f.emit({
    op: "xor",
    type: "bool",
    operands: [f.less(remainder, zero), f.less(b, zero)],
  });
  const moves = f.emit({ op: "and", type: "bool", operands: [opposite, f.binary("ne", remainder, zero)] });
  return f.select(moves, f.add(remainder, b), remainder);
}

function sign(f: LaneEmitter, a: Operand): number {
  const wide = isWideInteger(f.type);
  const zero = f.literal(wide ? 0n : 0);
  const positive = f.select(f.binary("gt", a, zero), f.literal(wide ? 1n : 1), a);
  if (f.type === "u32" || f.type === "u64") return positive;
  return f.select(f.less(a, zero), f.literal(wide ? -1n : -1), positive);
}
