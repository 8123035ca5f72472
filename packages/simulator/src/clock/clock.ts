import type { Chip } from "@rdu/chip";
import { elementAt } from "@rdu/diagnostics";
import type { Section, SectionPlacement, TensorSymbol } from "@rdu/flow";
import { sectionEnergy } from "./energy.ts";
import { type GroupGraph, groupGraph } from "./group.ts";
import { type ProcessGraph, processGraph, streamBytes } from "./process.ts";
import { type RouteUse, routeUse } from "./route-use.ts";
import { type Stepped, stepGroups } from "./step-groups.ts";
import type { LinkLoad, SectionTiming, Tier, Traffic, UnitTiming, Wait } from "./timing.ts";

/**
 * Cycles of one section, from its units, their placement and the chip alone; values play no part. The model in short:
 *
 * - A unit takes a tile's firings at its own rate: a vector a cycle, more when its vectors are wider than a link, its instructions do
 *   not fit the stages, its type is emulated, or its array needs several passes (`unit-cost.ts`).
 * - Units joined directly by streams go through a tile together, at the pace of the slowest, and tile follows tile without a gap
 *   (`group.ts`); what passes through them arrives later by the latency of pipelines, scratchpads and hops.
 * - A stage buffer's handshakes say which tiles wait for which (`step-groups.ts`).
 * - HBM, DDR, AGCUs, scratchpad ports and over-subscribed links are handed out first come, first served.
 */
export function clock(
  section: Section,
  placement: SectionPlacement,
  chip: Chip,
  symbols: ReadonlyMap<string, TensorSymbol>,
): SectionTiming {
  const processes = processGraph(section, symbols, chip);
  const routes = routeUse(section, placement, chip);
  const groups = groupGraph(section, placement, processes, routes, chip);
  const stepped = stepGroups(groups);
  const cycles = Math.ceil(stepped.cycles);
  const units = unitTimings(section, processes, groups, stepped, cycles);
  const traffic = trafficOf(processes);
  const streams = streamTraffic(section, processes, chip);
  const scratchpadBytes = processes.processes.reduce((sum, { kind, cyclesPerTile, tiles }) => {
    return kind === "read" || kind === "write" ? sum + cyclesPerTile * tiles * chip.pmu.readBytesPerCycle : sum;
  }, 0);
  const hopBytes = streams.reduce((sum, bytes, index) => sum + bytes * elementAt(routes.hops, index), 0);
  return {
    section: section.name,
    cycles,
    units,
    traffic,
    links: linkLoads(routes, streams, cycles),
    charged: charge(section, units),
    energy: sectionEnergy(section, { cycles, scratchpadBytes, hopBytes, traffic }, chip),
    simulatedTiles: stepped.tiles,
    tiles: groups.groups.reduce((sum, { tiles }) => sum + tiles, 0),
  };
}

function unitTimings(
  section: Section,
  graph: ProcessGraph,
  { groups, groupOf }: GroupGraph,
  stepped: Stepped,
  cycles: number,
): UnitTiming[] {
  const positions = new Map<number, number>();
  for (const { members } of groups) {
    for (const [position, process] of members.entries()) positions.set(process, position);
  }
  const byUnit = new Map<number, number>();
  graph.processes.forEach(({ unit, kind }, index) => {
    if (kind !== "read" && kind !== "write") byUnit.set(unit, index);
  });
  return section.units.map((unit, index): UnitTiming => {
    if (unit.kind === "memory") return memoryTiming(unit.name, unit.span, index, graph);
    const process = byUnit.get(index)!;
    const { tiles, cyclesPerTile } = graph.processes[process]!;
    const number = groupOf[process]!;
    const group = groups[number]!;
    const busy = Math.min(cycles, tiles * cyclesPerTile);
    const waits = new Map<string, number>();
    let stalledOnInput = 0;
    let stalledOnOutput = 0;
    const wait = (on: string, input: boolean, length: number): void => {
      if (length <= 0) return;
      if (input) stalledOnInput += length;
      else stalledOnOutput += length;
      waits.set(on, (waits.get(on) ?? 0) + length);
    };
    for (const { on, input, cycles: length } of stepped.gaps[number]!.values()) wait(on, input, length);
    for (const [on, length] of stepped.delays[number]!) wait(on, unit.kind !== "store", length);
    // Slower members upstream starve a unit, slower ones downstream hold it up.
    const upstream = group.slowestMember < (positions.get(process) ?? 0);
    wait(group.slowest, upstream, group.tiles * group.cyclesPerTile - tiles * cyclesPerTile);
    return { unit: unit.name, kind: unit.kind, tiles, busy, stalledOnInput, stalledOnOutput, waits: longest(waits) };
  });
}

