import { type ComputeUnit, type MemoryUnit, type Section, tileCount, tilesBefore } from "@rdu/flow";

/** A set of units joined by streams that are not buffered: load to memory, memory through compute units to memory or store. */
interface Actor {
  readonly units: Set<string>;
  readonly tiles: number;
  readonly reads: { readonly memory: MemoryUnit; readonly port: number }[];
  readonly writes: { readonly memory: MemoryUnit; readonly port: number }[];
}

/**
 * Runs the section tile by tile, every actor as one step that needs all its inputs and all room for its outputs. If that ends, so does every
 * execution, since streams only loosen the order. Returns the circular buffers that block when it does not end; empty when all is well.
 */
export function blockingBuffers(section: Section): string[] {
  const actors = actorsOf(section);
  const reads = new Map<string, number>();
  const writes = new Map<string, number>();
  const done = actors.map(() => 0);
  const at = (counts: ReadonlyMap<string, number>, memory: MemoryUnit, port: number): number =>
    counts.get(`${memory.name}\u0000${port}`) ?? 0;
  const waits = (actor: Actor, tile: number): string[] => {
    const blocked: string[] = [];
    for (const { memory, port } of actor.reads) {
      for (const handshake of memory.handshakes) {
        if (handshake.read === port && at(writes, memory, handshake.write) < tilesBefore(handshake.need, tile))
          return ["input"];
      }
    }
    for (const { memory, port } of actor.writes) {
      for (const handshake of memory.handshakes) {
        if (handshake.write === port && at(reads, memory, handshake.read) < tilesBefore(handshake.grant, tile))
          blocked.push(memory.name);
      }
    }
    return blocked;
  };
  for (let progress = true; progress; ) {
    progress = false;
    actors.forEach((actor, index) => {
      let tile = done[index] ?? 0;
      while (tile < actor.tiles && waits(actor, tile).length === 0) {
        tile += 1;
        for (const { memory, port } of actor.reads) reads.set(`${memory.name}\u0000${port}`, tile);
        for (const { memory, port } of actor.writes) writes.set(`${memory.name}\u0000${port}`, tile);
        progress = true;
      }
      done[index] = tile;
    });
  }
  return actors.flatMap((actor, index) =>
    (done[index] ?? 0) < actor.tiles ? waits(actor, done[index] ?? 0).filter((name) => name !== "input") : [],
  );
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
  // A multicast from memory does not tie its readers together; streams between other units do.
  for (const stream of section.streams) {
    if (memories.has(stream.from.unit)) continue;
    for (const to of stream.to) if (!memories.has(to.unit)) owner.set(find(to.unit), find(stream.from.unit));
  }
  // An index stream ends in a memory unit, whose answer goes to the units that use it.
  const actors = new Map<string, Actor>();
  for (const unit of section.units) {
    if (unit.kind === "memory") continue;
    const root = find(unit.name);
    const domain = unit.kind === "compute" ? (unit as ComputeUnit).body.domain : unit.program.domain;
    const actor = actors.get(root) ?? { units: new Set<string>(), tiles: tileCount(domain), reads: [], writes: [] };
    actor.units.add(unit.name);
    actors.set(root, actor);
  }
  for (const stream of section.streams) {
    const from = memories.get(stream.from.unit);
    for (const to of stream.to) {
      const target = memories.get(to.unit);
      if (from !== undefined && target === undefined)
        actors.get(find(to.unit))?.reads.push({ memory: from, port: stream.from.port });
      if (from === undefined && target !== undefined && to.index !== true)
        actors.get(find(stream.from.unit))?.writes.push({ memory: target, port: to.port });
    }
  }
  return [...actors.values()];
}
