import type {
  AddressProgram,
  ComputeUnit,
  Domain,
  Flow,
  Handshake,
  MemoryUnit,
  Port,
  Section,
  Stream,
  TensorSymbol,
  TileMap,
  Unit,
} from "@rdu/flow";

/** What decides a random program; any whole numbers do. */
export interface ProgramShape {
  readonly tiles: number;
  readonly elements: number;
  /** One stage each: bits choose its kind, operands and buffering. */
  readonly stages: readonly number[];
  /** Tiles that a buffer holds, at least 1. */
  readonly depth: number;
  /** PMUs that each buffer spans. */
  readonly span: number;
}

const LANES = 16;

/**
 * A legal flow of one section over tensors f32[tiles, elements]: maps of one to three operands, row sums, and row sums subtracted from their
 * rows, with values handed on through circular buffers or directly. Every value that no stage takes is stored.
 */
export function randomProgram({ tiles, elements, stages, depth, span }: ProgramShape): Flow {
  const builder = new Builder(tiles, elements, Math.min(tiles, depth), span);
  const values = [builder.load("x"), builder.load("w")];
  for (const [number, bits] of stages.entries()) {
    const operand = (shift: number): Value => values[(bits >>> shift) % values.length] as Value;
    const first = operand(4);
    const second = operand(8);
    const buffered = bits % 4 !== 0;
    if (bits % 5 === 4) values.push(builder.centred(`s${number}`, first));
    else values.push(builder.map(`s${number}`, first === second ? [first] : [first, second], buffered));
  }
  return builder.finish(values);
}

/** A value that exists: where further consumers of it are wired to. */
interface Value {
  readonly name: string;
  /** The memory unit that buffers it, or the stream that hands it on. */
  readonly memory?: string;
  readonly stream?: string;
  consumers: number;
}

class Builder {
  readonly #rows: Domain;
  readonly #tiles: number;
  readonly #elements: number;
  readonly #depth: number;
  readonly #span: number;
  readonly #units = new Map<string, Unit>();
  readonly #streams = new Map<string, Stream>();
  readonly #symbols: TensorSymbol[] = [];