/** A memory unit works for whoever calls; what it is charged is the fuller of its ports. */
function memoryTiming(name: string, span: number, index: number, graph: ProcessGraph): UnitTiming {
  const total = (processes: readonly number[]): number =>
    processes.reduce((sum, process) => {
      const { tiles, cyclesPerTile } = graph.processes[process]!;
      return sum + (tiles * cyclesPerTile) / Math.max(1, span);
    }, 0);
  const reads = graph.reads.get(index) ?? [];
  const writes = graph.writes.get(index) ?? [];
  const ports = { read: total(reads), write: total(writes) };
  const tiles = [...reads, ...writes].reduce((most, process) => Math.max(most, graph.processes[process]!.tiles), 0);
  const busy = Math.max(ports.read, ports.write);
  return { unit: name, kind: "memory", tiles, busy, stalledOnInput: 0, stalledOnOutput: 0, waits: [], ports };
}

function longest(waits: ReadonlyMap<string, number>): Wait[] {
  return [...waits]
    .map(([on, cycles]) => ({ on, cycles }))
    .sort((a, b) => b.cycles - a.cycles || (a.on < b.on ? -1 : 1))
    .slice(0, 4);
}

function trafficOf({ processes }: ProcessGraph): Traffic {
  const traffic: Record<Tier, { read: number; written: number }> = {
    hbm: { read: 0, written: 0 },
    ddr: { read: 0, written: 0 },
    host: { read: 0, written: 0 },
  };
  for (const { memory, kind, tiles } of processes) {
    if (memory === undefined) continue;
    traffic[memory.tier][kind === "load" ? "read" : "written"] += Math.round(memory.bytes * tiles);
  }
  return traffic;
}

/** Bytes that each stream carries over the section. */
function streamTraffic(section: Section, { processes, edges }: ProcessGraph, chip: Chip): number[] {
  const sources = new Map(edges.map(({ stream, from }) => [stream, from]));
  return section.streams.map((stream, index) => {
    const source = sources.get(index);
    return source === undefined ? 0 : streamBytes(processes[source]!, section, stream, chip.pcu.vectorBytes);
  });
}

function linkLoads({ links }: RouteUse, streams: readonly number[], cycles: number): LinkLoad[] {
  return links
    .map(({ from, to, bytesPerCycle, streams: passing }) => {
      const bytes = passing.reduce((sum, stream) => sum + elementAt(streams, stream), 0);
      return { from, to, bytes, load: cycles === 0 ? 0 : bytes / (bytesPerCycle * cycles) };
    })
    .sort((a, b) => b.bytes - a.bytes)
    .slice(0, 10);
}

/** Every busy cycle goes to the ONNX nodes that the unit came from, in equal parts. */
function charge(section: Section, units: readonly UnitTiming[]): ReadonlyMap<string, number> {
  const charged = new Map<string, number>();
  section.units.forEach(({ origin }, index) => {
    const nodes = origin.length === 0 ? ["(no origin)"] : origin;
    for (const node of nodes) charged.set(node, (charged.get(node) ?? 0) + units[index]!.busy / nodes.length);
  });
  return charged;
}
