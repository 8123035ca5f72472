import type { LaneType } from "@rdu/arithmetic";
import type { Chip } from "@rdu/chip";
import { invariant } from "@rdu/diagnostics";
import type { ComputeUnit, Domain, Input, Output, Port, SimdBody, SystolicBody } from "@rdu/flow";
import type { NestRead } from "@rdu/kernels";
import type { DType } from "@rdu/tensor";
import { bodyDomain, resultDomain } from "./address.ts";
import { closure, type Source } from "./body.ts";
import { indexPlan } from "./gather-index.ts";
import { operandPort } from "./operands.ts";
import { partsOf, type StagePart, type StagePlan, vectorOf } from "./plan.ts";
import type { SectionDraft } from "./section-draft.ts";
import { cutSegments, endingTogether, type Segment, type SegmentLimits } from "./segments.ts";
import { laneTypeOf, phaseOf, streamTypeOf } from "./simd-body.ts";
import type { Values } from "./values.ts";

/** Where a stage gives out one of its results: one stream a part. */
export interface ResultPort {
  readonly part: StagePart;
  readonly from: Port;
  readonly dtype: DType;
  readonly domain: Domain;
}

/** A stage whose compute units are in the draft. */
export interface EmittedStage {
  readonly plan: StagePlan;
  /** Per result of the pattern, per part. */
  readonly results: readonly (readonly ResultPort[])[];
}

/** Adds the compute units of a stage, part by part, and the read ports of its operands. Parts give out the results that are `wanted` of them. */
export function emitStage(
  draft: SectionDraft,
  values: Values,
  chip: Chip,
  plan: StagePlan,
  wanted: (part: StagePart, output: string) => boolean,
): EmittedStage {
  const results: ResultPort[][] = plan.nest.results.map(() => []);
  for (const part of partsOf(plan)) {
    const indices = plan.node.outputs.flatMap((output, index) =>
      output !== null && wanted(part, output) ? [index] : [],
    );
    if (indices.length === 0) continue;
    const ports = new PartEmitter(draft, values, chip, plan, part, indices).emit();
    for (const [position, index] of indices.entries()) results[index]?.push(ports[position] ?? missing());
  }
  return { plan, results };
}

/** A stream's source within a part: a unit's output port. */
interface Made {
  readonly source: Source;
  readonly from: Port;
}

/** Emits the chain of units of one part. Exists for the length of that part: it remembers which unit gives out which value. */
class PartEmitter {
  readonly #draft: SectionDraft;
  readonly #values: Values;
  readonly #chip: Chip;
  readonly #plan: StagePlan;
  readonly #part: StagePart;
  /** What leaves the part: the registers of the wanted results, and the storage they are rounded to. */
  readonly #results: readonly { readonly source: Source; readonly dtype: DType }[];
  #made: Made[] = [];
  readonly #carried = new Set<Source>();

