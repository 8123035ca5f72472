import type { Chip, Confidence } from "./chip.ts";

export interface ParameterRow {
  readonly summary: string;
  /** Smallest and largest legal value. */
  readonly least: number;
  readonly most: number;
  /** False where a fraction is meant. */
  readonly whole: boolean;
}

const whole = (summary: string, least: number, most: number): ParameterRow => ({ summary, least, most, whole: true });
const real = (summary: string, least: number, most: number): ParameterRow => ({ summary, least, most, whole: false });

/**
 * Every number of a chip description, by dotted path: what it means and what it may be. The text form, its verifier and
 * docs/chip.md are made from these rows. The bounds keep every product that the checker forms far below 2^53.
 */
// biome-ignore format: a table
export const PARAMETERS = {
  clockGigahertz:                  real("clock, GHz", 0.001, 100),
  tiles:                           whole("tiles", 1, 256),
  rows:                            whole("rows of unit sites in a tile", 1, 256),
  columns:                         whole("columns of unit sites in a tile", 1, 256),
  agcusPerTile:                    whole("AGCUs (address generation and coalescing units) of a tile", 1, 64),
  tilesPerDie:                     whole("tiles of a die", 1, 256),
  "pcu.systolicRows":              whole("rows of the systolic array", 1, 256),
  "pcu.systolicColumns":           whole("columns of the systolic array", 1, 256),
  "pcu.simdStages":                whole("SIMD stages, one operation each", 1, 64),
  "pcu.vectorBytes":               whole("bytes of one vector", 4, 1024),
  "pcu.vectorInputs":              whole("vector input FIFOs", 1, 64),
  "pcu.vectorOutputs":             whole("vector outputs", 1, 64),
  "pcu.counters":                  whole("chained counters", 1, 64),
  "pcu.headerCycles":              whole("latency of the header, cycles", 0, 1000),
  "pcu.stageCycles":               whole("latency of one SIMD stage, cycles", 0, 1000),
  "pcu.tailCycles":                whole("latency of the tail, cycles", 0, 1000),
  "pcu.systolicCyclesBf16":        real("cycles of a systolic step, 16-bit floats", 0.01, 1000),
  "pcu.systolicCyclesFp32":        real("cycles of a systolic step, 32-bit floats", 0.01, 1000),
  "pcu.systolicCyclesInt8":        real("cycles of a systolic step, 8-bit integers", 0.01, 1000),
  "pcu.emulatedInt64Factor":       real("cycles of a 64-bit integer lane operation", 1, 1000),
  "pcu.emulatedFloat64Factor":     real("cycles of a 64-bit float lane operation", 1, 1000),
  "pmu.bytes":                     whole("scratchpad of a PMU, bytes", 64, 2 ** 30),
  "pmu.banks":                     whole("banks of the scratchpad", 1, 1024),
  "pmu.counters":                  whole("chained counters of an address program", 1, 64),
  "pmu.vectorInputs":              whole("vector input FIFOs", 1, 64),
  "pmu.vectorOutputs":             whole("vector outputs", 1, 64),
  "pmu.readBytesPerCycle":         whole("read port, bytes a cycle", 1, 65536),
  "pmu.writeBytesPerCycle":        whole("write port, bytes a cycle", 1, 65536),
  "pmu.latencyCycles":             whole("latency from request to vector, cycles", 0, 1000),
  "pmu.programs":                  whole("address programs, reads and writes together", 1, 1024),
  "agcu.streams":                  whole("load and store streams of an AGCU", 1, 1024),
  "agcu.bytesPerCycle":            whole("bytes a cycle of an AGCU, each way", 1, 65536),
  "agcu.latencyCycles":            whole("latency of address translation, cycles", 0, 100000),
  "network.linkBytesPerCycle":     whole("bytes a cycle of one link, each way", 1, 65536),
  "network.linksPerNeighbour":     whole("links between neighbouring switches, each way", 1, 64),
  "network.hopCycles":             whole("latency of a hop, cycles", 0, 1000),
  "network.fifoDepth":             whole("vectors an input FIFO holds", 1, 65536),
  "network.dieToDieBytesPerCycle": whole("bytes a cycle between neighbouring dies, each way", 1, 2 ** 20),
  "hbm.bytes":                     whole("capacity, bytes", 64, 2 ** 48),
  "hbm.bytesPerCycle":             real("peak bandwidth, bytes a cycle", 0.001, 2 ** 20),
  "hbm.efficiency":                real("share of the peak that streams reach", 0.01, 1),
  "hbm.latencyNanoseconds":        real("latency, ns", 0, 1e6),
  "ddr.bytes":                     whole("capacity, bytes", 0, 2 ** 48),
  "ddr.gigabytesPerSecond":        real("bandwidth, GB/s", 0.001, 1e6),
  "ddr.latencyNanoseconds":        real("latency, ns", 0, 1e6),
  "host.gigabytesPerSecond":       real("bandwidth of the link to the host, GB/s", 0.001, 1e6),
  "launchMicroseconds.hardware":   real("cost of a section boundary, AGCUs hold the schedule, us", 0, 1e6),
  "launchMicroseconds.software":   real("cost of a section boundary, the host schedules, us", 0, 1e6),
  occupancy:                       real("share of the PCUs and PMUs that a section may take", 0.01, 1),
} as const satisfies Record<string, ParameterRow>;

