import type { Dim, TensorType } from "@rdu/ir";
import { allocate, dtypeOfOnnx, elementCount, isSmallFloat, type Tensor, tensor } from "@rdu/tensor";
import { filled } from "../numeric/copy.ts";
import { bigintsOf, int64Tensor, type NumberArray, scalarOf, tensorOf } from "../numeric/numbers.ts";
import { type InferContext, operator } from "../operator.ts";

/** The kinds of attribute that may hold the value of a Constant, with the tensor each means. */
function constantOf(context: Pick<InferContext, "attributes" | "node" | "reject">): Tensor {
  const { attributes } = context;
  if (attributes.has("value")) return attributes.tensor("value");
  if (attributes.has("value_float")) return tensor("float32", [], Float32Array.of(attributes.float("value_float")));
  if (attributes.has("value_floats")) {
    const values = Float32Array.from(attributes.floats("value_floats"));
    return tensor("float32", [values.length], values);
  }
  const { value_int: one, value_ints: many } = context.node.attributes;
  if (one?.kind === "int") return tensor("int64", [], BigInt64Array.of(one.value));
  if (many?.kind === "ints") return tensor("int64", [many.value.length], BigInt64Array.from(many.value));
  if (attributes.has("value_string")) return tensor("string", [], [attributes.string("value_string")]);
  if (attributes.has("value_strings")) {
    const values = [...attributes.strings("value_strings")];
    return tensor("string", [values.length], values);
  }
  return context.reject("has no value", "E0303");
}

export const constant = operator({
  name: "Constant",
  summary: "a tensor given in the model",
  infer: (c) => {
    const { dtype, shape } = constantOf(c);
    return [{ kind: "tensor", dtype, shape }];
  },
  evaluate: (c) => [constantOf(c)],
});

function fillOf(context: Pick<InferContext, "attributes">): Tensor {
  return context.attributes.has("value")
    ? context.attributes.tensor("value")
    : tensor("float32", [1], new Float32Array(1));
}

export const constantOfShape = operator({
  name: "ConstantOfShape",
  summary: "a tensor of a given shape, every element the same",
  shapeInputs: [0],
  infer: (c) => {
    const [rank] = c.shape(0);
    const shape = c.extents(0) ?? (typeof rank === "number" ? new Array<Dim>(rank).fill(null) : null);
    return [{ kind: "tensor", dtype: fillOf(c).dtype, shape }];
  },
  evaluate: (c) => [filled(fillOf(c), c.shape())],
});

export const eyeLike = operator({
  name: "EyeLike",
  summary: "ones on a diagonal, zeros elsewhere, in the shape of the operand",
  infer: (c) => [{ kind: "tensor", dtype: eyeType(c) ?? c.dtype(0), shape: c.shape(0) }],
  evaluate(c) {
    const [rows = 0, columns = 0] = c.tensor(0).shape;
    const k = c.attributes.int("k");
    const values = new Float64Array(rows * columns);
    for (let row = 0; row < rows; row += 1) if (row + k >= 0 && row + k < columns) values[row * columns + row + k] = 1;
    return [tensorOf(c.dtype(), [rows, columns], values)];
  },
});

function eyeType(context: Pick<InferContext, "attributes" | "reject">) {
  if (!context.attributes.has("dtype")) return undefined;
  return dtypeOfOnnx(context.attributes.int("dtype")) ?? context.reject("dtype is no element type", "E0305");
}

export const range = operator({
  name: "Range",
  summary: "start, start + delta, ... before limit",
  shapeInputs: [0, 1, 2],
  infer: (c) => {
    const [start, limit, delta] = [c.assumed(0), c.assumed(1), c.assumed(2)];
    if (start && limit && delta) return [[rangeLength(c, start, limit, delta)]];
    const counts = start !== undefined && delta !== undefined && scalarOf(start) === 0 && scalarOf(delta) === 1;
    return [[counts ? (c.extents(1)?.[0] ?? null) : null]];
  },
  evaluate(c) {
    const [start, limit, delta] = [c.tensor(0), c.tensor(1), c.tensor(2)];
    const count = rangeLength(c, start, limit, delta);
    // Long ranges are no mistake: each element goes where it stays.
    if (start.dtype === "int64") {
      const [first = 0n, step = 0n] = [bigintsOf(start)[0], bigintsOf(delta)[0]];
      const data = allocate("int64", count) as BigInt64Array;
      for (let i = 0; i < count; i += 1) data[i] = first + BigInt(i) * step;
      return [tensor("int64", [count], data)];
    }
    const [first, step] = [scalarOf(start), scalarOf(delta)];
    if (isSmallFloat(start.dtype)) {
      return [
        tensorOf(
          start.dtype,
          [count],
          Float64Array.from({ length: count }, (_, i) => first + i * step),
        ),
      ];
    }
    const data = allocate(start.dtype, count) as NumberArray;
    for (let i = 0; i < count; i += 1) data[i] = first + i * step;
    return [tensor(start.dtype, [count], data)];
  },
});

/** Steps of 0, infinities and NaN have no end. */
function rangeLength(c: Pick<InferContext, "reject">, start: Tensor, limit: Tensor, delta: Tensor): number {
  const [from, to, step] = [scalarOf(start), scalarOf(limit), scalarOf(delta)];
  const count = Math.max(0, Math.ceil((to - from) / step));
  return count <= LONGEST_RANGE ? count : c.reject(`from ${from} to ${to} in steps of ${step} has no end`, "E0307");
}

/** As long as an array may be. */
const LONGEST_RANGE = 2 ** 32 - 1;

/** The part of a shape that Shape asks for; start and end are clamped. */
function shapeRange(context: Pick<InferContext, "attributes">, rank: number): readonly [number, number] {
  const clamp = (at: number): number => Math.min(rank, Math.max(0, at < 0 ? at + rank : at));
  return [clamp(context.attributes.int("start", 0)), clamp(context.attributes.int("end", rank))];
}

function staticShape(context: InferContext): readonly number[] | undefined {
  const type = context.type(0) as TensorType;
  return type.shape?.every((extent) => typeof extent === "number") ? (type.shape as readonly number[]) : undefined;
}

export const shapeOperator = operator({
  name: "Shape",
  summary: "the extents of the operand",
  infer(c) {
    const { shape } = c.type(0) as TensorType;
    if (shape === null) return [[null]];
    const [start, end] = shapeRange(c, shape.length);
    return [[Math.max(0, end - start)]];
  },
  fromTypes(c) {
    const shape = staticShape(c);
    if (shape === undefined) return [undefined];
    const part = shape.slice(...shapeRange(c, shape.length));
    return [int64Tensor([part.length], part)];
  },
  evaluate(c) {
    const { shape } = c.tensor(0);
    const part = shape.slice(...shapeRange(c, shape.length));
    return [int64Tensor([part.length], part)];
  },
});

export const size = operator({
  name: "Size",
  summary: "the number of elements of the operand",
  infer: () => [[]],
  fromTypes(c) {
    const shape = staticShape(c);
    return [shape === undefined ? undefined : int64Tensor([], [elementCount(shape)])];
  },
  evaluate: (c) => [int64Tensor([], [elementCount(c.tensor(0).shape)])],
});
