import { type LaneType, laneOf as laneOfStorage, STORAGE_OF } from "@rdu/arithmetic";
import { invariant } from "@rdu/diagnostics";
import { DTYPES, type DType, integerRange, isFloat, isWide } from "@rdu/tensor";

/** True when elements of the type can be computed with in lanes (not: strings, complex numbers). */
export function hasLanes(dtype: DType): boolean {
  return laneOfStorage(dtype) !== undefined;
}

/** The lane type that an element is computed in. */
export function laneOf(dtype: DType): LaneType {
  const lane = laneOfStorage(dtype);
  invariant(lane !== undefined, `no lane type holds ${dtype}`);
  return lane;
}

/** What an arithmetic result in lanes of `dtype` needs before it may be stored or used further as that type. */
export function fitOf(dtype: DType): "exact" | "round" | "wrap" {
  const { class: kind, bits } = DTYPES[dtype];
  if (kind === "bool" || bits >= 32) return "exact";
  return kind === "float" ? "round" : "wrap";
}

/** Storage that holds every lane value of `dtype` exactly: float32 for the narrow floats, int32 or uint32 for the narrow integers. */
export function widened(dtype: DType): DType {
  return STORAGE_OF[laneOf(dtype)];
}

/** Float lanes in which elements of the type are mixed: double precision where single would lose digits of them. */
export function mixingLanes(dtype: DType): "float32" | "float64" {
  const { class: kind, bits } = DTYPES[dtype];
  return bits > (kind === "float" ? 32 : 16) ? "float64" : "float32";
}

/** The value below (or above) which nothing of the type lies: infinities for floats, the range's ends for integers. */
export function extreme(dtype: DType, end: "lowest" | "highest"): number | bigint {
  if (isFloat(dtype)) return end === "lowest" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  const { least, most } = integerRange(dtype);
  const value = end === "lowest" ? least : most;
  return isWide(dtype) ? value : Number(value);
}
