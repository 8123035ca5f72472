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

function textIn(attributes: OperatorNode["attributes"], name: string): string {
  const attribute = attributes[name];
  if (attribute?.kind === "strings") return attribute.value.join(" ");
  return attribute?.kind === "string" ? attribute.value : "";
}

function numberIn(attributes: OperatorNode["attributes"], name: string): number | undefined {
  const attribute = attributes[name];
  return attribute?.kind === "int" ? Number(attribute.value) : undefined;
}

function isDilated({ dilations }: OperatorNode["attributes"]): boolean {
  return dilations?.kind === "ints" && dilations.value.some((step) => step > 1n);
}

/** The axes that are normalised over hold one element. */
function isSpreadless(x: Tensor | null | undefined, { axes }: OperatorNode["attributes"]): boolean {
  const over = axes?.kind === "ints" ? axes.value.map(Number) : [0, 2, 3];
  return over.every((axis) => x?.shape.at(axis) === 1);
}

/** Fractions apart: has a float that no integer of the type is next to. */
function leavesRange([x]: Operands, { attributes }: OperatorNode): boolean {
  const to = typeIn(attributes, "to");
  if (x === null || x === undefined || !isFloat(x.dtype) || to === undefined || !isInteger(to)) return false;
  const { least, most } = integerRange(to);
  return toNumbers(x).some((number) => !(Math.trunc(number) >= Number(least) && Math.trunc(number) <= Number(most)));
}

/** Whether every part of a reduction of integers is exact in single precision. */
function staysSmall(op: string, numbers: Float64Array): boolean {
  const most = {
    ReduceSum: () => numbers.reduce((sum, x) => sum + Math.abs(x), 0),
    ReduceL1: () => numbers.reduce((sum, x) => sum + Math.abs(x), 0),
    ReduceSumSquare: () => numbers.reduce((sum, x) => sum + x * x, 0),
    ReduceProd: () => numbers.reduce((product, x) => product * Math.max(1, Math.abs(x)), 1),
  }[op];
  return most !== undefined && most() < 2 ** 24;
}

/** A table gives some key twice. */
function hasRepeatedKeys(attributes: OperatorNode["attributes"]): boolean {
  return Object.entries(attributes).some(([name, attribute]) => {
    if (!name.startsWith("keys_") || !("value" in attribute) || !Array.isArray(attribute.value)) return false;
    return new Set(attribute.value).size < attribute.value.length;
  });
}

const REDUCTIONS = ["Sum", "Mean", "Max", "Min", "Prod", "L1", "L2", "LogSum", "LogSumExp", "SumSquare"].map(
  (name) => `Reduce${name}`,
);
const OPEN_ACTIVATIONS = ["Affine", "ScaledTanh", "ThresholdedRelu", "LeakyRelu", "HardSigmoid", "Elu"];

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
  {
    ops: ["MaxPool", "AveragePool", "LpPool"],
    when: (_, { attributes }) => textIn(attributes, "auto_pad").startsWith("SAME") && isDilated(attributes),
    reason: "it sizes the padding of SAME_UPPER and SAME_LOWER without the dilation",
  },
  {
    ops: REDUCTIONS,
    when: ([x]) => x?.data.length === 0,
    reason: "of no elements it gives shapes that the axes do not say",
  },
  {
    ops: REDUCTIONS.filter((name) => name !== "ReduceMax" && name !== "ReduceMin"),
    when: ([x], { op }) => x !== null && x !== undefined && isInteger(x.dtype) && !staysSmall(op, toNumbers(x)),
    reason:
      "it saturates sums and takes roots and logarithms of integers in single precision; lanes wrap, and use double",
  },
  {
    ops: ["AffineGrid"],
    when: ([, size], { attributes }) =>
      numberIn(attributes, "align_corners") === 1 &&
      size !== undefined &&
      size !== null &&
      toNumbers(size).slice(2).includes(1),
    reason: "with align_corners an axis of one element is at -1 by the standard's function, and NaN there",
  },
  {
    ops: ["LSTM", "GRU", "RNN"],
    when: (_, { attributes }) => OPEN_ACTIVATIONS.some((name) => textIn(attributes, "activations").includes(name)),
    reason: "the standard names no defaults for the parameters of some activations",
  },
  {
    ops: ["RNN"],
    when: ([, , weights, , , first]) => (first === undefined || first === null) && isOdd([weights ?? null]),
    reason: "without a first state it leaves out the product that its LSTM and GRU, and the standard, have of zeros",
  },
  {
    ops: ["MeanVarianceNormalization"],
    when: ([x], { attributes }) => isSpreadless(x, attributes),
    reason:
      "its mean of squares less the squared mean may be below 0 where all elements are equal, and NaN is its root",
  },
  {
    ops: ["LogSoftmax"],
    when: isOdd,
    reason: "next to an infinity its loops give -infinity where the standard's expansion gives NaN",
  },
  {
    ops: ["Squeeze"],
    when: ([, axes]) => axes?.data.length === 0,
    reason: "it takes an empty list of axes for none given, which means all of length 1",
  },
  {
    ops: ["Resize", "Upsample", "GridSample", "DeformConv"],
    when: ([x = null], { op, attributes }) =>
      isOdd([x]) && textIn(attributes, "mode") !== "nearest" && !(op === "Resize" && textIn(attributes, "mode") === ""),
    reason: "it multiplies neighbours by weights of 0 (docs/decisions/012-weights-of-zero.md)",
  },
  {
    ops: ["LRN", "LayerNormalization"],
    when: isOdd,
    reason: "its running sums and squares in single precision carry NaN and infinities to other places",
  },
  {
    ops: ["ai.onnx.ml.TreeEnsembleClassifier", "ai.onnx.ml.TreeEnsembleRegressor"],
    reason: "classes and targets that no leaf votes for take no part there",
  },
  {
    ops: ["MaxUnpool"],
    when: ([, , shape]) => shape !== undefined && shape !== null,
    reason: "indices are of the size that the windows give, not of output_shape, as the standard's own example has it",
  },
  {
    ops: ["com.microsoft.MatMulBnb4"],
    when: (_, { attributes }) => numberIn(attributes, "transB") === 0,
    reason: "it takes no notice of transB",
  },
  {
    ops: ["LSTM", "com.microsoft.DynamicQuantizeLSTM"],
    when: (_, { attributes }) => Object.hasOwn(attributes, "clip"),
    reason: "clip is for the inputs of activations; it leaves out the cell, the input of the last one",
  },
  {
    ops: ["ai.onnx.ml.LabelEncoder"],
    when: (_, { attributes }) => hasRepeatedKeys(attributes),
    reason: "of a key given twice it takes the first value, the standard's evaluator the last",
  },
  {
    ops: ["com.microsoft.QLinearSoftmax"],
    when: ([, , , scale]) =>
      scale !== null &&
      scale !== undefined &&
      !toNumbers(scale).every((step) => Number.isInteger(Math.fround(1 / step))),
    reason: "it multiplies by the reciprocal of the scale cut to an integer, as 249 for 0.004",
  },
];

/** Why a node is not compared; undefined when it is. */
export function knownDifference(node: OperatorNode, operands: Operands): string | undefined {
  return DIFFERENCES.find(({ ops, when }) => ops.includes(node.op) && (when?.(operands, node) ?? true))?.reason;
}
