import { operatorOf } from "@rdu/ops";
import { compareTensors, isTensor } from "@rdu/tensor";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { interpretDecomposition } from "../support/decompose-node.ts";
import { ELEMENTWISE_SAMPLES } from "./elementwise-samples.ts";
import { evaluateSample } from "./evaluate-sample.ts";
import { type Sample, shown } from "./sample.ts";
import { STRUCTURED_SAMPLES } from "./structured-samples.ts";
import { toleranceOf } from "./tolerance.ts";

/** The patterns an operator becomes must be legal, and mean what the reference says the operator means. */
describe("decomposition agrees with evaluation", () => {
  for (const [name, samples] of Object.entries({ ...ELEMENTWISE_SAMPLES, ...STRUCTURED_SAMPLES })) {
    it(name, () => {
      fc.assert(
        fc.property(samples, (sample) => {
          const difference = differenceOf(sample);
          if (difference !== undefined) throw new Error(difference);
        }),
        { numRuns: 25 },
      );
    });
  }

  it("covers operators that exist", () => {
    const names = Object.keys({ ...ELEMENTWISE_SAMPLES, ...STRUCTURED_SAMPLES }).map(
      (name) => name.split(" ")[0] ?? "",
    );
    expect(names.filter((name) => operatorOf(name)?.decompose === undefined)).toEqual([]);
  });
});

function differenceOf(sample: Sample): string | undefined {
  const { decomposition, expected, values, types } = evaluateSample(sample);
  if (decomposition.kind === "host") return `host: ${decomposition.reason}`;
  const found = interpretDecomposition(decomposition, values, types);
  for (const [id, want] of expected) {
    const got = found.get(id);
    if (!isTensor(want)) continue;
    if (got === undefined) return `${id} is missing`;
    const { equal, reason } = compareTensors(got, want, toleranceOf(want));
    if (!equal) return `${id}: ${reason} for ${shown(sample)}`;
  }
  return undefined;
}
