/** How sure a parameter is: published by a primary or secondary source, derived by arithmetic, inferred, recalled. */
export type Confidence = "P" | "P2" | "D" | "I" | "R";

/** The hardware description: grid, limits, clocks. All the compiler and the model know of a machine. Units are in the names. */
export interface Chip {
  readonly name: string;
  readonly clockGigahertz: number;
  readonly tiles: number;
  /** Rows and columns of unit sites in one tile; (row + column) even holds a PCU, odd a PMU. Switches sit at the corners: (rows + 1) x (columns + 1). */
  readonly rows: number;
  readonly columns: number;
  readonly agcusPerTile: number;
  readonly tilesPerDie: number;
  readonly pcu: {
    readonly systolicRows: number;
    readonly systolicColumns: number;
    readonly simdStages: number;
    /** Bytes of one vector: 64, i.e. 32 bf16 or 16 fp32 lanes. */
    readonly vectorBytes: number;
    readonly vectorInputs: number;
    readonly vectorOutputs: number;
    readonly counters: number;
    readonly headerCycles: number;
    readonly stageCycles: number;
    readonly tailCycles: number;
    /** Cycles a systolic step takes, by input storage. */
    readonly systolicCyclesBf16: number;
    readonly systolicCyclesFp32: number;
    readonly systolicCyclesInt8: number;
    /** Cycle factor of emulated 64-bit lane arithmetic. */
    readonly emulatedInt64Factor: number;
    readonly emulatedFloat64Factor: number;
  };
  readonly pmu: {
    readonly bytes: number;
    readonly banks: number;
    readonly counters: number;
    readonly vectorInputs: number;
    readonly vectorOutputs: number;
    readonly readBytesPerCycle: number;
    readonly writeBytesPerCycle: number;
    readonly latencyCycles: number;
    readonly programs: number;
  };
  readonly agcu: { readonly streams: number; readonly bytesPerCycle: number; readonly latencyCycles: number };
  readonly network: {
    readonly linkBytesPerCycle: number;
    readonly linksPerNeighbour: number;
    readonly hopCycles: number;
    readonly fifoDepth: number;
    readonly dieToDieBytesPerCycle: number;
  };
  readonly hbm: {
    readonly bytes: number;
    readonly bytesPerCycle: number;
    readonly efficiency: number;
    readonly latencyNanoseconds: number;
  };
  readonly ddr: { readonly bytes: number; readonly gigabytesPerSecond: number; readonly latencyNanoseconds: number };
  readonly host: { readonly gigabytesPerSecond: number };
  readonly launchMicroseconds: { readonly hardware: number; readonly software: number };
  readonly occupancy: number;
  /** Confidence and source of each parameter, by dotted path ("pcu.systolicRows"). */
  readonly sources: Readonly<Record<string, { readonly confidence: Confidence; readonly source: string }>>;
}
