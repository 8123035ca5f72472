import type { Site } from "@rdu/flow";

/** What the clock says of one execution of one section. All times are in cycles of the chip, launch not included. */
export interface SectionTiming {
  readonly section: string;
  /** From the first load to the last store. */
  readonly cycles: number;
  /** In the order of the section's units. */
  readonly units: readonly UnitTiming[];
  readonly traffic: Traffic;
  /** The ten fullest links, fullest first. */
  readonly links: readonly LinkLoad[];
  /** Busy cycles by ONNX node; they add up to the busy cycles of all units. */
  readonly charged: ReadonlyMap<string, number>;
  readonly energy: Energy;
  /** Tiles that were stepped one by one; fewer than there are when the steady state was extrapolated. */
  readonly simulatedTiles: number;
  readonly tiles: number;
}

export interface UnitTiming {
  readonly unit: string;
  readonly kind: "load" | "store" | "memory" | "compute";
  readonly tiles: number;
  /** Cycles in which the unit does work that its own rate bounds. A memory unit: the fuller of its two ports. */
  readonly busy: number;
  /** Cycles spent waiting for vectors, and for room to put them. What is left of the section's cycles is idle. */
  readonly stalledOnInput: number;
  readonly stalledOnOutput: number;
  /** Whom the unit waited for, longest first: a unit, "hbm", "ddr", "host", "agcu ...", "port ..." or "link ...". */
  readonly waits: readonly Wait[];
  /** Memory units: cycles that the read and the write port are in use, over all PMUs of the span. */
  readonly ports?: { readonly read: number; readonly write: number };
}

export interface Wait {
  readonly on: string;
  readonly cycles: number;
}

/** Bytes moved over the edge of the chip, by tier and direction, as bursts occupy the memory. */
export type Traffic = Readonly<Record<Tier, { readonly read: number; readonly written: number }>>;
export type Tier = "hbm" | "ddr" | "host";

export interface LinkLoad {
  readonly from: Site;
  readonly to: Site;
  readonly bytes: number;
  /** Share of what the link could carry in the section's cycles. */
  readonly load: number;
}

/** Joules. */
export interface Energy {
  readonly compute: number;
  readonly scratchpad: number;
  readonly network: number;
  readonly memory: number;
  /** Power that flows whether or not anything happens, times the time. */
  readonly static: number;
}
