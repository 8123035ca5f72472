import type { Dim, TensorType } from "@rdu/ir";
import { elementCount, roundTiesToEven, type Tensor } from "@rdu/tensor";
import { attributesWithout, evaluateAs } from "../compose.ts";
import { concat, concatenate } from "../layout/layout.ts";
import { softmax } from "../normalization/layer.ts";
import { mapBinary, mapUnary } from "../numeric/map.ts";
import { numbersOf, scalarOf, tensorOf } from "../numeric/numbers.ts";
import { saturated } from "../numeric/saturate.ts";
import { sigmoid } from "../numeric/special.ts";
import { span } from "../numeric/walk.ts";
import { type EvaluateContext, type InferContext, type Operator, operator } from "../operator.ts";
import { axesOf, axisOf, broadcastDims, likeFirst } from "../shapes.ts";
import { conv } from "../window/convolution.ts";
import { channelsFirst, channelsLast, toChannelsFirst, toChannelsLast } from "../window/fused-convolution.ts";
import { averagePool, globalAveragePool } from "../window/pooling.ts";
import { qLinearConv } from "./integer-products.ts";
import { centredOf, type Quantized, quantizedMeans, quantizedResult, realOf } from "./quantized-operands.ts";

/** x, x_scale, x_zero_point, y_scale, y_zero_point. */
const X: Quantized = { at: 0, scale: 1, zero: 2 };
const Y = { scale: 3, zero: 4 };

/** f of the real number that each element stands for, quantized again. */
function quantizedUnary(name: string, summary: string, of: (c: EvaluateContext) => (x: number) => number): Operator {
  return operator({
    name,
    summary,
    infer: likeFirst,
    evaluate: (c) => [quantizedResult(c, numbersOf(mapUnary(realOf(c, X), of(c))), Y)],
  });
}

const add = operator({
  name: "com.microsoft.QLinearAdd",
  summary: "a + b of quantized operands, quantized again",
  infer: (c): readonly (readonly Dim[])[] => [broadcastDims(c, c.shape(0), c.shape(3))],
  evaluate(c) {
    const parameter = (index: number): number => (c.has(index) ? scalarOf(c.tensor(index)) : 0);
    const scale = parameter(6);
    // Both operands in steps of the result, their zero points and that of the result in one number: sums halfway between two
    // numbers, which equal scales make often, stay halfway.
    const [left, right] = [Math.fround(parameter(1) / scale), Math.fround(parameter(4) / scale)];
    const origin = Math.fround(Math.fround(left * parameter(2)) + Math.fround(right * parameter(5)));
    const fixed = Math.fround(parameter(7) - origin);
    const sums = mapBinary(c.tensor(0), c.tensor(3), c.shape(), "float64", (a, b) =>
      Math.fround(Math.fround(Math.fround(a * left) + fixed) + Math.fround(b * right)),
    );
    const y = Float64Array.from(numbersOf(sums), (sum) => saturated(c.dtype(), roundTiesToEven(sum)));
    return [tensorOf(c.dtype(), c.shape(), y)];
  },
});

const mul = operator({
  name: "com.microsoft.QLinearMul",
  summary: "a b of quantized operands, quantized again",
  infer: (c): readonly (readonly Dim[])[] => [broadcastDims(c, c.shape(0), c.shape(3))],
  evaluate(c) {
    const [x, y] = [realOf(c, X), realOf(c, { at: 3, scale: 4, zero: 5 })];
    return [
      quantizedResult(c, numbersOf(mapBinary(x, y, c.shape(), "float32", (a, b) => a * b)), { scale: 6, zero: 7 }),
    ];
  },
});

