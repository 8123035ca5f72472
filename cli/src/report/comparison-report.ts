import type { OutputComparison } from "@rdu/sdk";
import { grouped, number, percent } from "./format.ts";

/** One line an output: whether it agrees, and how far it is off. */
export function comparisonText(comparisons: readonly OutputComparison[]): string {
  if (comparisons.length === 0) return "nothing to compare with";
  return comparisons
    .map(({ name, equal, reason, elements, mismatches, maxAbs, maxRel, maxUlp, maxOfLargest }) => {
      const error = `max error ${number(maxAbs)} absolute, ${number(maxRel)} relative, ${grouped(maxUlp)} ulp${share(maxOfLargest)}`;
      if (equal) return `${name}: agrees, ${grouped(elements)} elements, ${error}`;
      return `${name}: DIFFERS in ${grouped(mismatches)} of ${grouped(elements)} elements, ${error}${reason === undefined ? "" : `; ${reason}`}`;
    })
    .join("\n");
}

/** Worth a word from a thousandth on: what narrow floats are off by. */
function share(maxOfLargest: number): string {
  return maxOfLargest >= 1e-3 && Number.isFinite(maxOfLargest) ? `, ${percent(maxOfLargest)} of the largest value` : "";
}
