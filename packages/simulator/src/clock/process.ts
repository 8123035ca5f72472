import type { Chip } from "@rdu/chip";
import type { AddressProgram, Section, Stream, TensorSymbol, Unit } from "@rdu/flow";
import { DTYPES, type DType } from "@rdu/tensor";
import type { Tier } from "./timing.ts";
import {
  agcuCost,
  computeCost,
  flitsPerTile,
  memoryBytesPerTile,
  scratchpadCost,
  simdEmissions,
  systolicEmissions,
  type UnitCost,
} from "./unit-cost.ts";

/** Something with a pace of its own: a compute, load or store unit, or one read or write program of a memory unit. */
export interface Process extends UnitCost {
  readonly unit: number;
  readonly kind: "load" | "store" | "compute" | "write" | "read";
  /** Index of the program of a memory unit, else 0. */
  readonly program: number;
  /** Loads and stores: what a tile moves, and where. */
  readonly memory?: { readonly tier: Tier; readonly bytes: number };
}

/** A stream seen from its ends: which processes it joins. */
export interface Edge {
  readonly stream: number;
  readonly from: number;
  readonly to: number;
}

export interface ProcessGraph {
  readonly processes: readonly Process[];
  readonly edges: readonly Edge[];
  /** Process of each write program and read program of a memory unit, by unit index. */
  readonly writes: ReadonlyMap<number, readonly number[]>;
  readonly reads: ReadonlyMap<number, readonly number[]>;
}

export function processGraph(section: Section, symbols: ReadonlyMap<string, TensorSymbol>, chip: Chip): ProcessGraph {
  const processes: Process[] = [];
  const writes = new Map<number, number[]>();
  const reads = new Map<number, number[]>();
  /** Process by unit and port, for either direction. */
  const sources = new Map<string, number[]>();
  const targets = new Map<string, number[]>();
  const add = (process: Process): number => processes.push(process) - 1;
  section.units.forEach((unit, index) => {
    if (unit.kind === "memory") {
      const own = (programs: readonly AddressProgram[], kind: "write" | "read", bytesPerCycle: number): number[] =>
        programs.map((program, number) =>
          add({ unit: index, kind, program: number, ...scratchpadCost(program, unit.dtype, chip, bytesPerCycle) }),
        );
      writes.set(index, own(unit.writes, "write", chip.pmu.writeBytesPerCycle));
      reads.set(index, own(unit.reads, "read", chip.pmu.readBytesPerCycle));
      targets.set(unit.name, writes.get(index) ?? []);
      sources.set(unit.name, reads.get(index) ?? []);
    } else {
      const process = add({ unit: index, kind: unit.kind, program: 0, ...edgeCost(unit, symbols, chip) });
      sources.set(unit.name, [process]);
      targets.set(unit.name, [process]);
    }
  });
  const memories = new Set(section.units.flatMap((unit) => (unit.kind === "memory" ? [unit.name] : [])));
  const edges = section.streams.flatMap((stream, index): Edge[] => {
    const from = portOf(sources.get(stream.from.unit), stream.from.port);
    if (from === undefined) return [];
    return stream.to.flatMap(({ unit, port, index: isIndex }) => {
      // Index ports of a memory unit count the read programs first, then the write programs.
      const to =
        isIndex === true && memories.has(unit)
          ? [...(sources.get(unit) ?? []), ...(targets.get(unit) ?? [])][port]
          : portOf(targets.get(unit), port);
      return to === undefined ? [] : [{ stream: index, from, to }];
    });
  });
  return { processes, edges, writes, reads };
}

function edgeCost(
  unit: Exclude<Unit, { kind: "memory" }>,
  symbols: ReadonlyMap<string, TensorSymbol>,
  chip: Chip,
): UnitCost & { readonly memory?: Process["memory"] & {} } {
  if (unit.kind === "compute") return computeCost(unit, chip);
  const symbol = symbols.get(unit.symbol);
  const dtype: DType = symbol?.dtype ?? "float32";
  const tier = symbol?.tier ?? "hbm";
  return {
    ...agcuCost(unit.program, dtype, chip),
    memory: { tier, bytes: memoryBytesPerTile(unit.program, dtype) },
  };
}

/** Units with one process have it at every port. */
function portOf(processes: readonly number[] | undefined, port: number): number | undefined {
  return processes?.length === 1 ? processes[0] : processes?.[port];
}

/** Bytes that a stream carries over the whole section, in whole flits. */
export function streamBytes(process: Process, section: Section, stream: Stream, flitBytes: number): number {
  const unit = section.units[process.unit];
  if (unit === undefined) return 0;
  if (unit.kind === "compute") {
    const { body } = unit;
    const counter = body.domain.counters[body.domain.vector];
    const crossLane = body.kind === "simd" && body.reductions.length > 0 && body.domain.vector >= body.reduceFrom;
    const lanes = crossLane || counter === undefined ? 1 : Math.min(body.domain.lanes, counter.extent);
    const vectors = body.kind === "simd" ? simdEmissions(body) : systolicEmissions(body);
    return process.tiles * vectors * Math.ceil((lanes * DTYPES[stream.dtype].bytes) / flitBytes) * flitBytes;
  }
  const program = unit.kind === "memory" ? unit.reads[process.program] : unit.program;
  return program === undefined ? 0 : process.tiles * flitsPerTile(program.domain, stream.dtype, flitBytes) * flitBytes;
}