const reduceMean = operator({
  name: "com.microsoft.QLinearReduceMean",
  summary: "means over axes of a quantized operand, quantized again",
  infer(c) {
    const shape = c.shape(0);
    const axes = meanAxes(c, shape.length);
    const keep = c.attributes.int("keepdims") !== 0;
    return [
      keep
        ? shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent))
        : shape.filter((_, axis) => !axes.includes(axis)),
    ];
  },
  evaluate(c) {
    const x = centredOf(c, X);
    const axes = meanAxes(c, x.shape.length);
    const kept = x.shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent));
    const sums = new Float64Array(elementCount(kept));
    const count = axes.reduce((product, axis) => product * x.shape[axis]!, 1);
    const values = numbersOf(x);
    for (let i = 0; i < values.length; i += 1) {
      let target = 0;
      for (let axis = 0; axis < kept.length; axis += 1) {
        const place = Math.floor(i / span(x.shape, axis + 1)) % x.shape[axis]!;
        target = target * kept[axis]! + (kept[axis] === 1 ? 0 : place);
      }
      sums[target]! += values[i]!;
    }
    return [
      quantizedMeans(
        c,
        sums.map((sum) => sum / count),
        X,
        Y,
      ),
    ];
  },
});

function meanAxes(c: InferContext | EvaluateContext, rank: number): readonly number[] {
  return axesOf(c, c.attributes.ints("axes"), rank);
}

/** Runs on operands whose channels are second, whatever the layout that `channels_last` says. */
function inLayout(c: EvaluateContext | InferContext): {
  readonly last: boolean;
  readonly shape: (shape: readonly Dim[]) => readonly Dim[];
} {
  const last = c.attributes.int("channels_last", 0) !== 0;
  return { last, shape: (shape) => (last ? channelsLast(shape) : shape) };
}

function layoutOf(c: InferContext): InferContext {
  const { last } = inLayout(c);
  return last ? { ...c, shape: (index) => (index === 0 ? channelsFirst(c.shape(0)) : c.shape(index)) } : c;
}

function quantizedPool(
  name: string,
  summary: string,
  row: Operator,
  rounded?: Parameters<typeof quantizedMeans>[4],
): Operator {
  return operator({
    name,
    summary,
    infer: (c) => [inLayout(c).shape(row.infer(layoutOf(c))[0] as readonly Dim[])],
    evaluate(c) {
      const { last } = inLayout(c);
      const x = centredOf(c, X);
      const y = evaluateAs(c, row, [last ? toChannelsFirst(x) : x], attributesWithout(c, "channels_last"));
      return [quantizedMeans(c, numbersOf(last ? toChannelsLast(y) : y), X, Y, rounded)];
    },
  });
}

const softmaxOfQuantized = operator({
  name: "com.microsoft.QLinearSoftmax",
  summary: "Softmax of a quantized operand, quantized again",
  infer(c) {
    const shape = c.shape(0);
    axisOf(c, c.attributes.int("axis"), shape.length);
    return [shape];
  },
  evaluate(c) {
    const x = realOf(c, X);
    const axis = axisOf(c, c.attributes.int("axis"), x.shape.length);
    // Before opset 13 everything from the axis on is one line.
    const whole = c.attributes.int("opset") < 13;
    const lines = whole ? { ...x, shape: [span(x.shape, 0, axis), span(x.shape, axis)] } : x;
    const along = { kind: "int", value: BigInt(whole ? 1 : axis) } as const;
    return [quantizedResult(c, numbersOf(evaluateAs(c, softmax, [lines], { axis: along })), Y)];
  },
});

const concatOfQuantized = operator({
  name: "com.microsoft.QLinearConcat",
  summary: "quantized operands behind each other along an axis, quantized anew",
  infer(c): readonly TensorType[] {
    if (c.inputCount < 5 || (c.inputCount - 2) % 3 !== 0)
      c.reject(`${c.inputCount} inputs, expected 2 and 3 for each operand`, "E0304");
    for (let at = 2; at < c.inputCount; at += 3) {
      // The signature lets each of the three be of any of their types.
      const [element, scale, zero] = [c.dtype(at), c.dtype(at + 1), c.dtype(at + 2)];
      if (element === "float32" || scale !== "float32" || zero !== element)
        c.reject(`${element} with a scale of ${scale} and a zero point of ${zero}`, "E0305");
    }
    const shapes = concat.infer({ ...c, inputCount: (c.inputCount - 2) / 3, shape: (index) => c.shape(2 + 3 * index) });
    return [{ kind: "tensor", dtype: c.dtype(1), shape: shapes[0] as readonly Dim[] }];
  },
  evaluate(c) {
    const parts = Array.from({ length: (c.inputCount - 2) / 3 }, (_, i) =>
      realOf(c, { at: 2 + 3 * i, scale: 3 + 3 * i, zero: 4 + 3 * i }),
    );
    const shape = c.shape();
    const axis = axisOf(c, c.attributes.int("axis"), shape.length);
    return [quantizedResult(c, numbersOf(concatenate(parts, axis, shape)), { scale: 0, zero: 1 })];
  },
});

