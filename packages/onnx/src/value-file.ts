import { reject } from "@rdu/diagnostics";
import { constantTensor, type ValueType } from "@rdu/ir";
import {
  bigintAt,
  cast,
  DTYPES,
  fromBigints,
  isTensor,
  type Tensor,
  tensor,
  toPackedBytes,
  type Value,
} from "@rdu/tensor";
import { importSparseTensor } from "./import-sparse.ts";
import { importTensorValue } from "./import-tensor.ts";
import { keyDtype } from "./import-type.ts";
import type { MapProto, OptionalProto, SequenceProto, SparseTensorProto, TensorProto } from "./proto-types.ts";
import {
  decodeMapProto,
  decodeOptionalProto,
  decodeSequenceProto,
  decodeTensorProto,
  encodeMapProto,
  encodeOptionalProto,
  encodeSequenceProto,
  encodeTensorProto,
  toBigint,
  toText,
} from "./wire.ts";

type MapValue = Extract<Value, { readonly map: unknown }>;

/**
 * The value in a data file (`input_0.pb`). Which message it holds follows from the type the model declares for it; the
 * bytes do not say. Rejects with E0102 or E0108.
 */
export function decodeDataFile(bytes: Uint8Array, type?: ValueType): Value {
  switch (type?.kind) {
    case undefined:
    case "tensor":
      return importTensorValue(decodeTensorProto(bytes));
    case "sequence":
      return withDeclaredFloats(sequenceValue(decodeSequenceProto(bytes)), type);
    case "optional":
      return withDeclaredFloats(optionalValue(decodeOptionalProto(bytes)), type);
    case "map":
      return withDeclaredFloats(mapValue(decodeMapProto(bytes)), type);
  }
}

/**
 * The numbers of a map in the float type that the model declares for them: a dictionary of Python has doubles only, and so has the file that
 * a script writes of it. Everything else stays as it is.
 */
function withDeclaredFloats(value: Value, type: ValueType): Value {
  if (isTensor(value) || type.kind === "tensor") return value;
  const { element } = type;
  if ("sequence" in value) return { sequence: value.sequence.map((item) => withDeclaredFloats(item, element)) };
  if ("optional" in value) {
    return { optional: value.optional === null ? null : withDeclaredFloats(value.optional, element) };
  }
  const declared = (item: Value): Value =>
    isTensor(item) && item.dtype === "float64" && element.kind === "tensor" && element.dtype === "float32"
      ? cast(item, "float32")
      : withDeclaredFloats(item, element);
  return { ...value, map: value.map.map(declared) };
}

/** The bytes of a data file that holds this value under this name. */
export function encodeDataFile(value: Value, name = ""): Uint8Array {
  if (isTensor(value)) return encodeTensorProto(tensorProto(value, name));
  if ("map" in value) return encodeMapProto(mapProto(value, name));
  return "sequence" in value
    ? encodeSequenceProto(sequenceProto(value.sequence, name))
    : encodeOptionalProto(optionalProto(value.optional, name));
}

/** A tensor as a message: raw bytes, or strings. */
export function tensorProto(tensor: Tensor, name = ""): TensorProto {
  const common = { name, dims: tensor.shape, dataType: DTYPES[tensor.dtype].onnx };
  return Array.isArray(tensor.data)
    ? { ...common, stringData: tensor.data.map((text) => new TextEncoder().encode(text)) }
    : { ...common, rawData: toPackedBytes(tensor) };
}

/** What SequenceProto and OptionalProto say that they hold. */
const HOLDS = { undefined: 0, tensor: 1, sparseTensor: 2, sequence: 3, map: 4, optional: 5 } as const;

function sequenceValue(proto: SequenceProto): { readonly sequence: readonly Value[] } {
  return {
    sequence: [
      ...(proto.tensorValues ?? []).map(importTensorValue),
      ...(proto.sparseTensorValues ?? []).map(denseValue),
      ...(proto.sequenceValues ?? []).map(sequenceValue),
      ...(proto.mapValues ?? []).map(mapValue),
      ...(proto.optionalValues ?? []).map(optionalValue),
    ],
  };
}

