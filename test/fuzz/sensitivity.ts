import { CompileError } from "@rdu/diagnostics";
import { type Graph, type ValueId, valuesUsedBy } from "@rdu/ir";
import { evaluateNode } from "@rdu/ops";
import { DTYPES, type DType, fromNumbers, isFloat, isTensor, sameShape, type Tensor, toNumbers } from "@rdu/tensor";
import { toleranceOf } from "../operators/tolerance.ts";
import { dequantised } from "./dequantised.ts";
import { isExact } from "./exact-operators.ts";
import { environmentIn, type FuzzCase, readInline } from "./graph-draft.ts";
import { isUnsettled } from "./unsettled.ts";

/*
 * How far a result may be from the reference, by a first-order analysis of the graph it comes out of.
 *
 * The contract of one operator is its type's tolerance: lanes give (1 + a) y + b for the reference's y, with |a| <= rtol, |b| <= atol
 * (at most |y|: an operator may lose a small result to zero, not turn its sign). Inside an operator that is not exact every element
 * of an operand may besides be off by a few roundings in single precision, which is what the partial sums of a product or a mean come to.
 * To first order the error of a result is e = sum of J_k d_k over these errors d_k, |d_k| <= u_k, with the derivatives J_k of all that follows.
 *
 * The J_k are not known, but the graph can be evaluated with d_k drawn uniformly from [-u_k, u_k]: e then has the variance
 * s^2 = sum of (J_k u_k)^2 / 3, which RUNS evaluations measure. True rounding errors are taken as independent with mean 0 (Higham and
 * Mary, A new approach to probabilistic rounding error analysis, 2019), so by Hoeffding |e| <= z sqrt(3) s but for a probability of 2 exp(-z^2 / 2).
 * Errors are functions of the operands: equal numbers at one place of the graph may be off by the same, and add up without cancelling; or, where
 * they meet different others, apart, and do not cancel where the numbers do. Half of the evaluations take each for granted; the larger s counts.
 */

/** Evaluations of either kind: s is less than half of what it should be less than once in 10^3 times, with a bound still beyond 5 s. */
const RUNS = 16;
/** Of one element: ten thousand graphs at three levels have fewer than 10^8. */
const FALSE_ALARM = 1e-10;
const FACTOR = Math.sqrt(3) * Math.sqrt(2 * Math.log(2 / FALSE_ALARM));
/** Of an operand of an inexact operator: the rounding of 2^-24 for sums of about a hundred terms, which grows with the root of their number. */
const OPERAND_ROUNDING = 5e-7;

/** The values of the graph that an inexact operator has had to do with. */
export function roundedValues({ nodes }: Graph): ReadonlySet<ValueId> {
  const rounded = new Set<ValueId>();
  for (const node of nodes) {
    const inexact = node.kind !== "operator" || !isExact(node);
    if (!inexact && !valuesUsedBy(node).some((id) => rounded.has(id))) continue;
    for (const id of node.outputs) if (id !== null) rounded.add(id);
  }
  return rounded;
}

/**
 * How far each output may be from its value, element by element. Infinite where the disturbances decide whether the element is finite at
 * all, whether another operator can be evaluated, or (of integers and booleans) which value it is.
 */
export function allowedDeviations(fuzz: FuzzCase): ReadonlyMap<ValueId, Float64Array> {
  const [apart, alike] = [squaresOf(fuzz, false), squaresOf(fuzz, true)];
  for (const [id, squares] of apart) {
    const others = alike.get(id)!;
    for (const [index, sum] of squares.entries()) {
      squares[index] = FACTOR * Math.sqrt(Math.max(sum, others[index]!) / RUNS);
    }
  }
  return apart;
}

/** Sums over the evaluations of the squares of what each element is off by. */
function squaresOf({ graph, inputs, values }: FuzzCase, alike: boolean): ReadonlyMap<ValueId, Float64Array> {
  const sums = new Map<ValueId, Float64Array>();
  for (const id of graph.outputs) sums.set(id, new Float64Array(values.get(id)?.data.length ?? 0));
  for (let run = 1; run <= RUNS; run += 1) {
    const disturbed = evaluateDisturbed(graph, inputs, run, alike);
    for (const [id, squares] of sums) {
      const [plain, other] = [values.get(id)!, disturbed?.get(id)];
      if (other === undefined || !sameShape(plain.shape, other.shape)) squares.fill(Number.POSITIVE_INFINITY);
      else if (isComparable(plain)) addSquares(squares, plain, other);
    }
  }
  return sums;
}

