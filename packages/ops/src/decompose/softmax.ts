import { elementCount } from "@rdu/tensor";
import { axisOf } from "./axis-of.ts";
import type { Decompose } from "./decompose.ts";
import type { Index } from "./index-form.ts";
import type { NodeBuilder } from "./node-builder.ts";
import type { TensorRef } from "./pattern-writer.ts";
import { foldedLoops, reduced } from "./reduction.ts";

/**
 * Softmax of `x` along `axis` in four patterns: largest element, exponentials of the differences to it, their sum, quotient. As in the
 * standard's own expansion every value in between is of the element type, so that narrow types are rounded at each step.
 */
export function softmaxAlong(b: NodeBuilder, target: TensorRef, x: TensorRef, axis: number, name = ""): undefined {
  const { dtype } = x;
  const most = reduced(b, `${name}max`, x, [axis], (p, element) => p.convert(p.fold("max", element), dtype));
  const exponential = b.fresh(`${name}exp`, dtype, x.shape);
  b.pattern((p) => {
    const index = p.parallelOver(x.shape);
    const shifted = p.apply("sub", p.read(x, index), p.read(most, flattened(index, axis)));
    p.give(p.apply("exp", shifted), exponential, index);
  });
  const sum = reduced(b, `${name}sum`, exponential, [axis], (p, element) => p.convert(p.fold("sum", element), dtype));
  b.pattern((p) => {
    const index = p.parallelOver(x.shape);
    const quotient = p.apply("div", p.read(exponential, index), p.read(sum, flattened(index, axis)));
    p.give(p.convert(quotient, target.dtype), target, index);
  });
}

/** x - max - log(sum(exp(x - max))). */
export function logSoftmaxAlong(b: NodeBuilder, target: TensorRef, x: TensorRef, axis: number): undefined {
  const most = reduced(b, "max", x, [axis], (p, element) => p.fold("max", element));
  const shifted = b.fresh("shifted", most.dtype, x.shape);
  b.pattern((p) => {
    const index = p.parallelOver(x.shape);
    p.give(p.apply("sub", p.widen(p.read(x, index)), p.read(most, flattened(index, axis))), shifted, index);
  });
  const log = reduced(b, "log", shifted, [axis], (p, element) =>
    p.apply("log", p.fold("sum", p.apply("exp", element))),
  );
  b.pattern((p) => {
    const index = p.parallelOver(x.shape);
    p.give(p.apply("sub", p.read(shifted, index), p.read(log, flattened(index, axis))), target, index);
  });
}

/** 1 at the first largest element along the axis, 0 elsewhere. */
function hardmaxAlong(b: NodeBuilder, target: TensorRef, x: TensorRef, axis: number): undefined {
  const place = b.fresh(
    "place",
    "int32",
    x.shape.map((extent, at) => (at === axis ? 1 : extent)),
  );
  b.pattern((p) => {
    const { index, at } = foldedLoops(p, x.shape, [axis]);
    p.give(p.foldArgument("argmax-first", p.widen(p.read(x, index)), p.position(index[axis]!)), place, at(true));
  });
  b.pattern((p) => {
    const index = p.parallelOver(x.shape);
    const here = p.test("eq", p.position(index[axis]!), p.read(place, flattened(index, axis)));
    p.give(p.convert(here, x.dtype), target, index);
  });
}

function flattened(index: readonly Index[], axis: number): readonly Index[] {
  return index.map((i, at) => (at === axis ? 0 : i));
}

/**
 * Runs along one axis; before opset 13 along all axes from `axis` on, as if the tensor were a matrix. Shape [] has one element and is
 * treated as a vector of length 1.
 */
function alongAxis(run: (b: NodeBuilder, target: TensorRef, x: TensorRef, axis: number) => undefined): Decompose {
  return (b) => {
    const [x, target] = [b.input(0), b.output()];
    const coerced = b.version < 13;
    // A single element is a matrix of one row and column.
    const rank = x.shape.length;
    const axis = rank === 0 ? 0 : axisOf(b.attributes.int("axis", coerced ? 1 : -1), rank);
    if (!coerced && rank > 0) return run(b, target, x, axis);
    if (coerced && axis === rank - 1) return run(b, target, x, axis);
    const matrix = [elementCount(x.shape.slice(0, axis)), elementCount(x.shape.slice(axis))];
    const flat = b.fresh("flat", target.dtype, matrix);
    run(b, flat, b.reshaped(x, "matrix", matrix), 1);
    b.view(flat, target);
    return undefined;
  };
}

export const SOFTMAXES: Readonly<Record<string, Decompose>> = {
  Softmax: alongAxis(softmaxAlong),
  LogSoftmax: alongAxis(logSoftmaxAlong),
  Hardmax: alongAxis(hardmaxAlong),
};
