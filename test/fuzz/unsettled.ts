import type { OperatorNode } from "@rdu/ir";
import { isFloat, type Tensor, toNumbers } from "@rdu/tensor";

type Operands = readonly (Tensor | null)[];

/**
 * Operators that are worked out in several steps, and operands for which a step may be infinite or lost to zero though the result of the
 * standard's formula is not: which way they are put together then decides between a number and NaN.
 */
const UNSETTLED: Readonly<Record<string, (operands: Operands) => boolean>> = {
  // Factors are multiplied in any order: some of them together may be beyond the type, and then meet a 0.
  ReduceProd: (operands) => any(operands.slice(0, 1), mayOverflow),
  // All parameters make one factor and one offset.
  BatchNormalization: (operands) => any(operands.slice(1), hasInfinities),
  // Gelu of a large negative number is lost to zero, and then meets an infinity.
  "com.microsoft.BiasSplitGelu": (operands) => any(operands, hasInfinities),
  // The state decays by an exponential.
  LinearAttention: (operands) => any(operands, mayOverflowAsPower),
  // Squares are beyond the type, or lost to zero.
  LpNormalization: (operands) => any(operands, squaresLeave),
  // The sum of operand, skip and bias is rounded before it is normalised, or beyond the type.
  "com.microsoft.SkipGroupNorm": (operands) => any(operands, sumsLose),
};

/** Whether no bound can be given for the results of a node. */
export function isUnsettled({ op }: OperatorNode, operands: Operands): boolean {
  return UNSETTLED[op]?.(operands) ?? false;
}

function any(operands: Operands, test: (operand: Tensor) => boolean): boolean {
  return operands.some((operand) => operand !== null && test(operand));
}

/** Or NaN. */
function hasInfinities(value: Tensor): boolean {
  return isFloat(value.dtype) && !toNumbers(value).every(Number.isFinite);
}

function mayOverflow(factors: Tensor): boolean {
  if (!isFloat(factors.dtype)) return false;
  const most = Math.log2(factors.dtype === "float64" ? Number.MAX_VALUE : 2 ** 128);
  return toNumbers(factors).reduce((sum, x) => sum + Math.max(0, Math.log2(Math.abs(x))), 0) > most;
}

function sumsLose(value: Tensor): boolean {
  return toNumbers(value).some((x) => Math.abs(x) > 1000);
}

/** e to the power of it, in single precision. */
function mayOverflowAsPower(value: Tensor): boolean {
  return isFloat(value.dtype) && !toNumbers(value).every((x) => Math.abs(x) < 64);
}

/** In single precision. */
function squaresLeave(value: Tensor): boolean {
  if (!isFloat(value.dtype) || value.dtype === "float64") return false;
  return toNumbers(value).some((x) => x !== 0 && (Math.abs(x) < 2 ** -63 || Math.abs(x) > 2 ** 60));
}
