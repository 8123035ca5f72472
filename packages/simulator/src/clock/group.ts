import { type Chip, siteText } from "@rdu/chip";
import type { Section, SectionPlacement, TileMap } from "@rdu/flow";
import { type ProcessGraph, streamBytes } from "./process.ts";
import type { LinkUse, RouteUse } from "./route-use.ts";

/**
 * Processes that streams join directly, without a stage buffer between. Their FIFOs hold a few vectors, a tile has hundreds: so they go
 * through a tile together, at the pace of the slowest.
 */
export interface Group {
  /** Processes, sources first. */
  readonly members: readonly number[];
  readonly tiles: number;
  /** Pace that members and resources of the group's own impose, and which of them does. */
  readonly cyclesPerTile: number;
  readonly slowest: string;
  /** Position in `members` of the slowest, -1 when it is no member. */
  readonly slowestMember: number;
  readonly constraints: readonly Constraint[];
  /**
   * Latency of the memory that the group loads from. It shows once: AGCUs send the requests of later tiles ahead while they wait for room
   * [I: their response buffers cover it].
   */
  readonly leadCycles: number;
  readonly leadOn: string;
  /** Cycles from the last firing of the last tile until everything has arrived. */
  readonly tailCycles: number;
  /** What a tile takes of resources that other groups use too. */
  readonly demands: readonly Demand[];
}

/** Tile `i` of the group waits until `map(i)` tiles of another process are done, and `latency` cycles more. */
export interface Constraint {
  readonly map: TileMap;
  /** Tiles of the process in this group that waits, and of the one waited for. */
  readonly ownTiles: number;
  readonly otherTiles: number;
  readonly group: number;
  readonly latency: number;
  readonly on: string;
  readonly input: boolean;
}

export interface Demand {
  readonly resource: number;
  readonly amount: number;
}

/** Something that several groups share: bytes or vectors per cycle. */
export interface Resource {
  readonly name: string;
  readonly perCycle: number;
}

export interface GroupGraph {
  readonly groups: readonly Group[];
  readonly resources: readonly Resource[];
  readonly groupOf: readonly number[];
}

export function groupGraph(
  section: Section,
  placement: SectionPlacement,
  graph: ProcessGraph,
  routes: RouteUse,
  chip: Chip,
): GroupGraph {
  const { processes } = graph;
  const groupOf = components(graph);
  const order = topologicalOrder(graph);
  const latencies = pathLatencies(section, graph, order, routes, chip);
  const members: number[][] = [];
  for (const process of order) {
    const group = groupOf[process]!;
    members[group] ??= [];
    members[group].push(process);
  }
  const nameOf = (process: number): string => section.units[processes[process]!.unit]!.name;
  const tiles = members.map((list) => list.reduce((most, process) => Math.max(most, processes[process]!.tiles), 1));
  const paces = members.map((list, group) => {
    let cyclesPerTile = 0;
    let slowestMember = 0;
    list.forEach((process, position) => {
      const { cyclesPerTile: own, tiles: count } = processes[process]!;
      const pace = (own * count) / tiles[group]!;
      if (pace > cyclesPerTile) [cyclesPerTile, slowestMember] = [pace, position];
    });
    return { cyclesPerTile, slowestMember, slowest: nameOf(list[slowestMember]!) };
  });

  const uses = [
    ...memoryUses(graph, chip),
    ...agcuUses(section, placement, graph, chip),
    ...portUses(section, graph),
    ...linkUses(
      section,
      graph,
      routes,
      groupOf,
      paces.map(({ cyclesPerTile }, group) => cyclesPerTile * tiles[group]!),
      chip,
    ),
  ];
  const resources: Resource[] = [];
  const demands: Demand[][] = members.map(() => []);
  for (const { name, perCycle, amounts } of uses) {
    const perGroup = new Map<number, number>();
    for (const [process, amount] of amounts) {
      const group = groupOf[process]!;
      perGroup.set(group, (perGroup.get(group) ?? 0) + amount / tiles[group]!);
    }
    // A tile needs its own share in any case; turns are taken only where groups compete.
    for (const [group, amount] of perGroup) {
      const pace = paces[group]!;
      if (amount / perCycle > pace.cyclesPerTile)
        Object.assign(pace, { cyclesPerTile: amount / perCycle, slowest: name, slowestMember: -1 });
      if (perGroup.size > 1) demands[group]!.push({ resource: resources.length, amount });
    }
    if (perGroup.size > 1) resources.push({ name, perCycle });
  }
  const constraints = constraintsOf(section, graph, groupOf, latencies, nameOf);
  const groups = members.map((list, group): Group => {
    const lead = memoryLatency(list, "load", graph, chip);
    const path = list.reduce((most, process) => Math.max(most, latencies[process]!), 0);
    return {
      members: list,
      tiles: tiles[group]!,
      ...paces[group]!,
      constraints: constraints.get(group) ?? [],
      leadCycles: lead.cycles,
      leadOn: lead.on,
      tailCycles: path + memoryLatency(list, "store", graph, chip).cycles,
      demands: demands[group]!,
    };
  });
  return { groups, resources, groupOf };
}

