import { COMBINERS, identityOf } from "@rdu/arithmetic";
import type { Kernel, KernelReduction } from "../kernel.ts";
import type { Code, Local } from "../wasm/code.ts";
import type { Held } from "./emission.ts";
import { combinerInstruction } from "./scalar-reduction.ts";
import { isVectorLane, pushVectorImmediate, vectorOperation } from "./vector-arithmetic.ts";

/** Whether accumulators of these reductions may be vectors. */
export function isVectorReduction({ combiner, type }: KernelReduction): boolean {
  return isVectorLane(type) && !COMBINERS[combiner].arg;
}

/** One vector accumulator, at its identity. */
export function vectorAccumulator(code: Code, { combiner, type }: KernelReduction): Local {
  pushVectorImmediate(code, { type, value: identityOf(combiner, type) });
  return code.keep("v128");
}

/** Puts accumulator combined with element on the stack. */
export function combineVectors(
  code: Code,
  { combiner, type }: KernelReduction,
  accumulator: Local,
  element: Local,
): void {
  vectorOperation(code, combinerInstruction(combiner, type), (operand) =>
    code.get(operand === 0 ? accumulator : element),
  );
}

/** Gives the totals of the epilogue these accumulators, one for each reduction. */
export function holdVectorTotals(accumulators: readonly Local[], kernel: Kernel, held: Held): void {
  kernel.epilogue.forEach((value, position) => {
    if (value.kind === "total") held.set(kernel.body.length + position, accumulators[value.reduction]!);
  });
}