const whereOfQuantized = operator({
  name: "com.microsoft.QLinearWhere",
  summary: "x where the condition holds, else y, of quantized operands, quantized anew",
  infer: (c): readonly (readonly Dim[])[] => [broadcastDims(c, c.shape(0), c.shape(1), c.shape(4))],
  evaluate(c) {
    const shape = c.shape();
    const [x, y] = [realOf(c, { at: 1, scale: 2, zero: 3 }), realOf(c, { at: 4, scale: 5, zero: 6 })];
    const condition = tensorOf("float32", c.tensor(0).shape, numbersOf(c.tensor(0)));
    const chosen = mapBinary(condition, x, shape, "float64", (holds, value) => (holds !== 0 ? value : Number.NaN));
    const both = mapBinary(chosen, y, shape, "float32", (value, other) => (Number.isNaN(value) ? other : value));
    return [quantizedResult(c, numbersOf(both), { scale: 7, zero: 8 })];
  },
});

const convolution = operator({
  name: "com.microsoft.QLinearConv",
  summary: "QLinearConv, the channels last if asked for",
  infer(c): readonly TensorType[] {
    const inner = layoutOf(c);
    const weights = { ...inner, shape: (index: number) => inner.shape(index === 1 ? 3 : index) };
    const shape = inLayout(c).shape(conv.infer(weights)[0] as readonly Dim[]);
    return [{ kind: "tensor", dtype: c.dtype(7), shape }];
  },
  evaluate(c) {
    const { last } = inLayout(c);
    const x = last ? toChannelsFirst(c.tensor(0)) : c.tensor(0);
    const rest = [1, 2, 3, 4, 5, 6, 7].map((index): Tensor | undefined => c.tensor(index));
    const y = evaluateAs(c, qLinearConv, [x, ...rest, c.optional(8)], attributesWithout(c, "channels_last"));
    return [last ? toChannelsLast(y) : y];
  },
});

const mulInteger = operator({
  name: "com.microsoft.MulInteger",
  summary: "products of 8-bit integers less their zero points, as int32",
  infer: (c): readonly (readonly Dim[])[] => [broadcastDims(c, c.shape(0), c.shape(2))],
  evaluate(c) {
    const [p, q] = [c.has(1) ? scalarOf(c.tensor(1)) : 0, c.has(3) ? scalarOf(c.tensor(3)) : 0];
    return [mapBinary(c.tensor(0), c.tensor(2), c.shape(), "int32", (a, b) => (a - p) * (b - q))];
  },
});

// biome-ignore format: a table
export const QUANTIZED_FUNCTIONS: readonly Operator[] = [
  quantizedUnary("com.microsoft.QLinearSigmoid", "1/(1 + e^-x) of a quantized operand, quantized again", () => sigmoid),
  quantizedUnary("com.microsoft.QLinearLeakyRelu", "x, or alpha x below 0, of a quantized operand, quantized again", (c) => {
    const alpha = c.attributes.float("alpha");
    return (x) => (x < 0 ? alpha * x : x);
  }),
  quantizedPool("com.microsoft.QLinearAveragePool", "the mean under a window of a quantized operand, quantized again", averagePool, "with zero point"),
  quantizedPool("com.microsoft.QLinearGlobalAveragePool", "the mean of each channel of a quantized operand, quantized again", globalAveragePool),
  add, mul, reduceMean, softmaxOfQuantized, concatOfQuantized, whereOfQuantized, convolution, mulInteger,
];
