import { type DType, integerRange, isInteger } from "@rdu/tensor";

/** A number kept within an integer type; as it is for other types. */
export function saturated(dtype: DType, value: number): number {
  if (!isInteger(dtype)) return value;
  const { least, most } = integerRange(dtype);
  return Math.min(Number(most), Math.max(Number(least), value));
}
