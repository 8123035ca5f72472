import { reject } from "@rdu/diagnostics";
import { type Constant, type ConstantSource, constantTensor, type ValueId } from "@rdu/ir";
import {
  allocate,
  DTYPES,
  type DType,
  elementCount,
  packedByteLength,
  type Tensor,
  type TensorData,
  toBytes,
  typeText,
  unpackBits,
} from "@rdu/tensor";
import { checkExternalLocation } from "./external-location.ts";
import { importDtype } from "./import-type.ts";
import type { Integer64, TensorProto } from "./proto-types.ts";
import { plainBytes, toBigint, toSafeInteger, toText } from "./wire.ts";

/** Length of an external data file in bytes; undefined when there is no such file. */
export type ExternalLength = (location: string) => number | undefined;

const EXTERNAL = 1;

/**
 * A TensorProto as a constant. Raw bytes stay where they are, in the bytes of the model or of the external file; only
 * sub-byte types and typed fields are unpacked. Rejects with E0108 when contents and type disagree, E0103 to E0105 for
 * external data. `externalLength` absent: external files are not looked at yet.
 */
export function importTensor(id: ValueId, proto: TensorProto, externalLength?: ExternalLength): Constant {
  if (proto.segment !== undefined && proto.segment !== null) reject("E0108", "tensors in segments are not supported");
  if (!proto.dataType) reject("E0108", "it has no element type");
  const dtype = importDtype(proto.dataType);
  const shape = importDims(proto.dims ?? []);
  const count = elementCount(shape);
  const type = { kind: "tensor", dtype, shape } as const;
  return { id, type, source: importSource(proto, dtype, shape, count, externalLength) };
}

/** The elements of a TensorProto that lies in a data file: no external data there. */
export function importTensorValue(proto: TensorProto): Tensor {
  return constantTensor(importTensor(proto.name ?? "", proto), (location) =>
    reject("E0103", `a data file cannot refer to ${JSON.stringify(location)}`),
  );
}

export function importDims(dims: readonly Integer64[]): readonly number[] {
  return dims.map((dim) => {
    const extent = toSafeInteger(dim);
    if (extent === undefined || extent < 0) reject("E0108", `a dimension is ${dim}`);
    return extent;
  });
}

function importSource(
  proto: TensorProto,
  dtype: DType,
  shape: readonly number[],
  count: number,
  externalLength: ExternalLength | undefined,
): ConstantSource {
  if (proto.dataLocation === EXTERNAL) return externalSource(proto, dtype, shape, count, externalLength);
  if (dtype === "string") {
    const strings = (proto.stringData ?? []).map(toText);
    checkCount(strings.length, count, "strings", dtype, shape);
    return { kind: "strings", strings };
  }
  const raw = proto.rawData;
  // An empty raw field beside typed data is a default written out by an old exporter.
  if (raw !== undefined && raw !== null && (raw.length > 0 || count === 0)) {
    checkCount(raw.length, packedByteLength(dtype, count), "bytes", dtype, shape);
    return { kind: "inline", bytes: unpacked(plainBytes(raw), dtype, count) };
  }
  return { kind: "inline", bytes: typedBytes(proto, dtype, shape, count) };
}

function externalSource(
  proto: TensorProto,
  dtype: DType,
  shape: readonly number[],
  count: number,
  externalLength: ExternalLength | undefined,
): ConstantSource {
  const entries = new Map((proto.externalData ?? []).map(({ key, value }) => [key ?? "", value ?? ""]));
  const location = checkExternalLocation(entries.get("location") ?? "");
  if (dtype === "string") reject("E0108", "strings cannot lie in an external file");
  const needed = packedByteLength(dtype, count);
  const offset = externalNumber(entries.get("offset"), "offset", 0);
  const length = externalNumber(entries.get("length"), "length", needed);
  if (length !== needed) {
    reject("E0105", `${typeText(dtype, shape)} takes ${needed} bytes, its external data is ${length} bytes long`);
  }
  if (externalLength !== undefined) {
    const available = externalLength(location);
    if (available === undefined) reject("E0103", `there is no file ${JSON.stringify(location)}`);
    if (offset + length > available) {
      reject("E0105", `${JSON.stringify(location)} is ${available} bytes long, needed are ${length} from ${offset}`);
    }
  }
  return { kind: "file", location, offset, length };
}

function externalNumber(text: string | undefined, what: string, fallback: number): number {
  if (text === undefined || text === "") return fallback;
  const value = /^[0-9]+$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value)) reject("E0105", `the ${what} is ${JSON.stringify(text)}`);
  return value;
}

/** From ONNX's layout to ours: sub-byte types one element a byte. */
function unpacked(bytes: Uint8Array, dtype: DType, count: number): Uint8Array {
  const { bits, class: kind } = DTYPES[dtype];
  if (bits >= 8) return bytes;
  const elements = unpackBits(bytes, count, bits, kind === "int");
  return new Uint8Array(elements.buffer, elements.byteOffset, elements.byteLength);
}

/**
 * The typed fields: float_data carries float32 and complex64, double_data float64 and complex128, int64_data int64,
 * uint64_data uint32 and uint64, and int32_data everything of 32 bits or less, 16- and 8-bit floats as bit patterns and
 * 4- and 2-bit types packed, one byte an entry.
 */
function typedBytes(proto: TensorProto, dtype: DType, shape: readonly number[], count: number): Uint8Array {
  const { bits } = DTYPES[dtype];
  const expect = (values: readonly unknown[], expected: number, field: string): void =>
    checkCount(values.length, expected, `values in ${field}`, dtype, shape);
  if (bits < 8) {
    const values = proto.int32Data ?? [];
    expect(values, packedByteLength(dtype, count), "int32_data");
    return unpacked(Uint8Array.from(values), dtype, count);
  }
  const field = fieldOf(dtype);
  const values: readonly (number | Integer64)[] = proto[field] ?? [];
  const scalars = dtype === "complex64" || dtype === "complex128" ? 2 * count : count;
  expect(values, scalars, FIELD_NAMES[field]);
  const data = allocate(dtype, count);
  fill(data, values);
  return toBytes({ dtype, shape, data });
}

const FIELD_NAMES = {
  floatData: "float_data",
  doubleData: "double_data",
  int32Data: "int32_data",
  int64Data: "int64_data",
  uint64Data: "uint64_data",
} as const;

function fieldOf(dtype: DType): keyof typeof FIELD_NAMES {
  if (dtype === "float32" || dtype === "complex64") return "floatData";
  if (dtype === "float64" || dtype === "complex128") return "doubleData";
  if (dtype === "int64") return "int64Data";
  return dtype === "uint32" || dtype === "uint64" ? "uint64Data" : "int32Data";
}

/** Integers wrap to the width of the element, as the bit patterns of the field are meant. */
function fill(data: TensorData, values: readonly (number | Integer64)[]): void {
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) {
    values.forEach((value, index) => {
      data[index] = toBigint(value);
    });
  } else if (!Array.isArray(data)) {
    values.forEach((value, index) => {
      data[index] = typeof value === "number" ? value : Number(value.toString());
    });
  }
}

function checkCount(found: number, expected: number, what: string, dtype: DType, shape: readonly number[]): void {
  if (found === expected) return;
  reject("E0108", `${typeText(dtype, shape)} takes ${expected} ${what}, found ${found}`);
}
