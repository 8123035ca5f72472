import { zeros } from "@rdu/tensor";
import { mapBinary } from "../numeric/map.ts";
import { numbersOf, tensorOf } from "../numeric/numbers.ts";
import { gelu, geluTanh } from "../numeric/special.ts";
import { operator } from "../operator.ts";
import { likeFirst } from "../shapes.ts";

export const biasGelu = operator({
  name: "com.microsoft.BiasGelu",
  summary: "Gelu of a sum with a bias along the last axis",
  infer: likeFirst,
  evaluate(c) {
    const [x, bias] = [c.tensor(0), c.tensor(1)];
    return [mapBinary(x, bias, x.shape, x.dtype, (a, b) => gelu(a + b))];
  },
});

export const fastGelu = operator({
  name: "com.microsoft.FastGelu",
  summary: "the tanh approximation of Gelu, of a sum with a bias along the last axis if given",
  infer: likeFirst,
  evaluate(c) {
    const x = c.tensor(0);
    const bias = c.optional(1) ?? zeros(x.dtype, [1]);
    return [mapBinary(x, bias, x.shape, x.dtype, (a, b) => geluTanh(a + b))];
  },
});

export const biasAdd = operator({
  name: "com.microsoft.BiasAdd",
  summary: "the sum of the operand, a bias along the last axis and another operand",
  infer: likeFirst,
  evaluate(c) {
    const x = c.tensor(0);
    const biased = mapBinary(x, c.tensor(1), x.shape, "float64", (a, b) => a + b);
    return [mapBinary(biased, c.tensor(2), x.shape, x.dtype, (a, b) => a + b)];
  },
});

export const biasSplitGelu = operator({
  name: "com.microsoft.BiasSplitGelu",
  summary: "the left half of a biased last axis times Gelu of the right half",
  infer(c) {
    const shape = c.shape(0);
    const width = shape.at(-1);
    return [[...shape.slice(0, -1), typeof width === "number" ? width / 2 : null]];
  },
  evaluate(c) {
    const [x, bias, shape] = [c.tensor(0), numbersOf(c.tensor(1)), c.shape()];
    const [values, half] = [numbersOf(x), shape.at(-1)!];
    const y = new Float64Array(values.length / 2);
    for (let i = 0; i < y.length; i += 1) {
      const [row, column] = [Math.floor(i / half), i % half];
      const left = values[2 * row * half + column]! + bias[column]!;
      const right = values[(2 * row + 1) * half + column]! + bias[half + column]!;
      y[i] = left * gelu(right);
    }
    return [tensorOf(x.dtype, shape, y)];
  },
});
