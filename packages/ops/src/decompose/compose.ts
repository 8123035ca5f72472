import { invariant } from "@rdu/diagnostics";
import type { Attribute } from "@rdu/ir";
import { attributesOf } from "../attributes.ts";
import { standardSignature } from "../compose.ts";
import type { Decompose, HostVerdict } from "./decompose.ts";
import type { NodeBuilder } from "./node-builder.ts";
import type { TensorRef } from "./pattern-writer.ts";

/** A standard operator inside the decomposition of another one, with values of that decomposition as operands. */
export interface Part {
  readonly op: string;
  readonly inputs: readonly (TensorRef | undefined)[];
  readonly outputs: readonly (TensorRef | undefined)[];
  readonly attributes?: Readonly<Record<string, Attribute>>;
}

/** Writes a standard operator as a part of another one. */
export function writePart(
  b: NodeBuilder,
  table: Readonly<Record<string, Decompose>>,
  part: Part,
): HostVerdict | undefined {
  const rewrite = table[part.op];
  invariant(rewrite !== undefined, `${part.op} has no decomposition`);
  return rewrite(partBuilder(b, part));
}

/** The builder as the part sees it: patterns and constants go where those of the whole go. */
function partBuilder(b: NodeBuilder, { op, inputs, outputs, attributes = {} }: Part): NodeBuilder {
  const signature = standardSignature(op);
  const idOf = (ref: TensorRef | undefined): string | null => ref?.id ?? null;
  const node = {
    ...b.node,
    op,
    version: signature.since,
    inputs: inputs.map(idOf),
    outputs: outputs.map(idOf),
    attributes,
  };
  const broken = (message: string): never => {
    invariant(false, message);
  };
  const given = (list: readonly (TensorRef | undefined)[], index: number): TensorRef => {
    const ref = list[index];
    invariant(ref !== undefined, `${op} has no operand ${index}`);
    return ref;
  };
  return {
    ...b,
    node,
    version: signature.since,
    attributes: attributesOf(node, signature, () => broken(`${op} as a part has no tensor attributes`), broken),
    has: (index) => inputs[index] !== undefined,
    inputCount: inputs.length,
    outputCount: outputs.length,
    input: (index) => given(inputs, index),
    optional: (index) => inputs[index],
    inputs: () => inputs.filter((ref) => ref !== undefined),
    output: (index = 0) => given(outputs, index),
    wanted: (index) => outputs[index],
    constantInput: (index) => {
      const ref = inputs[index];
      return ref === undefined ? undefined : b.valueOf(ref);
    },
  };
}

/** An operator of another domain that is a standard one, operand by operand and attribute by attribute. */
export function sameDecomposition(table: Readonly<Record<string, Decompose>>, op: string): Decompose {
  const rewrite = table[op];
  invariant(rewrite !== undefined, `${op} has no decomposition`);
  const { since } = standardSignature(op);
  return (b) => rewrite({ ...b, version: since });
}
