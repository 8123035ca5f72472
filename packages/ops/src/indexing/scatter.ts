import { isWide, type Tensor } from "@rdu/tensor";
import { duplicate, takeElements } from "../numeric/copy.ts";
import { numbersOf, tensorOf } from "../numeric/numbers.ts";
import { span } from "../numeric/walk.ts";
import { type EvaluateContext, operator } from "../operator.ts";
import { elementTargets, tupleTargets } from "./gather.ts";

type Reduction = "none" | "add" | "mul" | "max" | "min";

/** Puts update n at element `targets[n]`, one after the other, combined with what is there. */
function scattered(c: EvaluateContext, data: Tensor, targets: Float64Array, updates: Tensor): Tensor {
  const reduction = c.attributes.string("reduction", "none") as Reduction;
  if (reduction === "none") {
    // Last writer of each element; the rest comes from data.
    const writer = new Map<number, number>();
    for (const [n, target] of targets.entries()) writer.set(target, n);
    const result = duplicate(data);
    const order = [...writer.keys()];
    const chosen = takeElements(
      updates,
      [order.length],
      order.map((target) => writer.get(target)!),
    );
    const per = data.data.length === 0 ? 1 : Math.max(1, data.data.length / Math.max(1, span(data.shape, 0)));
    order.forEach((target, n) => {
      for (let i = 0; i < per; i += 1)
        (result.data as unknown as number[])[target * per + i] = (chosen.data as unknown as number[])[n * per + i]!;
    });
    return result;
  }
  if (isWide(data.dtype)) {
    const result = duplicate(data);
    const into = result.data as BigInt64Array;
    const from = updates.data as BigInt64Array;
    targets.forEach((target, n) => {
      into[target] = combineWide(reduction, into[target]!, from[n]!);
    });
    return result;
  }
  const into = Float64Array.from(numbersOf(data));
  const from = numbersOf(updates);
  targets.forEach((target, n) => {
    into[target] = combine(reduction, into[target]!, from[n]!);
  });
  return tensorOf(data.dtype, data.shape, into);
}

function combine(reduction: Reduction, a: number, b: number): number {
  switch (reduction) {
    case "add":
      return a + b;
    case "mul":
      return a * b;
    case "max":
      return Math.max(a, b);
    case "min":
      return Math.min(a, b);
    case "none":
      return b;
    default:
      return reduction satisfies never;
  }
}

function combineWide(reduction: Reduction, a: bigint, b: bigint): bigint {
  switch (reduction) {
    case "add":
      return a + b;
    case "mul":
      return a * b;
    case "max":
      return a > b ? a : b;
    case "min":
      return a < b ? a : b;
    case "none":
      return b;
    default:
      return reduction satisfies never;
  }
}

export const scatterElements = operator({
  name: "ScatterElements",
  summary: "elements replaced, or combined, one by one along an axis",
  infer: (c) => [c.shape(0)],
  evaluate: (c) => [scattered(c, c.tensor(0), elementTargets(c, c.tensor(0).shape, c.tensor(1)), c.tensor(2))],
});

export const scatter = operator({
  ...scatterElements,
  name: "Scatter",
  summary: "ScatterElements under its first name",
});

export const scatterND = operator({
  name: "ScatterND",
  summary: "slices replaced, or combined, at index tuples",
  infer: (c) => [c.shape(0)],
  evaluate(c) {
    const [data, indices, updates] = [c.tensor(0), c.tensor(1), c.tensor(2)];
    const length = span(data.shape, indices.shape.at(-1)!);
    const starts = tupleTargets(c, data.shape, indices, 0);
    const targets = new Float64Array(starts.length * length);
    starts.forEach((start, n) => {
      for (let i = 0; i < length; i += 1) targets[n * length + i] = start + i;
    });
    return [scattered(c, data, targets, updates)];
  },
});

export const tensorScatter = operator({
  name: "TensorScatter",
  summary: "a cache with new steps written behind those it holds, each batch at its own place",
  infer: (c) => [c.shape(0)],
  evaluate(c) {
    const [cache, update] = [c.tensor(0), c.tensor(1)];
    const axis =
      c.attributes.int("axis") < 0 ? c.attributes.int("axis") + cache.shape.length : c.attributes.int("axis");
    const circular = c.attributes.string("mode") === "circular";
    const steps = cache.shape[axis]!;
    const added = update.shape[axis]!;
    const starts = c.has(2) ? c.integers(2) : new Array<number>(cache.shape[0]!).fill(0);
    const inner = span(cache.shape, axis + 1);
    const outer = span(cache.shape, 0, axis);
    const targets = new Float64Array(outer * added * inner);
    let n = 0;
    for (let o = 0; o < outer; o += 1) {
      const start = starts[Math.floor((o * cache.shape[0]!) / outer)]!;
      for (let s = 0; s < added; s += 1) {
        const at = circular ? (start + s) % steps : start + s;
        if (at >= steps) c.reject(`step ${at} is beyond the cache of ${steps}`, "E0307");
        for (let i = 0; i < inner; i += 1) targets[n++] = (o * steps + at) * inner + i;
      }
    }
    return [scattered(c, cache, targets, update)];
  },
});
