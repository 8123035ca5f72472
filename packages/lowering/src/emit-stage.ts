import type { LaneType } from "@rdu/arithmetic";
import type { Chip } from "@rdu/chip";
import { elementAt, invariant } from "@rdu/diagnostics";
import type { Domain, Input, Port, SimdBody, SystolicBody } from "@rdu/flow";
import type { NestRead } from "@rdu/kernels";
import type { DType } from "@rdu/tensor";
import { bodyDomain, resultDomain } from "./address.ts";
import { closure, type Source } from "./body.ts";
import { indexPlan } from "./gather-index.ts";
import { formMovesAlongLanes, indexMovesAlongLanes, isBroadcast, isGathered } from "./index-lanes.ts";
import { type Gather, operandPort } from "./operands.ts";
import { PartStreams } from "./part-streams.ts";
import { partsOf, type StagePart, type StagePlan } from "./plan.ts";
import type { SectionDraft } from "./section-draft.ts";
import { cutSegments, endingTogether, type Segment, type SegmentLimits } from "./segments.ts";
import { laneTypeOf, type Phase, phaseOf, streamTypeOf } from "./simd-body.ts";
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
    for (const [position, index] of indices.entries()) elementAt(results, index).push(elementAt(ports, position));
  }
  return { plan, results };
}

