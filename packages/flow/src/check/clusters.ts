import { tileCount } from "../domain.ts";
import type { Port, Section, Stream, Unit } from "../flow.ts";
import { indexedPrograms } from "../queries.ts";
import { type Node, rhythmOf } from "./rhythm.ts";

/** A stream between two nodes. */
export interface Link {
  readonly stream: Stream;
  readonly from: Node;
  readonly to: Node;
  readonly port: Port;
}

/** Nodes that work on the same tile together, and the streams among them. */
export interface Cluster {
  readonly nodes: readonly Node[];
  readonly links: readonly Link[];
  readonly tiles: number;
}

export interface Clusters {
  readonly all: readonly Cluster[];
  /** Streams that hold at least one tile, by number of their clusters. */
  readonly loose: readonly {
    readonly from: number;
    readonly to: number;
    readonly tilesHeld: number;
    readonly stream: string;
  }[];
  /** Number of the cluster of a write or read program. */
  ofWrite(unit: string, write: number): number | undefined;
  ofRead(unit: string, read: number): number | undefined;
}

/**
 * Groups what a section consists of. A producer and the memory units and stores it writes to are always one cluster, for it starts a tile
 * only when all of them are ready. null when nodes of one cluster differ in their number of tiles.
 */
export function clustersOf(section: Section): Clusters | null {
  const nodes = new Map<string, Node>();
  for (const unit of section.units) {
    if (unit.kind !== "memory") nodes.set(unitKey(unit.name), { name: unit.name, unit });
    else {
      for (const read of unit.reads.keys()) {
        nodes.set(readKey(unit.name, read), { name: `${unit.name} read ${read}`, unit, read });
      }
      for (const write of unit.writes.keys()) {
        nodes.set(writeKey(unit.name, write), { name: `${unit.name} write ${write}`, unit, write });
      }
    }
  }
  const units = new Map(section.units.map((unit) => [unit.name, unit]));
  const sets = disjointSets(nodes.keys());
  const links: (Link & { keys: readonly [string, string] })[] = [];
  for (const stream of section.streams) {
    const fromKey = sourceKey(stream.from, units.get(stream.from.unit));
    const from = nodes.get(fromKey);
    for (const port of stream.to) {
      const toKey = destinationKey(port, units.get(port.unit));
      const to = nodes.get(toKey);
      if (from === undefined || to === undefined) continue;
      links.push({ stream, from, to, port, keys: [fromKey, toKey] });
      const written = port.index !== true && (to.write !== undefined || to.unit.kind === "store");
      if (written || rhythmOf(from).vectors > stream.depth) sets.join(fromKey, toKey);
    }
  }
  const numbers = new Map<string, number>();
  const members: { nodes: Node[]; links: Link[]; tiles: number }[] = [];
  for (const [key, node] of nodes) {
    const root = sets.find(key);
    const number = numbers.get(root) ?? members.length;
    numbers.set(root, number);
    const tiles = tilesOf(node);
    const cluster = members[number];
    if (cluster === undefined) members.push({ nodes: [node], links: [], tiles });
    else if (cluster.tiles !== tiles) return null;
    else cluster.nodes.push(node);
  }
  const numberOf = (key: string): number => numbers.get(sets.find(key)) ?? -1;
  const loose: Clusters["loose"][number][] = [];
  for (const { keys, ...link } of links) {
    const from = numberOf(keys[0]);
    const to = numberOf(keys[1]);
    if (from === to) members[from]?.links.push(link);
    else {
      const { vectors } = rhythmOf(link.from);
      const tilesHeld = vectors === 0 ? link.stream.depth : Math.floor(link.stream.depth / vectors);
      loose.push({ from, to, tilesHeld, stream: link.stream.name });
    }
  }
  const known = (key: string): number | undefined => (nodes.has(key) ? numberOf(key) : undefined);
  return {
    all: members,
    loose,
    ofWrite: (unit, write) => known(writeKey(unit, write)),
    ofRead: (unit, read) => known(readKey(unit, read)),
  };
}

function tilesOf({ unit, read, write }: Node): number {
  if (unit.kind === "compute") return tileCount(unit.body.domain);
  if (unit.kind !== "memory") return tileCount(unit.program.domain);
  const program = read === undefined ? unit.writes[write ?? 0] : unit.reads[read];
  return program === undefined ? 0 : tileCount(program.domain);
}

function unitKey(unit: string): string {
  return `u ${unit}`;
}
function readKey(unit: string, read: number): string {
  return `r${read} ${unit}`;
}
function writeKey(unit: string, write: number): string {
  return `w${write} ${unit}`;
}

function sourceKey({ unit, port }: Port, found: Unit | undefined): string {
  return found?.kind === "memory" ? readKey(unit, port) : unitKey(unit);
}

function destinationKey({ unit, port, index }: Port, found: Unit | undefined): string {
  if (found?.kind !== "memory") return unitKey(unit);
  if (index !== true) return writeKey(unit, port);
  const reads = found.reads.length;
  return port < reads || indexedPrograms(found).length <= port ? readKey(unit, port) : writeKey(unit, port - reads);
}

function disjointSets(keys: Iterable<string>): { find(key: string): string; join(a: string, b: string): void } {
  const parents = new Map<string, string>();
  for (const key of keys) parents.set(key, key);
  const find = (key: string): string => {
    let root = key;
    for (let up = parents.get(root); up !== undefined && up !== root; up = parents.get(root)) root = up;
    for (let at = key; at !== root; ) {
      const up = parents.get(at) ?? root;
      parents.set(at, root);
      at = up;
    }
    return root;
  };
  return {
    find,
    join(a, b) {
      const rootOfA = find(a);
      const rootOfB = find(b);
      if (rootOfA !== rootOfB) parents.set(rootOfB, rootOfA);
    },
  };
}
