import type { LaneValue } from "@rdu/arithmetic";
import type {
  AddressProgram,
  Affine,
  ComputeUnit,
  Counter,
  Domain,
  Guard,
  Handshake,
  Port,
  Section,
  Stream,
  TensorSymbol,
  TileMap,
  Unit,
} from "@rdu/flow";
import { elementsOf } from "@rdu/simulator";
import { DTYPES, type DType } from "@rdu/tensor";

/** A section, what it needs to run, and what it must store. */
export interface SectionCase {
  readonly title: string;
  readonly section: Section;
  readonly symbols: ReadonlyMap<string, TensorSymbol>;
  /** Fresh bytes of all symbols, the inputs filled. */
  memory(): Map<string, Uint8Array>;
  /** What each output symbol holds after the run, element by element. */
  readonly expected: ReadonlyMap<string, readonly LaneValue[]>;
}

export function counter(extent: number, step = 1, within?: number): Counter {
  return within === undefined ? { extent, step } : { extent, step, within };
}

/** A counter chain; `vector` is the index of the vector counter, whose step is the number of lanes. */
export function domain(counters: readonly Counter[], tileDepth: number, vector: number): Domain {
  return { counters, tileDepth, vector, lanes: counters[vector]?.step ?? 1 };
}

/** The same chain, one element a firing: what feeds a broadcast input. */
export function scalar(chain: Domain): Domain {
  return { ...chain, vector: -1, lanes: 1 };
}

export function affine(strides: readonly number[], laneStride: number, base = 0): Affine {
  return { base, strides, laneStride };
}

export function program(
  chain: Domain,
  address: Affine,
  more: { guards?: readonly Guard[]; fill?: number | bigint; index?: NonNullable<AddressProgram["index"]> } = {},
): AddressProgram {
  const { guards = [], fill = 0, index } = more;
  return { domain: chain, address, guards, fill, ...(index === undefined ? {} : { index }) };
}

const tileMap = (offset: number, delay = 0): TileMap => ({
  period: 1,
  quantum: 1,
  scale: 1,
  divisor: 1,
  offset,
  delay,
});

/** Reader tile i needs writer tiles 0 .. i; writer tile j needs the reader to have left tile j - buffers. */
export function tileByTile(write: number, read: number, buffers: number): Handshake {
  return { write, read, need: tileMap(1), grant: tileMap(1, buffers) };
}

/** Every reader tile needs all `tiles` writer tiles; the writer never waits. */
export function wholeTensor(write: number, read: number, tiles: number): Handshake {
  const never = { period: 2 ** 24, scale: 0, divisor: 1 };
  return {
    write,
    read,
    need: { ...never, quantum: tiles, offset: tiles },
    grant: { ...never, quantum: 1, offset: 0 },
  };
}

/** A source of vectors. */
export interface Source {
  readonly from: Port;
  readonly dtype: DType;
  readonly lanes: number;
}

export interface SectionBuilder {
  input(name: string, dtype: DType, values: readonly LaneValue[]): void;
  output(name: string, dtype: DType, elements: number, expected: readonly LaneValue[]): void;
  load(name: string, symbol: string, reads: AddressProgram, index?: Source): Source;
  /** `writes` pairs each write program with its source; gives one source per read program. `indices` go to the reads of the same position. */
  memory(
    name: string,
    dtype: DType,
    sizes: { elements: number; capacity?: number; initial?: number | bigint },
    writes: readonly (readonly [AddressProgram, Source])[],
    reads: readonly AddressProgram[],
    handshakes: readonly Handshake[],
    indices?: readonly (Source | undefined)[],
  ): Source[];
  compute(name: string, body: ComputeUnit["body"], inputs: readonly Source[]): Source[];
  store(name: string, symbol: string, writes: AddressProgram, source: Source, initial?: number | bigint): void;
  /** `title` names the case in failures. */
  build(title: string): SectionCase;
}

