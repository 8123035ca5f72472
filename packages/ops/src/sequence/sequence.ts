import type { Dim, TensorType, ValueType } from "@rdu/ir";
import { dtypeOfOnnx, isTensor, rowMajorStrides, type Tensor, tensor, type Value } from "@rdu/tensor";
import { sliceAt } from "../control/control-flow.ts";
import { concatenate } from "../layout/layout.ts";
import { commonType } from "../node-context.ts";
import { copyBox } from "../numeric/copy.ts";
import { int64Tensor, integersOf } from "../numeric/numbers.ts";
import { type EvaluateContext, type InferContext, operator } from "../operator.ts";
import { axisOf } from "../shapes.ts";

const HOST = "sequences live on the host";
const OPTIONAL_HOST = "optional values live on the host";

function itemsOf(c: EvaluateContext, index: number): readonly Value[] {
  const value = c.value(index);
  if (value === null || isTensor(value) || !("sequence" in value))
    return c.reject(`input ${index} is no sequence`, "E0202");
  return value.sequence;
}

function elementOf(c: InferContext, index: number): ValueType {
  const type = c.type(index);
  return type.kind === "sequence" ? type.element : c.reject(`input ${index} is no sequence`, "E0202");
}

/** A position that may count from the end; up to `length` where inserting. */
function positionOf(c: EvaluateContext, index: number, length: number, most: number): number {
  const given = c.integers(index)[0]!;
  const at = given < 0 ? given + length : given;
  return at >= 0 && at <= most ? at : c.reject(`position ${given} is out of range for ${length} items`, "E0307");
}

export const sequenceConstruct = operator({
  name: "SequenceConstruct",
  summary: "a sequence of its operands",
  host: HOST,
  infer(c) {
    const types = Array.from({ length: c.inputCount }, (_, index) => c.type(index));
    return [{ kind: "sequence", element: types.reduce(commonType) }];
  },
  evaluate: (c) => [{ sequence: Array.from({ length: c.inputCount }, (_, index) => c.value(index) as Value) }],
});

export const sequenceEmpty = operator({
  name: "SequenceEmpty",
  summary: "a sequence of nothing",
  host: HOST,
  infer(c) {
    const dtype = dtypeOfOnnx(c.attributes.int("dtype", 1)) ?? c.reject("dtype is no element type", "E0305");
    return [{ kind: "sequence", element: { kind: "tensor", dtype, shape: null } }];
  },
  evaluate: () => [{ sequence: [] }],
});

export const sequenceAt = operator({
  name: "SequenceAt",
  summary: "one item of a sequence",
  host: HOST,
  infer: (c) => [elementOf(c, 0)],
  evaluate(c) {
    const items = itemsOf(c, 0);
    return [items[positionOf(c, 1, items.length, items.length - 1)] as Value];
  },
});

export const sequenceErase = operator({
  name: "SequenceErase",
  summary: "a sequence without one item, the last by default",
  host: HOST,
  infer: (c) => [c.type(0)],
  evaluate(c) {
    const items = itemsOf(c, 0);
    const at = c.has(1) ? positionOf(c, 1, items.length, items.length - 1) : items.length - 1;
    return [{ sequence: items.toSpliced(at, 1) }];
  },
});

export const sequenceInsert = operator({
  name: "SequenceInsert",
  summary: "a sequence with one more item, at the end by default",
  host: HOST,
  infer(c) {
    // An empty sequence of unknown item shapes takes the shape of what comes in.
    return [{ kind: "sequence", element: commonType(elementOf(c, 0), c.type(1)) }];
  },
  evaluate(c) {
    const items = itemsOf(c, 0);
    const at = c.has(2) ? positionOf(c, 2, items.length, items.length) : items.length;
    return [{ sequence: items.toSpliced(at, 0, c.value(1) as Value) }];
  },
});

export const sequenceLength = operator({
  name: "SequenceLength",
  summary: "how many items a sequence has",
  host: HOST,
  infer: () => [[]],
  evaluate: (c) => [int64Tensor([], [itemsOf(c, 0).length])],
});

