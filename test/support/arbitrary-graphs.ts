import {
  COMBINERS,
  type Combiner,
  type Immediate,
  type Instruction,
  isFunction,
  LANE_TYPES,
  type LaneType,
  laneOf,
  OPCODES,
  type Operand,
  operandType,
  signatureOf,
} from "@rdu/arithmetic";
import type {
  Attribute,
  Constant,
  ConstantSource,
  Dim,
  Graph,
  IndexExpression,
  Loop,
  Node,
  Pattern,
  Read,
  Reduction,
  Step,
  TensorType,
  ValueId,
  ValueType,
  Write,
} from "@rdu/ir";
import { ALL_DTYPES, DTYPES, type DType } from "@rdu/tensor";
import fc from "fast-check";
import { RandomDraw } from "./random-draw.ts";

/**
 * Graphs of any form that the text must carry: every node kind and attribute kind, names of all sorts, sections,
 * subgraphs that capture, unknown types. Names are defined once and before use; nothing else about them is legal.
 */
export function arbitraryGraph(depth = 1): fc.Arbitrary<Graph> {
  return fc.noShrink(fc.integer()).map((seed) => new GraphMaker(new RandomDraw(seed)).graph(depth, new Map()));
}

const NAMES = [
  "x",
  "y",
  "fc1.weight",
  "/fc1/MatMul",
  "a b",
  "",
  "12",
  "r0",
  "inf",
  "//",
  "pattern",
  "Stateful:0",
  "_",
  "é\n",
];
const LANE_DTYPES = ALL_DTYPES.filter((dtype) => laneOf(dtype) !== undefined);

class GraphMaker {
  readonly #draw: RandomDraw;

  constructor(draw: RandomDraw) {
    this.#draw = draw;
  }

