import { elementAt } from "@rdu/diagnostics";
import { firingsPerTile, type MemoryUnit, type Section, type TileMap, tileCount, tilesBefore } from "@rdu/flow";

/** A set of units joined by streams that are not buffered: load to memory, memory through compute units to memory or store. */
interface Actor {
  readonly tiles: number;
  /** What its tiles wait for on the input side, and what on the output side. */
  readonly needs: Wait[];
  readonly grants: Wait[];
  /** Counters of finished tiles that this actor moves on. */
  readonly moves: { readonly counts: Int32Array; readonly port: number }[];
}

interface Wait {
  readonly counts: Int32Array;
  readonly port: number;
  readonly map: TileMap;
  readonly memory: string;
}

/**
 * Runs the section tile by tile, every actor as one step that needs all its inputs and all room for its outputs. If that ends, so does every
 * execution, since streams only loosen the order. Returns the circular buffers that block when it does not end; empty when all is well.
 */
export function blockingBuffers(section: Section): string[] {
  const circular = new Set(
    section.units.flatMap((unit) => (unit.kind === "memory" && unit.capacity < unit.elements ? [unit.name] : [])),
  );
  // A section is acyclic: where no writer ever waits, nothing blocks; nor where those that wait are loads that nobody else hangs on.
  const loads = new Set(section.units.flatMap((unit) => (unit.kind === "load" ? [unit.name] : [])));
  const alone = section.streams.every(
    (stream) =>
      !stream.to.some((to) => circular.has(to.unit)) || (loads.has(stream.from.unit) && stream.to.length === 1),
  );
  if (alone) return [];
  const actors = actorsOf(section);
  const done = actors.map(() => 0);
  for (let progress = true; progress; ) {
    progress = false;
    for (const [index, actor] of actors.entries()) {
      let tile = elementAt(done, index);
      const before = tile;
      while (
        tile < actor.tiles &&
        actor.needs.every((wait) => met(wait, tile)) &&
        actor.grants.every((wait) => met(wait, tile))
      ) {
        tile += 1;
        for (const { counts, port } of actor.moves) counts[port] = tile;
      }
      if (tile === before) continue;
      done[index] = tile;
      progress = true;
    }
  }
  const blocked = actors.flatMap((actor, index) => {
    const tile = elementAt(done, index);
    if (tile >= actor.tiles || !actor.needs.every((wait) => met(wait, tile))) return [];
    return actor.grants.filter((wait) => !met(wait, tile)).map((wait) => wait.memory);
  });
  return [...new Set(blocked)];
}

function met({ counts, port, map }: Wait, tile: number): boolean {
  return elementAt(counts, port) >= tilesBefore(map, tile);
}

function actorsOf(section: Section): Actor[] {
  const memories = new Map(
    section.units.flatMap((unit) => (unit.kind === "memory" ? [[unit.name, unit] as const] : [])),
  );
  const owner = new Map<string, string>();
  const find = (name: string): string => {
    let root = name;
    for (let up = owner.get(root); up !== undefined && up !== root; up = owner.get(root)) root = up;
    return root;
  };
  for (const unit of section.units) if (unit.kind !== "memory") owner.set(unit.name, unit.name);
  // A stream that is not buffered ties its ends together, and so does a multicast from memory that holds no whole tile: its readers.
  for (const { from, to, depth } of section.streams) {
    const ends = to.flatMap(({ unit }) => (memories.has(unit) ? [] : [unit]));
    const source = memories.get(from.unit);
    const program = source?.reads[from.port];
    if (source === undefined) for (const end of ends) owner.set(find(end), find(from.unit));
    else if (program !== undefined && firingsPerTile(program.domain) > depth)
      for (const end of ends.slice(1)) owner.set(find(end), find(ends[0] ?? end));
  }
  // An index stream ends in a memory unit: it ties who computes the index to the units that wait for the element, or give it.
  const asking = section.streams.flatMap(({ from, to }) =>
    to.flatMap(({ unit, port, index }) => {
      const memory = index === true ? memories.get(unit) : undefined;
      return memory === undefined ? [] : [{ from, users: usersOf(section, memory, port, memories) }];
    }),
  );
  for (const { from, users } of asking) {
    if (!memories.has(from.unit)) for (const user of users) owner.set(find(user), find(from.unit));
  }
  const actors = new Map<string, Actor>();
  for (const unit of section.units) {
    if (unit.kind === "memory") continue;
    const root = find(unit.name);
    const domain = unit.kind === "compute" ? unit.body.domain : unit.program.domain;
    if (!actors.has(root)) actors.set(root, { tiles: tileCount(domain), needs: [], grants: [], moves: [] });
  }
  const counts = new Map(
    [...memories.values()].map((memory) => [
      memory.name,
      { reads: new Int32Array(memory.reads.length), writes: new Int32Array(memory.writes.length) },
    ]),
  );
  for (const stream of section.streams) {
    const from = memories.get(stream.from.unit);
    for (const to of stream.to) {
      const target = memories.get(to.unit);
      if (from !== undefined && target === undefined)
        readsFrom(actors.get(find(to.unit)), from, stream.from.port, counts.get(from.name));
      if (from === undefined && target !== undefined && to.index !== true)
        writesTo(actors.get(find(stream.from.unit)), target, to.port, counts.get(target.name));
    }
  }
  for (const { from, users } of asking) {
    const memory = memories.get(from.unit);
    if (memory === undefined) continue;
    for (const user of users) readsFrom(actors.get(find(user)), memory, from.port, counts.get(memory.name));
  }
  return [...actors.values()];
}

/** The units that take what a memory unit reads at an index that enters at `port`, or that give what it writes there. */
function usersOf(
  { streams }: Section,
  memory: MemoryUnit,
  port: number,
  memories: ReadonlyMap<string, MemoryUnit>,
): string[] {
  const reads = memory.reads.length;
  const found =
    port < reads
      ? streams.filter(({ from }) => from.unit === memory.name && from.port === port).flatMap(({ to }) => to)
      : streams
          .filter(({ to }) =>
            to.some((end) => end.unit === memory.name && end.port === port - reads && end.index !== true),
          )
          .map(({ from }) => from);
  return found.map(({ unit }) => unit).filter((unit) => !memories.has(unit));
}

interface PortCounts {
  readonly reads: Int32Array;
  readonly writes: Int32Array;
}

function readsFrom(actor: Actor | undefined, memory: MemoryUnit, port: number, counts: PortCounts | undefined): void {
  if (actor === undefined || counts === undefined) return;
  actor.moves.push({ counts: counts.reads, port });
  for (const { read, write, need } of memory.handshakes) {
    if (read === port) actor.needs.push({ counts: counts.writes, port: write, map: need, memory: memory.name });
  }
}

function writesTo(actor: Actor | undefined, memory: MemoryUnit, port: number, counts: PortCounts | undefined): void {
  if (actor === undefined || counts === undefined) return;
  actor.moves.push({ counts: counts.writes, port });
  for (const { read, write, grant } of memory.handshakes) {
    if (write === port && grant.quantum > 0)
      actor.grants.push({ counts: counts.reads, port: read, map: grant, memory: memory.name });
  }
}