  constructor(
    draft: SectionDraft,
    values: Values,
    chip: Chip,
    plan: StagePlan,
    part: StagePart,
    wanted: readonly number[],
  ) {
    this.#draft = draft;
    this.#values = values;
    this.#chip = chip;
    this.#plan = plan;
    this.#part = part;
    this.#results = wanted.map((index) => {
      const result = plan.nest.pattern.results[index] ?? missing();
      return { source: this.#source(result.register), dtype: result.dtype };
    });
  }

  emit(): ResultPort[] {
    const { pattern } = this.#plan.nest;
    const results = [...new Set(this.#results.map(({ source }) => source))];
    if (pattern.reductions.length === 0) this.#emitMap(results);
    else if (this.#plan.mapping.kind === "systolic") this.#emitSystolic(results);
    else this.#emitReduction(results);
    return this.#results.map(({ source, dtype }) => this.#resultPort(source, dtype));
  }

  #source(register: number): Source {
    return this.#plan.sources[register] ?? missing();
  }

  readonly #dtypeOf = (operand: number): DType => {
    const value = this.#plan.node.inputs[operand];
    invariant(value !== undefined && value !== null, "a pattern reads an omitted operand");
    return this.#values.dtypeOf(value);
  };

  readonly #laneOf = (source: Source): LaneType => laneTypeOf(source, this.#dtypeOf);

  get #limits(): SegmentLimits {
    const { vectorInputs, vectorOutputs, simdStages } = this.#chip.pcu;
    return { inputs: vectorInputs, outputs: vectorOutputs, operations: simdStages };
  }

  #emitMap(results: readonly Source[]): void {
    const segments = this.#carry(cutSegments(results, this.#limits));
    for (const [index, segment] of segments.entries()) {
      this.#emitSegment(segment, this.#bodyVector, "body", segments.length === 1 ? "" : `.s${index}`);
    }
  }

  /** Lanes of the values inside a phase of the stage. */
  get #bodyVector(): number {
    return this.#plan.vector;
  }

  get #resultVector(): number {
    return this.#plan.mapping.crossLane ? -1 : this.#plan.vector;
  }

  /** A compute unit that maps vectors to vectors, element by element, over the body's or the results' domain. */
  #emitSegment(segment: Segment, vector: number, phase: "body" | "epilogue", suffix: string): void {
    const name = this.#unitName(suffix);
    const domain =
      phase === "body" ? bodyDomain(this.#plan, this.#part, vector) : resultDomain(this.#plan, this.#part, vector);
    const inputs = segment.inputs;
    const drain = phase === "epilogue" && this.#plan.mapping.kind === "systolic";
    const registers = phaseOf(this.#plan, this.#part, inputs, segment.computes, segment.outputs, drain);
    const body: SimdBody = {
      kind: "simd",
      domain,
      reduceFrom: domain.counters.length,
      scan: "none",
      inputs: inputs.map((source) => this.#input(source, vector)),
      bodyInputs: inputs.length,
      counters: registers.counters,
      instructions: registers.instructions,
      reductions: [],
      epilogueCounters: [],
      epilogue: [],
      outputs: this.#outputs(name, segment.outputs, registers.registerOf),
    };
    this.#addUnit(name, body, inputs, domain);
  }

  #emitReduction(results: readonly Source[]): void {
    const { pattern } = this.#plan.nest;
    const folded = [
      ...new Set(
        pattern.reductions.flatMap((reduction) => [
          reduction.register,
          ...(reduction.index === undefined ? [] : [reduction.index]),
        ]),
      ),
    ].map((register) => this.#source(register));
    const before = this.#carry(endingTogether(cutSegments(folded, this.#limits), folded, this.#limits));
    for (const [index, segment] of before.slice(0, -1).entries()) {
      this.#emitSegment(segment, this.#bodyVector, "body", `.b${index}`);
    }
    const body = before.at(-1) ?? missing();
    const after = this.#epilogueSegments(results, this.#limits.inputs - body.inputs.length);
    const epilogue = after[0] ?? missing();
    const name = this.#unitName(after.length === 1 ? "" : ".r");
    const domain = bodyDomain(this.#plan, this.#part, this.#plan.vector);
    const out = resultDomain(this.#plan, this.#part, this.#resultVector);
    // Values that earlier segments gave out and that are folded as they are come in as inputs.
    const first = phaseOf(
      this.#plan,
      this.#part,
      body.inputs,
      body.computes,
      folded.filter(
        (source) =>
          body.computes.includes(source) ||
          body.inputs.includes(source) ||
          source.kind === "loop" ||
          source.kind === "immediate",
      ),
    );
    const accumulators = this.#accumulators();
    const taken = epilogue.inputs.filter((source) => source.kind !== "reduction");
    const second = phaseOf(this.#plan, this.#part, [...accumulators, ...taken], epilogue.computes, epilogue.outputs);
    const simd: SimdBody = {
      kind: "simd",
      domain,
      reduceFrom: this.#plan.reduceFrom,
      scan:
        this.#plan.mapping.template !== "scan" ? "none" : pattern.reductions[0]?.exclusive ? "exclusive" : "inclusive",
      inputs: [
        ...body.inputs.map((source) => this.#input(source, this.#plan.vector)),
        ...taken.map((source) => this.#input(source, this.#resultVector)),
      ],
      bodyInputs: body.inputs.length,
      counters: first.counters,
      instructions: first.instructions,
      reductions: pattern.reductions.map((reduction) => ({
        combiner: reduction.combiner,
        type: reduction.type,
        register: first.registerOf(this.#source(reduction.register)),
        ...(reduction.index === undefined ? {} : { index: first.registerOf(this.#source(reduction.index)) }),
        gives: reduction.gives,
      })),
      epilogueCounters: second.counters,
      epilogue: second.instructions,
      outputs: this.#outputs(name, epilogue.outputs, second.registerOf),
    };
    this.#addUnit(name, simd, [...body.inputs, ...taken], out);
    this.#emitRest(after);
  }

  #emitSystolic(results: readonly Source[]): void {
    const { mapping, m, vector } = this.#plan;
    const { a, b } = mapping;
    invariant(a !== undefined && b !== undefined, "a systolic stage has two operands");
    const after = this.#epilogueSegments(results, this.#limits.inputs - 2);
    const epilogue = after[0] ?? missing();
    const name = this.#unitName(after.length === 1 ? "" : ".r");
    const domain = bodyDomain(this.#plan, this.#part, vector);
    const out = resultDomain(this.#plan, this.#part, vector);
    const taken = epilogue.inputs.filter((source) => source.kind !== "reduction");
    const registers = phaseOf(
      this.#plan,
      this.#part,
      [...this.#accumulators(), ...taken],
      epilogue.computes,
      epilogue.outputs,
    );
    invariant(registers.counters.length === 0, "the epilogue of a systolic unit does not see counters");
    const accumulate = this.#plan.nest.pattern.reductions[0]?.type;
    invariant(accumulate !== undefined && accumulate !== "bool", "a systolic unit accumulates numbers");
    const operands: Source[] = [a, b].map((read) => this.#source(read.register));
    const body: SystolicBody = {
      kind: "systolic",
      domain,
      m,
      rows: this.#chip.pcu.systolicRows,
      accumulate,
      inputs: [
        ...operands.map((source) => this.#input(source, vector)),
        ...taken.map((source) => this.#input(source, vector)),
      ],
      epilogue: registers.instructions,
      outputs: this.#outputs(name, epilogue.outputs, registers.registerOf),
    };
    this.#addUnit(name, body, [...operands, ...taken], out);
    this.#emitRest(after);
  }

  /** The first segment shares the unit of the reduction; loop values in the epilogue of a systolic stage go to units of their own. */
  #epilogueSegments(results: readonly Source[], inputs: number): Segment[] {
    const seesCounters =
      this.#plan.mapping.kind === "systolic" && closure(results).some((source) => source.kind === "loop");
    const literal = this.#plan.mapping.kind === "systolic" && results.some((source) => source.kind === "immediate");
    const first = { ...this.#limits, inputs, operations: seesCounters || literal ? 0 : this.#limits.operations };
    const cut = this.#passingAccumulators(results, first);
    const crowded = (cut[0]?.outputs.length ?? 0) > this.#limits.outputs;
    return crowded ? this.#passingAccumulators(results, { ...first, operations: 0 }) : cut;
  }

  /** The segments, the first of which hands on the accumulators that later ones take. */
  #passingAccumulators(results: readonly Source[], first: SegmentLimits): Segment[] {
    const [head, ...rest] = this.#carry(cutSegments(results, this.#limits, first));
    if (head === undefined) return [];
    const later = rest.flatMap((segment) =>
      segment.inputs.filter((source) => source.kind === "reduction" && !head.outputs.includes(source)),
    );
    return [
      { ...head, inputs: [...new Set([...head.inputs, ...later])], outputs: [...head.outputs, ...new Set(later)] },
      ...rest,
    ];
  }

  #emitRest(segments: readonly Segment[]): void {
    for (const [index, segment] of segments.slice(1).entries()) {
      this.#emitSegment(segment, this.#resultVector, "epilogue", `.e${index}`);
    }
  }

  #accumulators(): Source[] {
    const first = this.#plan.nest.pattern.body.length;
    return this.#plan.nest.pattern.reductions.map((_, index) => this.#source(first + index));
  }

  #input(source: Source, vector: number): Input {
    const dtype = source.kind === "read" ? this.#dtypeOf(source.read.operand) : streamTypeOf(source, this.#dtypeOf);
    const type = this.#laneOf(source);
    return { dtype, type, broadcast: vector >= 0 && source.kind === "read" && this.#isBroadcast(source.read) };
  }

  #isBroadcast(read: NestRead): boolean {
    return (
      vectorOf(this.#plan, read).counter < 0 ||
      (read.axes.some((axis) => axis.gathers.length > 0) && !this.#movesAlongLanes(read))
    );
  }

  /** Whether a gathered read differs from lane to lane, by its own forms or by its index. */
  #movesAlongLanes(read: NestRead): boolean {
    const { vector } = this.#plan.mapping;
    if (vector < 0) return false;
    return read.axes.some((axis) => axis.form.coefficients[vector] !== 0) || this.#indexMovesAlongLanes(read);
  }

  #indexMovesAlongLanes(read: NestRead): boolean {
    const { vector } = this.#plan.mapping;
    if (vector < 0 || (this.#plan.mapping.crossLane && read.phase === "epilogue")) return false;
    const registers = read.axes.flatMap((axis) => axis.gathers.map((gather) => this.#source(gather.register)));
    return closure(registers).some(
      (source) =>
        (source.kind === "loop" && source.loop === vector) ||
        (source.kind === "read" && this.#movesOrGathers(source.read)),
    );
  }

  #movesOrGathers(read: NestRead): boolean {
    const { vector } = this.#plan.mapping;
    return (
      read.axes.some((axis) => axis.form.coefficients[vector] !== 0) ||
      (read.axes.some((axis) => axis.gathers.length > 0) && this.#indexMovesAlongLanes(read))
    );
  }

  /** Output ports: one per value that goes on to a later unit, one per result; records who gives out what. */
  /** Notes what goes from unit to unit of a chain: not what each reads from memory anew, nor what the first one accumulates itself. */
  #carry(segments: Segment[]): Segment[] {
    for (const [position, segment] of segments.entries())
      for (const source of segment.inputs)
        if (source.kind !== "read" && (source.kind !== "reduction" || position > 0)) this.#carried.add(source);
    return segments;
  }

  /** Output ports: one for a value that goes on to a later unit, one per storage type of the results it is; records who gives out what. */
  #outputs(unit: string, outputs: readonly Source[], registerOf: (source: Source) => number): Output[] {
    const ports: Output[] = [];
    for (const source of outputs) {
      const types = new Set<DType>(this.#carried.has(source) ? [streamTypeOf(source, this.#dtypeOf)] : []);
      for (const result of this.#results) if (result.source === source) types.add(result.dtype);
      for (const dtype of types) {
        this.#made.push({ source, from: { unit, port: ports.length } });
        ports.push({ register: registerOf(source), dtype });
      }
    }
    return ports;
  }

  #addUnit(name: string, body: SimdBody | SystolicBody, inputs: readonly Source[], domain: Domain): void {
    for (const [port, source] of inputs.entries())
      this.#feed(source, { unit: name, port }, body.inputs[port] ?? missing());
    const unit: ComputeUnit = {
      kind: "compute",
      name,
      origin: this.#plan.node.origin,
      template: this.#plan.mapping.template,
      body,
    };
    this.#units.push({ unit, lanes: domain.lanes });
    this.#draft.add(unit);
  }

  readonly #units: { unit: ComputeUnit; lanes: number }[] = [];

  /** Connects a value to an input: from memory, or from the unit that computed it. */
  #feed(source: Source, to: Port, input: Input): void {
    if (source.kind === "read") {
      this.#feedRead(source.read, to);
      return;
    }
    const made = this.#made.find(
      (candidate) => candidate.source === source && this.#outputType(candidate.from) === input.dtype,
    );
    invariant(made !== undefined, "a unit takes a value that no earlier unit gives out");
    this.#draft.connect(made.from, to, input.dtype, this.#lanesOf(made.from));
  }

  #feedRead(read: NestRead, to: Port): void {
    const dtype = this.#dtypeOf(read.operand);
    if (!read.axes.some((axis) => axis.gathers.length > 0)) {
      const { buffer, read: port, program } = operandPort(this.#draft, this.#values, this.#plan, this.#part, read);
      this.#draft.connect({ unit: buffer.name, port }, to, dtype, program.domain.lanes);
      return;
    }
    const operand = this.#plan.node.inputs[read.operand] ?? missing();
    const { index, kind } = indexPlan(read, this.#plan.sources, this.#laneOf, this.#values.rootOf(operand) === operand);
    const own = read.axes.some((axis) => axis.form.coefficients[this.#plan.mapping.vector] !== 0);
    const perLane = this.#indexMovesAlongLanes(read) || (kind === "flat" && own);
    const {
      buffer,
      read: port,
      program,
    } = operandPort(this.#draft, this.#values, this.#plan, this.#part, read, { kind, perLane });
    this.#draft.connect({ unit: buffer.name, port }, to, dtype, program.domain.lanes);
    this.#emitIndex(index, read.phase, perLane ? this.#plan.vector : -1, { unit: buffer.name, port, index: true });
  }

  /** Units that compute an index stream, one index a firing or one a lane. */
  #emitIndex(index: Source, phase: "body" | "epilogue", vector: number, to: Port): void {
    const kept = this.#made;
    this.#made = [];
    const segments = this.#carry(cutSegments([index], this.#limits));
    this.#carried.add(index);
    for (const [position, segment] of segments.entries()) this.#emitSegment(segment, vector, phase, `.i${position}`);
    const dtype = streamTypeOf(index, this.#dtypeOf);
    const made = this.#made.find((candidate) => candidate.source === index);
    invariant(made !== undefined, "no unit gives out the index");
    this.#draft.connect(made.from, to, dtype, this.#lanesOf(made.from));
    this.#made = kept;
  }

  #outputType(port: Port): DType | undefined {
    return this.#units.find(({ unit }) => unit.name === port.unit)?.unit.body.outputs[port.port]?.dtype;
  }

  #lanesOf(port: Port): number {
    return this.#units.find(({ unit }) => unit.name === port.unit)?.lanes ?? missing();
  }

  #resultPort(source: Source, dtype: DType): ResultPort {
    const made = this.#made.find(
      (candidate) => candidate.source === source && this.#outputType(candidate.from) === dtype,
    );
    invariant(made !== undefined, "no unit gives out a result");
    const vector = this.#plan.nest.pattern.reductions.length === 0 ? this.#bodyVector : this.#resultVector;
    return { part: this.#part, from: made.from, dtype, domain: resultDomain(this.#plan, this.#part, vector) };
  }

  #unitName(suffix: string): string {
    return this.#draft.fresh(`${this.#values.stageName(this.#plan.node)}${this.#part.suffix}${suffix}`);
  }
}

function missing(): never {
  invariant(false, "a stage part is incomplete");
}
