import { reject } from "@rdu/diagnostics";
import { type MemoryUnit, type Section, tilesBefore, type Unit } from "@rdu/flow";
import { type Channel, type Fifo, receive, send, type Vector } from "./channel.ts";
import { until, type Wait } from "./process.ts";

/** The ports of one unit, as its process sees them. */
export interface Ports {
  /** Takes the next vector, of exactly `lanes` elements, at an input port. */
  take(port: number, lanes: number): Generator<Wait, Vector>;
  /** Takes the next vector of indices at an index port. */
  takeIndex(port: number, lanes: number): Generator<Wait, Vector>;
  /** Puts a vector on the stream of an output port. */
  put(port: number, vector: Vector): Generator<Wait, void>;
  /** Waits until every memory that the output ports write to may be written tile `tile`. */
  granted(ports: readonly number[], tile: number): Generator<Wait, void>;
}

/** Tiles finished so far by each program of a memory unit. */
export interface Progress {
  readonly writes: number[];
  readonly reads: number[];
}

export interface Network {
  readonly channels: readonly Channel[];
  portsOf(unit: string): Ports;
  progressOf(unit: string): Progress;
}

/** The name of the process of a memory unit's program; other units have one process, named as the unit. */
export function programName(unit: string, direction: "read" | "write", port: number): string {
  return `${unit}.${direction}${port}`;
}

/** Sets up the FIFOs of a section, all empty. */
export function network(section: Section): Network {
  const units = new Map(section.units.map((unit) => [unit.name, unit]));
  const progress = new Map<string, Progress>();
  for (const unit of section.units) {
    if (unit.kind !== "memory") continue;
    progress.set(unit.name, { writes: unit.writes.map(() => 0), reads: unit.reads.map(() => 0) });
  }
  const unitNamed = (name: string): Unit => units.get(name) ?? reject("E0705", `stream to unknown unit "${name}"`);
  const channels: Channel[] = section.streams.map((stream) => ({
    stream,
    producer: producerName(unitNamed(stream.from.unit), stream.from.port),
    fifos: stream.to.map(({ unit, port, index }) => ({
      stream,
      consumer: consumerName(unitNamed(unit), port, index === true),
      vectors: [],
    })),
  }));

  const entering = new Map<string, { channel: Channel; fifo: Fifo }>();
  const leaving = new Map<string, Channel>();
  for (const channel of channels) {
    leaving.set(key(channel.stream.from.unit, channel.stream.from.port), channel);
    for (const [position, { unit, port, index }] of channel.stream.to.entries()) {
      entering.set(key(unit, port, index === true), { channel, fifo: channel.fifos[position]! });
    }
  }

  const progressOf = (unit: string): Progress =>
    progress.get(unit) ?? reject("E0705", `"${unit}" is not a memory unit of section "${section.name}"`);

  function* takeAt(unit: string, port: number, index: boolean, lanes: number): Generator<Wait, Vector> {
    const end = entering.get(key(unit, port, index));
    if (end === undefined) reject("E0705", `nothing is wired to ${index ? "index" : "input"} ${port} of "${unit}"`);
    return yield* receive(end.fifo, end.channel.producer, lanes);
  }

  function* granted(unit: string, ports: readonly number[], tile: number): Generator<Wait, void> {
    for (const port of ports) {
      for (const end of leaving.get(key(unit, port))?.stream.to ?? []) {
        const target = unitNamed(end.unit);
        if (target.kind === "memory" && end.index !== true) {
          yield* writable(target, end.port, tile, progressOf(target.name));
        }
      }
    }
  }

  return {
    channels,
    progressOf,
    portsOf: (unit) => ({
      take: (port, lanes) => takeAt(unit, port, false, lanes),
      takeIndex: (port, lanes) => takeAt(unit, port, true, lanes),
      granted: (ports, tile) => granted(unit, ports, tile),
      *put(port, vector) {
        const channel = leaving.get(key(unit, port));
        if (channel === undefined) reject("E0705", `nothing is wired to output ${port} of "${unit}"`);
        yield* send(channel, vector);
      },
    }),
  };
}

/** Waits until write program `port` of a memory unit may start tile `tile`: readers have left what it overwrites. */
export function* writable(unit: MemoryUnit, port: number, tile: number, progress: Progress): Generator<Wait, void> {
  for (const { write, read, grant } of unit.handshakes) {
    if (write !== port) continue;
    yield* until({
      for: `room for tile ${tile} in "${unit.name}"`,
      on: [programName(unit.name, "read", read)],
      ready: () => progress.reads[read]! >= tilesBefore(grant, tile),
    });
  }
}

/** Waits until read program `port` of a memory unit may start tile `tile`: writers have put what it reads. */
export function* readable(unit: MemoryUnit, port: number, tile: number, progress: Progress): Generator<Wait, void> {
  for (const { write, read, need } of unit.handshakes) {
    if (read !== port) continue;
    yield* until({
      for: `tile ${tile} of "${unit.name}"`,
      on: [programName(unit.name, "write", write)],
      ready: () => progress.writes[write]! >= tilesBefore(need, tile),
    });
  }
}

function key(unit: string, port: number, index = false): string {
  return `${index ? "index" : "port"} ${port} ${unit}`;
}

function producerName(unit: Unit, port: number): string {
  return unit.kind === "memory" ? programName(unit.name, "read", port) : unit.name;
}

/** Index ports of a memory unit are numbered reads first, then writes. */
function consumerName(unit: Unit, port: number, index: boolean): string {
  if (unit.kind !== "memory") return unit.name;
  if (!index) return programName(unit.name, "write", port);
  return port < unit.reads.length
    ? programName(unit.name, "read", port)
    : programName(unit.name, "write", port - unit.reads.length);
}
