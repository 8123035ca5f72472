import type { Combiner, Instruction, LaneType } from "@rdu/arithmetic";
import type { DType } from "@rdu/tensor";

/** A whole program: tensors in memory, sections (networks of units and streams), and the order in which they are called. */
export interface Flow {
  readonly name: string;
  readonly symbols: readonly TensorSymbol[];
  readonly sections: readonly Section[];
  readonly schedule: readonly Call[];
}

/** A tensor in device memory (or on the host): what a PEF names. Elements are row-major, `storage` wide, starting at `address`. */
export interface TensorSymbol {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly role: "input" | "output" | "weight" | "state" | "intermediate";
  /** Name of another symbol whose bytes this one is (a view, an output that is an input, a state updated in place). Same byte length. */
  readonly alias?: string;
  /** Where a weight's bytes come from. */
  readonly source?: WeightSource;
  /** Assigned by placement. */
  readonly tier?: "hbm" | "ddr" | "host";
  readonly address?: number;
}

export type WeightSource =
  | { readonly kind: "inline"; readonly bytes: Uint8Array }
  | {
      readonly kind: "file";
      readonly location: string;
      readonly offset: number;
      readonly length: number;
      readonly digest?: string;
    };

export type Call =
  | { readonly kind: "section"; readonly section: string }
  /** `operation` is the node in .graph text: one graph with the node's inputs and outputs; executed by the evaluator that the sdk hands in. */
  | {
      readonly kind: "host";
      readonly name: string;
      readonly operation: string;
      readonly reason: string;
      readonly inputs: readonly (string | null)[];
      readonly outputs: readonly (string | null)[];
      readonly origin: readonly string[];
    };

/** What is on the chip at once. Units and streams form a directed acyclic graph. */
export interface Section {
  readonly name: string;
  readonly units: readonly Unit[];
  readonly streams: readonly Stream[];
}

export type Unit = LoadUnit | StoreUnit | MemoryUnit | ComputeUnit;

interface UnitCommon {
  readonly name: string;
  readonly origin: readonly string[];
}

/** A bounded FIFO of vectors from one output port to one or more input ports (multicast). */
export interface Stream {
  readonly name: string;
  readonly from: Port;
  readonly to: readonly Port[];
  readonly dtype: DType;
  /** Elements of one vector (the last one of a row may be shorter). */
  readonly lanes: number;
  /** Vectors that each destination FIFO holds. */
  readonly depth: number;
}

export interface Port {
  readonly unit: string;
  /**
   * Index into the unit's list of that direction: inputs and outputs of a compute unit, `writes` and `reads` of a memory unit, 0 of a load or
   * store. With `index`, the port at which the indices of an address program enter: of a memory unit its reads first, then its writes; else 0.
   */
  readonly port: number;
  readonly index?: boolean;
}

/**
 * A counter chain, outermost first. `counters[0 .. tileDepth)` count tiles; the rest is the work within one tile.
 * The counter at `vector` runs over elements in steps of `lanes`: one firing covers min(lanes, extent - value) elements. -1: one element per firing.
 */
export interface Domain {
  readonly counters: readonly Counter[];
  readonly tileDepth: number;
  readonly vector: number;
  readonly lanes: number;
}
export interface Counter {
  readonly extent: number;
  /** Step; > 1 for the vector counter (= lanes) and for the m counter of a systolic domain (= rows). */
  readonly step: number;
  /**
   * Index of an earlier counter whose step is this counter's extent: this counter runs over the elements of that counter's current block,
   * 0 <= value < min(extent, counters[within].extent - current value). The drain order of a systolic unit: [..., m step 6, n step 16, r within m].
   */
  readonly within?: number;
}

/** Affine in the counters: base + sum strides[i] * counters[i] + laneStride * lane. */
export interface Affine {
  readonly base: number;
  readonly strides: readonly number[];
  readonly laneStride: number;
}

/** The element is accessed only where 0 <= form < bound. */
export interface Guard {
  readonly form: Affine;
  readonly bound: number;
}

/** An address generator: one vector of element addresses per firing of its domain. */
export interface AddressProgram {
  readonly domain: Domain;
  readonly address: Affine;
  readonly guards: readonly Guard[];
  /** What a guarded-out element of a read yields; a guarded-out element of a write is dropped. */
  readonly fill: number | bigint;
  /**
   * Imported index: one stream delivers, at every firing, either one index (broadcast) or one per lane; `stride * index` is added to the address.
   * 0 <= index < bound always holds, else the run stops with an error (or, with `clip`, the element yields `fill`).
   */
  readonly index?: {
    readonly stride: number;
    readonly bound: number;
    readonly perLane: boolean;
    readonly clip: boolean;
  };
}

/** An AGCU stream: reads a tensor in HBM, DDR or host memory, element addresses relative to the tensor's start. */
export interface LoadUnit extends UnitCommon {
  readonly kind: "load";
  readonly symbol: string;
  readonly program: AddressProgram;
}

/** An AGCU stream: writes a tensor. */
export interface StoreUnit extends UnitCommon {
  readonly kind: "store";
  readonly symbol: string;
  readonly program: AddressProgram;
  /** After this store unit's tile i has been written. Elements never written by any store of the section keep `initial` when given. */
  readonly initial?: number | bigint;
}

