import type { LaneEmitter } from "../emitter.ts";
import type { Operand } from "../instruction.ts";
import { reduceAngle } from "./range-reduction.ts";

/** (sin r - r) / r^3 and (cos r - 1 + r^2 / 2) / r^4, in r^2, for |r| <= pi / 4; relative errors 2^-32 and 2^-36. */
const SIN = [-0.166666672, 0.0083333794, -0.000198530717, 2.83268014e-6];
const COS = [0.0416666679, -0.001388898, 2.48220076e-5, -2.8878452e-7];

interface SineCosine {
  /** i32: multiples of pi / 2 that were taken off. */
  readonly quadrant: number;
  /** Of what is left. */
  readonly sine: number;
  readonly cosine: number;
}

function reduceAndEvaluate(f: LaneEmitter, x: Operand): SineCosine {
  const { quadrant, high, low } = reduceAngle(f, x);
  const squared = f.mul(high, high);
  const halfSquare = f.mul(squared, f.literal(0.5));
  const flat = f.sub(f.literal(1), halfSquare);
  const cubic = f.mul(f.mul(squared, high), f.polynomial(squared, SIN));
  const sine = f.add(high, f.add(cubic, f.mul(low, flat)));
  const quartic = f.mul(f.mul(squared, squared), f.polynomial(squared, COS));
  const remainder = f.sub(f.sub(f.literal(1), flat), halfSquare);
  const cosine = f.add(flat, f.add(remainder, f.sub(quartic, f.mul(high, low))));
  return { quadrant, sine, cosine };
}

/** Bool: bit `bit` of an i32. */
function bit(f: LaneEmitter, value: Operand, place: number): number {
  const masked = f.emit({ op: "and", type: "i32", operands: [value, { type: "i32", value: place }] });
  return f.emit({ op: "ne", type: "i32", operands: [masked, { type: "i32", value: 0 }] });
}

/** sin x; a zero keeps its sign. f32. */
export function sine(f: LaneEmitter, x: Operand): number {
  const { quadrant, sine, cosine } = reduceAndEvaluate(f, x);
  const value = f.select(bit(f, quadrant, 1), cosine, sine);
  const signed = f.select(bit(f, quadrant, 2), f.unary("neg", value), value);
  return f.select(f.binary("eq", x, f.literal(0)), x, signed);
}

/** cos x. f32. */
export function cosine(f: LaneEmitter, x: Operand): number {
  const { quadrant, sine, cosine } = reduceAndEvaluate(f, x);
  const value = f.select(bit(f, quadrant, 1), sine, cosine);
  const next = f.emit({ op: "add", type: "i32", operands: [quadrant, { type: "i32", value: 1 }] });
  return f.select(bit(f, next, 2), f.unary("neg", value), value);
}

/** tan x as the quotient; a zero keeps its sign. f32. */
export function tangent(f: LaneEmitter, x: Operand): number {
  const { quadrant, sine, cosine } = reduceAndEvaluate(f, x);
  const odd = bit(f, quadrant, 1);
  const quotient = f.div(f.select(odd, f.unary("neg", cosine), sine), f.select(odd, sine, cosine));
  return f.select(f.binary("eq", x, f.literal(0)), x, quotient);
}
