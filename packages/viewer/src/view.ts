/** What a page shows: plain data, laid out. Short names, for a program has thousands of units. */
export interface View {
  readonly title: string;
  /** What the file is: "graph", "patterns", "flow", "placed flow", "PEF". */
  readonly kind: string;
  /** One line under the title. */
  readonly summary: string;
  /** ONNX nodes; units refer to them by number. */
  readonly origins: readonly string[];
  readonly chip?: ChipView;
  readonly networks: readonly Network[];
  readonly memory: readonly MemoryRow[];
  readonly provenance: readonly (readonly [string, string])[];
  readonly ledger: readonly LedgerRow[];
}

export interface ChipView {
  readonly name: string;
  readonly tiles: number;
  readonly rows: number;
  readonly columns: number;
  /** Of every tile. */
  readonly agcus: readonly (readonly [row: number, column: number])[];
}

/** A graph, or a section of one, or the units of a section: boxes in layers, joined by edges. */
export interface Network {
  readonly name: string;
  /** What the list of networks says about it: "304 PCUs, 357 PMUs". */
  readonly note: string;
  /** Of one execution. */
  readonly cycles?: number;
  /** Share of the longest network's cycles, or of the most boxes, for the bar in the list. */
  readonly share: number;
  readonly boxes: readonly Box[];
  readonly edges: readonly Edge[];
}

export interface Box {
  readonly name: string;
  readonly kind: BoxKind;
  /** Second line: what it does. */
  readonly does: string;
  readonly origin: readonly number[];
  /** As it stands in the text of its level. */
  readonly text: string;
  readonly x: number;
  readonly y: number;
  /** tile, row, column of each of its sites. */
  readonly sites?: readonly (readonly [number, number, number])[];
  readonly busy?: number;
  readonly waits?: string;
}

export const BOX_KINDS = [
  "input",
  "output",
  "load",
  "store",
  "memory",
  "compute",
  "operator",
  "pattern",
  "move",
  "host",
] as const;
export type BoxKind = (typeof BOX_KINDS)[number];

export interface Edge {
  readonly from: number;
  readonly to: readonly number[];
  readonly label: string;
  /** Hops as pairs of tile, row, column, flattened. */
  readonly route?: readonly number[];
}

export interface MemoryRow {
  readonly name: string;
  readonly role: string;
  readonly type: string;
  readonly bytes: number;
  readonly tier: string;
  readonly address?: number;
  readonly alias?: string;
}

export interface LedgerRow {
  readonly nodes: readonly string[];
  readonly rule: string;
  readonly verdict: string;
  readonly reason: string;
}
