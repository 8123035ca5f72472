import type { TensorType } from "@rdu/ir";
import { type DType, dtypeOfOnnx, type Tensor } from "@rdu/tensor";
import { transposed } from "../layout/layout.ts";
import { broadcastIndices } from "../numeric/map.ts";
import { numbersOf, tensorOf } from "../numeric/numbers.ts";
import { softmaxOf } from "../numeric/rounding.ts";
import { span } from "../numeric/walk.ts";
import { type InferContext, type Operator, operator } from "../operator.ts";
import { axesOf, axisOf } from "../shapes.ts";
import { statisticDims } from "./batch.ts";

interface Normalized {
  readonly y: Float64Array;
  readonly means: Float64Array;
  readonly inverses: Float64Array;
}

/** Runs of elements along the axes from `axis` on, less their mean if `centre`, over the root of their mean square (about the mean). */
function normalize(
  values: ArrayLike<number>,
  shape: readonly number[],
  axis: number,
  epsilon: number,
  centre: boolean,
): Normalized {
  const [rows, length] = [span(shape, 0, axis), span(shape, axis)];
  const y = new Float64Array(values.length);
  const [means, inverses] = [new Float64Array(rows), new Float64Array(rows)];
  for (let row = 0; row < rows; row += 1) {
    const [start, end] = [row * length, (row + 1) * length];
    // The mean of nothing is 0 / 0.
    let [mean, square] = length === 0 ? [Number.NaN, Number.NaN] : [0, 0];
    if (centre) for (let i = start; i < end; i += 1) mean += values[i]! / length;
    for (let i = start; i < end; i += 1) square += (values[i]! - mean) ** 2 / length;
    means[row] = mean;
    inverses[row] = 1 / Math.sqrt(square + epsilon);
    for (let i = start; i < end; i += 1) y[i] = (values[i]! - mean) * inverses[row]!;
  }
  return { y, means, inverses };
}

/** y times scale plus bias, both broadcast to the shape. */
function scaleRows(y: Float64Array, shape: readonly number[], scale: Tensor, bias: Tensor | undefined): void {
  const [weights, weightAt] = [numbersOf(scale), broadcastIndices(scale.shape, shape)];
  for (let i = 0; i < y.length; i += 1) y[i]! *= weights[weightAt[i]!]!;
  if (bias === undefined) return;
  const [offsets, offsetAt] = [numbersOf(bias), broadcastIndices(bias.shape, shape)];
  for (let i = 0; i < y.length; i += 1) y[i]! += offsets[offsetAt[i]!]!;
}

/** Element type of the statistics. */
function stashType(c: Pick<InferContext, "attributes">): TensorType["dtype"] {
  return dtypeOfOnnx(c.attributes.int("stash_type", 1)) ?? "float32";
}

function rowNormalization(name: string, summary: string, centre: boolean): Operator {
  return operator({
    name,
    summary,
    infer(c) {
      const shape = c.shape(0);
      const axis = axisOf(c, c.attributes.int("axis"), shape.length);
      const statistic: TensorType = { kind: "tensor", dtype: stashType(c), shape: statisticDims(shape, axis) };
      const first: TensorType = { kind: "tensor", dtype: c.dtype(centre ? 0 : 1), shape };
      return [first, statistic, statistic];
    },
    evaluate(c) {
      const x = c.tensor(0);
      const axis = axisOf(c, c.attributes.int("axis"), x.shape.length);
      const epsilon = c.attributes.float("epsilon");
      const { y, means, inverses } = normalize(numbersOf(x), x.shape, axis, epsilon, centre);
      scaleRows(y, x.shape, c.tensor(1), c.optional(2));
      const statistics = statisticDims(x.shape, axis) as readonly number[];
      const [mean, inverse] = [tensorOf(stashType(c), statistics, means), tensorOf(stashType(c), statistics, inverses)];
      return [tensorOf(c.dtype(), x.shape, y), ...(centre ? [mean, inverse] : [inverse])];
    },
  });
}

export const layerNormalization = rowNormalization(
  "LayerNormalization",
  "trailing axes brought to mean 0 and variance 1, then scaled",
  true,
);
export const rmsNormalization = rowNormalization(
  "RMSNormalization",
  "trailing axes divided by the root of their mean square, then scaled",
  false,
);
export const simplifiedLayerNormalization = rowNormalization(
  "SimplifiedLayerNormalization",
  "RMSNormalization under the name that ONNX Runtime writes",
  false,
);

function skipNormalization(name: string, summary: string, centre: boolean): Operator {
  const biasAt = centre ? 4 : 3;
  return operator({
    name,
    summary,
    infer(c) {
      const shape = c.shape(0);
      const statistic: TensorType = { kind: "tensor", dtype: "float32", shape: statisticDims(shape, shape.length - 1) };
      return [shape, statistic, statistic, shape];
    },
    evaluate(c) {
      const x = c.tensor(0);
      const sums = Float64Array.from(numbersOf(x));
      for (const operand of [c.tensor(1), c.optional(biasAt)]) {
        if (operand === undefined) continue;
        const [values, at] = [numbersOf(operand), broadcastIndices(operand.shape, x.shape)];
        for (let i = 0; i < sums.length; i += 1) sums[i]! += values[at[i]!]!;
      }
      const axis = x.shape.length - 1;
      const { y, means, inverses } = normalize(sums, x.shape, axis, c.attributes.float("epsilon"), centre);
      scaleRows(y, x.shape, c.tensor(2), centre ? c.optional(3) : undefined);
      const statistics = statisticDims(x.shape, axis) as readonly number[];
      return [
        tensorOf(x.dtype, x.shape, y),
        tensorOf("float32", statistics, means),
        tensorOf("float32", statistics, inverses),
        tensorOf(x.dtype, x.shape, sums),
      ];
    },
  });
}

