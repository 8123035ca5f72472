import type { Operator } from "./operator.ts";

const ALL: readonly Operator[] = [];

/** Every operator with a meaning, by name. */
export const OPERATORS: ReadonlyMap<string, Operator> = new Map(ALL.map((row) => [row.name, row]));

export function operatorOf(name: string): Operator | undefined {
  return OPERATORS.get(name);
}
