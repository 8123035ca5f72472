import { type Chip, unitCounts } from "@rdu/chip";
import { DTYPES } from "@rdu/tensor";
import type { MemoryUnit, Section } from "./flow.ts";

/** What a section takes of the chip. */
export interface SectionNeeds {
  readonly pcus: number;
  readonly pmus: number;
  /** Load and store units, each one AGCU stream. */
  readonly agcuStreams: number;
  /** Bytes in use in scratchpads; a unit's last PMU may be partly empty. */
  readonly sramBytes: number;
}

export function sectionNeeds(section: Section): SectionNeeds {
  let pcus = 0;
  let pmus = 0;
  let agcuStreams = 0;
  let sramBytes = 0;
  for (const unit of section.units) {
    if (unit.kind === "compute") pcus += 1;
    else if (unit.kind === "memory") {
      pmus += unit.span;
      sramBytes += memoryBytes(unit);
    } else agcuStreams += 1;
  }
  return { pcus, pmus, agcuStreams, sramBytes };
}

/** What a section may take: the share `occupancy` of PCUs and PMUs, at least one of each. */
export function sectionBudget(chip: Chip): SectionNeeds {
  const counts = unitCounts(chip);
  const pmus = Math.max(1, Math.floor(counts.pmus * chip.occupancy));
  return {
    pcus: Math.max(1, Math.floor(counts.pcus * chip.occupancy)),
    pmus,
    agcuStreams: counts.agcuStreams,
    sramBytes: pmus * chip.pmu.bytes,
  };
}

/** Bytes of the circular store of a memory unit. */
export function memoryBytes(unit: MemoryUnit): number {
  return Math.min(unit.capacity, unit.elements) * DTYPES[unit.dtype].bytes;
}