export type ParameterPath = keyof typeof PARAMETERS;
export type ParameterValues = Readonly<Record<ParameterPath, number>>;

/** The marks in the order of trust, with their meaning. */
export const CONFIDENCES = {
  P: "published by a primary source",
  P2: "published by a secondary source",
  D: "derived by arithmetic from published figures",
  I: "inferred, replaceable",
  R: "recalled, a lead only",
} as const satisfies Record<Confidence, string>;

export function isParameter(path: string): path is ParameterPath {
  return Object.hasOwn(PARAMETERS, path);
}

const PATHS: readonly ParameterPath[] = Object.keys(PARAMETERS).filter(isParameter);

export function parameterPaths(): readonly ParameterPath[] {
  return PATHS;
}

export function chipOf(name: string, values: ParameterValues, sources: Chip["sources"]): Chip {
  const group = <Key extends string>(prefix: string, keys: readonly Key[]): Record<Key, number> =>
    Object.fromEntries(keys.map((key) => [key, values[`${prefix}.${key}` as ParameterPath]])) as Record<Key, number>;
  return {
    name,
    clockGigahertz: values.clockGigahertz,
    tiles: values.tiles,
    rows: values.rows,
    columns: values.columns,
    agcusPerTile: values.agcusPerTile,
    tilesPerDie: values.tilesPerDie,
    pcu: group("pcu", keysOf("pcu")),
    pmu: group("pmu", keysOf("pmu")),
    agcu: group("agcu", keysOf("agcu")),
    network: group("network", keysOf("network")),
    hbm: group("hbm", keysOf("hbm")),
    ddr: group("ddr", keysOf("ddr")),
    host: group("host", keysOf("host")),
    launchMicroseconds: group("launchMicroseconds", keysOf("launchMicroseconds")),
    occupancy: values.occupancy,
    sources,
  };
}

/** The part of a path behind the group's name, for the paths of that group. */
type KeyOf<Group extends string> = ParameterPath extends infer Path
  ? Path extends `${Group}.${infer Key}`
    ? Key
    : never
  : never;

function keysOf<Group extends string>(group: Group): KeyOf<Group>[] {
  const prefix = `${group}.`;
  return parameterPaths().flatMap((path) =>
    path.startsWith(prefix) ? [path.slice(prefix.length) as KeyOf<Group>] : [],
  );
}

/** The inverse of `chipOf`: every number of a chip, by path. */
export function valuesOf(chip: Chip): ParameterValues {
  const value = (path: ParameterPath): number => {
    let at: unknown = chip;
    for (const key of path.split(".")) {
      at = typeof at === "object" && at !== null ? Object.getOwnPropertyDescriptor(at, key)?.value : undefined;
    }
    return typeof at === "number" ? at : Number.NaN;
  };
  return Object.fromEntries(parameterPaths().map((path) => [path, value(path)])) as Record<ParameterPath, number>;
}
