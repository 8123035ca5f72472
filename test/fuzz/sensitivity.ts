import { CompileError } from "@rdu/diagnostics";
import type { Graph, ValueId } from "@rdu/ir";
import { evaluateNode } from "@rdu/ops";
import { fromNumbers, isFloat, isTensor, sameShape, type Tensor, toNumbers } from "@rdu/tensor";
import { toleranceOf } from "../operators/tolerance.ts";
import { RandomDraw } from "../support/random-draw.ts";
import { isExact } from "./exact-operators.ts";
import { ENVIRONMENT, type FuzzCase, readInline } from "./graph-draft.ts";

/** Runs with disturbed values, and how far beyond what they show a result may be. */
const RUNS = 4;
const FACTOR = 10;
/** Disturbance of the operands of an inexact operator: a few roundings in single precision, so that cancellation shows. */
const OPERAND_ROUNDING = 5e-7;

/**
 * How far each output may be from its value, element by element: the tolerance of its type, and what small disturbances after (and in
 * front of) every inexact operator make of it further down. Infinite where they decide whether the element is finite at all.
 */
export function allowedDeviations({ graph, inputs, values }: FuzzCase): ReadonlyMap<ValueId, Float64Array> {
  const worst = new Map<ValueId, Float64Array>();
  for (const id of graph.outputs) worst.set(id, new Float64Array(values.get(id)?.data.length ?? 0));
  for (let run = 0; run < RUNS; run += 1) {
    const disturbed = evaluateDisturbed(graph, inputs, new RandomDraw(run + 1));
    for (const [id, largest] of worst) {
      const [plain, other] = [values.get(id)!, disturbed?.get(id)];
      if (other === undefined || !sameShape(plain.shape, other.shape)) {
        largest.fill(Number.POSITIVE_INFINITY);
        continue;
      }
      if (isComparable(plain)) widen(largest, toNumbers(plain), toNumbers(other));
    }
  }
  for (const [id, largest] of worst) {
    const value = values.get(id)!;
    const { rtol, atol } = toleranceOf(value);
    const plain = isComparable(value) ? toNumbers(value) : [];
    for (const [index, deviation] of largest.entries()) {
      largest[index] = FACTOR * deviation + (isFloat(value.dtype) ? atol + rtol * Math.abs(plain[index] ?? 0) : 0);
    }
  }
  return worst;
}

function isComparable({ dtype }: Tensor): boolean {
  return dtype !== "string" && dtype !== "complex64" && dtype !== "complex128";
}

function widen(largest: Float64Array, plain: Float64Array, other: Float64Array): void {
  for (let index = 0; index < largest.length; index += 1) {
    const [a, b] = [plain[index]!, other[index]!];
    if (Object.is(a, b) || a === b) continue;
    const distance = Math.abs(a - b);
    largest[index] = Math.max(largest[index]!, Number.isNaN(distance) ? Number.POSITIVE_INFINITY : distance);
  }
}

/** undefined when a disturbed value makes an operator impossible, as an index out of range. */
function evaluateDisturbed(
  graph: Graph,
  inputs: ReadonlyMap<ValueId, Tensor>,
  draw: RandomDraw,
): ReadonlyMap<ValueId, Tensor> | undefined {
  const values = new Map<ValueId, Tensor>(inputs);
  for (const constant of graph.constants) values.set(constant.id, readInline(constant));
  try {
    for (const node of graph.nodes) {
      if (node.kind !== "operator") return undefined;
      const exact = isExact(node.op);
      const given = node.inputs.map((id) => {
        const value = id === null ? null : values.get(id)!;
        return value === null || exact ? value : disturb(value, draw, { rtol: OPERAND_ROUNDING, atol: 0 });
      });
      evaluateNode(node, given, ENVIRONMENT).forEach((value, index) => {
        const id = node.outputs[index];
        if (value === null || !isTensor(value) || id === undefined || id === null) return;
        values.set(id, exact ? value : disturb(value, draw, toleranceOf(value)));
      });
    }
  } catch (error) {
    if (error instanceof CompileError) return undefined;
    throw error;
  }
  return values;
}

function disturb(value: Tensor, draw: RandomDraw, { rtol, atol }: { rtol: number; atol: number }): Tensor {
  if (!isFloat(value.dtype)) return value;
  const numbers = toNumbers(value).map((x) => {
    if (x === 0 || !Number.isFinite(x)) return x;
    return x + ((draw.bits() / 2 ** 31 - 1) * (rtol * Math.abs(x) + Math.min(atol, Math.abs(x)))) / 2;
  });
  return fromNumbers(value.dtype, value.shape, numbers);
}
