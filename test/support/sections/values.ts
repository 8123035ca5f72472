import { type LaneType, type LaneValue, laneOf, toStorage } from "@rdu/arithmetic";
import type { Input, SimdBody } from "@rdu/flow";
import type { DType } from "@rdu/tensor";
import fc from "fast-check";

export const laneTypeOf = (dtype: DType): LaneType => laneOf(dtype) ?? "f32";

/** Element values of a storage type: extremes, special values and small numbers, fixed by `seed`. */
export function valuesFor(dtype: DType, count: number, seed: number): LaneValue[] {
  const type = laneTypeOf(dtype);
  let state = seed * 2654435761 + 12345;
  const random = (): number => {
    state = (Math.imul(state ^ (state >>> 15), 2246822519) + 0x9e3779b9) | 0;
    return (state >>> 0) / 2 ** 32;
  };
  return Array.from({ length: count }, () => {
    const kind = random();
    if (type === "bool") return kind < 0.5 ? 0 : 1;
    if (type === "i64" || type === "u64") {
      const value = BigInt(Math.floor((random() - 0.5) * 2 ** (kind < 0.2 ? 62 : 8))) * (kind < 0.1 ? 7n : 1n);
      return type === "i64" ? BigInt.asIntN(64, value) : BigInt.asUintN(64, value);
    }
    if (type === "f32" || type === "f64") {
      if (kind < 0.02) return Number.NaN;
      if (kind < 0.04) return kind < 0.03 ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
      if (kind < 0.08) return kind < 0.06 ? 0 : -0;
      const value = (random() - 0.5) * 2 ** Math.floor(random() * 8);
      return type === "f64" ? value : toStorage(Math.fround(value), "f32", dtype);
    }
    const wide = Math.floor((random() - 0.5) * (kind < 0.2 ? 2 ** 32 : 40));
    return toStorage(type === "u32" ? wide >>> 0 : wide | 0, type, dtype);
  });
}

export function inputOf(dtype: DType, broadcast = false): Input {
  return { dtype, type: laneTypeOf(dtype), broadcast };
}

export function simd(parts: Partial<SimdBody> & Pick<SimdBody, "domain" | "inputs" | "outputs">): SimdBody {
  return {
    kind: "simd",
    reduceFrom: parts.domain.counters.length,
    scan: "none",
    bodyInputs: parts.inputs.length,
    counters: [],
    instructions: [],
    reductions: [],
    epilogueCounters: [],
    epilogue: [],
    ...parts,
  };
}

export const dtypes = fc.constantFrom<DType>(
  "float32",
  "float32",
  "bfloat16",
  "float16",
  "int32",
  "int8",
  "uint8",
  "uint32",
  "int64",
  "uint64",
  "float64",
  "bool",
);
export const lanes = fc.constantFrom(1, 2, 4, 8, 16, 32);
export const seed = fc.nat({ max: 1e6 });
export const depth = fc.integer({ min: 1, max: 4 });

export const STORE_AS: Readonly<Record<LaneType, DType>> = {
  f32: "float32",
  f64: "float64",
  i32: "int32",
  u32: "uint32",
  i64: "int64",
  u64: "uint64",
  bool: "bool",
};
