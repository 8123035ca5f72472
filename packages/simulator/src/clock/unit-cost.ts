import { costOf, type Instruction, type LaneType } from "@rdu/arithmetic";
import type { Chip } from "@rdu/chip";
import {
  type AddressProgram,
  type ComputeUnit,
  counterSteps,
  type Domain,
  elementCountOf,
  firingsPerTile,
  type SimdBody,
  type SystolicBody,
  stepsBetween,
  tileCount,
} from "@rdu/flow";
import { DTYPES, type DType, isFloat } from "@rdu/tensor";

/** What one tile costs a unit when nothing keeps it waiting. */
export interface UnitCost {
  readonly tiles: number;
  /** Cycles from the first to the last firing of a tile. */
  readonly cyclesPerTile: number;
  /** Cycles from a vector going in to its result coming out. */
  readonly latency: number;
}

/** Scratchpad addresses that a gather makes in a cycle [HC24: 4 addresses a cycle]. */
const GATHER_ADDRESSES_PER_CYCLE = 4;
/** Bytes of one access to HBM or DDR: what a strided or gathered element costs [HBM pseudo channel, 64-byte interleave]. */
const BURST_BYTES = 64;

/** Bytes of one full vector of a domain. */
export function vectorBytes(domain: Domain, dtype: DType): number {
  const counter = domain.counters[domain.vector];
  return (counter === undefined ? 1 : Math.min(domain.lanes, counter.extent)) * DTYPES[dtype].bytes;
}

/** Cycles that the vectors of one tile take on a stream: each in flits of the width of a link. */
export function flitsPerTile(domain: Domain, dtype: DType, flitBytes: number): number {
  return firingsPerTile(domain) * Math.ceil(vectorBytes(domain, dtype) / flitBytes);
}

/** A read or write program of a memory unit. */
export function scratchpadCost(program: AddressProgram, dtype: DType, chip: Chip, bytesPerCycle: number): UnitCost {
  const { domain, index } = program;
  const streaming = flitsPerTile(domain, dtype, bytesPerCycle);
  const lanes = vectorBytes(domain, dtype) / DTYPES[dtype].bytes;
  const gathering =
    index?.perLane === true ? firingsPerTile(domain) * Math.ceil(lanes / GATHER_ADDRESSES_PER_CYCLE) : 0;
  return {
    tiles: tileCount(domain),
    cyclesPerTile: Math.max(streaming, gathering),
    latency: chip.pmu.latencyCycles,
  };
}

/**
 * Bytes that one tile of a load or store moves at the memory. Vectors of neighbouring elements cost what they hold. Elements apart cost a
 * burst each, unless the next counter outwards walks the neighbours of them: then the AGCU's coalescing serves its steps from the same bursts.
 */
export function memoryBytesPerTile({ domain, address, index }: AddressProgram, dtype: DType): number {
  const width = DTYPES[dtype].bytes;
  const bytes = (elementCountOf(domain) * width) / tileCount(domain);
  const stride = Math.abs(address.laneStride);
  if (index?.perLane !== true && (stride <= 1 || domain.vector < 0)) return bytes;
  const apart = index?.perLane === true ? BURST_BYTES : Math.min(BURST_BYTES, stride * width);
  let shared = 1;
  if (index?.perLane !== true) {
    domain.counters.forEach((counter, position) => {
      if (position === domain.vector || position < domain.tileDepth) return;
      const step = Math.abs((address.strides[position] ?? 0) * counter.step);
      if (step === 1) shared = Math.max(shared, Math.min(counterSteps(counter), BURST_BYTES / width));
    });
  }
  return Math.max(bytes, (bytes / width / shared) * apart);
}

export function agcuCost(program: AddressProgram, dtype: DType, chip: Chip): UnitCost {
  const { bytesPerCycle, latencyCycles } = chip.agcu;
  const streaming = flitsPerTile(program.domain, dtype, bytesPerCycle);
  return {
    tiles: tileCount(program.domain),
    cyclesPerTile: Math.max(streaming, memoryBytesPerTile(program, dtype) / bytesPerCycle),
    latency: latencyCycles,
  };
}

export function computeCost(unit: ComputeUnit, chip: Chip): UnitCost {
  return unit.body.kind === "simd" ? simdCost(unit.body, chip) : systolicCost(unit.body, chip);
}

/** Vectors that a SIMD unit puts out in a tile. */
export function simdEmissions({ domain, reductions, reduceFrom, scan }: SimdBody): number {
  if (reductions.length === 0 || scan !== "none") return firingsPerTile(domain);
  return stepsBetween(domain, 0, reduceFrom) / tileCount(domain);
}