/**
 * A stage buffer over `span` PMUs. The flat logical address space of `elements` elements is held in a circular store of `capacity`
 * elements: logical address a lives at a mod capacity. What lets writers and readers take turns is the list of handshakes.
 */
export interface MemoryUnit extends UnitCommon {
  readonly kind: "memory";
  readonly dtype: DType;
  readonly elements: number;
  readonly capacity: number;
  readonly span: number;
  /** Value of every element before the first write (elements that no write covers); absent: reading them is an error. */
  readonly initial?: number | bigint;
  readonly writes: readonly WriteProgram[];
  readonly reads: readonly AddressProgram[];
  readonly handshakes: readonly Handshake[];
}

export interface WriteProgram extends AddressProgram {
  /** The physical input FIFO (0 .. 3) that the packets arrive at; several write programs may share one (many-to-one, ordered by sequence id). */
  readonly fifo: number;
}

/**
 * Tile tokens between one write program and one read program of a memory unit. Reader tile i may start once `write` has finished
 * `need(i)` tiles; writer tile j may start once `read` has finished `grant(j)` tiles. Both maps are monotone.
 */
export interface Handshake {
  readonly write: number;
  readonly read: number;
  readonly need: TileMap;
  readonly grant: TileMap;
}

/** max(0, floor(i / period) * quantum + clamp(floor((i mod period) * scale / divisor) + offset, 0, quantum) - delay). */
export interface TileMap {
  readonly period: number;
  readonly quantum: number;
  readonly scale: number;
  readonly divisor: number;
  readonly offset: number;
  /** Tiles that the other side may lag behind (whole groups of buffering); 0 when absent. */
  readonly delay?: number;
}

export interface ComputeUnit extends UnitCommon {
  readonly kind: "compute";
  /** Name of the mapping template, for reports. */
  readonly template: string;
  readonly body: SimdBody | SystolicBody;
}

/**
 * SIMD: at each firing of `domain` one vector is taken from each of `inputs[0 .. bodyInputs)`, the instructions run lane by lane, and
 * with reductions the result is folded into accumulators. `domain.counters[reduceFrom ..]` are the reduction counters; when they have
 * run out (without reductions: at each firing) one vector is taken from each of the remaining inputs, the epilogue runs and one vector is
 * put on each output. The vector counter is a parallel one (lanes are separate elements), or the last reduction counter: then lanes are
 * partial results, combined by the cross-lane tree, and outputs have one lane.
 * `scan`: the reduction counters are one counter; a vector is emitted at every firing (the running value).
 */
export interface SimdBody {
  readonly kind: "simd";
  readonly domain: Domain;
  readonly reduceFrom: number;
  readonly scan: "none" | "inclusive" | "exclusive";
  readonly inputs: readonly Input[];
  readonly bodyInputs: number;
  /** Registers: body inputs first, then `counters`, then the instructions. */
  readonly counters: readonly CounterValue[];
  readonly instructions: readonly Instruction[];
  readonly reductions: readonly UnitReduction[];
  /** Registers: reductions (without reductions: all body registers) first, then the remaining inputs, then `epilogueCounters`, then the instructions. */
  readonly epilogueCounters: readonly CounterValue[];
  readonly epilogue: readonly Instruction[];
  readonly outputs: readonly Output[];
}

/**
 * Output-stationary systolic array, `rows` x `domain.lanes` accumulators. Counters: [outer..., m (step rows), n (step lanes), k...], `m` their index
 * of m (n is m+1, the vector counter; reduction counters follow). At each firing input 0 gives the column vector (up to `rows` lanes along m), input 1 the row vector
 * (lanes along n), and acc[r][c] = acc[r][c] + a[r] * b[c], product and sum rounded separately to f32. When k has run out, the rows drain in order r = 0, 1, ...
 * (as many as the m block has: the domain of epilogue inputs and outputs is [outer..., m, n, {extent: rows, step: 1, within: m}] with vector counter n): per row one vector is taken from each of the remaining inputs, the epilogue runs, one vector goes to each output.
 */
export interface SystolicBody {
  readonly kind: "systolic";
  readonly domain: Domain;
  readonly m: number;
  readonly rows: number;
  /** f32 for floats; i32 for integer products. */
  readonly accumulate: "f32" | "f64" | "i32" | "u32" | "i64" | "u64";
  readonly inputs: readonly Input[];
  /** Registers: the accumulator first, then inputs[2 ..], then the instructions. */
  readonly epilogue: readonly Instruction[];
  readonly outputs: readonly Output[];
}

export interface Input {
  /** Storage type of the stream, widened to `type` on the way in. */
  readonly dtype: DType;
  readonly type: LaneType;
  /** One lane per vector, used for all lanes. */
  readonly broadcast: boolean;
}

/** A counter's value as an i32 register: scale * counter (+ lane for the vector counter), plus base. */
export interface CounterValue {
  readonly counter: number;
  readonly base: number;
  readonly scale: number;
}

export interface UnitReduction {
  readonly combiner: Combiner;
  readonly type: LaneType;
  readonly register: number;
  readonly index?: number;
  readonly gives: "value" | "index";
}

export interface Output {
  readonly register: number;
  /** Storage type of the stream: the register is rounded or wrapped to it. */
  readonly dtype: DType;
}