/** Amounts that processes take of a resource over the whole section. */
interface Use extends Resource {
  readonly amounts: readonly (readonly [process: number, amount: number])[];
}

function memoryUses({ processes }: ProcessGraph, chip: Chip): Use[] {
  const rates = {
    hbm: chip.hbm.bytesPerCycle * chip.hbm.efficiency,
    ddr: chip.ddr.gigabytesPerSecond / chip.clockGigahertz,
    host: chip.host.gigabytesPerSecond / chip.clockGigahertz,
  };
  return (["hbm", "ddr", "host"] as const).map((tier) => ({
    name: tier,
    perCycle: rates[tier],
    amounts: processes.flatMap(({ memory, tiles }, index) =>
      memory?.tier === tier ? [[index, memory.bytes * tiles] as const] : [],
    ),
  }));
}

/** An AGCU passes so many bytes a cycle each way, however many streams share it. */
function agcuUses(section: Section, placement: SectionPlacement, { processes }: ProcessGraph, chip: Chip): Use[] {
  const amounts = new Map<string, [number, number][]>();
  processes.forEach(({ unit, kind, cyclesPerTile, tiles }, index) => {
    if (kind !== "load" && kind !== "store") return;
    const [site] = placement.sites.get(section.units[unit]!.name) ?? [];
    if (site === undefined) return;
    const key = `agcu ${siteText(site)} ${kind}s`;
    const list = amounts.get(key) ?? [];
    amounts.set(key, list);
    list.push([index, cyclesPerTile * tiles * chip.agcu.bytesPerCycle]);
  });
  return [...amounts].map(([name, list]) => ({ name, perCycle: chip.agcu.bytesPerCycle, amounts: list }));
}

/** Programs of a memory unit share its ports: one vector a cycle and direction for each PMU of the span. */
function portUses(section: Section, { processes, reads, writes }: ProcessGraph): Use[] {
  const uses: Use[] = [];
  for (const [direction, lists] of [
    ["read", reads],
    ["write", writes],
  ] as const) {
    for (const [unit, list] of lists) {
      const memory = section.units[unit];
      if (memory?.kind !== "memory" || list.length < 2) continue;
      uses.push({
        name: `${direction} port of ${memory.name}`,
        perCycle: Math.max(1, memory.span),
        amounts: list.map(
          (process) => [process, processes[process]!.cyclesPerTile * processes[process]!.tiles] as const,
        ),
      });
    }
  }
  return uses;
}

/**
 * Links whose streams, each at the rate its group could run at, ask for more than the link carries. All other links never make anybody wait.
 *
 * @param activeCycles cycles that each group needs in all when nothing keeps it waiting
 */
function linkUses(
  section: Section,
  graph: ProcessGraph,
  routes: RouteUse,
  groupOf: readonly number[],
  activeCycles: readonly number[],
  chip: Chip,
): Use[] {
  const sources = new Map(graph.edges.map(({ stream, from }) => [stream, from]));
  const bytes = section.streams.map((stream, index) => {
    const source = sources.get(index);
    return source === undefined ? 0 : streamBytes(graph.processes[source]!, section, stream, chip.pcu.vectorBytes);
  });
  const asked = ({ streams }: LinkUse): number =>
    streams.reduce((sum, stream) => {
      const source = sources.get(stream);
      return source === undefined ? sum : sum + bytes[stream]! / Math.max(1, activeCycles[groupOf[source]!]!);
    }, 0);
  return [...routes.links, ...routes.crossings]
    .filter((use) => asked(use) > use.bytesPerCycle * (1 + 1e-9))
    .map(({ name, bytesPerCycle, streams }) => ({
      name,
      perCycle: bytesPerCycle,
      amounts: streams.flatMap((stream) => {
        const source = sources.get(stream);
        return source === undefined ? [] : [[source, bytes[stream]!] as const];
      }),
    }));
}