/** Rows that a systolic unit drains in a tile. */
export function systolicEmissions({ domain, m }: SystolicBody): number {
  const rows = domain.counters[m];
  const columns = domain.counters[m + 1];
  if (rows === undefined || columns === undefined) return 1;
  return (stepsBetween(domain, 0, m) * rows.extent * counterSteps(columns)) / tileCount(domain);
}

/**
 * A vector a cycle, while its instructions find room in the stages and pass the tail once; more of either takes as many passes. Work that
 * happens once per result (the epilogue) shares the stages when all fit, and else takes passes of its own.
 */
function simdCost(body: SimdBody, chip: Chip): UnitCost {
  const { domain } = body;
  const { simdStages, vectorBytes: flitBytes } = chip.pcu;
  const firings = firingsPerTile(domain);
  const emissions = simdEmissions(body);
  const inner = slots(body.instructions, chip);
  for (const { type } of body.reductions) inner.stages += emulationFactor(type, chip);
  const outer = slots(body.epilogue, chip);
  const fits = inner.stages + outer.stages <= simdStages;
  const stageCycles = fits
    ? firings
    : firings * Math.max(1, Math.ceil(inner.stages / simdStages)) + emissions * Math.ceil(outer.stages / simdStages);
  const widest = widestBytes([...body.inputs, ...body.outputs]);
  const flits = Math.max(1, Math.ceil((domain.lanes * widest) / flitBytes));
  const crossLane = body.reductions.length > 0 && domain.vector >= body.reduceFrom;
  return {
    tiles: tileCount(domain),
    cyclesPerTile: flits * Math.max(stageCycles, firings * inner.tail + emissions * outer.tail),
    latency: pipelineLatency(chip) + (crossLane ? Math.ceil(Math.log2(Math.max(1, domain.lanes))) : 0),
  };
}

/**
 * One step of the array per firing; the rows of one block drain while the next block is computed. Filling and draining show only as latency.
 */
function systolicCost(body: SystolicBody, chip: Chip): UnitCost {
  const { domain, rows } = body;
  const { systolicRows, systolicColumns, simdStages, vectorBytes: flitBytes } = chip.pcu;
  const epilogue = slots(body.epilogue, chip);
  const perRow = Math.max(
    1,
    Math.ceil(epilogue.stages / simdStages),
    epilogue.tail,
    Math.ceil((domain.lanes * widestBytes(body.outputs)) / flitBytes),
  );
  const step = Math.ceil(rows / systolicRows) * Math.max(1, (stepCycles(body, chip) * domain.lanes) / systolicColumns);
  return {
    tiles: tileCount(domain),
    cyclesPerTile: Math.max(firingsPerTile(domain) * step, systolicEmissions(body) * perRow),
    latency: pipelineLatency(chip) + (rows - 1) + (domain.lanes - 1) + rows,
  };
}

/** Cycles in which the whole array multiplies once, by the widest operand. Narrower vectors use the free columns for the passes of wide types. */
function stepCycles({ inputs, accumulate }: SystolicBody, { pcu }: Chip): number {
  const emulated =
    accumulate === "f64"
      ? pcu.emulatedFloat64Factor
      : accumulate === "i64" || accumulate === "u64"
        ? pcu.emulatedInt64Factor
        : 1;
  const widest = Math.max(...inputs.slice(0, 2).map(({ dtype }) => DTYPES[dtype].bytes));
  if (widest === 1) return emulated * pcu.systolicCyclesInt8;
  const half = widest === 2 && inputs.slice(0, 2).every(({ dtype }) => isFloat(dtype) || DTYPES[dtype].bytes === 1);
  return emulated * (half ? pcu.systolicCyclesBf16 : pcu.systolicCyclesFp32);
}

function pipelineLatency({ pcu }: Chip): number {
  return pcu.headerCycles + pcu.simdStages * pcu.stageCycles + pcu.tailCycles;
}

/** Stages and tail passes of a body; emulated types take several times as many. */
function slots(instructions: readonly Instruction[], chip: Chip): { stages: number; tail: number } {
  let stages = 0;
  let tail = 0;
  for (const instruction of instructions) {
    const cost = costOf([instruction]);
    const factor = emulationFactor(instruction.type, chip);
    stages += cost.stages * factor;
    tail += cost.tail * factor;
  }
  return { stages, tail };
}

function emulationFactor(type: LaneType, { pcu }: Chip): number {
  if (type === "f64") return pcu.emulatedFloat64Factor;
  return type === "i64" || type === "u64" ? pcu.emulatedInt64Factor : 1;
}

function widestBytes(ports: readonly { readonly dtype: DType }[]): number {
  return Math.max(0, ...ports.map(({ dtype }) => DTYPES[dtype].bytes));
}
