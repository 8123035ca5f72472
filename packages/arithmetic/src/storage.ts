import { invariant } from "@rdu/diagnostics";
import { DTYPES, type DType, decodeTable, encodeSmallFloat, isInteger, isSmallFloat } from "@rdu/tensor";
import type { LaneType } from "./instruction.ts";
import { isWideInteger, type LaneValue } from "./lane.ts";

/** Whether `round` and float `saturate` take this storage type: a float of 32 bits or fewer. */
export function isRoundingStorage(dtype: DType): boolean {
  return isSmallFloat(dtype) || dtype === "float32";
}

/** Whether `wrap` and integer `saturate` take this storage type: an integer of 32 bits or fewer. */
export function isIntegerStorage(dtype: DType): boolean {
  return isInteger(dtype) && DTYPES[dtype].bits <= 32;
}

/**
 * Nearest value of a narrower float, ties to even (float8e8m0: the next power of two upwards). Overflow gives infinity where the format
 * has one, else NaN, in float4e2m1 the largest value.
 */
export function roundTo(value: number, dtype: DType): number {
  return roundFloat(value, dtype, false);
}

/** As `roundTo`, but infinities and overflow give the largest finite value of that sign. */
export function saturateFloatTo(value: number, dtype: DType): number {
  return roundFloat(value, dtype, true);
}

function roundFloat(value: number, dtype: DType, saturate: boolean): number {
  if (dtype === "float32") return Math.fround(value);
  invariant(isSmallFloat(dtype), () => `${dtype} is not a storage type that rounds`);
  return decodeTable(dtype)[encodeSmallFloat(dtype, value, { saturate })]!;
}

/** The low bits of an i32 or u32 value as an integer of the storage type. */
export function wrapTo(value: number, dtype: DType): number {
  const unused = 32 - integerBits(dtype);
  return DTYPES[dtype].class === "int" ? (value << unused) >> unused : (value << unused) >>> unused;
}

/** The nearest integer in the range of the storage type. */
export function saturateIntegerTo(value: number, dtype: DType): number {
  const bits = integerBits(dtype);
  const signed = DTYPES[dtype].class === "int";
  const least = signed ? -(2 ** (bits - 1)) : 0;
  const most = signed ? 2 ** (bits - 1) - 1 : 2 ** bits - 1;
  return Math.min(Math.max(value, least), most);
}

function integerBits(dtype: DType): number {
  invariant(isIntegerStorage(dtype), () => `${dtype} is not an integer of 32 bits or fewer`);
  return DTYPES[dtype].bits;
}

/** What a register of `type` becomes when it is written to storage: rounded or wrapped; see `storable` for the legal pairs. */
export function toStorage(value: LaneValue, type: LaneType, dtype: DType): LaneValue {
  if (type === "f32") return roundTo(value as number, dtype);
  if (type === "i32" || type === "u32") return wrapTo(value as number, dtype);
  return value;
}

/** Whether a register of `type` may be written to this storage type (at most rounding or wrapping on the way). */
export function storable(type: LaneType, dtype: DType): boolean {
  if (type === "f32") return isRoundingStorage(dtype);
  if (type === "i32" || type === "u32") return isIntegerStorage(dtype);
  if (type === "bool") return dtype === "bool";
  if (isWideInteger(type)) return dtype === (type === "i64" ? "int64" : "uint64");
  return dtype === "float64";
}

/** Whether elements of a storage type may be widened to registers of `type`: every value survives. */
export function widens(dtype: DType, type: LaneType): boolean {
  if (type === "i32") return isIntegerStorage(dtype) && dtype !== "uint32";
  if (type === "u32") return isIntegerStorage(dtype) && DTYPES[dtype].class === "uint";
  return storable(type, dtype);
}
