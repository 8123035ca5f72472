import type { OutputComparison } from "@rdu/sdk";
import { grouped, number } from "./format.ts";

/** One line an output: whether it agrees, and how far it is off. */
export function comparisonText(comparisons: readonly OutputComparison[]): string {
  if (comparisons.length === 0) return "nothing to compare with";
  return comparisons
    .map(({ name, equal, reason, elements, mismatches, maxAbs, maxRel, maxUlp }) => {
      const error = `max error ${number(maxAbs)} absolute, ${number(maxRel)} relative, ${grouped(maxUlp)} ulp`;
      if (equal) return `${name}: agrees, ${grouped(elements)} elements, ${error}`;
      return `${name}: DIFFERS in ${grouped(mismatches)} of ${grouped(elements)} elements, ${error}${reason === undefined ? "" : `; ${reason}`}`;
    })
    .join("\n");
}
