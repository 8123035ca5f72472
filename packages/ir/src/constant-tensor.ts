import { invariant, locating } from "@rdu/diagnostics";
import {
  allocate,
  type DType,
  elementCount,
  fromBytes,
  fromPackedBytes,
  isTensor,
  packedByteLength,
  type Tensor,
  toBytes,
  type Value,
} from "@rdu/tensor";
import type { Constant, ConstantSource, TensorType, ValueId, ValueType } from "./graph.ts";

/** Reads a range of a file that a model names. Rejects (E0103, E0105) when it cannot. */
export type ReadBytes = (location: string, offset: number, length: number) => Uint8Array;

/**
 * The elements of a constant. Ranges of files are laid out as ONNX raw data, sub-byte types packed; inline bytes are
 * unpacked. Inline elements share memory when they are aligned. Rejects when a file cannot be read or does not fit.
 */
export function constantTensor(constant: Constant, readBytes: ReadBytes): Tensor {
  const { source, type } = constant;
  const shape = constantShape(type);
  return locating([constant.id], () => {
    switch (source.kind) {
      case "strings":
        return { dtype: type.dtype, shape, data: [...source.strings] };
      case "inline":
        return fromBytes(type.dtype, shape, source.bytes);
      case "file":
        return fromPackedBytes(type.dtype, shape, readBytes(source.location, source.offset, source.length));
    }
  });
}

/** A constant that holds the elements of a tensor in memory, shared with it. */
export function tensorConstant(id: ValueId, tensor: Tensor): Constant {
  const { dtype, shape, data } = tensor;
  const source: ConstantSource = Array.isArray(data)
    ? { kind: "strings", strings: data }
    : { kind: "inline", bytes: toBytes(tensor) };
  return { id, type: { kind: "tensor", dtype, shape }, source };
}

/** A one-element (rank 0) or flat tensor of integers, for shapes and axes. */
export function integersConstant(id: ValueId, values: readonly number[], dtype: "int32" | "int64" = "int64"): Constant {
  const data = allocate(dtype, values.length);
  values.forEach((value, index) => {
    if (data instanceof BigInt64Array) data[index] = BigInt(value);
    else if (data instanceof Int32Array) data[index] = value;
  });
  return tensorConstant(id, { dtype, shape: [values.length], data });
}

/** The shape of a constant, always known. */
export function constantShape(type: TensorType): readonly number[] {
  const { shape } = type;
  invariant(
    shape?.every((dim) => typeof dim === "number"),
    "the shape of a constant is known",
  );
  return shape as readonly number[];
}

/** Bytes a constant takes where it lies: packed in a file, unpacked in memory. Strings: their UTF-16 units, twice. */
export function constantByteLength({ source }: Constant): number {
  switch (source.kind) {
    case "strings":
      return source.strings.reduce((sum, text) => sum + 2 * text.length, 0);
    case "inline":
      return source.bytes.length;
    case "file":
      return source.length;
  }
}

/** Bytes that a tensor of this type takes in an ONNX file. */
export function packedTensorBytes(dtype: DType, shape: readonly number[]): number {
  return packedByteLength(dtype, elementCount(shape));
}

/** The type of a value: exact for tensors; a sequence takes the type of its first item, an empty one is of float32. */
export function typeOfValue(value: Value): ValueType {
  if (isTensor(value)) return { kind: "tensor", dtype: value.dtype, shape: value.shape };
  const unknown: ValueType = { kind: "tensor", dtype: "float32", shape: null };
  if ("sequence" in value) {
    const [first] = value.sequence;
    return { kind: "sequence", element: first === undefined ? unknown : typeOfValue(first) };
  }
  if ("map" in value) {
    const [first] = value.map;
    return { kind: "map", key: value.keys.dtype, element: first === undefined ? unknown : typeOfValue(first) };
  }
  return { kind: "optional", element: value.optional === null ? unknown : typeOfValue(value.optional) };
}