  constructor(tiles: number, elements: number, depth: number, span: number) {
    this.#tiles = tiles;
    this.#elements = elements;
    this.#depth = depth;
    this.#span = span;
    this.#rows = {
      counters: [
        { extent: tiles, step: 1 },
        { extent: elements, step: LANES },
      ],
      tileDepth: 1,
      vector: 1,
      lanes: LANES,
    };
  }

  load(symbol: string): Value {
    this.#symbols.push({ name: symbol, dtype: "float32", shape: [this.#tiles, this.#elements], role: "input" });
    const unit = `${symbol}.load`;
    this.#units.set(unit, { kind: "load", name: unit, origin: [`/${symbol}`], symbol, program: this.#row() });
    return this.#buffer(symbol, { unit, port: 0 }, this.#rows, this.#row(), this.#elements);
  }

  map(name: string, operands: readonly Value[], buffered: boolean): Value {
    const body = this.#map(name, operands.length);
    this.#units.set(name, body);
    for (const [port, operand] of operands.entries()) this.#consume(operand, { unit: name, port });
    if (buffered) return this.#buffer(name, { unit: name, port: 0 }, this.#rows, this.#row(), this.#elements);
    this.#stream(`${name}.y`, { unit: name, port: 0 }, []);
    return { name, stream: `${name}.y`, consumers: 0 };
  }

  /** Each row minus its sum: the sum is reduced across lanes and broadcast from its buffer. */
  centred(name: string, operand: Value): Value {
    const sum: ComputeUnit = {
      kind: "compute",
      name: `${name}.sum`,
      origin: [`/${name}`],
      template: "tree-reduce",
      body: {
        kind: "simd",
        domain: this.#rows,
        reduceFrom: 1,
        scan: "none",
        inputs: [{ dtype: "float32", type: "f32", broadcast: false }],
        bodyInputs: 1,
        counters: [],
        instructions: [],
        reductions: [{ combiner: "sum", type: "f32", register: 0, gives: "value" }],
        epilogueCounters: [],
        epilogue: [],
        outputs: [{ register: 0, dtype: "float32" }],
      },
    };
    this.#units.set(sum.name, sum);
    this.#consume(operand, { unit: sum.name, port: 0 });
    const one: Domain = { counters: [{ extent: this.#tiles, step: 1 }], tileDepth: 1, vector: -1, lanes: 1 };
    const cell: AddressProgram = {
      domain: one,
      address: { base: 0, strides: [1], laneStride: 0 },
      guards: [],
      fill: 0,
    };
    const total = this.#buffer(sum.name, { unit: sum.name, port: 0 }, one, cell, 1);
    const minus = this.#map(name, 2, true);
    this.#units.set(name, minus);
    this.#consume(operand, { unit: name, port: 0 });
    const vectors: Domain = { ...this.#rows, vector: -1, lanes: 1, counters: [...this.#rows.counters] };
    this.#read(
      total,
      { unit: name, port: 1 },
      {
        domain: {
          ...vectors,
          counters: [
            this.#rows.counters[0],
            { extent: Math.ceil(this.#elements / LANES), step: 1 },
          ] as Domain["counters"],
        },
        address: { base: 0, strides: [1, 0], laneStride: 0 },
        guards: [],
        fill: 0,
      },
    );
    return this.#buffer(name, { unit: name, port: 0 }, this.#rows, this.#row(), this.#elements);
  }

  finish(values: readonly Value[]): Flow {
    for (const value of values) {
      if (value.consumers > 0) continue;
      const symbol = `${value.name}.out`;
      this.#symbols.push({ name: symbol, dtype: "float32", shape: [this.#tiles, this.#elements], role: "output" });
      const unit = `${value.name}.store`;
      this.#units.set(unit, { kind: "store", name: unit, origin: [`/${value.name}`], symbol, program: this.#row() });
      this.#consume(value, { unit, port: 0 });
    }
    const section: Section = { name: "s0", units: [...this.#units.values()], streams: [...this.#streams.values()] };
    return {
      name: "random",
      symbols: this.#symbols,
      sections: [section],
      schedule: [{ kind: "section", section: "s0" }],
    };
  }

  #row(): AddressProgram {
    return {
      domain: this.#rows,
      address: { base: 0, strides: [this.#elements, 1], laneStride: 1 },
      guards: [],
      fill: 0,
    };
  }

  #map(name: string, operands: number, broadcast = false): ComputeUnit {
    return {
      kind: "compute",
      name,
      origin: [`/${name}`],
      template: "map",
      body: {
        kind: "simd",
        domain: this.#rows,
        reduceFrom: 2,
        scan: "none",
        inputs: Array.from({ length: operands }, (_, port) => ({
          dtype: "float32" as const,
          type: "f32" as const,
          broadcast: broadcast && port === 1,
        })),
        bodyInputs: operands,
        counters: [],
        instructions: [{ op: "sub", type: "f32", operands: [0, operands - 1] }],
        reductions: [],
        epilogueCounters: [],
        epilogue: [],
        outputs: [{ register: operands, dtype: "float32" }],
      },
    };
  }

  /** A memory unit that holds `depth` tiles of `perTile` elements. */
  #buffer(name: string, from: Port, domain: Domain, program: AddressProgram, perTile: number): Value {
    const memory: MemoryUnit = {
      kind: "memory",
      name: `${name}.buffer`,
      origin: [`/${name}`],
      dtype: "float32",
      elements: this.#tiles * perTile,
      capacity: this.#depth * perTile,
      span: perTile > 1 ? this.#span : 1,
      writes: [{ ...program, domain, fifo: 0 }],
      reads: [],
      handshakes: [],
    };
    this.#units.set(memory.name, memory);
    this.#stream(`${name}.write`, from, [{ unit: memory.name, port: 0 }]);
    return { name, memory: memory.name, consumers: 0 };
  }

  #consume(value: Value, port: Port): void {
    if (value.memory !== undefined) this.#read(value, port, this.#row());
    else if (value.stream !== undefined) {
      value.consumers += 1;
      const stream = this.#streams.get(value.stream) as Stream;
      this.#streams.set(stream.name, { ...stream, to: [...stream.to, port] });
    }
  }

  #read(value: Value, port: Port, program: AddressProgram): void {
    value.consumers += 1;
    const memory = this.#units.get(value.memory ?? "") as MemoryUnit;
    const read = memory.reads.length;
    const map = (delay: number): TileMap => ({ period: 1, quantum: 1, scale: 0, divisor: 1, offset: 1, delay });
    const handshake: Handshake = { write: 0, read, need: map(0), grant: map(this.#depth) };
    this.#units.set(memory.name, {
      ...memory,
      reads: [...memory.reads, program],
      handshakes: [...memory.handshakes, handshake],
    });
    this.#stream(`${memory.name}.r${read}`, { unit: memory.name, port: read }, [port]);
  }

  #stream(name: string, from: Port, to: readonly Port[]): void {
    this.#streams.set(name, { name, from, to, dtype: "float32", lanes: LANES, depth: 16 });
  }
}
