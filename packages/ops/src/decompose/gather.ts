import type { Tensor } from "@rdu/tensor";
import { axisOf } from "./axis-of.ts";
import type { Decompose } from "./decompose.ts";
import { type Index, plus, times } from "./index-form.ts";
import { copy } from "./maps.ts";
import type { NodeBuilder } from "./node-builder.ts";
import { literal, type PatternWriter, type Scalar, type TensorRef } from "./pattern-writer.ts";

/**
 * Indices of input `input` as non-negative int32 values for an axis of `length`: a table when they are constant, else one pattern.
 * An index out of range stays out of range, so that the read which uses it still stops the run.
 */
export function wholeIndices(b: NodeBuilder, input: number, length: number): TensorRef {
  const indices = b.input(input);
  const constant = b.integers(input);
  if (constant !== undefined) {
    const data = Int32Array.from(constant, (index) => (index < 0 ? index + length : index));
    return b.table("index", { dtype: "int32", shape: indices.shape, data });
  }
  const made = b.fresh("index", "int32", indices.shape);
  b.pattern((p) => {
    const at = p.parallelOver(indices.shape);
    p.give(wholeIndex(p, p.read(indices, at), length), made, at);
  });
  return made;
}

/** index + length where it is negative, as int32; what is out of range stays so. */
export function wholeIndex(p: PatternWriter, given: Scalar, length: number): Scalar {
  const index = p.widen(given);
  const like = (value: number): Scalar => literal(value, index.dtype);
  if (index.dtype === "uint32" || index.dtype === "uint64")
    return p.convert(p.apply("min", index, like(length)), "int32");
  const bounded = p.apply("min", p.apply("max", index, like(-length - 1)), like(length));
  const wrapped = p.select(p.test("lt", bounded, like(0)), p.apply("add", bounded, like(length)), bounded);
  return p.convert(wrapped, "int32");
}

const gather: Decompose = (b) => {
  const [x, target] = [b.input(0), b.output()];
  const axis = axisOf(b.attributes.int("axis", 0), x.shape.length);
  return takeAlong(b, target, x, 1, axis);
};

/** target[before, indices..., after] = x[before, index, after]; affine when the constant indices are an arithmetic progression. */
function takeAlong(b: NodeBuilder, target: TensorRef, x: TensorRef, input: number, axis: number): undefined {
  const length = x.shape[axis]!;
  const { shape } = b.input(input);
  const constant = b.integers(input)?.map((index) => (index < 0 ? index + length : index));
  const steps = constant === undefined ? undefined : affineSteps(constant, shape);
  const around = (at: readonly Index[], index: Index): readonly Index[] => [
    ...at.slice(0, axis),
    index,
    ...at.slice(axis + shape.length),
  ];
  if (constant !== undefined && steps !== undefined) {
    return copy(b, target, x, (at) => {
      const inner = at.slice(axis, axis + shape.length).map((i, a) => times(i, steps[a]!));
      return around(at, plus(constant[0] ?? 0, ...inner));
    });
  }
  const indices = wholeIndices(b, input, length);
  return copy(b, target, x, (at, p) => around(at, p.gathered(p.read(indices, at.slice(axis, axis + shape.length)))));
}

/** Steps along each axis of a table table[i, j] = first + a i + b j; undefined when it is not of that form. */
export function affineSteps(table: readonly number[], shape: readonly number[]): readonly number[] | undefined {
  const steps: number[] = [];
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis -= 1) {
    steps[axis] = shape[axis]! > 1 ? table[stride]! - table[0]! : 0;
    stride *= shape[axis]!;
  }
  const fits = table.every((value, flat) => {
    let rest = flat;
    let expected = table[0]!;
    for (let axis = shape.length - 1; axis >= 0; axis -= 1) {
      expected += (rest % shape[axis]!) * steps[axis]!;
      rest = Math.floor(rest / shape[axis]!);
    }
    return value === expected;
  });
  return fits ? steps : undefined;
}

const gatherElements: Decompose = (b) => {
  const [x, target] = [b.input(0), b.output()];
  const axis = axisOf(b.attributes.int("axis", 0), x.shape.length);
  const indices = wholeIndices(b, 1, x.shape[axis]!);
  return copy(b, target, x, (at, p) => {
    const index = p.gathered(p.read(indices, at));
    return at.map((i, a) => (a === axis ? index : i));
  });
};

/** target[batch, outer, inner] = x[batch, indices[batch, outer, :], inner]. */
const gatherND: Decompose = (b) => {
  const [x, indices, target] = [b.input(0), b.input(1), b.output()];
  const batch = b.attributes.int("batch_dims", 0);
  const outer = indices.shape.length - 1;
  const depth = indices.shape[outer]!;
  const whole = wholeIndexVectors(b, 1, x.shape.slice(batch, batch + depth));
  return copy(b, target, x, (at, p) => {
    const vector = Array.from({ length: depth }, (_, k) => p.gathered(p.read(whole, [...at.slice(0, outer), k])));
    return [...at.slice(0, batch), ...vector, ...at.slice(outer)];
  });
};

/** Index vectors (last axis) as non-negative int32, each component for its own axis length. */
export function wholeIndexVectors(b: NodeBuilder, input: number, lengths: readonly number[]): TensorRef {
  const indices = b.input(input);
  const constant = b.integers(input);
  if (constant !== undefined) {
    const data = Int32Array.from(constant, (index, flat) =>
      index < 0 ? index + lengths[flat % lengths.length]! : index,
    );
    return b.table("index", { dtype: "int32", shape: indices.shape, data });
  }
  const table: Tensor = { dtype: "int64", shape: [lengths.length], data: BigInt64Array.from(lengths, BigInt) };
  const limits = b.table("lengths", table);
  const made = b.fresh("index", "int32", indices.shape);
  b.pattern((p) => {
    const at = p.parallelOver(indices.shape);
    const index = p.convert(p.read(indices, at), "int64");
    const length = p.read(limits, at.slice(-1));
    const zero = literal(0, "int64");
    const below = p.apply("sub", p.apply("neg", length), literal(1, "int64"));
    const bounded = p.apply("min", p.apply("max", index, below), length);
    p.give(
      p.convert(p.select(p.test("lt", bounded, zero), p.apply("add", bounded, length), bounded), "int32"),
      made,
      at,
    );
  });
  return made;
}

/** 1 (the on value) where the axis index equals the given index, the off value elsewhere; indices out of range give a row of off values. */
const oneHot: Decompose = (b) => {
  const [indices, values, target] = [b.input(0), b.input(2), b.output()];
  const axis = axisOf(b.attributes.int("axis", -1), target.shape.length);
  const depth = target.shape[axis]!;
  b.pattern((p) => {
    const at = p.parallelOver(target.shape);
    const given = p.read(
      indices,
      at.filter((_, a) => a !== axis),
    );
    const index = p.convert(given, "int64");
    const like = (value: number): Scalar => literal(value, "int64");
    const wrapped = p.select(p.test("lt", index, like(0)), p.apply("add", index, like(depth)), index);
    const hit = p.test("eq", wrapped, p.convert(p.position(at[axis]!), "int64"));
    p.give(p.select(hit, p.read(values, [1]), p.read(values, [0])), target, at);
  });
  return undefined;
};

export const GATHERS: Readonly<Record<string, Decompose>> = {
  Gather: gather,
  GatherElements: gatherElements,
  GatherND: gatherND,
  OneHot: oneHot,
};
