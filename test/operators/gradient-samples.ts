import type { Attribute } from "@rdu/ir";
import type { Tensor } from "@rdu/tensor";
import { filled, float, int, integers, ints, scalar, text } from "./sample.ts";

/** One use of an operator: operands that are differentiated by, others that are constants, and how many outputs count. */
export interface GradientSample {
  readonly note?: string;
  readonly by: readonly Tensor[];
  /** Inputs behind those; null where one is left out. */
  readonly constants?: readonly (Tensor | null)[];
  /** Inputs in front of those. */
  readonly before?: readonly Tensor[];
  readonly attributes?: Readonly<Record<string, Attribute>>;
  readonly outputs?: number;
  readonly opset?: number;
}

type Samples = (seed: number) => readonly GradientSample[];

const f = (shape: readonly number[], seed: number): Tensor => filled("float32", shape, seed);
const positive = (shape: readonly number[], seed: number): Tensor => filled("float32", shape, seed, "positive");
const unit = (shape: readonly number[], seed: number): Tensor => filled("float32", shape, seed, "unit");
const above1 = (shape: readonly number[], seed: number): Tensor => {
  const tensor = positive(shape, seed);
  return { ...tensor, data: Float32Array.from(tensor.data as Float32Array, (value) => 1.5 + value) };
};

const one: Samples = (seed) => [{ by: [f([2, 3], seed)] }];
const two: Samples = (seed) => [
  { by: [f([2, 3], seed), f([2, 3], seed + 1)] },
  { note: "broadcast", by: [f([3, 1], seed), f([2, 1, 4], seed + 1)] },
  { note: "scalar", by: [f([], seed), f([2], seed + 1)] },
];
const axesInput: Samples = (seed) => [
  { by: [positive([2, 3, 2], seed)], constants: [integers([1])] },
  { note: "all axes", by: [positive([2, 3], seed)] },
  {
    note: "axes dropped",
    by: [positive([2, 3, 2], seed)],
    constants: [integers([-1, 0])],
    attributes: { keepdims: int(0) },
  },
  { note: "axes as an attribute", by: [positive([2, 3], seed)], attributes: { axes: ints([0]) }, opset: 11 },
];
const windows = { strides: ints([2, 1]), dilations: ints([1, 2]), pads: ints([1, 0, 2, 1]) };

