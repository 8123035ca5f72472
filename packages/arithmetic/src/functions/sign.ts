import type { LaneEmitter } from "../emitter.ts";
import type { Operand } from "../instruction.ts";

/** `magnitude` (not negative) with the sign of x; a zero x is given back, so that its sign survives. f32. */
export function withSignOf(f: LaneEmitter, x: Operand, magnitude: Operand): number {
  const zero = f.literal(0);
  const signed = f.select(f.less(x, zero), f.unary("neg", magnitude), magnitude);
  return f.select(f.binary("eq", x, zero), x, signed);
}
