import type { IndexExpression, Loop } from "./pattern.ts";

/** An inclusive range of integers. */
export interface IndexRange {
  readonly least: number;
  readonly most: number;
}

/**
 * The values that the loops give an index expression: exact bounds, since each loop runs from 0 to extent - 1 on its own.
 * Registers are left out: nothing is known of gathered values.
 */
export function indexRange({ constant, loops: terms }: IndexExpression, loops: readonly Loop[]): IndexRange {
  let least = constant;
  let most = constant;
  const coefficients = new Map<number, number>();
  for (const { loop, coefficient } of terms) coefficients.set(loop, (coefficients.get(loop) ?? 0) + coefficient);
  for (const [loop, coefficient] of coefficients) {
    const reach = coefficient * ((loops[loop]?.extent ?? 1) - 1);
    if (reach < 0) least += reach;
    else most += reach;
  }
  return { least, most };
}
