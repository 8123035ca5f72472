import type { DType } from "@rdu/tensor";
import type { LaneType } from "./instruction.ts";

/** What a register holds: a number, for i64 and u64 a bigint, for bool 0 or 1. f32 values are always exact in 32 bits. */
export type LaneValue = number | bigint;

export const LANE_TYPES: readonly LaneType[] = ["f32", "f64", "i32", "u32", "i64", "u64", "bool"];

// biome-ignore format: a table
const LANE_OF = new Map<DType, LaneType>([
  ["float32", "f32"], ["float16", "f32"], ["bfloat16", "f32"],
  ["float8e4m3fn", "f32"], ["float8e4m3fnuz", "f32"], ["float8e5m2", "f32"], ["float8e5m2fnuz", "f32"], ["float8e8m0", "f32"],
  ["float4e2m1", "f32"],
  ["float64", "f64"],
  ["int2", "i32"], ["int4", "i32"], ["int8", "i32"], ["int16", "i32"], ["int32", "i32"],
  ["uint2", "u32"], ["uint4", "u32"], ["uint8", "u32"], ["uint16", "u32"], ["uint32", "u32"],
  ["int64", "i64"], ["uint64", "u64"],
  ["bool", "bool"],
]);

/** The lane type that elements of a storage type are widened to; undefined for string and complex, which no lane holds. */
export function laneOf(dtype: DType): LaneType | undefined {
  return LANE_OF.get(dtype);
}

/** The storage type that holds every value of a lane type exactly. */
export const STORAGE_OF: Readonly<Record<LaneType, DType>> = {
  f32: "float32",
  f64: "float64",
  i32: "int32",
  u32: "uint32",
  i64: "int64",
  u64: "uint64",
  bool: "bool",
};

export function isFloatLane(type: LaneType): boolean {
  return type === "f32" || type === "f64";
}

/** Whether registers of this type hold bigints. */
export function isWideInteger(type: LaneType): boolean {
  return type === "i64" || type === "u64";
}

/** Whether `value` is one that a register of this type can hold. */
export function isLaneValue(type: LaneType, value: LaneValue): boolean {
  switch (type) {
    case "f64":
      return typeof value === "number";
    case "f32":
      return typeof value === "number" && Object.is(Math.fround(value), value);
    case "i32":
      return typeof value === "number" && Object.is(value | 0, value);
    case "u32":
      return typeof value === "number" && Object.is(value >>> 0, value);
    case "bool":
      return Object.is(value, 0) || value === 1;
    case "i64":
      return typeof value === "bigint" && BigInt.asIntN(64, value) === value;
    case "u64":
      return typeof value === "bigint" && BigInt.asUintN(64, value) === value;
  }
}