/** Handshakes as waits between groups; those that say the same are kept once, with the longest latency. */
function constraintsOf(
  section: Section,
  { processes, reads, writes }: ProcessGraph,
  groupOf: readonly number[],
  latencies: readonly number[],
  nameOf: (process: number) => string,
): ReadonlyMap<number, readonly Constraint[]> {
  const found = new Map<number, Map<string, Constraint>>();
  const add = (own: number, other: number, map: TileMap, latency: number, input: boolean, on: string): void => {
    const group = groupOf[own]!;
    const constraint = {
      map,
      ownTiles: processes[own]!.tiles,
      otherTiles: processes[other]!.tiles,
      group: groupOf[other]!,
      latency,
      on,
      input,
    };
    const { ownTiles, otherTiles, group: waitedFor } = constraint;
    const { period, quantum, scale, divisor, offset, delay } = map;
    const key = [input, waitedFor, ownTiles, otherTiles, period, quantum, scale, divisor, offset, delay].join();
    const list = found.get(group) ?? new Map<string, Constraint>();
    found.set(group, list);
    const known = list.get(key);
    if (known === undefined || known.latency < latency) list.set(key, constraint);
  };
  section.units.forEach((unit, index) => {
    if (unit.kind !== "memory") return;
    for (const { write, read, need, grant } of unit.handshakes) {
      const writer = writes.get(index)?.[write];
      const reader = reads.get(index)?.[read];
      if (writer === undefined || reader === undefined) continue;
      add(reader, writer, need, latencies[writer]!, true, nameOf(writer));
      add(writer, reader, grant, processes[reader]!.latency, false, nameOf(reader));
    }
  });
  return new Map([...found].map(([group, list]) => [group, [...list.values()]]));
}

function memoryLatency(
  members: readonly number[],
  kind: "load" | "store",
  { processes }: ProcessGraph,
  chip: Chip,
): { readonly cycles: number; readonly on: string } {
  const nanoseconds = {
    hbm: chip.hbm.latencyNanoseconds,
    ddr: chip.ddr.latencyNanoseconds,
    host: chip.ddr.latencyNanoseconds,
  };
  let longest = { cycles: 0, on: "" };
  for (const member of members) {
    const process = processes[member]!;
    if (process.kind !== kind || process.memory === undefined) continue;
    const cycles = nanoseconds[process.memory.tier] * chip.clockGigahertz;
    if (cycles > longest.cycles) longest = { cycles, on: process.memory.tier };
  }
  return longest;
}

/** Cycles from a vector entering a process's group to its leaving the process: pipelines and hops on the longest way. */
function pathLatencies(
  section: Section,
  { processes, edges }: ProcessGraph,
  order: readonly number[],
  routes: RouteUse,
  chip: Chip,
): number[] {
  const entering = new Map<number, (typeof edges)[number][]>();
  for (const edge of edges) {
    const list = entering.get(edge.to) ?? [];
    entering.set(edge.to, list);
    list.push(edge);
  }
  const total = processes.map(({ latency }) => latency);
  for (const process of order) {
    for (const { from, stream } of entering.get(process) ?? []) {
      const hops = routes.hopsTo(stream, section.units[processes[process]!.unit]!.name);
      total[process] = Math.max(
        total[process]!,
        total[from]! + hops * chip.network.hopCycles + processes[process]!.latency,
      );
    }
  }
  return total;
}

/** Group number of every process, numbered by first process. */
function components({ processes, edges }: ProcessGraph): number[] {
  const parent = processes.map((_, index) => index);
  const root = (index: number): number => {
    let at = index;
    while (parent[at] !== at) {
      parent[at] = parent[parent[at]!]!;
      at = parent[at]!;
    }
    return at;
  };
  for (const { from, to } of edges) {
    const [a, b] = [root(from), root(to)];
    parent[Math.max(a, b)] = Math.min(a, b);
  }
  const numbers = new Map<number, number>();
  return processes.map((_, index) => {
    const at = root(index);
    const number = numbers.get(at) ?? numbers.size;
    numbers.set(at, number);
    return number;
  });
}

/** Sources before destinations; what lies on a circle (no verified section has one) comes last. */
function topologicalOrder({ processes, edges }: ProcessGraph): number[] {
  const missing = new Int32Array(processes.length);
  const leaving: number[][] = processes.map(() => []);
  for (const { from, to } of edges) {
    leaving[from]!.push(to);
    missing[to]! += 1;
  }
  const order: number[] = [];
  const queued = new Uint8Array(processes.length);
  const queue = (process: number): void => {
    if (queued[process] === 1) return;
    queued[process] = 1;
    order.push(process);
  };
  processes.forEach((_, index) => {
    if (missing[index] === 0) queue(index);
  });
  for (let at = 0; at < order.length; at += 1) {
    for (const to of leaving[order[at]!]!) {
      missing[to]! -= 1;
      if (missing[to] === 0) queue(to);
    }
  }
  processes.forEach((_, index) => {
    queue(index);
  });
  return order;
}
