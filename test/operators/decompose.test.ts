import type { OperatorNode, ValueId, ValueType } from "@rdu/ir";
import { typeOfValue } from "@rdu/ir";
import { evaluateNode, operatorOf, sinceVersion } from "@rdu/ops";
import { compareTensors, isTensor, type Tensor } from "@rdu/tensor";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readInline, runDecomposed } from "../support/decompose-node.ts";
import { ELEMENTWISE_SAMPLES } from "./elementwise-samples.ts";
import type { Sample } from "./sample.ts";
import { STRUCTURED_SAMPLES } from "./structured-samples.ts";
import { toleranceOf } from "./tolerance.ts";

const NEWEST_OPSET = 24;

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
  const opset = sample.opset ?? NEWEST_OPSET;
  const version = sinceVersion(sample.op, sample.op.startsWith("com.") ? 1 : opset) ?? 0;
  const inputs = sample.inputs.map((tensor, i) => (tensor === null ? null : `x${i}`));
  const outputs = Array.from({ length: sample.outputs ?? 1 }, (_, i) => (i === 0 ? "y" : `y${i}`));
  const node: OperatorNode = {
    kind: "operator",
    op: sample.op,
    version,
    inputs,
    outputs,
    attributes: sample.attributes ?? {},
    origin: ["/node"],
  };
  const expected = evaluateNode(node, sample.inputs, {
    readConstant: readInline,
    run: () => {
      throw new Error("no subgraphs");
    },
  });
  const values = new Map<ValueId, Tensor>();
  const types = new Map<ValueId, ValueType>();
  sample.inputs.forEach((tensor, i) => {
    if (tensor !== null) values.set(`x${i}`, tensor);
    if (tensor !== null) types.set(`x${i}`, typeOfValue(tensor));
  });
  outputs.forEach((id, i) => {
    const value = expected[i] ?? null;
    if (value !== null) types.set(id, typeOfValue(value));
  });
  const rewrite = operatorOf(sample.op)?.decompose;
  if (rewrite === undefined) return `${sample.op} has no decomposition`;
  const known = new Set((sample.constants ?? []).map((i) => `x${i}`));
  const run = runDecomposed(node, rewrite, values, types, (id) => known.has(id));
  if (run.decomposition.kind === "host") return `host: ${run.decomposition.reason}`;
  for (const [i, id] of outputs.entries()) {
    const [want, got] = [expected[i] ?? null, run.outputs.get(id)];
    if (want === null || !isTensor(want)) continue;
    if (got === undefined) return `${id} is missing`;
    const { equal, reason } = compareTensors(got, want, toleranceOf(want));
    if (!equal)
      return `${id}: ${reason} for ${JSON.stringify(sample, (_, value) => (typeof value === "bigint" ? `${value}n` : value)).slice(0, 1200)}`;
  }
  return undefined;
}
