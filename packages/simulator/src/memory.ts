import type { LaneValue } from "@rdu/arithmetic";
import { reject } from "@rdu/diagnostics";
import type { TensorSymbol } from "@rdu/flow";
import { DTYPES, type DType, decodeTable, encodeSmallFloat, isSmallFloat } from "@rdu/tensor";

/**
 * The bytes of every tensor that a section loads or stores, by symbol name: little-endian, row-major, one element every
 * `DTYPES[dtype].bytes` (sub-byte types take a byte each). Symbols that alias each other share one array.
 */
export type DeviceMemory = ReadonlyMap<string, Uint8Array>;

/** Typed access to the elements of a byte array. */
export interface Elements {
  readonly length: number;
  get(index: number): LaneValue;
  /** `value` must be one that the type holds exactly. */
  set(index: number, value: LaneValue): void;
}

/** The elements of a symbol. Rejects with E0705 a symbol that is not there or whose type no lane holds. */
export function elementsOfSymbol(
  name: string,
  symbols: ReadonlyMap<string, TensorSymbol>,
  memory: DeviceMemory,
): Elements {
  const symbol = symbols.get(name);
  const bytes = memory.get(name);
  if (symbol === undefined || bytes === undefined) reject("E0705", `symbol "${name}" has no memory`);
  return elementsOf(bytes, symbol.dtype);
}

export function elementsOf(bytes: Uint8Array, dtype: DType): Elements {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const width = DTYPES[dtype].bytes;
  const length = width === 0 ? 0 : Math.floor(bytes.byteLength / width);
  if (isSmallFloat(dtype)) {
    const table = decodeTable(dtype);
    const encode = (value: LaneValue) => encodeSmallFloat(dtype, Number(value), { saturate: false });
    return width === 2
      ? {
          length,
          get: (index) => table[view.getUint16(2 * index, true)]!,
          set: (index, value) => view.setUint16(2 * index, encode(value), true),
        }
      : { length, get: (index) => table[bytes[index]!]!, set: (index, value) => view.setUint8(index, encode(value)) };
  }
  switch (dtype) {
    case "float32":
      return {
        length,
        get: (index) => view.getFloat32(4 * index, true),
        set: (index, value) => view.setFloat32(4 * index, value as number, true),
      };
    case "float64":
      return {
        length,
        get: (index) => view.getFloat64(8 * index, true),
        set: (index, value) => view.setFloat64(8 * index, value as number, true),
      };
    case "int64":
      return {
        length,
        get: (index) => view.getBigInt64(8 * index, true),
        set: (index, value) => view.setBigInt64(8 * index, value as bigint, true),
      };
    case "uint64":
      return {
        length,
        get: (index) => view.getBigUint64(8 * index, true),
        set: (index, value) => view.setBigUint64(8 * index, value as bigint, true),
      };
    case "int32":
      return {
        length,
        get: (index) => view.getInt32(4 * index, true),
        set: (index, value) => view.setInt32(4 * index, value as number, true),
      };
    case "uint32":
      return {
        length,
        get: (index) => view.getUint32(4 * index, true),
        set: (index, value) => view.setUint32(4 * index, value as number, true),
      };
    case "int16":
      return {
        length,
        get: (index) => view.getInt16(2 * index, true),
        set: (index, value) => view.setInt16(2 * index, value as number, true),
      };
    case "uint16":
      return {
        length,
        get: (index) => view.getUint16(2 * index, true),
        set: (index, value) => view.setUint16(2 * index, value as number, true),
      };
    case "int8":
    case "int4":
    case "int2":
      return {
        length,
        get: (index) => view.getInt8(index),
        set: (index, value) => view.setInt8(index, value as number),
      };
    case "uint8":
    case "uint4":
    case "uint2":
    case "bool":
      return {
        length,
        get: (index) => view.getUint8(index),
        set: (index, value) => view.setUint8(index, value as number),
      };
    default:
      return reject("E0705", `no lane holds elements of type ${dtype}`);
  }
}
