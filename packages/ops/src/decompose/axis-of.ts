import { invariant } from "@rdu/diagnostics";
import { normalizeAxis } from "@rdu/tensor";

/** The axis counted from the front. Inference refuses one that is out of range before anything is decomposed. */
export function axisOf(given: number, rank: number): number {
  const axis = normalizeAxis(given, rank);
  invariant(axis !== undefined, () => `axis ${given} of rank ${rank} passed inference`);
  return axis;
}
