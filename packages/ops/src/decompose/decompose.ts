import type { OperatorNode, TensorType } from "@rdu/ir";
import type { Tensor } from "@rdu/tensor";
import type { Attributes } from "../attributes.ts";

/** What a decomposition may ask about the node it takes apart. Shapes are static. */
export interface DecomposeContext {
  readonly node: OperatorNode;
  /** The since-version of the signature that applies. */
  readonly version: number;
  readonly attributes: Attributes;
  /** null for an omitted optional input. */
  readonly inputTypes: readonly (TensorType | null)[];
  readonly outputTypes: readonly (TensorType | null)[];
  /** The value of input `index` where it is known before the run. */
  constantOf(index: number): Tensor | undefined;
}

/** Rewrites one operator node into patterns, views and joins through the builder, or says why it must run on the host. */
export type Decompose = (context: DecomposeContext) => { readonly host: string } | undefined;
