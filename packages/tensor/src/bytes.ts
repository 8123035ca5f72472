import { invariant, reject } from "@rdu/diagnostics";
import { DTYPES, type DType, packedByteLength } from "./dtype.ts";
import { elementCount, typeText } from "./shape.ts";
import { arrayOf, scalarCount, type Tensor, type TensorData } from "./tensor.ts";

/** All storage is little-endian, and so is every host this runs on; a big-endian host is refused rather than wrong. */
const LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** The storage of a tensor as little-endian bytes, sub-byte types one element a byte. Shares memory. Not for strings. */
export function toBytes({ dtype, data }: Tensor): Uint8Array {
  invariant(LITTLE_ENDIAN && !Array.isArray(data), () => `${dtype} has no bytes`);
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/**
 * A tensor from what `toBytes` gave. Shares memory when the bytes are aligned for the type, else copies. Rejects with
 * E0108 when their number does not fit.
 */
export function fromBytes(dtype: DType, shape: readonly number[], bytes: Uint8Array): Tensor {
  return { dtype, shape, data: dataFromBytes(dtype, shape, bytes, elementCount(shape) * DTYPES[dtype].bytes) };
}

/** As ONNX `raw_data`: little-endian, sub-byte types packed from the lowest bits. Shares memory where it can. */
export function toPackedBytes(subject: Tensor): Uint8Array {
  const { dtype, data } = subject;
  const { bits } = DTYPES[dtype];
  if (bits >= 8) return toBytes(subject);
  return packBits(data as Uint8Array | Int8Array, bits);
}

/** A tensor from ONNX `raw_data`. Shares memory when aligned. Rejects with E0108 when the number of bytes does not fit. */
export function fromPackedBytes(dtype: DType, shape: readonly number[], bytes: Uint8Array): Tensor {
  const { bits, class: kind } = DTYPES[dtype];
  if (bits >= 8 || kind === "string") return fromBytes(dtype, shape, bytes);
  const count = elementCount(shape);
  checkLength(dtype, shape, bytes, packedByteLength(dtype, count));
  return { dtype, shape, data: unpackBits(bytes, count, bits, kind === "int") };
}

/** Packs the low `bits` (1, 2 or 4) of each element, first element in the lowest bits; the last byte is padded with 0. */
export function packBits(elements: Uint8Array | Int8Array, bits: number): Uint8Array {
  const perByte = 8 / bits;
  const packed = new Uint8Array(Math.ceil(elements.length / perByte));
  const mask = (1 << bits) - 1;
  for (let index = 0; index < elements.length; index += 1) {
    packed[Math.floor(index / perByte)]! |= (elements[index]! & mask) << (bits * (index % perByte));
  }
  return packed;
}

export function unpackBits(bytes: Uint8Array, count: number, bits: number, signed: boolean): Uint8Array | Int8Array {
  const perByte = 8 / bits;
  const elements = signed ? new Int8Array(count) : new Uint8Array(count);
  const mask = (1 << bits) - 1;
  const unused = 32 - bits;
  for (let index = 0; index < count; index += 1) {
    const code = (bytes[Math.floor(index / perByte)]! >> (bits * (index % perByte))) & mask;
    elements[index] = signed ? (code << unused) >> unused : code;
  }
  return elements;
}

function dataFromBytes(dtype: DType, shape: readonly number[], bytes: Uint8Array, expected: number): TensorData {
  const array = arrayOf(dtype);
  invariant(LITTLE_ENDIAN && array !== undefined, () => `${dtype} has no bytes`);
  checkLength(dtype, shape, bytes, expected);
  const width = array.BYTES_PER_ELEMENT;
  const aligned = bytes.byteOffset % width === 0 ? bytes : bytes.slice();
  return new array(aligned.buffer as ArrayBuffer, aligned.byteOffset, scalarCount(dtype, elementCount(shape)));
}

function checkLength(dtype: DType, shape: readonly number[], bytes: Uint8Array, expected: number): void {
  if (bytes.length === expected) return;
  reject("E0108", `${typeText(dtype, shape)} takes ${expected} bytes, found ${bytes.length}`);
}
