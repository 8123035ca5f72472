import type { Chip } from "@rdu/chip";
import { DTYPES, type DType } from "@rdu/tensor";

/** Widest vector in elements: 32 lanes of two bytes on the SN40L; narrower types do not get more. */
const NARROWEST_LANE_BYTES = 2;

/** Lanes of a vector that holds elements of all the given types: vector bytes over the widest of them. */
export function lanesOf(chip: Chip, dtypes: readonly DType[]): number {
  const bytes = Math.max(NARROWEST_LANE_BYTES, ...dtypes.map((dtype) => DTYPES[dtype].bytes));
  return Math.max(1, Math.floor(chip.pcu.vectorBytes / bytes));
}