/** Samples of every operator that has a gradient; a test fails for one without. Kinks are avoided by chance, not by design. */
// biome-ignore format: a table
export const GRADIENT_SAMPLES: Readonly<Record<string, Samples>> = {
  Identity: one, Neg: one, Abs: one, Exp: one, Sin: one, Cos: one, Atan: one, Sinh: one, Cosh: one, Asinh: one, Tanh: one,
  Sigmoid: one, Erf: one, Relu: one, Softplus: one, Softsign: one, Floor: one, Ceil: one, Round: one, Sign: one, Mish: one,
  Gelu: one,
  Reciprocal: (seed) => [{ by: [positive([2, 3], seed)] }],
  Sqrt: (seed) => [{ by: [positive([2, 3], seed)] }],
  Log: (seed) => [{ by: [positive([2, 3], seed)] }],
  Tan: (seed) => [{ by: [unit([2, 3], seed)] }],
  Asin: (seed) => [{ by: [unit([2, 3], seed)] }],
  Acos: (seed) => [{ by: [unit([2, 3], seed)] }],
  Atanh: (seed) => [{ by: [unit([2, 3], seed)] }],
  Acosh: (seed) => [{ by: [above1([2, 3], seed)] }],
  LeakyRelu: (seed) => [{ by: [f([7], seed)], attributes: { alpha: float(0.3) } }, { by: [f([7], seed)] }],
  ThresholdedRelu: (seed) => [{ by: [f([7], seed)], attributes: { alpha: float(0.5) } }],
  Elu: (seed) => [{ by: [f([7], seed)], attributes: { alpha: float(1.5) } }],
  HardSigmoid: (seed) => [{ by: [f([7], seed)], attributes: { alpha: float(0.25) } }],
  Swish: (seed) => [{ by: [f([7], seed)], attributes: { alpha: float(1.5) } }],
  Clip: (seed) => [
    { by: [f([7], seed)], constants: [scalar("float32", -1), scalar("float32", 1.5)] },
    { note: "from below", by: [f([7], seed)], constants: [scalar("float32", 0.5)] },
    { note: "from above", by: [f([7], seed)], constants: [null, scalar("float32", 0.5)] },
  ],
  Cast: (seed) => [{ by: [f([3], seed)], attributes: { to: int(11) } }],
  Add: two, Sub: two, Mul: two, Sum: two, Mean: two, Max: two, Min: two,
  Div: (seed) => [{ by: [f([2, 3], seed), positive([3], seed + 1)] }],
  Pow: (seed) => [
    { by: [positive([2, 3], seed), f([3], seed + 1)] },
    { note: "whole exponent", by: [f([2, 3], seed)], constants: [integers([3, 2, 1])] },
  ],
  PRelu: (seed) => [{ by: [f([2, 3], seed), f([3], seed + 1)] }],
  Where: (seed) => [{ before: [filled("bool", [2, 3], seed)], by: [f([2, 3], seed), f([3], seed + 1)] }],
  Reshape: (seed) => [{ by: [f([2, 6], seed)], constants: [integers([3, -1])] }],
  Flatten: (seed) => [{ by: [f([2, 3, 2], seed)], attributes: { axis: int(2) } }],
  Squeeze: (seed) => [{ by: [f([2, 1, 3], seed)], constants: [integers([1])] }],
  Unsqueeze: (seed) => [{ by: [f([2, 3], seed)], constants: [integers([0, 3])] }],
  Expand: (seed) => [{ by: [f([2, 1], seed)], constants: [integers([3, 1, 4])] }],
  Concat: (seed) => [{ by: [f([2, 1], seed), f([2, 3], seed + 1)], attributes: { axis: int(-1) } }],
  Split: (seed) => [{ by: [f([2, 5], seed)], constants: [integers([2, 3])], attributes: { axis: int(1) }, outputs: 2 }],
  Transpose: (seed) => [{ by: [f([2, 3, 4], seed)], attributes: { perm: ints([2, 0, 1]) } }, { by: [f([2, 3, 4], seed)] }],
  Slice: (seed) => [
    { by: [f([4, 5], seed)], constants: [integers([1, -3]), integers([3, 9]), integers([0, -1])] },
    { note: "bounds as attributes", by: [f([4, 5], seed)], attributes: { starts: ints([1]), ends: ints([-1]) }, opset: 9 },
  ],
  Pad: (seed) => [{ by: [f([2, 3], seed)], constants: [integers([1, 0, 0, 2])] }],
  Tile: (seed) => [{ by: [f([2, 3], seed)], constants: [integers([2, 3])] }],
  Gather: (seed) => [
    { by: [f([3, 4], seed)], constants: [integers([2, 0, 2])], attributes: { axis: int(1) } },
    { note: "from the end", by: [f([3, 4], seed)], constants: [integers([-1, 0])] },
  ],
  DepthToSpace: (seed) => [{ by: [f([1, 8, 2, 3], seed)], attributes: { blocksize: int(2) } }],
  SpaceToDepth: (seed) => [{ by: [f([1, 2, 4, 6], seed)], attributes: { blocksize: int(2) } }],
  Trilu: (seed) => [{ by: [f([3, 4], seed)], attributes: { upper: int(0) } }, { by: [f([3, 4], seed)], constants: [scalar("int64", 1)] }],
  ReduceSum: axesInput, ReduceMean: axesInput, ReduceSumSquare: axesInput, ReduceL1: axesInput, ReduceL2: axesInput,
  ReduceLogSum: axesInput, ReduceLogSumExp: axesInput, ReduceMax: axesInput, ReduceMin: axesInput,
  CumSum: (seed) => [
    { by: [f([2, 4], seed)], constants: [scalar("int64", 1)] },
    { by: [f([2, 4], seed)], constants: [scalar("int64", 0)], attributes: { exclusive: int(1), reverse: int(1) } },
  ],
  GlobalAveragePool: (seed) => [{ by: [f([2, 2, 3, 2], seed)] }],
  Softmax: (seed) => [
    { by: [f([2, 3, 2], seed)], attributes: { axis: int(1) } },
    { note: "over trailing axes", by: [f([2, 3, 2], seed)], attributes: { axis: int(1) }, opset: 11 },
  ],
  LogSoftmax: (seed) => [{ by: [f([2, 4], seed)] }],
  LayerNormalization: (seed) => [
    { by: [f([2, 4], seed), f([4], seed + 1), f([4], seed + 2)] },
    { by: [f([2, 3, 2], seed), f([3, 2], seed + 1)], attributes: { axis: int(1), epsilon: float(0.1) } },
  ],
  MatMul: (seed) => [
    { by: [f([2, 3], seed), f([3, 4], seed + 1)] },
    { note: "batches broadcast", by: [f([2, 1, 2, 3], seed), f([3, 3, 2], seed + 1)] },
  ],
  Gemm: (seed) => [
    { by: [f([2, 3], seed), f([3, 4], seed + 1), f([4], seed + 2)], attributes: { alpha: float(0.5), beta: float(2) } },
    { by: [f([3, 2], seed), f([3, 4], seed + 1)], attributes: { transA: int(1) } },
    { by: [f([2, 3], seed), f([4, 3], seed + 1)], attributes: { transB: int(1) } },
    { by: [f([3, 2], seed), f([4, 3], seed + 1), f([2, 1], seed + 2)], attributes: { transA: int(1), transB: int(1) } },
  ],
  Conv: (seed) => [
    { by: [f([2, 2, 5], seed), f([3, 2, 3], seed + 1), f([3], seed + 2)] },
    { note: "strides, dilations, uneven pads", by: [f([1, 2, 6, 6], seed), f([2, 2, 3, 2], seed + 1)], attributes: windows },
  ],
};

/** Samples under whose attributes the operator says that it has no gradient. */
// biome-ignore format: a table
export const WITHOUT_GRADIENT: Readonly<Record<string, Samples>> = {
  Gelu: (seed) => [{ by: [f([3], seed)], attributes: { approximate: text("tanh") } }],
  Clip: (seed) => [{ by: [f([3], seed)], attributes: { min: float(-1), max: float(1) }, opset: 6 }],
  Slice: (seed) => [{ by: [f([4], seed)], constants: [integers([0]), integers([4]), integers([0]), integers([2])] }],
  Pad: (seed) => [{ by: [f([4], seed)], constants: [integers([1, 1])], attributes: { mode: text("reflect") } }],
  DepthToSpace: (seed) => [{ by: [f([1, 4, 1, 1], seed)], attributes: { blocksize: int(2), mode: text("CRD") } }],
  LayerNormalization: (seed) => [{ by: [f([2, 4], seed), f([4], seed + 1)], outputs: 2 }],
  MatMul: (seed) => [{ by: [f([3], seed), f([3], seed + 1)] }],
  Conv: (seed) => [{ by: [f([1, 2, 4], seed), f([2, 1, 3], seed + 1)], attributes: { group: int(2) } }],
};
