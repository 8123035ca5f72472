import { allocate, elementCount, isWide, type Tensor, tensor } from "@rdu/tensor";
import { pairwise } from "../numeric/map.ts";
import { type BigintArray, numbersOf, tensorOf } from "../numeric/numbers.ts";
import { type EvaluateContext, type Operator, operator } from "../operator.ts";
import { broadcastDims } from "../shapes.ts";

interface Row {
  readonly summary: string;
  readonly number: (x: number, y: number) => number;
  readonly wide: (x: bigint, y: bigint) => bigint;
}

// biome-ignore format: a table
const ROWS: Readonly<Record<string, Row>> = {
  Max:  { summary: "greatest of all operands; NaN wins", number: Math.max, wide: (x, y) => (x > y ? x : y) },
  Min:  { summary: "least of all operands; NaN wins",    number: Math.min, wide: (x, y) => (x < y ? x : y) },
  Sum:  { summary: "sum of all operands",                number: (x, y) => x + y, wide: (x, y) => x + y },
  Mean: { summary: "mean of all operands",               number: (x, y) => x + y, wide: (x, y) => x + y },
};

function folded(c: EvaluateContext, { number, wide }: Row): Tensor {
  const shape = c.shape();
  const { dtype } = c.tensor(0);
  const count = elementCount(shape);
  if (isWide(dtype)) {
    let result = broadcastCopy(
      c.tensor(0).data as BigintArray,
      c.tensor(0).shape,
      allocate(dtype, count) as BigintArray,
      shape,
    );
    for (let i = 1; i < c.inputCount; i += 1) {
      const next = allocate(dtype, count) as BigintArray;
      pairwise(result, shape, c.tensor(i).data as BigintArray, c.tensor(i).shape, next, shape, wide);
      result = next;
    }
    return tensor(dtype, shape, result);
  }
  let result = broadcastCopy(numbersOf(c.tensor(0)), c.tensor(0).shape, new Float64Array(count), shape);
  for (let i = 1; i < c.inputCount; i += 1) {
    const next = new Float64Array(count);
    pairwise(result, shape, numbersOf(c.tensor(i)), c.tensor(i).shape, next, shape, number);
    result = next;
  }
  if (c.node.op === "Mean") result = result.map((sum) => sum / c.inputCount);
  return tensorOf(dtype, shape, result);
}

function broadcastCopy<Item, Out extends { [index: number]: Item }>(
  x: ArrayLike<Item>,
  xShape: readonly number[],
  result: Out,
  shape: readonly number[],
): Out {
  pairwise(x, xShape, x, xShape, result, shape, (value) => value);
  return result;
}

export const VARIADIC: readonly Operator[] = Object.entries(ROWS).map(([name, row]) =>
  operator({
    name,
    summary: row.summary,
    infer: (c) => [broadcastDims(c, ...Array.from({ length: c.inputCount }, (_, index) => c.shape(index)))],
    evaluate: (c) => [folded(c, row)],
  }),
);
