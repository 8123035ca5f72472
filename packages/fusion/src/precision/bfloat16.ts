import { invariant } from "@rdu/diagnostics";
import type { Loop, Origin, PatternNode, ValueId } from "@rdu/ir";
import { cast, type Tensor } from "@rdu/tensor";
import type { ComputeExpression, Expression, PatternDraft, ReadExpression } from "../patterns/draft.ts";
import { loopIndex } from "../patterns/index-draft.ts";
import { patternOf } from "../patterns/register-form.ts";

/** The largest finite bfloat16, 0x7f7f. Float32 goes up to 3.4028e38: masks are often its least value. */
export const LARGEST_BFLOAT16 = 3.3895313892515355e38;

const LARGEST_CODE = 0x7f7f;
const INFINITE_CODE = 0x7f80;
const SIGN = 0x8000;

/** A finite float32 that rounding would make infinite becomes the largest bfloat16 instead; infinities and NaN stay. */
export function finiteStays(value: number): number {
  if (!Number.isFinite(value) || Math.abs(value) <= LARGEST_BFLOAT16) return value;
  return Math.sign(value) * LARGEST_BFLOAT16;
}

/** The elements of a float32 tensor rounded to nearest even, what is finite staying finite. */
export function narrowed(tensor: Tensor): Tensor {
  const made = cast(tensor, "bfloat16");
  const { data: codes } = made;
  const { data: values } = tensor;
  invariant(codes instanceof Uint16Array && values instanceof Float32Array, "float32 becomes bfloat16");
  for (const [index, code] of codes.entries())
    if ((code & ~SIGN) === INFINITE_CODE && Number.isFinite(values[index])) codes[index] = (code & SIGN) | LARGEST_CODE;
  return made;
}

/** The pattern that rounds a float32 tensor, what is finite staying finite: inputs may hold masks. */
export function entryCast(value: ValueId, output: ValueId, shape: readonly number[], origin: Origin): PatternNode {
  const loops = shape.map((extent, axis): Loop => ({ name: `i${axis}`, extent, kind: "parallel" }));
  const index = loops.map(loopIndex);
  const read: ReadExpression = { kind: "read", value, index };
  const bounded = compute("min", compute("max", read, -LARGEST_BFLOAT16), LARGEST_BFLOAT16);
  const infinite = compute("isinf", read);
  const kept: ComputeExpression = {
    kind: "compute",
    instruction: { op: "select", type: "f32" },
    operands: [infinite, read, bounded],
  };
  const draft: PatternDraft = {
    loops,
    results: [{ expression: kept, dtype: "bfloat16", shape, index }],
  };
  return { kind: "pattern", ...patternOf(draft), outputs: [output], origin };
}

function compute(op: "min" | "max" | "isinf", operand: Expression, bound?: number): ComputeExpression {
  return {
    kind: "compute",
    instruction: { op, type: "f32" },
    operands: bound === undefined ? [operand] : [operand, { type: "f32", value: bound }],
  };
}
