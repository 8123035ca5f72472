import { elementCount, isSmallFloat, type Tensor, tensor } from "@rdu/tensor";
import { takeElements } from "../numeric/copy.ts";
import { integerTensor, numbersOf, tensorOf } from "../numeric/numbers.ts";
import { span } from "../numeric/walk.ts";
import { type EvaluateContext, type InferContext, type Operator, operator } from "../operator.ts";
import { axisOf } from "../shapes.ts";
import { withoutAxis } from "./reduce.ts";

/** Elements in an array that `<` and `===` order. */
export function orderedElements(x: Tensor): ArrayLike<number> {
  return (isSmallFloat(x.dtype) ? numbersOf(x) : x.data) as ArrayLike<number>;
}

function argOperator(name: string, summary: string, better: (a: number, b: number) => boolean): Operator {
  return operator({
    name,
    summary,
    infer(c) {
      const shape = c.shape(0);
      const axis = axisOf(c, c.attributes.int("axis"), shape.length);
      const result = withoutAxis(shape, axis, c.attributes.int("keepdims") !== 0);
      if (shape[axis] === 0 && !result.includes(0)) c.reject(`axis ${axis} has no elements to choose from`);
      return [result];
    },
    evaluate(c) {
      const x = c.tensor(0);
      const axis = axisOf(c, c.attributes.int("axis"), x.shape.length);
      const last = c.attributes.int("select_last_index", 0) !== 0;
      const values = orderedElements(x);
      const [extent, inner] = [x.shape[axis]!, span(x.shape, axis + 1)];
      const data = new BigInt64Array(elementCount(c.shape()));
      for (let n = 0; n < data.length; n += 1) {
        const start = Math.floor(n / inner) * extent * inner + (n % inner);
        let best = 0;
        for (let at = 1; at < extent; at += 1) {
          const [value, champion] = [values[start + at * inner]!, values[start + best * inner]!];
          const unordered = Number.isNaN(value);
          if (
            Number.isNaN(champion)
              ? last && unordered
              : unordered || better(value, champion) || (last && value === champion)
          )
            best = at;
        }
        data[n] = BigInt(best);
      }
      return [tensor("int64", c.shape(), data)];
    },
  });
}

export const argMax = argOperator("ArgMax", "index of the greatest along an axis; NaN wins", (a, b) => a > b);
export const argMin = argOperator("ArgMin", "index of the least along an axis; NaN wins", (a, b) => a < b);

function countOf(
  c: Pick<InferContext, "version" | "attributes">,
  input: () => readonly number[] | undefined,
): number | undefined {
  return c.version < 10 ? c.attributes.int("k") : input()?.[0];
}

export const topK = operator({
  name: "TopK",
  summary: "the k greatest (or least) along an axis, in order, with their indices; ties keep the lower index first",
  shapeInputs: [1],
  infer(c) {
    const shape = c.shape(0);
    const axis = axisOf(c, c.attributes.int("axis", -1), shape.length);
    const count = c.version < 10 ? c.attributes.int("k") : c.extents(1)?.[0];
    const result = shape.with(axis, count ?? null);
    return [result, result];
  },
  evaluate(c) {
    const x = c.tensor(0);
    const axis = axisOf(c, c.attributes.int("axis", -1), x.shape.length);
    const k = countOf(c, () => c.integers(1)) ?? 0;
    const [extent, inner] = [x.shape[axis]!, span(x.shape, axis + 1)];
    if (k > extent) c.reject(`k is ${k}, the axis has ${extent}`, "E0307");
    const sign = c.attributes.int("largest", 1) !== 0 ? 1 : -1;
    const values = orderedElements(x);
    const outer = span(x.shape, 0, axis);
    const indices = new Float64Array(elementCount(c.shape()));
    const places = new BigInt64Array(indices.length);
    for (let o = 0; o < outer; o += 1)
      for (let i = 0; i < inner; i += 1) {
        const start = o * extent * inner + i;
        const order = Array.from({ length: extent }, (_, at) => at).sort((a, b) => {
          const [va, vb] = [values[start + a * inner]!, values[start + b * inner]!];
          // NaN counts as the greatest of all, as numpy sorts it.
          const [na, nb] = [Number.isNaN(va), Number.isNaN(vb)];
          if (na !== nb) return na ? -sign : sign;
          return va > vb ? -sign : va < vb ? sign : a - b;
        });
        for (let n = 0; n < k; n += 1) {
          const to = (o * k + n) * inner + i;
          indices[to] = start + order[n]! * inner;
          places[to] = BigInt(order[n]!);
        }
      }
    return [takeElements(x, c.shape(), indices), tensor("int64", c.shape(), places)];
  },
});

