import type { OperatorNode } from "@rdu/ir";
import { type DType, dtypeOfOnnx, integerRange, isFloat, isInteger, type Tensor, toNumbers } from "@rdu/tensor";

type Operands = readonly (Tensor | null)[];

interface Difference {
  readonly ops: readonly string[];
  /** For the nodes it is about; all of the operators when absent. */
  readonly when?: (operands: Operands, node: OperatorNode) => boolean;
  readonly reason: string;
}

const hasNaN: Difference["when"] = (operands) =>
  operands.some((tensor) => tensor !== null && isFloat(tensor.dtype) && toNumbers(tensor).some(Number.isNaN));
const isOdd = (operands: Operands): boolean =>
  operands.some((tensor) => tensor !== null && isFloat(tensor.dtype) && !toNumbers(tensor).every(Number.isFinite));

/** The element type that an attribute names. */
function typeIn(attributes: OperatorNode["attributes"], name: string): DType | undefined {
  const attribute = attributes[name];
  return attribute?.kind === "int" ? dtypeOfOnnx(Number(attribute.value)) : undefined;
}

/** Fractions apart: has a float that no integer of the type is next to. */
function leavesRange([x]: Operands, { attributes }: OperatorNode): boolean {
  const to = typeIn(attributes, "to");
  if (x === null || x === undefined || !isFloat(x.dtype) || to === undefined || !isInteger(to)) return false;
  const { least, most } = integerRange(to);
  return toNumbers(x).some((number) => !(Math.trunc(number) >= Number(least) && Math.trunc(number) <= Number(most)));
}

/** Where ONNX Runtime is known to give something else than the reference, and why neither is wrong by the standard or it is. */
const DIFFERENCES: readonly Difference[] = [
  {
    ops: ["DynamicQuantizeLinear"],
    when: ([x]) => x !== null && x !== undefined && toNumbers(x).every((number) => number === 0),
    reason: "(max - min) / 255 is 0 where all elements are; its scale is then 1",
  },
  {
    ops: ["MaxPool"],
    when: hasNaN,
    reason: "it takes NaN for smaller than all others; IEEE maxima of the chip keep it",
  },
  { ops: ["DFT", "STFT"], when: isOdd, reason: "its FFT multiplies infinities by zeros that the plain sum has not" },
  {
    ops: ["Cast"],
    when: leavesRange,
    reason: "the standard leaves floats open that are beyond the range of an integer type",
  },
  {
    ops: ["Pow"],
    when: ([x]) => x !== null && x !== undefined && isInteger(x.dtype),
    reason: "it raises in double precision and saturates; integers wrap here, as they do in Mul",
  },
  {
    ops: ["BlackmanWindow", "HannWindow", "HammingWindow"],
    when: (_, { attributes }) => typeIn(attributes, "output_datatype") === "float64",
    reason: "it computes windows of float64 in single precision",
  },
  { ops: ["com.microsoft.QLinearSoftmax"], reason: "it truncates where its other quantised operators round" },
];

/** Why a node is not compared; undefined when it is. */
export function knownDifference(node: OperatorNode, operands: Operands): string | undefined {
  return DIFFERENCES.find(({ ops, when }) => ops.includes(node.op) && (when?.(operands, node) ?? true))?.reason;
}
