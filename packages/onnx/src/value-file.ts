import { reject } from "@rdu/diagnostics";
import { constantTensor, type ValueType } from "@rdu/ir";
import { DTYPES, isTensor, type Tensor, toPackedBytes, type Value } from "@rdu/tensor";
import { importSparseTensor } from "./import-sparse.ts";
import { importTensorValue } from "./import-tensor.ts";
import type { OptionalProto, SequenceProto, SparseTensorProto, TensorProto } from "./proto-types.ts";
import {
  decodeOptionalProto,
  decodeSequenceProto,
  decodeTensorProto,
  encodeOptionalProto,
  encodeSequenceProto,
  encodeTensorProto,
} from "./wire.ts";

/**
 * The value in a data file (`input_0.pb`). Which message it holds follows from the type the model declares for it; the
 * bytes do not say. Rejects with E0102 or E0108.
 */
export function decodeDataFile(bytes: Uint8Array, kind: ValueType["kind"] = "tensor"): Value {
  switch (kind) {
    case "tensor":
      return importTensorValue(decodeTensorProto(bytes));
    case "sequence":
      return sequenceValue(decodeSequenceProto(bytes));
    case "optional":
      return optionalValue(decodeOptionalProto(bytes));
  }
}

/** The bytes of a data file that holds this value under this name. */
export function encodeDataFile(value: Value, name = ""): Uint8Array {
  if (isTensor(value)) return encodeTensorProto(tensorProto(value, name));
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

function sequenceValue(proto: SequenceProto): Value {
  if (proto.elemType === HOLDS.map) reject("E0305", "sequences of maps are not supported");
  return {
    sequence: [
      ...(proto.tensorValues ?? []).map(importTensorValue),
      ...(proto.sparseTensorValues ?? []).map(denseValue),
      ...(proto.sequenceValues ?? []).map(sequenceValue),
      ...(proto.optionalValues ?? []).map(optionalValue),
    ],
  };
}

function optionalValue(proto: OptionalProto): Value {
  if (proto.elemType === HOLDS.map) reject("E0305", "optional maps are not supported");
  if (proto.tensorValue) return { optional: importTensorValue(proto.tensorValue) };
  if (proto.sparseTensorValue) return { optional: denseValue(proto.sparseTensorValue) };
  if (proto.sequenceValue) return { optional: sequenceValue(proto.sequenceValue) };
  if (proto.optionalValue) return { optional: optionalValue(proto.optionalValue) };
  return { optional: null };
}

/** The dense form lies in memory, so nothing is ever read. */
function denseValue(sparse: SparseTensorProto): Tensor {
  return constantTensor(importSparseTensor("", sparse), () => new Uint8Array());
}

function sequenceProto(items: readonly Value[], name: string): SequenceProto {
  const tensors = items.filter(isTensor);
  const sequences = items.filter((item) => "sequence" in item);
  const optionals = items.filter((item) => "optional" in item);
  const elemType = sequences.length > 0 ? HOLDS.sequence : optionals.length > 0 ? HOLDS.optional : HOLDS.tensor;
  return {
    ...(name === "" ? {} : { name }),
    elemType,
    tensorValues: tensors.map((tensor) => tensorProto(tensor)),
    sequenceValues: sequences.map(({ sequence }) => sequenceProto(sequence, "")),
    optionalValues: optionals.map(({ optional }) => optionalProto(optional, "")),
  };
}

function optionalProto(value: Value | null, name: string): OptionalProto {
  const named = name === "" ? {} : { name };
  if (value === null) return { ...named, elemType: HOLDS.undefined };
  if (isTensor(value)) return { ...named, elemType: HOLDS.tensor, tensorValue: tensorProto(value) };
  return "sequence" in value
    ? { ...named, elemType: HOLDS.sequence, sequenceValue: sequenceProto(value.sequence, "") }
    : { ...named, elemType: HOLDS.optional, optionalValue: optionalProto(value.optional, "") };
}
