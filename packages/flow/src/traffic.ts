import type { Chip } from "@rdu/chip";
import { DTYPES } from "@rdu/tensor";
import { elementCountOf, firingCount } from "./domain.ts";
import type { ComputeUnit, Domain, Section, Stream } from "./flow.ts";
import { indexSection, readProgramsOf } from "./queries.ts";

/** What the streams of a section carry, on average. */
export interface Traffic {
  /** A lower bound of the cycles that the section takes. */
  readonly cycles: number;
  /** Bytes of each stream over the whole section, by name. */
  readonly bytes: ReadonlyMap<string, number>;
  /** Bytes a cycle that each stream needs at most, on average: its bytes over `cycles`. */
  readonly rates: ReadonlyMap<string, number>;
}

/**
 * The average rates that links are provided for. `cycles` is the largest of: firings of a compute unit, in cycles; vectors of a stream, at
 * one link width a cycle; bytes into and out of a memory unit, at the ports of the PMUs it spans; bytes to and from memory, at the bandwidth of HBM. No section is faster, so no stream is busier on average than
 * its rate says. Bursts above it are held back by credits and cost time, not correctness.
 */
export function trafficOf(section: Section, chip: Chip): Traffic {
  const index = indexSection(section);
  const bytes = new Map<string, number>();
  let cycles = 1;
  let memoryBytes = 0;
  const ports = new Map<string, number>();
  const usePort = (unit: string, direction: string, carried: number): void => {
    const key = `${direction} ${unit}`;
    ports.set(key, (ports.get(key) ?? 0) + carried);
  };
  for (const unit of section.units) {
    if (unit.kind === "compute") cycles = Math.max(cycles, computeCycles(unit, chip));
  }
  for (const stream of section.streams) {
    const source = index.units.get(stream.from.unit);
    if (source === undefined) continue;
    const program = readProgramsOf(source)[stream.from.port];
    const domain = source.kind === "compute" ? drainOf(source) : program?.domain;
    if (domain === undefined) continue;
    const carried = elementCountOf(domain) * DTYPES[stream.dtype].bytes;
    bytes.set(stream.name, carried);
    const flits = Math.ceil((stream.lanes * DTYPES[stream.dtype].bytes) / chip.network.linkBytesPerCycle);
    cycles = Math.max(cycles, firingCount(domain) * flits);
    const stores = stream.to.filter(({ unit }) => index.units.get(unit)?.kind === "store").length;
    memoryBytes += carried * (stores + (source.kind === "load" ? 1 : 0));
    if (source.kind === "memory") usePort(source.name, "read", carried);
    for (const { unit } of stream.to) if (index.units.get(unit)?.kind === "memory") usePort(unit, "write", carried);
  }
  for (const unit of section.units) {
    if (unit.kind !== "memory") continue;
    const read = (ports.get(`read ${unit.name}`) ?? 0) / (unit.span * chip.pmu.readBytesPerCycle);
    const written = (ports.get(`write ${unit.name}`) ?? 0) / (unit.span * chip.pmu.writeBytesPerCycle);
    cycles = Math.max(cycles, read, written);
  }
  cycles = Math.max(cycles, memoryBytes / chip.hbm.bytesPerCycle);
  const rates = new Map([...bytes].map(([name, carried]) => [name, carried / cycles]));
  return { cycles, bytes, rates };
}

/** The domain of a compute unit's outputs, as far as counting goes. */
function drainOf({ body }: ComputeUnit): Domain {
  const { counters } = body.domain;
  if (body.kind === "systolic") {
    return {
      ...body.domain,
      counters: [...counters.slice(0, body.m + 2), { extent: body.rows, step: 1, within: body.m }],
    };
  }
  const reduces = body.reductions.length > 0 && body.scan === "none";
  const depth = reduces ? body.reduceFrom : counters.length;
  const vector = body.domain.vector < depth ? body.domain.vector : -1;
  return { ...body.domain, counters: counters.slice(0, depth), vector };
}

function computeCycles({ body }: ComputeUnit, chip: Chip): number {
  const firings = firingCount(body.domain);
  if (body.kind === "simd") return firings;
  const width = Math.max(0, ...body.inputs.slice(0, 2).map(({ dtype }) => DTYPES[dtype].bytes));
  const { systolicCyclesBf16, systolicCyclesFp32, systolicCyclesInt8 } = chip.pcu;
  return firings * (width >= 4 ? systolicCyclesFp32 : width === 1 ? systolicCyclesInt8 : systolicCyclesBf16);
}

/** Streams that enter at a unit, for messages. */
export function streamText({ name, from, to }: Stream): string {
  return `${name} (${from.unit} -> ${to.map(({ unit }) => unit).join(", ")})`;
}
