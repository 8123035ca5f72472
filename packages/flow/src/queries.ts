import type {
  AddressProgram,
  ComputeUnit,
  Domain,
  Flow,
  LoadUnit,
  MemoryUnit,
  Section,
  StoreUnit,
  Stream,
  TensorSymbol,
  Unit,
} from "./flow.ts";

/** A section by name of unit and by port. Ports that nothing is wired to are absent; of doubly wired ones the last stream wins. */
export interface SectionIndex {
  readonly section: Section;
  readonly units: ReadonlyMap<string, Unit>;
  /** Streams that leave a unit, by output port. */
  readonly leaving: ReadonlyMap<string, ReadonlyMap<number, Stream>>;
  /** Streams that enter a unit, by input port. */
  readonly entering: ReadonlyMap<string, ReadonlyMap<number, Stream>>;
  /** Streams that bring the indices of an address program to a unit, by index port. */
  readonly indices: ReadonlyMap<string, ReadonlyMap<number, Stream>>;
}

export function indexSection(section: Section): SectionIndex {
  const units = new Map<string, Unit>();
  const leaving = new Map<string, Map<number, Stream>>();
  const entering = new Map<string, Map<number, Stream>>();
  const indices = new Map<string, Map<number, Stream>>();
  for (const unit of section.units) {
    units.set(unit.name, unit);
    leaving.set(unit.name, new Map());
    entering.set(unit.name, new Map());
    indices.set(unit.name, new Map());
  }
  for (const stream of section.streams) {
    leaving.get(stream.from.unit)?.set(stream.from.port, stream);
    for (const port of stream.to) {
      const ports = port.index === true ? indices : entering;
      ports.get(port.unit)?.set(port.port, stream);
    }
  }
  return { section, units, leaving, entering, indices };
}

/** The address programs of a unit in the order of its index ports. */
export function indexedPrograms(unit: Unit): readonly AddressProgram[] {
  return unit.kind === "memory" ? [...unit.reads, ...unit.writes] : unit.kind === "compute" ? [] : [unit.program];
}

/** Address programs that take vectors from streams, by input port. */
export function writeProgramsOf(unit: Unit): readonly AddressProgram[] {
  return unit.kind === "memory" ? unit.writes : unit.kind === "store" ? [unit.program] : [];
}

/** Address programs that put vectors on streams, by output port. */
export function readProgramsOf(unit: Unit): readonly AddressProgram[] {
  return unit.kind === "memory" ? unit.reads : unit.kind === "load" ? [unit.program] : [];
}

export function isLoad(unit: Unit): unit is LoadUnit {
  return unit.kind === "load";
}
export function isStore(unit: Unit): unit is StoreUnit {
  return unit.kind === "store";
}
export function isMemory(unit: Unit): unit is MemoryUnit {
  return unit.kind === "memory";
}
export function isCompute(unit: Unit): unit is ComputeUnit {
  return unit.kind === "compute";
}

/** Output ports of a unit. */
export function outputCount(unit: Unit): number {
  switch (unit.kind) {
    case "load":
      return 1;
    case "store":
      return 0;
    case "memory":
      return unit.reads.length;
    case "compute":
      return unit.body.outputs.length;
    default:
      return unit satisfies never;
  }
}

/** Input ports of a unit, without index ports. */
export function inputCount(unit: Unit): number {
  switch (unit.kind) {
    case "load":
      return 0;
    case "store":
      return 1;
    case "memory":
      return unit.writes.length;
    case "compute":
      return unit.body.inputs.length;
    default:
      return unit satisfies never;
  }
}

/** The counter chain that paces a unit: of a memory unit there is none. */
export function domainOf(unit: Unit): Domain | undefined {
  return unit.kind === "compute" ? unit.body.domain : unit.kind === "memory" ? undefined : unit.program.domain;
}

/** Follows aliases to the symbol that owns the bytes. Stops at a missing symbol or a circle. */
export function ownerOf(symbols: ReadonlyMap<string, TensorSymbol>, symbol: TensorSymbol): TensorSymbol {
  let owner = symbol;
  for (let steps = 0; owner.alias !== undefined && steps <= symbols.size; steps += 1) {
    const next = symbols.get(owner.alias);
    if (next === undefined) break;
    owner = next;
  }
  return owner;
}

export function symbolsByName(flow: Flow): Map<string, TensorSymbol> {
  return new Map(flow.symbols.map((symbol) => [symbol.name, symbol]));
}
