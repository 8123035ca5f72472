import type { Chip } from "@rdu/chip";
import type {
  AddressProgram,
  ComputeUnit,
  Guard,
  Handshake,
  LoadUnit,
  MemoryUnit,
  Port,
  Section,
  StoreUnit,
  Stream,
  Unit,
  WriteProgram,
} from "@rdu/flow";
import { lanesOf } from "@rdu/kernels";
import { DTYPES, type DType } from "@rdu/tensor";
import type { Box, Coordinates } from "./address.ts";
import type { TileAxis } from "./choose-tiles.ts";
import { agree, NO_WAIT, type Tiles, type WalkedAxis } from "./handshake.ts";
import { keyOf } from "./key-of.ts";

/** A memory unit in the making: the box of a value that one or more parts of one stage read. */
export interface BufferDraft {
  readonly name: string;
  /** The operand it belongs to: buffers of one operand hold different boxes in the same coordinates and order. */
  readonly operand: string;
  readonly value: string;
  readonly dtype: DType;
  readonly coordinates: Coordinates;
  readonly box: Box;
  /** Axes, outermost in memory first. */
  readonly order: readonly number[];
  readonly origin: readonly string[];
  readonly initial?: number | bigint;
  readonly writes: { readonly program: WriteProgram; readonly tiles: Tiles<TileAxis> }[];
  readonly reads: {
    readonly program: AddressProgram;
    readonly tiles: Tiles<WalkedAxis>;
    readonly key: string | null;
  }[];
}

interface StreamDraft {
  readonly name: string;
  readonly from: Port;
  readonly to: Port[];
  readonly dtype: DType;
  readonly lanes: number;
}

/** A section in the making. */
export class SectionDraft {
  readonly name: string;
  readonly #units: Unit[] = [];
  readonly #buffers = new Map<string, BufferDraft>();
  readonly #streams = new Map<string, StreamDraft>();
  readonly #loads = new Map<string, string>();
  readonly #names = new Set<string>();

  readonly #chip: Chip;
  readonly #made: ReadonlySet<string>;

  /** `made`: the values that patterns and joins of the section make. */
  constructor(name: string, chip: Chip, made: ReadonlySet<string>) {
    this.name = name;
    this.#chip = chip;
    this.#made = made;
  }

  /** Whether a value is made in the section, else it is loaded from memory. */
  makes(value: string): boolean {
    return this.#made.has(value);
  }

  /** Elements of one vector of a tensor. */
  lanesOf(dtype: DType): number {
    return lanesOf(this.#chip, [dtype]);
  }

  fitsOnePmu(dtype: DType, elements: number): boolean {
    return elements * DTYPES[dtype].bytes <= this.#chip.pmu.bytes;
  }

  get buffers(): readonly BufferDraft[] {
    return [...this.#buffers.values()];
  }

  fresh(name: string): string {
    let candidate = name;
    for (let count = 2; this.#names.has(candidate); count += 1) candidate = `${name}.${count}`;
    this.#names.add(candidate);
    return candidate;
  }

  add(unit: ComputeUnit | StoreUnit): void {
    this.#units.push(unit);
  }

  /** The load unit of a tensor with this program, made on first use. */
  load(unit: Omit<LoadUnit, "name" | "kind">): string {
    const key = keyOf([unit.symbol, unit.program]);
    const known = this.#loads.get(key);
    if (known !== undefined) return known;
    const name = this.fresh(`${unit.symbol}.load`);
    this.#loads.set(key, name);
    this.#units.push({ kind: "load", name, ...unit });
    return name;
  }

  buffer(key: string, make: (name: string) => BufferDraft): BufferDraft {
    const known = this.#buffers.get(key);
    if (known !== undefined) return known;
    const made = make(key);
    const buffer = { ...made, name: this.fresh(made.name) };
    this.#buffers.set(key, buffer);
    return buffer;
  }

  /** Read program `key` of a buffer, made on first use; programs without a key are never shared. Returns its index. */
  read(
    buffer: BufferDraft,
    key: string | null,
    make: () => { program: AddressProgram; tiles: Tiles<WalkedAxis> },
  ): number {
    const known = key === null ? -1 : buffer.reads.findIndex((read) => read.key === key);
    if (known >= 0) return known;
    buffer.reads.push({ ...make(), key });
    return buffer.reads.length - 1;
  }

  /** Joins a source port to a further destination. */
  connect(from: Port, to: Port, dtype: DType, lanes: number): void {
    const key = `${from.unit}\u0000${from.port}`;
    const stream = this.#streams.get(key);
    if (stream !== undefined) stream.to.push(to);
    else this.#streams.set(key, { name: `${from.unit}:${from.port}`, from, to: [to], dtype, lanes });
  }

  /** `whole` names buffers that must hold everything (a circular one would deadlock). */
  finish(whole: ReadonlySet<string>): Section {
    const memories = this.buffers.map((buffer) => memoryOf(buffer, this.#chip, whole.has(buffer.name)));
    return {
      name: this.name,
      units: [...this.#units, ...memories],
      streams: [...this.#streams.values()].map(
        (stream): Stream => ({ ...stream, depth: this.#chip.network.fifoDepth }),
      ),
    };
  }
}

function memoryOf(buffer: BufferDraft, chip: Chip, whole: boolean): MemoryUnit {
  const agreements = buffer.writes.flatMap((write, w) =>
    buffer.reads.map((read, r) => ({ w, r, agreement: agree(write.tiles, read.tiles, buffer.box) })),
  );
  const elements = buffer.box.elements;
  const capacity = whole
    ? elements
    : Math.min(elements, Math.max(1, ...agreements.map(({ agreement }) => agreement.capacity)));
  const handshakes: Handshake[] = agreements.map(({ w, r, agreement }) => ({
    write: w,
    read: r,
    need: agreement.need,
    grant: capacity >= elements ? NO_WAIT : agreement.grant(capacity),
  }));
  return {
    kind: "memory",
    name: buffer.name,
    origin: buffer.origin,
    dtype: buffer.dtype,
    elements,
    capacity,
    span: spanOf(buffer, capacity * DTYPES[buffer.dtype].bytes, chip),
    ...(buffer.initial === undefined ? {} : { initial: buffer.initial }),
    writes: buffer.writes.map((write) => write.program),
    reads: buffer.reads.map((read) => read.program),
    handshakes,
  };
}

/** PMUs for the bytes, for the address programs (each PMU has so many), and for the streams out. */
function spanOf(buffer: BufferDraft, bytes: number, { pmu }: Chip): number {
  return Math.max(
    1,
    Math.ceil(bytes / pmu.bytes),
    Math.ceil((buffer.writes.length + buffer.reads.length) / pmu.programs),
    Math.ceil(buffer.reads.length / pmu.vectorOutputs),
  );
}

/** An address program without guards or index. */
export function plainProgram(
  domain: AddressProgram["domain"],
  address: AddressProgram["address"],
  guards: readonly Guard[] = [],
): AddressProgram {
  return { domain, address, guards, fill: 0 };
}