function isComparable({ dtype }: Tensor): boolean {
  return dtype !== "string" && dtype !== "complex64" && dtype !== "complex128";
}

function addSquares(squares: Float64Array, plain: Tensor, other: Tensor): void {
  const [before, after] = [toNumbers(plain), toNumbers(other)];
  for (let index = 0; index < squares.length; index += 1) {
    const [a, b] = [before[index]!, after[index]!];
    if (a === b || (Number.isNaN(a) && Number.isNaN(b))) continue;
    const distance = Math.abs(a - b);
    const decided = isFloat(plain.dtype) && !Number.isNaN(distance);
    squares[index]! += decided ? distance * distance : Number.POSITIVE_INFINITY;
  }
}

/** undefined when a disturbed value makes an operator impossible, as an index out of range. */
function evaluateDisturbed(
  graph: Graph,
  inputs: ReadonlyMap<ValueId, Tensor>,
  run: number,
  alike: boolean,
): ReadonlyMap<ValueId, Tensor> | undefined {
  const values = new Map<ValueId, Tensor>(inputs);
  for (const constant of graph.constants) values.set(constant.id, readInline(constant));
  try {
    for (const [place, node] of graph.nodes.entries()) {
      if (node.kind !== "operator") return undefined;
      const exact = isExact(node);
      const salt = (port: number): number => Math.imul(run, 0x9e3779b1) ^ Math.imul(64 * place + port, 0x85ebca6b);
      const operands = node.inputs.map((id) => (id === null ? null : values.get(id)!));
      const plain = dequantised(node, operands);
      const given = plain.operands.map((value, port) => {
        if (value === null || exact) return value;
        return disturb(widened(value), salt(port), alike, { rtol: OPERAND_ROUNDING, atol: 0 });
      });
      const results = evaluateNode(plain.node, given, environmentIn(values));
      results.forEach((value, index) => {
        const id = node.outputs[index];
        if (value === null || !isTensor(value) || id === undefined || id === null) return;
        const type = graph.types.get(id);
        const dtype = type?.kind === "tensor" ? type.dtype : value.dtype;
        const made = exact ? value : converted(value, dtype);
        if (isUnsettled(node, operands))
          values.set(
            id,
            fromNumbers(
              dtype,
              made.shape,
              toNumbers(made).map(() => Number.NaN),
            ),
          );
        else values.set(id, exact ? made : disturb(made, salt(32 + index), alike, toleranceOf(made)));
      });
    }
  } catch (error) {
    if (error instanceof CompileError) return undefined;
    throw error;
  }
  return values;
}

/** As lanes hold it: a narrow float could not take a disturbance of a rounding in single precision. */
function widened(value: Tensor): Tensor {
  return isFloat(value.dtype) && DTYPES[value.dtype].bits < 32 ? converted(value, "float32") : value;
}

function converted(value: Tensor, dtype: DType): Tensor {
  return value.dtype === dtype ? value : fromNumbers(dtype, value.shape, toNumbers(value));
}

function disturb(value: Tensor, salt: number, alike: boolean, { rtol, atol }: { rtol: number; atol: number }): Tensor {
  if (!isFloat(value.dtype)) return value;
  const numbers = toNumbers(value).map((x, index) => {
    if (x === 0 || !Number.isFinite(x)) return x;
    const fraction = signedFraction(alike ? x : index, salt);
    // Evenly drawn fractions would never lose it to zero.
    if (Math.abs(x) <= atol && fraction < -0.5) return 0 * x;
    return x + fraction * (rtol * Math.abs(x) + Math.min(atol, Math.abs(x)));
  });
  return fromNumbers(value.dtype, value.shape, numbers);
}

const scratch = new Float64Array(1);
const words = new Uint32Array(scratch.buffer);

/** From -1 to 1, evenly; the same for the same number and salt. */
function signedFraction(x: number, salt: number): number {
  scratch[0] = x;
  let mixed = Math.imul(words[0]! ^ salt, 0x85ebca6b) ^ words[1]!;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x7feb352d);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x846ca68b);
  return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 31 - 1;
}
