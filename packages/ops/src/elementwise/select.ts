import { broadcastStrides, elementCount, isWide, type Tensor, tensor } from "@rdu/tensor";
import { copyBox, takeElements } from "../numeric/copy.ts";
import { broadcastIndices, mapUnary } from "../numeric/map.ts";
import { type BigintArray, scalarOf } from "../numeric/numbers.ts";
import { type EvaluateContext, operator } from "../operator.ts";
import { broadcastDims, likeFirst } from "../shapes.ts";

export const where = operator({
  name: "Where",
  summary: "x where the condition holds, else y",
  infer: (c) => [broadcastDims(c, c.shape(0), c.shape(1), c.shape(2))],
  evaluate(c) {
    const shape = c.shape();
    const condition = copyBox(c.tensor(0), shape, broadcastStrides(c.tensor(0).shape, shape)).data as Uint8Array;
    const [x, y] = [c.tensor(1), c.tensor(2)];
    // Both operands behind each other; an element number past the first chooses the second.
    const both = concatenated(x, y);
    const fromX = broadcastIndices(x.shape, shape);
    const fromY = broadcastIndices(y.shape, shape);
    const skip = elementCount(x.shape);
    for (let i = 0; i < condition.length; i += 1) if (condition[i] === 0) fromX[i] = fromY[i]! + skip;
    return [takeElements(both, shape, fromX)];
  },
});

function concatenated(x: Tensor, y: Tensor): Tensor {
  const count = elementCount(x.shape) + elementCount(y.shape);
  if (Array.isArray(x.data)) return tensor(x.dtype, [count], [...x.data, ...(y.data as string[])]);
  const array = x.data.constructor as new (length: number) => Uint8Array;
  const data = new array(x.data.length + y.data.length);
  data.set(x.data as Uint8Array, 0);
  data.set(y.data as Uint8Array, x.data.length);
  return tensor(x.dtype, [count], data);
}

export const clip = operator({
  name: "Clip",
  summary: "x kept between min and max",
  infer: likeFirst,
  evaluate(c) {
    const x = c.tensor(0);
    if (isWide(x.dtype)) return [clipWide(c, x)];
    const low = bound(c, 1, "min", Number.NEGATIVE_INFINITY);
    const high = bound(c, 2, "max", Number.POSITIVE_INFINITY);
    return [mapUnary(x, (value) => Math.min(high, Math.max(low, value)))];
  },
});

/** From opset 11 a bound is an operand, before that an attribute. */
function bound(c: EvaluateContext, index: number, name: string, none: number): number {
  if (c.version < 11) return c.attributes.float(name, none);
  const given = c.optional(index);
  return given === undefined ? none : scalarOf(given);
}

function clipWide(c: EvaluateContext, x: Tensor): Tensor {
  const low = (c.optional(1)?.data as BigintArray | undefined)?.[0];
  const high = (c.optional(2)?.data as BigintArray | undefined)?.[0];
  const kept = (x.data as BigInt64Array).map((value) => {
    const raised = low !== undefined && value < low ? low : value;
    return high !== undefined && raised > high ? high : raised;
  });
  return tensor(x.dtype, x.shape, kept);
}
