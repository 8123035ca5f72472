import { OPERATORS } from "@rdu/ops";
import { compareTensors, isTensor } from "@rdu/tensor";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { interpretDecomposition } from "../support/decompose-node.ts";
import { evaluateSample } from "./evaluate-sample.ts";
import { type Sample, shown } from "./sample.ts";
import { SAMPLES } from "./samples.ts";
import { toleranceOf } from "./tolerance.ts";

/** What a sample cannot hold: nodes with subgraphs. They are compared in whole graphs. */
const WITHOUT_SAMPLES = ["ai.onnx.preview.FlexAttention"];

/** The patterns an operator becomes must be legal, and mean what the reference says the operator means. */
describe("decomposition agrees with evaluation", () => {
  for (const [name, samples] of Object.entries(SAMPLES)) {
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

  it("covers every operator that has a form on the chip, and no other", () => {
    const names = new Set(Object.keys(SAMPLES).map((name) => name.split(" ")[0] ?? ""));
    const onChip = [...OPERATORS.values()].filter(({ decompose }) => decompose !== undefined).map(({ name }) => name);
    expect([...names].filter((name) => !onChip.includes(name))).toEqual([]);
    expect(onChip.filter((name) => !names.has(name))).toEqual(WITHOUT_SAMPLES);
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