  graph(depth: number, outer: ReadonlyMap<ValueId, ValueType | undefined>): Graph {
    const own = new Map<ValueId, ValueType | undefined>();
    const types = new Map<ValueId, ValueType>();
    const fresh = (): ValueId => {
      let name = this.#name();
      while (own.has(name) || outer.has(name)) name += "'";
      return name;
    };
    const define = (id: ValueId, type: ValueType | undefined): ValueId => {
      own.set(id, type);
      if (type !== undefined) types.set(id, type);
      return id;
    };
    const typed = (): ValueType | undefined => (this.#draw.flip() ? this.#type() : undefined);
    const inputs = this.#draw.many(3, () => define(fresh(), typed()));
    const constants = this.#draw
      .many(3, () => this.#constant(fresh()))
      .filter(({ id, type }) => {
        if (own.has(id)) return false;
        define(id, type);
        return true;
      });
    let section: string | undefined;
    const nodes = this.#draw.many(5, () => {
      if (this.#draw.flip()) section = this.#draw.flip() ? this.#name() : undefined;
      const visible = new Map([...outer, ...own]);
      const node = this.#node(depth, [...visible.keys()], visible);
      const outputs = this.#draw.many(3, () => (this.#draw.nat(4) === 0 ? null : define(fresh(), typed())));
      return { ...node, outputs, ...(section === undefined ? {} : { section }) } as unknown as Node;
    });
    const ends = [...outer.keys(), ...own.keys()];
    const outputs = ends.length === 0 ? [] : this.#draw.many(3, () => this.#draw.pick(ends));
    return { name: this.#name(), inputs, outputs, constants, nodes, types };
  }

  #node(depth: number, visible: readonly ValueId[], types: ReadonlyMap<ValueId, ValueType | undefined>): object {
    const value = (): ValueId | null =>
      visible.length === 0 || this.#draw.nat(4) === 0 ? null : this.#draw.pick(visible);
    const inputs = this.#draw.many(3, value);
    const origin = this.#draw.many(3, () => this.#name());
    const kind = this.#draw.pick(["operator", "host", "view", "join", "pattern"] as const);
    const common = { kind, inputs, origin };
    switch (kind) {
      case "operator":
      case "host": {
        const call = {
          ...common,
          op: this.#name(),
          version: this.#draw.nat(30),
          attributes: Object.fromEntries(
            this.#draw.many(4, () => [this.#name(), this.#attribute(depth, types)] as const),
          ),
        };
        return kind === "host" ? { ...call, reason: this.#draw.text() } : call;
      }
      case "join":
        return { ...common, offsets: inputs.map(() => this.#draw.many(3, () => this.#draw.nat(1000))) };
      case "pattern":
        return { ...common, pattern: this.#pattern(inputs.map((id) => (id === null ? undefined : types.get(id)))) };
      default:
        return common;
    }
  }

  #attribute(depth: number, types: ReadonlyMap<ValueId, ValueType | undefined>): Attribute {
    const kinds = ["int", "float", "string", "ints", "floats", "strings", "tensor", "tensors", "type"] as const;
    const kind = this.#draw.pick([...kinds, ...(depth > 0 ? (["graph", "graphs"] as const) : [])]);
    switch (kind) {
      case "int":
        return { kind, value: this.#draw.int64() };
      case "float":
        return { kind, value: this.#draw.single() };
      case "string":
        return { kind, value: this.#draw.text(20) };
      case "ints":
        return { kind, value: this.#draw.many(3, () => this.#draw.int64()) };
      case "floats":
        return { kind, value: this.#draw.many(3, () => this.#draw.single()) };
      case "strings":
        return { kind, value: this.#draw.many(3, () => this.#draw.text()) };
      case "tensor":
        return { kind, value: this.#constant(this.#name()) };
      case "tensors":
        return { kind, value: this.#draw.many(2, () => this.#constant(this.#name())) };
      case "type":
        return { kind, value: this.#type() };
      case "graph":
        return { kind, value: this.graph(depth - 1, types) };
      case "graphs":
        return { kind, value: this.#draw.many(2, () => this.graph(depth - 1, types)) };
    }
  }

  #constant(id: ValueId): Constant {
    const dtype = this.#draw.pick(ALL_DTYPES);
    const shape = this.#draw.many(3, () => this.#draw.nat(9));
    const count = shape.reduce((product, extent) => product * extent, 1);
    const type: TensorType = { kind: "tensor", dtype, shape };
    const digest = this.#draw.flip() ? { digest: "00ff" } : {};
    return { id, type, source: this.#source(dtype, count), ...digest };
  }

  #source(dtype: DType, count: number): ConstantSource {
    if (dtype === "string") {
      return { kind: "strings", strings: Array.from({ length: count }, () => this.#name()) };
    }
    if (this.#draw.flip()) {
      return { kind: "file", location: this.#name(), offset: this.#draw.nat(1000), length: count };
    }
    const length = count * DTYPES[dtype].bytes;
    return { kind: "inline", bytes: this.#draw.bytes(length) };
  }

  #pattern(operandTypes: readonly (ValueType | undefined)[]): Pattern {
    const names = [...new Set(this.#draw.many(4, () => this.#name()))];
    const loops = names.map(
      (name): Loop => ({
        name,
        extent: this.#draw.integer(1, 9),
        kind: this.#draw.pick(["parallel", "reduce", "scan"] as const),
      }),
    );
    const body = this.#draw.many(5, () => this.#step(operandTypes, loops.length));
    const reductions = this.#draw.many(2, () => this.#reduction());
    const epilogue = reductions.length === 0 ? [] : this.#draw.many(3, () => this.#step(operandTypes, loops.length));
    return { loops, body, reductions, epilogue, results: this.#draw.many(2, () => this.#write(loops.length)) };
  }

  #step(operandTypes: readonly (ValueType | undefined)[], loops: number): Step {
    const kinds = [
      "compute",
      ...(operandTypes.length > 0 ? (["read"] as const) : []),
      ...(loops > 0 ? (["loop"] as const) : []),
    ] as const;
    const kind = this.#draw.pick(kinds);
    if (kind === "loop") return { kind, loop: this.#draw.nat(loops - 1) };
    if (kind === "compute") return { kind, instruction: this.#instruction() };
    const operand = this.#draw.nat(operandTypes.length - 1);
    const type = operandTypes[operand];
    const read: Read = { operand, index: this.#draw.many(3, () => this.#index(loops)) };
    const lane = type?.kind === "tensor" ? laneOf(type.dtype) : undefined;
    const fallback = this.#draw.flip() ? "f64" : "i64";
    return { kind, read: this.#draw.flip() ? { ...read, otherwise: this.#literal(lane ?? fallback) } : read };
  }

  #instruction(): Instruction {
    const op = this.#draw.pick(OPCODES);
    const type = this.#draw.pick(LANE_TYPES);
    const operands = [...signatureOf(op).operands.keys()].map((position): Operand => {
      if (this.#draw.flip()) return this.#draw.nat(30);
      const literal = operandType({ op, type }, position);
      return { type: literal, value: this.#literal(literal) } satisfies Immediate;
    });
    const instruction = { op, type, operands };
    if (isFunction(op)) return instruction;
    if (op === "round" || op === "wrap" || op === "saturate")
      return { ...instruction, storage: this.#draw.pick(ALL_DTYPES) };
    if (op === "convert" || op === "reinterpret") {
      return { ...instruction, to: this.#draw.pick(LANE_TYPES) };
    }
    return instruction;
  }

  #reduction(): Reduction {
    return {
      combiner: this.#draw.pick(Object.keys(COMBINERS) as Combiner[]),
      type: this.#draw.pick(LANE_TYPES),
      register: this.#draw.nat(20),
      gives: this.#draw.flip() ? "index" : "value",
      ...(this.#draw.flip() ? { index: this.#draw.nat(20) } : {}),
      ...(this.#draw.flip() ? { exclusive: true } : {}),
    };
  }

  #write(loops: number): Write {
    const dtype = this.#draw.pick(LANE_DTYPES);
    const write: Write = {
      register: this.#draw.nat(20),
      dtype,
      shape: this.#draw.many(3, () => this.#draw.nat(9)),
      index: this.#draw.many(3, () => this.#index(loops)),
    };
    return this.#draw.flip() ? { ...write, initial: this.#literal(laneOf(dtype) ?? "f64") } : write;
  }

  #index(loops: number): IndexExpression {
    const coefficient = (): number => this.#draw.integer(-5, 5) || 1;
    const registers = this.#draw.many(2, () => ({ register: this.#draw.nat(20), coefficient: coefficient() }));
    return {
      constant: this.#draw.integer(-5, 5) + 0,
      loops:
        loops === 0 ? [] : this.#draw.many(2, () => ({ loop: this.#draw.nat(loops - 1), coefficient: coefficient() })),
      ...(registers.length === 0 ? {} : { registers }),
    };
  }

  #literal(lane: LaneType): number | bigint {
    switch (lane) {
      case "f32":
        return this.#draw.single();
      case "f64":
        return this.#draw.double();
      case "i32":
        return this.#draw.bits() | 0;
      case "u32":
        return this.#draw.bits();
      case "bool":
        return this.#draw.nat(1);
      case "i64":
        return this.#draw.int64();
      case "u64":
        return BigInt.asUintN(64, this.#draw.int64());
    }
  }

  #name(): string {
    return this.#draw.flip() ? this.#draw.pick(NAMES) : this.#draw.text();
  }

  #type(): ValueType {
    const kind = this.#draw.pick(["tensor", "tensor", "tensor", "sequence", "optional", "map"] as const);
    if (kind === "map") return { kind, key: this.#draw.pick(["int64", "string"] as const), element: this.#type() };
    if (kind !== "tensor") return { kind, element: this.#type() };
    const dim = (): Dim => (this.#draw.flip() ? this.#draw.nat(9) : this.#draw.flip() ? this.#name() : null);
    return {
      kind,
      dtype: this.#draw.pick(ALL_DTYPES),
      shape: this.#draw.nat(4) === 0 ? null : this.#draw.many(3, dim),
    };
  }
}
