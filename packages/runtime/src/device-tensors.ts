import { invariant, listed, reject } from "@rdu/diagnostics";
import { type Flow, ownerOf, symbolBytes, symbolsByName, type TensorSymbol, type WeightSource } from "@rdu/flow";
import { DTYPES, elementCount, fromBytes, packedByteLength, type Tensor, toBytes, unpackBits } from "@rdu/tensor";

export type WeightFile = Extract<WeightSource, { readonly kind: "file" }>;

/** Reads a range of a file that lies beside the PEF, and checks its digest when it has one. */
export type WeightReader = (file: WeightFile) => Uint8Array;

/**
 * The tensors of a program as the chip holds them. Symbols whose addresses overlap share memory, as do aliases, so that an address that is
 * wrong has the consequences it would have. Weights are views of the PEF, read the first time a section asks for them.
 */
export class DeviceTensors {
  readonly symbols: ReadonlyMap<string, TensorSymbol>;
  readonly #bytes = new Map<string, Uint8Array>();
  readonly #places = new Map<string, { readonly arena: Arena; readonly offset: number }>();
  readonly #arenas = new Map<Arena, Uint8Array>();
  readonly #readWeight: WeightReader | undefined;

  constructor(flow: Flow, readWeight: WeightReader | undefined) {
    this.symbols = symbolsByName(flow);
    this.#readWeight = readWeight;
    const owned = flow.symbols.filter(({ alias, source }) => alias === undefined && source === undefined);
    for (const arena of arenasOf(owned)) {
      for (const { symbol, offset } of arena.symbols) this.#places.set(symbol.name, { arena, offset });
    }
  }

  /** What engines work on: the symbols that `bytes` has been asked for. */
  get memory(): ReadonlyMap<string, Uint8Array> {
    return this.#bytes;
  }

  has(name: string): boolean {
    return this.symbols.has(name);
  }

  symbol(name: string): TensorSymbol | undefined {
    return this.symbols.get(name);
  }

  /** The bytes of a symbol: little-endian, row-major, one element every `DTYPES[dtype].bytes`. */
  bytes(name: string): Uint8Array {
    const known = this.#bytes.get(name);
    if (known !== undefined) return known;
    const symbol = this.symbols.get(name);
    invariant(symbol !== undefined, () => `symbol ${name} does not exist`);
    const bytes =
      symbol.alias === undefined
        ? (this.#placed(symbol) ?? this.#weight(symbol))
        : this.bytes(ownerOf(this.symbols, symbol).name);
    this.#bytes.set(name, bytes);
    return bytes;
  }

  /** The tensor as it is now; later calls may change its elements. */
  tensor(name: string): Tensor {
    const symbol = this.symbols.get(name);
    invariant(symbol !== undefined, () => `symbol ${name} does not exist`);
    return fromBytes(symbol.dtype, symbol.shape, this.bytes(name));
  }

  write(name: string, value: Tensor): void {
    const source = toBytes(value);
    const bytes = this.bytes(name);
    invariant(source.length === bytes.length, () => `${source.length} bytes for ${bytes.length} of ${name}`);
    bytes.set(source);
  }

  /** Forgets all but weights and states, so that one run cannot see another's values. */
  clear(): void {
    for (const [{ symbols }, memory] of this.#arenas) {
      if (symbols.some(({ symbol }) => symbol.role !== "state")) memory.fill(0);
    }
  }

  #placed(symbol: TensorSymbol): Uint8Array | undefined {
    const place = this.#places.get(symbol.name);
    if (place === undefined) return undefined;
    const { arena, offset } = place;
    const memory = this.#arenas.get(arena) ?? allocated(arena);
    this.#arenas.set(arena, memory);
    return memory.subarray(offset, offset + symbolBytes(symbol));
  }

  #weight(symbol: TensorSymbol): Uint8Array {
    const { source, name, role } = symbol;
    invariant(source !== undefined, () => `symbol ${name} has neither memory nor a source`);
    const bytes = unpacked(symbol, source.kind === "inline" ? source.bytes : this.#read(name, source));
    // A state starts as its source and is then written; a weight stays as it is and needs no copy.
    if (role === "state") return bytes.slice();
    return bytes.byteOffset % Math.max(1, DTYPES[symbol.dtype].bytes) === 0 ? bytes : bytes.slice();
  }

  #read(name: string, file: WeightFile): Uint8Array {
    if (this.#readWeight === undefined) reject("E0706", `${name} lies in ${file.location}, and no reader was given`);
    const bytes = this.#readWeight(file);
    if (bytes.length !== file.length) {
      reject("E0706", `${name}: ${file.location} gave ${bytes.length} bytes of ${file.length}`);
    }
    return bytes;
  }
}

/** Elements one a byte, also where the source packs several into one, as ONNX files do. */
function unpacked(symbol: TensorSymbol, bytes: Uint8Array): Uint8Array {
  const { dtype, shape, source } = symbol;
  const { bits, class: kind } = DTYPES[dtype];
  const count = elementCount(shape);
  const expected = symbolBytes(symbol);
  const packed = bits > 0 && bits < 8 && bytes.length === packedByteLength(dtype, count);
  if (packed && (source?.kind === "file" || bytes.length !== expected)) {
    const elements = unpackBits(bytes, count, bits, kind === "int");
    return new Uint8Array(elements.buffer, elements.byteOffset, elements.byteLength);
  }
  if (bytes.length !== expected) {
    reject("E0705", `${symbol.name} takes ${expected} bytes, its source has ${bytes.length}`);
  }
  return bytes;
}

/** Zeros for an arena, up to a multiple of 16 bytes. A tensor may fit the chip's memory and yet not that of this machine. */
function allocated({ symbols, bytes }: Arena): Uint8Array {
  try {
    return new Uint8Array(new ArrayBuffer(Math.ceil(bytes / 16) * 16));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const names = listed(symbols.map(({ symbol }) => symbol.name));
    return reject("E0206", `${bytes} bytes for ${names} do not fit the memory of this machine`);
  }
}

interface Arena {
  readonly symbols: readonly { readonly symbol: TensorSymbol; readonly offset: number }[];
  readonly bytes: number;
}

/** Symbols with overlapping address ranges in one tier share an arena; every other symbol has one of its own. */
function arenasOf(symbols: readonly TensorSymbol[]): Arena[] {
  const alone = symbols.filter(({ tier, address }) => tier === undefined || address === undefined);
  const arenas: Arena[] = alone.map((symbol) => ({ symbols: [{ symbol, offset: 0 }], bytes: symbolBytes(symbol) }));
  for (const tier of ["hbm", "ddr", "host"] as const) {
    const placed = symbols
      .flatMap((symbol) =>
        symbol.tier === tier && symbol.address !== undefined ? [{ symbol, address: symbol.address }] : [],
      )
      .sort((a, b) => a.address - b.address);
    let members: { symbol: TensorSymbol; offset: number }[] = [];
    let start = 0;
    let end = 0;
    const close = (): void => {
      if (members.length > 0) arenas.push({ symbols: members, bytes: end - start });
    };
    for (const { symbol, address } of placed) {
      if (address >= end || members.length === 0) {
        close();
        members = [];
        start = address;
        end = address;
      }
      members.push({ symbol, offset: address - start });
      end = Math.max(end, address + symbolBytes(symbol));
    }
    close();
  }
  return arenas;
}
