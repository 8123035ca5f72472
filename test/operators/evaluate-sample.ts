import { type OperatorNode, typeOfValue, type ValueId, type ValueType } from "@rdu/ir";
import { type Decomposition, evaluateNode, operatorOf } from "@rdu/ops";
import type { Tensor, Value } from "@rdu/tensor";
import { decomposeNode, readInline } from "../support/decompose-node.ts";
import { type Sample, versionOf } from "./sample.ts";

/** A sample as a node, with the reference's outputs and the node's decomposition. */
export interface EvaluatedSample {
  readonly node: OperatorNode;
  /** Inputs whose values are known while compiling. */
  readonly known: ReadonlySet<ValueId>;
  readonly values: ReadonlyMap<ValueId, Tensor>;
  readonly expected: ReadonlyMap<ValueId, Value>;
  readonly types: ReadonlyMap<ValueId, ValueType>;
  readonly decomposition: Decomposition;
}

export function evaluateSample(sample: Sample): EvaluatedSample {
  const inputs = sample.inputs.map((tensor, i) => (tensor === null ? null : `x${i}`));
  const outputs = Array.from({ length: sample.outputs ?? 1 }, (_, i) => (i === 0 ? "y" : `y${i}`));
  const attributes = sample.attributes ?? {};
  const node: OperatorNode = {
    kind: "operator",
    op: sample.op,
    version: versionOf(sample),
    inputs,
    outputs,
    attributes,
    origin: ["/node"],
  };
  const results = evaluateNode(node, sample.inputs, {
    readConstant: readInline,
    run: () => {
      throw new Error("no subgraphs");
    },
  });
  const values = new Map<ValueId, Tensor>();
  const expected = new Map<ValueId, Value>();
  const types = new Map<ValueId, ValueType>();
  sample.inputs.forEach((tensor, i) => {
    if (tensor === null) return;
    values.set(`x${i}`, tensor);
    types.set(`x${i}`, typeOfValue(tensor));
  });
  outputs.forEach((id, i) => {
    const value = results[i] ?? null;
    if (value === null) return;
    expected.set(id, value);
    types.set(id, typeOfValue(value));
  });
  const rewrite = operatorOf(sample.op)?.decompose;
  const known = new Set((sample.constants ?? []).map((i) => `x${i}`));
  const decomposition: Decomposition =
    rewrite === undefined
      ? { kind: "host", reason: `${sample.op} has no form on the chip` }
      : decomposeNode(node, rewrite, values, types, (id) => known.has(id));
  return { node, known, values, expected, types, decomposition };
}
