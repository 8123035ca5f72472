import type { NodeBuilder, Patterns } from "./node-builder.ts";

/** Writes an operator as patterns, or says why the chip cannot hold this node of it. */
export type Decompose = (b: NodeBuilder) => HostVerdict | undefined;

/** The node runs on the host. `reason` completes "runs on the host because ...". */
export interface HostVerdict {
  readonly host: string;
}

export type Decomposition = Patterns | { readonly kind: "host"; readonly reason: string };
