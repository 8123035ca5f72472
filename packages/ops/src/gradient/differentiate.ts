import { invariant, reject } from "@rdu/diagnostics";
import { constantTensor, type OperatorNode, type ValueId } from "@rdu/ir";
import { attributesOf } from "../attributes.ts";
import { placeOf } from "../node-context.ts";
import { OPERATORS } from "../registry.ts";
import { signatureOf } from "../signatures/signature.ts";
import type { GradientContext } from "./gradient.ts";

/** What a derivative is written into: types and known values of the graph, and its new operators. */
export interface DerivativeWriter
  extends Pick<GradientContext, "given" | "shape" | "dtype" | "operator" | "integers" | "number"> {
  /** The integers of a value where they are known before the run. */
  integersOf(value: ValueId): readonly number[] | undefined;
}

/** The derivatives of a node's inputs from those of its outputs; undefined when the operator has none, or none under these attributes. */
export function differentiate(node: OperatorNode, writer: DerivativeWriter): readonly (ValueId | null)[] | undefined {
  const rule = OPERATORS.get(node.op)?.gradient;
  const signature = signatureOf(node.op, node.version);
  if (rule === undefined || signature === undefined) return undefined;
  const refuse = (message: string): never => reject("E0303", `${node.op}: ${message}`, { at: [placeOf(node)] });
  const outside = (): never => refuse("attributes with weights of their own are not differentiated");
  const named = (list: readonly (ValueId | null)[], index: number): ValueId => {
    const id = list[index] ?? null;
    invariant(id !== null, () => `${node.op} is differentiated by a value that it does not have: ${index}`);
    return id;
  };
  return rule({
    ...writer,
    node,
    attributes: attributesOf(node, signature, (constant) => constantTensor(constant, outside), refuse),
    has: (index) => (node.inputs[index] ?? null) !== null,
    x: (index = 0) => named(node.inputs, index),
    y: (index = 0) => named(node.outputs, index),
    integersOf: (index) => writer.integersOf(named(node.inputs, index)),
  });
}