function optionalValue(proto: OptionalProto): Value {
  if (proto.tensorValue) return { optional: importTensorValue(proto.tensorValue) };
  if (proto.sparseTensorValue) return { optional: denseValue(proto.sparseTensorValue) };
  if (proto.sequenceValue) return { optional: sequenceValue(proto.sequenceValue) };
  if (proto.mapValue) return { optional: mapValue(proto.mapValue) };
  if (proto.optionalValue) return { optional: optionalValue(proto.optionalValue) };
  return { optional: null };
}

function mapValue(proto: MapProto): MapValue {
  const keys = keysOf(proto);
  const { sequence: map } = sequenceValue(proto.values ?? {});
  const count = keys.data.length;
  if (map.length !== count) reject("E0108", `a map has ${count} keys and ${map.length} values`);
  if (new Set<unknown>(keys.data).size !== count) reject("E0108", "a map has one key twice");
  return { keys, map };
}

function keysOf({ keyType, keys, stringKeys }: MapProto): Tensor {
  if (!keyType) reject("E0108", "a map does not say of which type its keys are");
  const dtype = keyDtype(keyType);
  if (dtype === "string") {
    const texts = (stringKeys ?? []).map(toText);
    return tensor("string", [texts.length], texts);
  }
  const numbers = (keys ?? []).map(toBigint);
  return fromBigints(dtype, [numbers.length], numbers);
}

/** The dense form lies in memory, so nothing is ever read. */
function denseValue(sparse: SparseTensorProto): Tensor {
  return constantTensor(importSparseTensor("", sparse), () => new Uint8Array());
}

function sequenceProto(items: readonly Value[], name: string): SequenceProto {
  const tensors = items.filter(isTensor);
  const sequences = items.filter((item) => "sequence" in item);
  const optionals = items.filter((item) => "optional" in item);
  const maps = items.filter((item) => "map" in item);
  return {
    ...(name === "" ? {} : { name }),
    elemType: holds(items[0]),
    tensorValues: tensors.map((tensor) => tensorProto(tensor)),
    sequenceValues: sequences.map(({ sequence }) => sequenceProto(sequence, "")),
    optionalValues: optionals.map(({ optional }) => optionalProto(optional, "")),
    mapValues: maps.map((map) => mapProto(map, "")),
  };
}

/** An empty sequence says that it holds tensors. */
function holds(item: Value | undefined): number {
  if (item === undefined || isTensor(item)) return HOLDS.tensor;
  return "sequence" in item ? HOLDS.sequence : "map" in item ? HOLDS.map : HOLDS.optional;
}

function mapProto({ keys, map }: MapValue, name: string): MapProto {
  return {
    ...(name === "" ? {} : { name }),
    keyType: DTYPES[keys.dtype].onnx,
    ...(Array.isArray(keys.data)
      ? { stringKeys: keys.data.map((text) => new TextEncoder().encode(text)) }
      : { keys: Array.from({ length: map.length }, (_, index) => bigintAt(keys, index)) }),
    values: sequenceProto(map, ""),
  };
}

function optionalProto(value: Value | null, name: string): OptionalProto {
  const named = name === "" ? {} : { name };
  if (value === null) return { ...named, elemType: HOLDS.undefined };
  if (isTensor(value)) return { ...named, elemType: HOLDS.tensor, tensorValue: tensorProto(value) };
  if ("map" in value) return { ...named, elemType: HOLDS.map, mapValue: mapProto(value, "") };
  return "sequence" in value
    ? { ...named, elemType: HOLDS.sequence, sequenceValue: sequenceProto(value.sequence, "") }
    : { ...named, elemType: HOLDS.optional, optionalValue: optionalProto(value.optional, "") };
}
