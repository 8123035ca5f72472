import { costOf } from "@rdu/arithmetic";
import type { Chip } from "@rdu/chip";
import { type ComputeUnit, elementCountOf, type Section, stepsBetween, tileCount } from "@rdu/flow";
import type { Energy, Traffic } from "./timing.ts";
import { simdEmissions, systolicEmissions } from "./unit-cost.ts";

/**
 * Picojoules of a 5 nm chip. All are estimates [I]: no figure of the SN40L is published. Wider or narrower types are not told apart, except
 * for multiply-accumulates in the array.
 */
const PICOJOULES = {
  multiplyAccumulate: 0.8,
  stageOperation: 1.5,
  tailOperation: 6,
  scratchpadByte: 0.8,
  hopByte: 0.7,
  hbmByte: 44,
  ddrByte: 120,
  hostByte: 120,
} as const;

/** Watts of a socket that flow all the time: chip, memory modules, and 15 % for fans and supply; the host is not counted. */
export const STATIC_WATTS = (350 + 80) * 1.15;

/** What a section moved and for how long it ran. */
export interface EnergyUse {
  readonly cycles: number;
  readonly scratchpadBytes: number;
  readonly hopBytes: number;
  readonly traffic: Traffic;
}

export function sectionEnergy(section: Section, use: EnergyUse, chip: Chip): Energy {
  const { hbm, ddr, host } = use.traffic;
  const compute = section.units.reduce((sum, unit) => sum + (unit.kind === "compute" ? computePicojoules(unit) : 0), 0);
  return {
    compute: compute * 1e-12,
    scratchpad: use.scratchpadBytes * PICOJOULES.scratchpadByte * 1e-12,
    network: use.hopBytes * PICOJOULES.hopByte * 1e-12,
    memory:
      ((hbm.read + hbm.written) * PICOJOULES.hbmByte +
        (ddr.read + ddr.written) * PICOJOULES.ddrByte +
        (host.read + host.written) * PICOJOULES.hostByte) *
      1e-12,
    static: STATIC_WATTS * (use.cycles / (chip.clockGigahertz * 1e9)),
  };
}

function computePicojoules({ body }: ComputeUnit): number {
  const { domain } = body;
  const epilogue = instructionPicojoules(body.epilogue);
  if (body.kind === "systolic") {
    const rows = domain.counters[body.m];
    const steps = rows === undefined ? 1 : Math.ceil(rows.extent / rows.step);
    const elements = (elementCountOf(domain) / steps) * (rows?.extent ?? 1);
    const drained = systolicEmissions(body) * tileCount(domain) * domain.lanes;
    return elements * PICOJOULES.multiplyAccumulate + drained * epilogue;
  }
  const inner = instructionPicojoules(body.instructions) + body.reductions.length * PICOJOULES.stageOperation;
  const crossLane = body.reductions.length > 0 && domain.vector >= body.reduceFrom;
  const lanes = crossLane ? 1 : elementCountOf(domain) / Math.max(1, stepsBetween(domain, 0, domain.counters.length));
  return elementCountOf(domain) * inner + simdEmissions(body) * tileCount(domain) * lanes * epilogue;
}

function instructionPicojoules(instructions: Parameters<typeof costOf>[0]): number {
  const { stages, tail } = costOf(instructions);
  return stages * PICOJOULES.stageOperation + tail * PICOJOULES.tailOperation;
}