export const splitToSequence = operator({
  name: "SplitToSequence",
  summary: "the parts of a tensor along an axis, as a sequence",
  host: HOST,
  infer(c) {
    const shape = c.shape(0);
    const axis = axisOf(c, c.attributes.int("axis"), shape.length);
    const single = !c.has(1);
    const drops = single && c.attributes.int("keepdims") === 0;
    const part: readonly Dim[] = drops ? shape.toSpliced(axis, 1) : shape.with(axis, single ? 1 : null);
    return [{ kind: "sequence", element: { kind: "tensor", dtype: c.dtype(0), shape: part } }];
  },
  evaluate(c) {
    const x = c.tensor(0);
    const axis = axisOf(c, c.attributes.int("axis"), x.shape.length);
    const extent = x.shape[axis]!;
    if (!c.has(1) && c.attributes.int("keepdims") === 0)
      return [{ sequence: Array.from({ length: extent }, (_, at) => sliceAt(x, axis, at)) }];
    const sizes = partSizes(c, extent);
    const strides = rowMajorStrides(x.shape);
    let offset = 0;
    const parts = sizes.map((size) => {
      const part = copyBox(x, x.shape.with(axis, size), strides, offset * strides[axis]!);
      offset += size;
      return part;
    });
    return [{ sequence: parts }];
  },
});

/** A scalar is the size of every part (the last may be smaller), a list the size of each. */
function partSizes(c: EvaluateContext, extent: number): readonly number[] {
  const split = c.optional(1);
  if (split !== undefined && split.shape.length > 0) return integersOf(split);
  const size = split === undefined ? 1 : integersOf(split)[0]!;
  return Array.from({ length: Math.ceil(extent / size) }, (_, at) => Math.min(size, extent - at * size));
}

export const concatFromSequence = operator({
  name: "ConcatFromSequence",
  summary: "the items of a sequence as one tensor, joined along an axis old or new",
  host: HOST,
  infer(c) {
    const element = elementOf(c, 0) as TensorType;
    if (element.shape === null) return [{ ...element, shape: null }];
    const isNew = c.attributes.int("new_axis") !== 0;
    const axis = axisOf(c, c.attributes.int("axis"), element.shape.length + (isNew ? 1 : 0));
    return [{ ...element, shape: isNew ? element.shape.toSpliced(axis, 0, null) : element.shape.with(axis, null) }];
  },
  evaluate(c) {
    const items = itemsOf(c, 0) as readonly Tensor[];
    const [first] = items;
    if (first === undefined) return c.reject("joins an empty sequence", "E0307");
    const isNew = c.attributes.int("new_axis") !== 0;
    const axis = axisOf(c, c.attributes.int("axis"), first.shape.length + (isNew ? 1 : 0));
    const parts = isNew ? items.map((item) => ({ ...item, shape: item.shape.toSpliced(axis, 0, 1) })) : items;
    const extent = parts.reduce((sum, part) => sum + part.shape[axis]!, 0);
    return [concatenate(parts, axis, parts[0]!.shape.with(axis, extent))];
  },
});

export const optional = operator({
  name: "Optional",
  summary: "a value that may be absent",
  host: OPTIONAL_HOST,
  infer: (c) => [{ kind: "optional", element: c.has(0) ? c.type(0) : c.attributes.type("type") }],
  evaluate: (c) => [{ optional: c.value(0) }],
});

export const optionalGetElement = operator({
  name: "OptionalGetElement",
  summary: "the value of an optional that has one",
  host: OPTIONAL_HOST,
  infer(c) {
    const type = c.type(0);
    return [type.kind === "optional" ? type.element : type];
  },
  evaluate(c) {
    const value = c.value(0);
    if (value === null || isTensor(value) || !("optional" in value)) return [value];
    return [value.optional ?? c.reject("the optional holds nothing", "E0307")];
  },
});

export const optionalHasElement = operator({
  name: "OptionalHasElement",
  summary: "whether an optional holds a value",
  host: OPTIONAL_HOST,
  infer: () => [[]],
  evaluate(c) {
    const value = c.value(0);
    const holds = value !== null && (isTensor(value) || !("optional" in value) || value.optional !== null);
    return [tensor("bool", [], Uint8Array.of(holds ? 1 : 0))];
  },
});
