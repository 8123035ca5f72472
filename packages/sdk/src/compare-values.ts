import { type Comparison, compare, DEFAULT_TOLERANCE, type Tolerance, type Value } from "@rdu/tensor";

/** How the values of a run agree with what is expected of them, output by output. */
export interface OutputComparison extends Comparison {
  readonly name: string;
}

export function compareOutputs(
  actual: Readonly<Record<string, Value>>,
  expected: Readonly<Record<string, Value>>,
  tolerance: Tolerance = DEFAULT_TOLERANCE,
): OutputComparison[] {
  return Object.entries(expected).map(([name, value]) => {
    const found = actual[name];
    return found === undefined
      ? {
          name,
          equal: false,
          reason: "missing",
          elements: 0,
          mismatches: 0,
          maxAbs: Number.POSITIVE_INFINITY,
          maxRel: Number.POSITIVE_INFINITY,
          maxUlp: Number.POSITIVE_INFINITY,
          maxOfLargest: Number.POSITIVE_INFINITY,
        }
      : { name, ...compare(found, value, tolerance) };
  });
}