function cumulative(
  name: string,
  summary: string,
  identity: number,
  f: (a: number, b: number) => number,
  wide: (a: bigint, b: bigint) => bigint,
): Operator {
  return operator({
    name,
    summary,
    infer: (c) => [c.shape(0)],
    evaluate(c) {
      const x = c.tensor(0);
      const axis = axisOf(c, c.integers(1)[0]!, x.shape.length);
      const exact = x.data instanceof BigInt64Array || x.data instanceof BigUint64Array;
      if (exact) {
        const data = Array.from(x.data as BigInt64Array);
        accumulate(c, x.shape, axis, data, BigInt(identity), wide);
        return [integerTensor(x.dtype, x.shape, data)];
      }
      const data = Float64Array.from(numbersOf(x));
      accumulate(c, x.shape, axis, data, identity, f);
      return [tensorOf(x.dtype, x.shape, data)];
    },
  });
}

/** Replaces every element by the fold of those before it along the axis, itself included unless `exclusive`. */
function accumulate<Item>(
  c: EvaluateContext,
  shape: readonly number[],
  axis: number,
  data: { [index: number]: Item },
  identity: Item,
  f: (a: Item, b: Item) => Item,
): void {
  const exclusive = c.attributes.int("exclusive") !== 0;
  const reverse = c.attributes.int("reverse") !== 0;
  const [extent, inner] = [shape[axis]!, span(shape, axis + 1)];
  for (let o = 0; o < span(shape, 0, axis); o += 1)
    for (let i = 0; i < inner; i += 1) {
      let total = identity;
      for (let n = 0; n < extent; n += 1) {
        const at = (o * extent + (reverse ? extent - 1 - n : n)) * inner + i;
        const next = f(total, data[at] as Item);
        data[at] = exclusive ? total : next;
        total = next;
      }
    }
}

export const cumSum = cumulative(
  "CumSum",
  "running sum along an axis",
  0,
  (a, b) => a + b,
  (a, b) => a + b,
);
export const cumProd = cumulative(
  "CumProd",
  "running product along an axis",
  1,
  (a, b) => a * b,
  (a, b) => a * b,
);

export const unique = operator({
  name: "Unique",
  summary: "distinct elements (or slices of an axis), where each was found, and how often",
  host: "the shape of the result depends on the values",
  infer(c) {
    const shape = c.shape(0);
    const first = c.attributes.has("axis")
      ? shape.with(axisOf(c, c.attributes.int("axis"), shape.length), null)
      : [null];
    const inverse = c.attributes.has("axis") ? shape[axisOf(c, c.attributes.int("axis"), shape.length)]! : null;
    return [first, [null], [inverse], [null]];
  },
  evaluate(c) {
    const flat = !c.attributes.has("axis");
    const x = flat ? { ...c.tensor(0), shape: [elementCount(c.tensor(0).shape)] } : c.tensor(0);
    const axis = flat ? 0 : axisOf(c, c.attributes.int("axis"), x.shape.length);
    const [extent, inner] = [x.shape[axis]!, span(x.shape, axis + 1)];
    const outer = span(x.shape, 0, axis);
    const values = orderedElements(x);
    const compare = (a: number, b: number): number => {
      for (let o = 0; o < outer; o += 1)
        for (let i = 0; i < inner; i += 1) {
          const [va, vb] = [values[(o * extent + a) * inner + i]!, values[(o * extent + b) * inner + i]!];
          // NaN counts as the greatest of all and as one value, as numpy has it.
          const [na, nb] = [Number.isNaN(va), Number.isNaN(vb)];
          if (na !== nb) return na ? 1 : -1;
          if (va < vb) return -1;
          if (va > vb) return 1;
        }
      return 0;
    };
    const sorted = Array.from({ length: extent }, (_, at) => at).sort((a, b) => compare(a, b) || a - b);
    const groups: number[][] = [];
    for (const at of sorted) {
      const last = groups.at(-1);
      if (last !== undefined && compare(last[0]!, at) === 0) last.push(at);
      else groups.push([at]);
    }
    if (c.attributes.int("sorted") === 0) groups.sort((a, b) => a[0]! - b[0]!);
    const inverse = new BigInt64Array(extent);
    groups.forEach((group, n) => {
      for (const at of group) inverse[at] = BigInt(n);
    });
    const indices: number[] = [];
    for (let o = 0; o < outer; o += 1)
      for (const [first] of groups as [number, ...number[]][])
        for (let i = 0; i < inner; i += 1) indices.push((o * extent + first) * inner + i);
    const list = (numbers: readonly number[]): Tensor =>
      tensor("int64", [numbers.length], BigInt64Array.from(numbers, BigInt));
    return [
      takeElements(x, x.shape.with(axis, groups.length), indices),
      list(groups.map(([first]) => first!)),
      tensor("int64", [extent], inverse),
      list(groups.map(({ length }) => length)),
    ];
  },
});