/** Collects units; a source that is used several times becomes one multicast stream. FIFOs hold `depth` vectors. */
export function sectionBuilder(depth: number): SectionBuilder {
  const units: Unit[] = [];
  const streams = new Map<string, Stream & { to: Port[] }>();
  const symbols = new Map<string, TensorSymbol>();
  const contents = new Map<string, readonly LaneValue[]>();
  const expected = new Map<string, readonly LaneValue[]>();

  const connect = ({ from, dtype, lanes }: Source, to: Port): void => {
    const name = `${from.unit}.${from.port}`;
    const stream = streams.get(name) ?? { name, from, to: [], dtype, lanes, depth };
    stream.to.push(to);
    streams.set(name, stream);
  };
  const lanesOf = ({ domain: chain }: AddressProgram): number => (chain.vector < 0 ? 1 : chain.lanes);
  const dtypeOf = (symbol: string): DType => symbols.get(symbol)?.dtype ?? "float32";

  return {
    input(name, dtype, values) {
      symbols.set(name, { name, dtype, shape: [values.length], role: "input" });
      contents.set(name, values);
    },
    output(name, dtype, elements, values) {
      symbols.set(name, { name, dtype, shape: [elements], role: "output" });
      expected.set(name, values);
    },
    load(name, symbol, reads, index) {
      units.push({ kind: "load", name, origin: [name], symbol, program: reads });
      if (index !== undefined) connect(index, { unit: name, port: 0, index: true });
      return { from: { unit: name, port: 0 }, dtype: dtypeOf(symbol), lanes: lanesOf(reads) };
    },
    memory(name, dtype, { elements, capacity = elements, initial }, writes, reads, handshakes, indices = []) {
      units.push({
        kind: "memory",
        name,
        origin: [name],
        dtype,
        elements,
        capacity: Math.min(capacity, elements),
        span: 1,
        ...(initial === undefined ? {} : { initial }),
        writes: writes.map(([write]) => ({ ...write, fifo: 0 })),
        reads,
        handshakes,
      });
      for (const [port, [, source]] of writes.entries()) connect(source, { unit: name, port });
      for (const [port, source] of indices.entries()) {
        if (source !== undefined) connect(source, { unit: name, port, index: true });
      }
      return reads.map((read, port) => ({ from: { unit: name, port }, dtype, lanes: lanesOf(read) }));
    },
    compute(name, body, inputs) {
      units.push({ kind: "compute", name, origin: [name], template: body.kind, body });
      for (const [port, source] of inputs.entries()) connect(source, { unit: name, port });
      return body.outputs.map(({ dtype }, port) => ({ from: { unit: name, port }, dtype, lanes: body.domain.lanes }));
    },
    store(name, symbol, writes, source, initial) {
      units.push({
        kind: "store",
        name,
        origin: [name],
        symbol,
        program: writes,
        ...(initial === undefined ? {} : { initial }),
      });
      connect(source, { unit: name, port: 0 });
    },
    build: (title) => ({
      title,
      section: { name: "s0", units, streams: [...streams.values()] },
      symbols,
      memory: () =>
        new Map(
          [...symbols.values()].map(({ name, dtype, shape }) => [
            name,
            bytesOf(dtype, shape[0] ?? 0, contents.get(name)),
          ]),
        ),
      expected,
    }),
  };
}

function bytesOf(dtype: DType, length: number, values: readonly LaneValue[] | undefined): Uint8Array {
  const bytes = new Uint8Array(length * DTYPES[dtype].bytes);
  const elements = elementsOf(bytes, dtype);
  for (const [index, value] of (values ?? []).entries()) elements.set(index, value);
  return bytes;
}

/** The elements of a symbol after a run. */
export function valuesOf(subject: SectionCase, memory: ReadonlyMap<string, Uint8Array>, name: string): LaneValue[] {
  const symbol = subject.symbols.get(name);
  const bytes = memory.get(name);
  if (symbol === undefined || bytes === undefined) throw new Error(`no symbol ${name}`);
  const elements = elementsOf(bytes, symbol.dtype);
  return Array.from({ length: elements.length }, (_, index) => elements.get(index));
}
