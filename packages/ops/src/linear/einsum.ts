import type { Dim } from "@rdu/ir";
import { allocate, isWide, rowMajorStrides, type Tensor, tensor } from "@rdu/tensor";
import { type BigintArray, numbersOf, tensorOf } from "../numeric/numbers.ts";
import { eachIndex } from "../numeric/walk.ts";
import { type InferContext, operator } from "../operator.ts";

/** An equation with every ellipsis written out: labels of each operand and of the result. Ellipsis axes are "0", "1", ... */
export interface Equation {
  readonly operands: readonly (readonly string[])[];
  readonly result: readonly string[];
}

/** Parses "ij,jk->ik"; without an arrow the result has the ellipsis, then the labels that occur once, in order. */
export function parseEquation(c: Pick<InferContext, "reject">, text: string, ranks: readonly number[]): Equation {
  const [left = "", right] = text.replaceAll(/\s/g, "").split("->");
  const terms = left.split(",");
  if (terms.length !== ranks.length)
    c.reject(`equation "${text}" has ${terms.length} operands, given are ${ranks.length}`, "E0303");
  const hidden = terms.map((term, i) => (term.includes("...") ? ranks[i]! - (term.length - 3) : 0));
  const most = Math.max(0, ...hidden);
  const expand = (term: string, count: number): string[] => {
    const [before = "", after] = term.split("...");
    if (after === undefined) return [...before];
    // Ellipsis axes align from the right.
    return [...before, ...Array.from({ length: count }, (_, i) => String(most - count + i)), ...after];
  };
  const operands = terms.map((term, i) => {
    const labels = expand(term, hidden[i]!);
    if (labels.length !== ranks[i])
      c.reject(`"${term}" names ${labels.length} axes, operand ${i} has ${ranks[i]}`, "E0204");
    return labels;
  });
  if (right !== undefined) return { operands, result: expand(right, most) };
  const all = operands.flat();
  const once = [...new Set(all)]
    .filter((label) => !/\d/.test(label) && all.indexOf(label) === all.lastIndexOf(label))
    .sort();
  return { operands, result: [...Array.from({ length: most }, (_, i) => String(i)), ...once] };
}

function extentsOf(
  c: Pick<InferContext, "reject">,
  equation: Equation,
  shapes: readonly (readonly Dim[])[],
): ReadonlyMap<string, Dim> {
  const extents = new Map<string, Dim>();
  equation.operands.forEach((labels, i) => {
    labels.forEach((label, axis) => {
      const [before, extent] = [extents.get(label), shapes[i]![axis] as Dim];
      if (before === undefined || before === 1 || (before === null && extent !== 1)) extents.set(label, extent);
      else if (typeof extent === "number" && extent !== 1 && typeof before === "number" && extent !== before)
        c.reject(`axis ${label} is ${before} and ${extent}`);
    });
  });
  return extents;
}

export const einsum = operator({
  name: "Einsum",
  summary: "sums of products over named axes",
  infer(c) {
    const shapes = Array.from({ length: c.inputCount }, (_, i) => c.shape(i));
    const equation = parseEquation(
      c,
      c.attributes.string("equation"),
      shapes.map(({ length }) => length),
    );
    const extents = extentsOf(c, equation, shapes);
    return [equation.result.map((label) => extents.get(label) ?? null)];
  },
  evaluate(c) {
    const operands = Array.from({ length: c.inputCount }, (_, i) => c.tensor(i));
    const equation = parseEquation(
      c,
      c.attributes.string("equation"),
      operands.map(({ shape }) => shape.length),
    );
    const extents = extentsOf(
      c,
      equation,
      operands.map(({ shape }) => shape),
    ) as ReadonlyMap<string, number>;
    return [contract(operands, equation, extents, c.shape())];
  },
});

/** For each result element the sum over all other labels, operand by operand. */
function contract(
  operands: readonly Tensor[],
  equation: Equation,
  extents: ReadonlyMap<string, number>,
  shape: readonly number[],
): Tensor {
  const summed = [...extents.keys()].filter((label) => !equation.result.includes(label));
  const labels = [...equation.result, ...summed];
  // Step of each operand along each label; labels may repeat within an operand, and extents of 1 broadcast.
  const steps = operands.map(({ shape: own }, i) => {
    const strides = rowMajorStrides(own);
    return labels.map((label) =>
      equation.operands[i]!.reduce(
        (sum, name, axis) => sum + (name === label && own[axis] !== 1 ? strides[axis]! : 0),
        0,
      ),
    );
  });
  const inner = summed.map((label) => extents.get(label)!);
  const { dtype } = operands[0]!;
  const offset = (i: number, index: readonly number[], from: number): number =>
    index.reduce((sum, at, n) => sum + at * steps[i]![from + n]!, 0);
  if (isWide(dtype)) {
    const data = allocate(
      dtype,
      shape.reduce((a, b) => a * b, 1),
    ) as BigintArray;
    eachIndex(shape, (index, ordinal) => {
      let sum = 0n;
      eachIndex(inner, (rest) => {
        sum += operands.reduce(
          (product, { data: own }, i) =>
            product * (own as BigintArray)[offset(i, index, 0) + offset(i, rest, shape.length)]!,
          1n,
        );
      });
      data[ordinal] = sum;
    });
    return tensor(dtype, shape, data);
  }
  const values = operands.map(numbersOf);
  const sums = new Float64Array(shape.reduce((a, b) => a * b, 1));
  eachIndex(shape, (index, ordinal) => {
    const starts = operands.map((_, i) => offset(i, index, 0));
    let sum = 0;
    eachIndex(inner, (rest) => {
      let product = 1;
      for (let i = 0; i < values.length; i += 1) product *= values[i]![starts[i]! + offset(i, rest, shape.length)]!;
      sum += product;
    });
    sums[ordinal] = sum;
  });
  return tensorOf(dtype, shape, sums);
}