/** Emits the chain of units of one part. Exists for the length of that part. */
class PartEmitter {
  readonly #draft: SectionDraft;
  readonly #values: Values;
  readonly #plan: StagePlan;
  readonly #part: StagePart;
  readonly #limits: SegmentLimits;
  /** Rows of a systolic array of the chip. */
  readonly #rows: number;
  /** What leaves the part: the registers of the wanted results, and the storage they are rounded to. */
  readonly #results: readonly { readonly source: Source; readonly dtype: DType }[];
  readonly #streams: PartStreams;

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
    this.#plan = plan;
    this.#part = part;
    const { vectorInputs, vectorOutputs, simdStages, systolicRows } = chip.pcu;
    this.#rows = systolicRows;
    this.#limits = { inputs: vectorInputs, outputs: vectorOutputs, operations: simdStages };
    this.#results = wanted.map((index) => {
      const { register, dtype } = elementAt(plan.nest.pattern.results, index);
      return { source: this.#source(register), dtype };
    });
    this.#streams = new PartStreams(this.#results, (source) => streamTypeOf(source, this.#dtypeOf));
  }

  emit(): ResultPort[] {
    const { pattern } = this.#plan.nest;
    const results = [...new Set(this.#results.map(({ source }) => source))];
    if (pattern.reductions.length === 0) this.#emitMap(results);
    else if (this.#plan.mapping.kind === "systolic") this.#emitSystolic(results);
    else this.#emitReduction(results);
    const lanes = pattern.reductions.length === 0 ? this.#plan.vector : this.#resultVector;
    const domain = resultDomain(this.#plan, this.#part, lanes);
    return this.#results.map(({ source, dtype }) => {
      const { from } = this.#streams.giverOf(source, dtype);
      return { part: this.#part, from, dtype, domain };
    });
  }

  #source(register: number): Source {
    return elementAt(this.#plan.sources, register);
  }

  readonly #dtypeOf = (operand: number): DType => {
    const value = this.#plan.node.inputs[operand];
    invariant(value !== undefined && value !== null, "a pattern reads an omitted operand");
    return this.#values.dtypeOf(value);
  };

  readonly #laneOf = (source: Source): LaneType => laneTypeOf(source, this.#dtypeOf);

  /** The counter that runs along the lanes of what a reduction gives out; -1: a unit that folds across lanes gives one element. */
  get #resultVector(): number {
    return this.#plan.mapping.crossLane ? -1 : this.#plan.vector;
  }

  #emitMap(results: readonly Source[]): void {
    const segments = this.#chain(results);
    for (const [index, segment] of segments.entries())
      this.#emitSegment(segment, this.#plan.vector, "body", segments.length === 1 ? "" : `.s${index}`);
  }

  /** The segments that compute `results`, each taking from those before it. */
  #chain(results: readonly Source[], first = this.#limits): Segment[] {
    const segments = cutSegments(results, this.#limits, first);
    this.#streams.carryAlong(segments);
    return segments;
  }

  /** A compute unit that maps vectors to vectors, element by element, over the body's or the results' domain. */
  #emitSegment(
    { inputs, computes, outputs }: Segment,
    vector: number,
    phase: "body" | "epilogue",
    suffix: string,
  ): void {
    const name = this.#unitName(suffix);
    const domainOf = phase === "body" ? bodyDomain : resultDomain;
    const domain = domainOf(this.#plan, this.#part, vector);
    const drain = phase === "epilogue" && this.#plan.mapping.kind === "systolic";
    const registers = phaseOf(this.#plan, this.#part, inputs, computes, outputs, drain);
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
      outputs: this.#streams.give(name, domain.lanes, outputs, registers.registerOf),
    };
    this.#addUnit(name, body, inputs);
  }

  /** Units that compute what is folded, the one that folds it, and units for what of the epilogue does not fit that one. */
  #emitReduction(results: readonly Source[]): void {
    const { pattern } = this.#plan.nest;
    const folded = this.#foldedSources();
    const before = endingTogether(cutSegments(folded, this.#limits), folded, this.#limits);
    this.#streams.carryAlong(before);
    for (const [index, segment] of before.slice(0, -1).entries())
      this.#emitSegment(segment, this.#plan.vector, "body", `.b${index}`);
    const body = elementAt(before, before.length - 1);
    const after = this.#epilogueSegments(results, this.#limits.inputs - body.inputs.length);
    const name = this.#unitName(after.length === 1 ? "" : ".r");
    // Values that earlier segments gave out and that are folded as they are come in as inputs.
    const atHand = (source: Source): boolean =>
      body.computes.includes(source) ||
      body.inputs.includes(source) ||
      source.kind === "loop" ||
      source.kind === "immediate";
    const first = phaseOf(this.#plan, this.#part, body.inputs, body.computes, folded.filter(atHand));
    const epilogue = this.#epiloguePhase(elementAt(after, 0));
    const scan = pattern.reductions[0]?.exclusive === true ? "exclusive" : "inclusive";
    const { lanes } = resultDomain(this.#plan, this.#part, this.#resultVector);
    const simd: SimdBody = {
      kind: "simd",
      domain: bodyDomain(this.#plan, this.#part, this.#plan.vector),
      reduceFrom: this.#plan.reduceFrom,
      scan: this.#plan.mapping.template === "scan" ? scan : "none",
      inputs: [
        ...body.inputs.map((source) => this.#input(source, this.#plan.vector)),
        ...epilogue.taken.map((source) => this.#input(source, this.#resultVector)),
      ],
      bodyInputs: body.inputs.length,
      counters: first.counters,
      instructions: first.instructions,
      reductions: pattern.reductions.map(({ combiner, type, register, index, gives }) => ({
        combiner,
        type,
        register: first.registerOf(this.#source(register)),
        ...(index === undefined ? {} : { index: first.registerOf(this.#source(index)) }),
        gives,
      })),
      epilogueCounters: epilogue.phase.counters,
      epilogue: epilogue.phase.instructions,
      outputs: this.#streams.give(name, lanes, epilogue.outputs, epilogue.phase.registerOf),
    };
    this.#addUnit(name, simd, [...body.inputs, ...epilogue.taken]);
    this.#emitRest(after);
  }

  /** What the reductions of the pattern fold, and the positions that they keep of it. */
  #foldedSources(): Source[] {
    const registers = this.#plan.nest.pattern.reductions.flatMap(({ register, index }) =>
      index === undefined ? [register] : [register, index],
    );
    return [...new Set(registers)].map((register) => this.#source(register));
  }

  #emitSystolic(results: readonly Source[]): void {
    const { mapping, m, vector, nest } = this.#plan;
    const { a, b } = mapping;
    invariant(a !== undefined && b !== undefined, "a systolic stage has two operands");
    const accumulate = nest.pattern.reductions[0]?.type;
    invariant(accumulate !== undefined && accumulate !== "bool", "a systolic unit accumulates numbers");
    const after = this.#epilogueSegments(results, this.#limits.inputs - 2);
    const name = this.#unitName(after.length === 1 ? "" : ".r");
    const epilogue = this.#epiloguePhase(elementAt(after, 0));
    invariant(epilogue.phase.counters.length === 0, "the epilogue of a systolic unit does not see counters");
    const inputs = [this.#source(a.register), this.#source(b.register), ...epilogue.taken];
    const { lanes } = resultDomain(this.#plan, this.#part, vector);
    const body: SystolicBody = {
      kind: "systolic",
      domain: bodyDomain(this.#plan, this.#part, vector),
      m,
      rows: this.#rows,
      accumulate,
      inputs: inputs.map((source) => this.#input(source, vector)),
      epilogue: epilogue.phase.instructions,
      outputs: this.#streams.give(name, lanes, epilogue.outputs, epilogue.phase.registerOf),
    };
    this.#addUnit(name, body, inputs);
    this.#emitRest(after);
  }

  /** The registers of the epilogue that a unit computes of its own accumulators and of what it takes in besides. */
  #epiloguePhase({ inputs, computes, outputs }: Segment): EpiloguePhase {
    const { body, reductions } = this.#plan.nest.pattern;
    const accumulators = reductions.map((_, index) => this.#source(body.length + index));
    const taken = inputs.filter((source) => source.kind !== "reduction");
    const phase = phaseOf(this.#plan, this.#part, [...accumulators, ...taken], computes, outputs);
    return { taken, outputs, phase };
  }

  /** The first segment shares the unit of the reduction; loop values in the epilogue of a systolic stage go to units of their own. */
  #epilogueSegments(results: readonly Source[], inputs: number): Segment[] {
    const seesCounters =
      this.#plan.mapping.kind === "systolic" && closure(results).some((source) => source.kind === "loop");
    const literal = this.#plan.mapping.kind === "systolic" && results.some((source) => source.kind === "immediate");
    const first = { ...this.#limits, inputs, operations: seesCounters || literal ? 0 : this.#limits.operations };
    const cut = this.#passingAccumulators(results, first);
    const isCrowded = elementAt(cut, 0).outputs.length > this.#limits.outputs;
    return isCrowded ? this.#passingAccumulators(results, { ...first, operations: 0 }) : cut;
  }

  /** The segments, the first of which hands on the accumulators that later ones take. */
  #passingAccumulators(results: readonly Source[], first: SegmentLimits): Segment[] {
    const [head, ...rest] = this.#chain(results, first);
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
    for (const [index, segment] of segments.slice(1).entries())
      this.#emitSegment(segment, this.#resultVector, "epilogue", `.e${index}`);
  }

  #input(source: Source, vector: number): Input {
    const isRead = source.kind === "read";
    const dtype = isRead ? this.#dtypeOf(source.read.operand) : streamTypeOf(source, this.#dtypeOf);
    const broadcast = vector >= 0 && isRead && isBroadcast(this.#plan, source.read);
    return { dtype, type: this.#laneOf(source), broadcast };
  }

  #addUnit(name: string, body: SimdBody | SystolicBody, inputs: readonly Source[]): void {
    for (const [port, source] of inputs.entries())
      this.#feed(source, { unit: name, port }, elementAt(body.inputs, port));
    const { node, mapping } = this.#plan;
    this.#draft.add({ kind: "compute", name, origin: node.origin, template: mapping.template, body });
  }

  /** Connects a value to an input: from memory, or from the unit that computed it. */
  #feed(source: Source, to: Port, { dtype }: Input): void {
    if (source.kind !== "read") this.#connect(source, to, dtype);
    else if (isGathered(source.read)) this.#feedGathered(source.read, to);
    else this.#feedRead(source.read, to);
  }

  #connect(source: Source, to: Port, dtype: DType): void {
    const { from, lanes } = this.#streams.giverOf(source, dtype);
    this.#draft.connect(from, to, dtype, lanes);
  }

  /** Connects a read port of the operand; says which it is. */
  #feedRead(read: NestRead, to: Port, gather?: Gather): Port {
    const {
      buffer,
      read: port,
      program,
    } = operandPort(this.#draft, this.#values, this.#plan, this.#part, read, gather);
    this.#draft.connect({ unit: buffer.name, port }, to, this.#dtypeOf(read.operand), program.domain.lanes);
    return { unit: buffer.name, port };
  }

  #feedGathered(read: NestRead, to: Port): void {
    const operand = this.#plan.node.inputs[read.operand];
    invariant(operand !== undefined && operand !== null, "a pattern reads an omitted operand");
    const isWhole = this.#values.rootOf(operand) === operand;
    const { index, kind } = indexPlan(read, this.#plan.sources, this.#laneOf, isWhole);
    const perLane =
      indexMovesAlongLanes(this.#plan, read) || (kind === "flat" && formMovesAlongLanes(this.#plan, read));
    const from = this.#feedRead(read, to, { kind, perLane });
    const vector = perLane ? this.#plan.vector : -1;
    this.#streams.apart(() => this.#emitIndex(index, read.phase, vector, { ...from, index: true }));
  }

  /** Units that compute an index stream, one index a firing or one a lane. */
  #emitIndex(index: Source, phase: "body" | "epilogue", vector: number, to: Port): void {
    const segments = this.#chain([index]);
    this.#streams.carry(index);
    for (const [position, segment] of segments.entries()) this.#emitSegment(segment, vector, phase, `.i${position}`);
    this.#connect(index, to, streamTypeOf(index, this.#dtypeOf));
  }

  #unitName(suffix: string): string {
    return this.#draft.fresh(`${this.#values.stageName(this.#plan.node)}${this.#part.suffix}${suffix}`);
  }
}

/** The part of an epilogue that a unit computes after folding. */
interface EpiloguePhase {
  /** What comes in besides the accumulators. */
  readonly taken: readonly Source[];
  readonly outputs: readonly Source[];
  readonly phase: Phase;
}
