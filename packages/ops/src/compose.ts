import { invariant } from "@rdu/diagnostics";
import type { Attribute } from "@rdu/ir";
import { isTensor, type Tensor } from "@rdu/tensor";
import { evaluateContext } from "./node-context.ts";
import type { EvaluateContext, InferContext, Operator } from "./operator.ts";
import { type Signature, signatureOf } from "./signatures/signature.ts";

/** The opset whose operators others are explained by. */
export const STANDARD_OPSET = 23;

/** The signature of a standard operator that another one is explained by. */
export function standardSignature(name: string): Signature {
  const signature = signatureOf(name, STANDARD_OPSET);
  invariant(signature !== undefined, () => `${name} is no operator of opset ${STANDARD_OPSET}`);
  return signature;
}

/** An operator of another domain that means what a standard one means, operand by operand and attribute by attribute. */
export function sameAs(name: string, row: Operator): Operator {
  const { since } = standardSignature(row.name);
  return {
    ...row,
    name,
    infer: (c) => row.infer({ ...c, version: since }),
    evaluate: (c) => row.evaluate({ ...c, version: since }),
  };
}

/** What a standard operator gives for these inputs, in the place of the node that is evaluated. */
export function evaluateAs(
  c: EvaluateContext,
  row: Operator,
  inputs: readonly (Tensor | undefined)[],
  attributes: Readonly<Record<string, Attribute>> = {},
): Tensor {
  const signature = standardSignature(row.name);
  const node = {
    ...c.node,
    op: row.name,
    version: signature.since,
    inputs: inputs.map((input, index) => (input === undefined ? null : `${index}`)),
    outputs: ["y"],
    attributes,
  };
  const values = inputs.map((input) => input ?? null);
  const [result] = row.evaluate(evaluateContext(row, node, signature, values, c.environment));
  invariant(result !== undefined && result !== null && isTensor(result), () => `${row.name} gives no tensor`);
  return result;
}

/** The node's attributes but those of these names. */
export function attributesWithout(
  c: Pick<InferContext, "node">,
  ...names: readonly string[]
): Readonly<Record<string, Attribute>> {
  return Object.fromEntries(Object.entries(c.node.attributes).filter(([name]) => !names.includes(name)));
}
