import type { LaneType } from "./instruction.ts";
import { isFloatLane, isWideInteger, type LaneValue } from "./lane.ts";

const RANGE: Readonly<Record<"i32" | "u32" | "i64" | "u64", readonly [least: bigint, most: bigint]>> = {
  i32: [-(2n ** 31n), 2n ** 31n - 1n],
  u32: [0n, 2n ** 32n - 1n],
  i64: [-(2n ** 63n), 2n ** 63n - 1n],
  u64: [0n, 2n ** 64n - 1n],
};

/**
 * A value of one lane type as another: floats to integers truncate, saturate at the range and take NaN to 0; integers to integers keep the
 * low bits; to floats one rounding, ties to even; anything to bool is "not 0" (so NaN is 1); bool is 0 or 1.
 */
export function convert(value: LaneValue, from: LaneType, to: LaneType): LaneValue {
  if (from === to) return value;
  switch (to) {
    case "bool":
      return Number(value) === 0 ? 0 : 1;
    case "f64":
      return Number(value);
    case "f32":
      return typeof value === "bigint" ? wideToF32(value) : Math.fround(value);
    case "i32":
      if (isFloatLane(from)) return floatToInteger(value as number, to);
      return typeof value === "bigint" ? Number(BigInt.asIntN(32, value)) : value | 0;
    case "u32":
      if (isFloatLane(from)) return floatToInteger(value as number, to);
      return typeof value === "bigint" ? Number(BigInt.asUintN(32, value)) : value >>> 0;
    case "i64":
      return isFloatLane(from) ? floatToInteger(value as number, to) : BigInt.asIntN(64, BigInt(value));
    case "u64":
      return isFloatLane(from) ? floatToInteger(value as number, to) : BigInt.asUintN(64, BigInt(value));
  }
}

function floatToInteger(value: number, to: "i32" | "u32" | "i64" | "u64"): LaneValue {
  const [least, most] = RANGE[to];
  let result: bigint;
  if (Number.isNaN(value)) result = 0n;
  else if (value <= Number(least)) result = least;
  // Number(most) of the 64-bit types rounds up to 2^63 or 2^64, which is beyond the range, as it should be.
  else if (value >= Number(most)) result = most;
  else result = BigInt(Math.trunc(value));
  return isWideInteger(to) ? result : Number(result);
}

/** One rounding to 24 bits: bits below the 53 that a double holds are folded into a sticky one, so the step over double is exact. */
function wideToF32(value: bigint): number {
  const magnitude = value < 0n ? -value : value;
  if (magnitude < 2n ** 53n) return Math.fround(Number(value));
  const sticky = (magnitude & 0xfffn) === 0n ? 0n : 0x1000n;
  const exact = Math.fround(Number((magnitude & ~0xfffn) | sticky));
  return value < 0n ? -exact : exact;
}

const view = new DataView(new ArrayBuffer(8));

/** Lane types whose bits `reinterpret` may exchange: those of equal width. */
export function sameWidth(from: LaneType, to: LaneType): boolean {
  return widthOf(from) === widthOf(to) && widthOf(from) > 0;
}

function widthOf(type: LaneType): number {
  if (type === "bool") return 0;
  return type === "f32" || type === "i32" || type === "u32" ? 32 : 64;
}

/** The bits of a value as another lane type of the same width. Which NaN a NaN is, is not specified. */
export function reinterpret(value: LaneValue, from: LaneType, to: LaneType): LaneValue {
  switch (from) {
    case "f32":
      view.setFloat32(0, value as number);
      break;
    case "f64":
      view.setFloat64(0, value as number);
      break;
    case "i32":
    case "u32":
      view.setInt32(0, value as number);
      break;
    case "i64":
    case "u64":
      view.setBigInt64(0, value as bigint);
      break;
    case "bool":
      return value;
  }
  switch (to) {
    case "f32":
      return view.getFloat32(0);
    case "f64":
      return view.getFloat64(0);
    case "i32":
      return view.getInt32(0);
    case "u32":
      return view.getUint32(0);
    case "i64":
      return view.getBigInt64(0);
    case "u64":
      return view.getBigUint64(0);
    case "bool":
      return value;
  }
}
