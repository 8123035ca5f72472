import type { Chip } from "@rdu/chip";
import type { Flow, Placement } from "@rdu/flow";

/** A compiled program, the whole of it: what a PEF file holds and all that the runtime ever sees. */
export interface Pef {
  /** The machine it was compiled for, in full, so that nothing depends on which presets a later version knows. */
  readonly chip: Chip;
  readonly flow: Flow;
  readonly placement: Placement;
  /** The inputs and outputs of the model in its own order and by its own names. */
  readonly inputs: readonly Binding[];
  readonly outputs: readonly Binding[];
  readonly provenance: Provenance;
  readonly ledger: readonly LedgerEntry[];
}

/**
 * A name of the model and where its value lives: a symbol of the flow, or, for what has no place in device memory (strings,
 * sequences, tensors whose shape depends on values), a value that only host calls touch.
 */
export interface Binding {
  readonly name: string;
  readonly symbol: string;
  /** The type of a value that only host calls touch, as the graph's text has it; absent in files before 1.1. */
  readonly type?: string;
}

/** Where a PEF came from: enough to make the same bytes again. */
export interface Provenance {
  readonly tool: string;
  readonly version: string;
  /** File name of the model, without its folder, and the hex sha-256 of its bytes. */
  readonly source: string;
  readonly sourceDigest: string;
  /** Every option of the compilation, defaults included, sorted by key. */
  readonly options: Readonly<Record<string, string>>;
  /** Hex sha-256 of the text of each level, in the order of the levels. */
  readonly levels: readonly { readonly level: string; readonly digest: string }[];
}

/** One decision of the fusion stage: which ONNX nodes, which rule, taken or refused, and why. */
export interface LedgerEntry {
  readonly nodes: readonly string[];
  readonly rule: string;
  readonly verdict: string;
  readonly reason: string;
}
