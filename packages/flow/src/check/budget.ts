/** Steps that checking one flow may take: a few seconds. No sensible program comes near; a hostile one ends here. */
const MOST_STEPS = 100_000_000;

/** What is left of the steps of a check. */
export interface Budget {
  /** Takes steps; false when there are not that many left. */
  spend(steps: number): boolean;
}

export function budgetOf(steps = MOST_STEPS): Budget {
  let left = steps;
  return {
    spend(wanted) {
      left -= wanted;
      return left >= 0;
    },
  };
}
