import type { OperatorNode, ValueId, ValueType } from "@rdu/ir";
import { tensorConstant, typeOfValue } from "@rdu/ir";
import { evaluateNode, inferGraph } from "@rdu/ops";
import { isTensor, type Tensor, typeText } from "@rdu/tensor";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readInline } from "../support/decompose-node.ts";
import { type Sample, versionOf } from "./sample.ts";
import { SAMPLES } from "./samples.ts";

/** What is inferred before the run must be what evaluation gives; what is left open may be anything. */
describe("inferred types agree with evaluated values", () => {
  for (const [name, samples] of Object.entries(SAMPLES)) {
    it(name, () => {
      fc.assert(
        fc.property(samples, (sample) => {
          for (const known of [[], sample.constants ?? []]) expect(faultOf(sample, known)).toBe("");
        }),
        { numRuns: 10 },
      );
    });
  }
});

/** The difference between inference (with these inputs known) and evaluation, or nothing. */
function faultOf(sample: Sample, known: readonly number[]): string {
  const outputs = Array.from({ length: sample.outputs ?? 1 }, (_, i) => `y${i}`);
  const inputs = sample.inputs.map((tensor, i) => (tensor === null ? null : `x${i}`));
  const node: OperatorNode = {
    kind: "operator",
    op: sample.op,
    version: versionOf(sample),
    inputs,
    outputs,
    attributes: sample.attributes ?? {},
    origin: ["/node"],
  };
  const given = inputs.flatMap((id, i) => (id === null ? [] : [{ id, i, tensor: sample.inputs[i] as Tensor }]));
  const free = given.filter(({ i }) => !known.includes(i));
  const inferred = inferGraph(
    {
      name: "one",
      inputs: free.map(({ id }) => id),
      outputs,
      constants: given.filter(({ i }) => known.includes(i)).map(({ id, tensor }) => tensorConstant(id, tensor)),
      nodes: [node],
      types: new Map<ValueId, ValueType>(free.map(({ id, tensor }) => [id, typeOfValue(tensor)])),
    },
    { readConstant: readInline },
  );
  const { graph } = inferred;
  expect(inferGraph({ ...graph }, { readConstant: readInline }), "inferred once more").toEqual(inferred);
  const values = evaluateNode(node, sample.inputs, { readConstant: readInline, run: () => [] });
  return outputs.map((id, i) => typeFault(id, graph.types.get(id), values[i] as Tensor)).join("");
}

function typeFault(id: ValueId, type: ValueType | undefined, value: Tensor): string {
  if (!isTensor(value) || type?.kind !== "tensor") return type?.kind === undefined ? `${id} has no type` : "";
  const fits =
    type.dtype === value.dtype &&
    (type.shape === null ||
      (type.shape.length === value.shape.length &&
        type.shape.every((extent, axis) => typeof extent !== "number" || extent === value.shape[axis])));
  return fits
    ? ""
    : `${id}: ${typeText(type.dtype, type.shape)} inferred, ${typeText(value.dtype, value.shape)} found; `;
}