export const skipLayerNormalization = skipNormalization(
  "com.microsoft.SkipLayerNormalization",
  "the sum of operands, then layer normalisation",
  true,
);
export const skipSimplifiedLayerNormalization = skipNormalization(
  "com.microsoft.SkipSimplifiedLayerNormalization",
  "the sum of operands, then root-mean-square normalisation",
  false,
);

export const meanVariance = operator({
  name: "MeanVarianceNormalization",
  summary: "mean 0 and variance 1 over the given axes",
  infer: (c) => [c.shape(0)],
  evaluate(c) {
    const x = c.tensor(0);
    const axes = axesOf(c, c.attributes.ints("axes", [0, 2, 3]), x.shape.length);
    const kept = x.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
    const order = [...kept, ...axes];
    const rows = transposed(x, order);
    const length = axes.reduce((product, axis) => product * x.shape[axis]!, 1);
    const values = Float64Array.from(numbersOf(rows));
    for (let start = 0; start < values.length; start += length) {
      let [mean, square] = [0, 0];
      for (let i = start; i < start + length; i += 1) mean += values[i]! / length;
      for (let i = start; i < start + length; i += 1) square += (values[i]! - mean) ** 2 / length;
      // The standard's function body adds its epsilon to the deviation, not to the variance.
      for (let i = start; i < start + length; i += 1) values[i] = (values[i]! - mean) / (Math.sqrt(square) + 1e-9);
    }
    const back = order.map((_, axis) => order.indexOf(axis));
    return [transposed(tensorOf(x.dtype, rows.shape, values), back)];
  },
});

/** Runs `f` on every line along the axis, given as values copied out and written back. */
export function alongAxis(x: Tensor, axis: number, f: (line: Float64Array) => void): Tensor {
  const values = Float64Array.from(numbersOf(x));
  const [extent, inner] = [x.shape[axis]!, span(x.shape, axis + 1)];
  const line = new Float64Array(extent);
  for (let o = 0; o < span(x.shape, 0, axis); o += 1)
    for (let i = 0; i < inner; i += 1) {
      const start = o * extent * inner + i;
      for (let n = 0; n < extent; n += 1) line[n] = values[start + n * inner]!;
      f(line);
      for (let n = 0; n < extent; n += 1) values[start + n * inner] = line[n]!;
    }
  return tensorOf(x.dtype, x.shape, values);
}

export const lpNormalization = operator({
  name: "LpNormalization",
  summary: "lines along an axis divided by their 1- or 2-norm; a zero line stays zero",
  infer: (c) => [c.shape(0)],
  evaluate(c) {
    const x = c.tensor(0);
    const squared = c.attributes.int("p") === 2;
    return [
      alongAxis(x, axisOf(c, c.attributes.int("axis"), x.shape.length), (line) => {
        const sum = line.reduce((total, value) => total + (squared ? value * value : Math.abs(value)), 0);
        const norm = squared ? Math.sqrt(sum) : sum;
        for (let n = 0; n < line.length; n += 1) line[n] = norm === 0 ? 0 : line[n]! / norm;
      }),
    ];
  },
});

/** Softmax and its kin work on one axis from opset 13, before that on everything from `axis` on as one line. */
function lineOperator(name: string, summary: string, of: (dtype: DType) => (line: Float64Array) => void): Operator {
  return operator({
    name,
    summary,
    infer(c) {
      const shape = c.shape(0);
      axisOf(c, c.attributes.int("axis"), shape.length === 0 ? 1 : shape.length);
      return [shape];
    },
    evaluate(c) {
      const x = c.tensor(0);
      const f = of(x.dtype);
      const rank = x.shape.length;
      const axis = rank === 0 ? 0 : axisOf(c, c.attributes.int("axis"), rank);
      if (c.version >= 13 && rank > 0) return [alongAxis(x, axis, f)];
      const matrix = { ...x, shape: [span(x.shape, 0, axis), span(x.shape, axis)] };
      return [{ ...alongAxis(matrix, 1, f), shape: x.shape }];
    },
  });
}

function logSoftmaxLine(line: Float64Array): void {
  const top = line.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const logarithm = Math.log(line.reduce((sum, value) => sum + Math.exp(value - top), 0));
  for (let n = 0; n < line.length; n += 1) line[n] = line[n]! - top - logarithm;
}

function hardmaxLine(line: Float64Array): void {
  // As in ArgMax, NaN is above all.
  const unordered = line.findIndex(Number.isNaN);
  const best =
    unordered >= 0 ? unordered : line.indexOf(line.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY));
  line.fill(0);
  if (line.length > 0) line[best] = 1;
}

export const softmax = lineOperator(
  "Softmax",
  "exponentials over their sum",
  (dtype) => (line) => line.set(softmaxOf(dtype, line)),
);
export const logSoftmax = lineOperator("LogSoftmax", "logarithm of Softmax", () => logSoftmaxLine);
export const hardmax = lineOperator("Hardmax", "1 at the first greatest, 0 elsewhere", () => hardmaxLine);
