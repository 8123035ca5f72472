import type { Chip } from "@rdu/chip";
import { invariant, reject } from "@rdu/diagnostics";
import { type Section, type SectionNeeds, sectionBudget, sectionNeeds } from "@rdu/flow";
import type { Node, PatternNode } from "@rdu/ir";
import { firings, type NestRead, nestOf } from "@rdu/kernels";
import { DTYPES } from "@rdu/tensor";
import { withinMicrobatch } from "./batch-tiles.ts";
import { sourcesOf } from "./body.ts";
import { chooseTiles, type TileAxis, withinCounters } from "./choose-tiles.ts";
import { connectBuffers, type Loading, storeValue } from "./connect.ts";
import { blockingBuffers } from "./deadlock.ts";
import { type EmittedStage, emitStage } from "./emit-stage.ts";
import { keyOf } from "./key-of.ts";
import { likenessOf } from "./likeness.ts";
import { axesInBuffer, type Piece, piecesOf, reaches } from "./pieces.ts";
import type { StagePart, StagePlan } from "./plan.ts";
import { mappingFor, planStage } from "./plan-stage.ts";
import type { ScatteredJoin } from "./scattered-joins.ts";
import { type BufferDraft, SectionDraft } from "./section-draft.ts";
import { laneTypeOf } from "./simd-body.ts";
import { tileCountOf, writtenTiles } from "./tiles-of.ts";
import type { Values } from "./values.ts";

/** Nodes of one section, and which of the values they make are needed outside it. */
export interface SectionNodes {
  readonly name: string;
  readonly nodes: readonly Node[];
  /** Values (not views) that leave the section. */
  readonly kept: readonly string[];
  /** Joins of parts from several sections, this one among them. They are not among those kept, and the section does not read them. */
  readonly scattered: readonly ScatteredJoin[];
}

/** Compute units of one stage at the most: beyond that, routes and loads grow faster than the work shrinks. */
const MOST_UNITS = 64;
/** Firings that make one more compute unit of a stage worth its loads and routes. */
const LEAST_FIRINGS = 1024;

/** What was found out about sections, for those alike, and for the next try when some of them have to be cut. */
export interface LoweringMemory {
  /** How sections that are alike have turned out to fit. */
  readonly fits: Map<string, { readonly units: number; readonly loading: Loading }>;
  /** Sections by all that they are made from. */
  readonly sections: Map<string, Section>;
}

export function emptyMemory(): LoweringMemory {
  return { fits: new Map(), sections: new Map() };
}

/** Lowers a section, or gives the one that was made from the same nodes before. */
export function lowerSection(values: Values, section: SectionNodes, chip: Chip, memory: LoweringMemory): Section {
  const likeness = likenessOf(values, section.nodes, section.kept, section.scattered);
  const { nodes, kept, scattered } = section;
  const joined = scattered.map(({ value, parts }) => [value, parts, offsetsOf(values, value, parts)]);
  const key = keyOf([likeness, nodes.map(({ section: _, ...node }) => node), kept, joined]);
  const before = memory.sections.get(key);
  const made = before ?? fittedSection(values, section, chip, likeness, memory.fits);
  memory.sections.set(key, made);
  return made.name === section.name ? made : { ...made, name: section.name };
}

function offsetsOf(values: Values, value: string, parts: readonly number[]): unknown {
  const node = values.producerOf(value);
  return node?.kind === "join" ? parts.map((part) => node.offsets[part]) : [];
}

/**
 * A section with as many compute units as the chip's budget allows, the slowest stage getting the most; lowers the parallelism until the section
 * fits. Rejects with E0503 and the budget when even one unit a stage does not fit. What was found for one section is used for those alike.
 */
function fittedSection(
  values: Values,
  section: SectionNodes,
  chip: Chip,
  likeness: string,
  known: LoweringMemory["fits"],
): Section {
  const budget = sectionBudget(chip);
  const alike = known.get(likeness);
  if (alike !== undefined) {
    const made = buildSection(values, section, chip, alike.units, alike.loading);
    if (fits(sectionNeeds(made), budget)) return made;
  }
  for (let units = firstGuess(values, section, chip, budget); ; ) {
    let loading: Loading = "separate";
    let made = buildSection(values, section, chip, units, loading);
    let needs = sectionNeeds(made);
    if (!fits(needs, budget) && needs.agcuStreams > budget.agcuStreams) {
      loading = "shared";
      made = buildSection(values, section, chip, units, loading);
      needs = sectionNeeds(made);
    }
    if (fits(needs, budget)) {
      known.set(likeness, { units, loading });
      return made;
    }
    if (units <= 1)
      reject("E0503", `${chip.name}: ${shortages(needs, budget).map(shortageText).join(", ")}`, {
        at: [section.name],
        notes: largest(made),
        hint: hintFor(needs, budget, chip),
      });
    units = Math.max(1, Math.min(units - 1, Math.floor(units * room(needs, budget))));
  }
}

/** Sections of more nodes are costly to build at a parallelism that does not fit: two small builds tell how their needs grow. */
const NODES_WORTH_A_GUESS = 8;
const PROBE_UNITS = 8;

function firstGuess(values: Values, section: SectionNodes, chip: Chip, budget: SectionNeeds): number {
  if (section.nodes.length <= NODES_WORTH_A_GUESS) return MOST_UNITS;
  const least = sectionNeeds(buildSection(values, section, chip, 1, "shared"));
  const probe = sectionNeeds(buildSection(values, section, chip, PROBE_UNITS, "shared"));
  const most = (["pcus", "pmus"] as const).map((resource) => {
    const growth = (probe[resource] - least[resource]) / (PROBE_UNITS - 1);
    return growth <= 0 ? MOST_UNITS : 1 + (budget[resource] - least[resource]) / growth;
  });
  return Math.max(1, Math.min(MOST_UNITS, Math.floor(Math.min(...most))));
}

/** The share of its needs that the budget covers. */
function room(needs: SectionNeeds, budget: SectionNeeds): number {
  return Math.min(budget.pcus / needs.pcus, budget.pmus / needs.pmus, budget.agcuStreams / needs.agcuStreams);
}

function fits(needs: SectionNeeds, budget: SectionNeeds): boolean {
  return needs.pcus <= budget.pcus && needs.pmus <= budget.pmus && needs.agcuStreams <= budget.agcuStreams;
}

interface Shortage {
  readonly what: string;
  readonly needed: number;
  readonly available: number;
}

function shortages(needs: SectionNeeds, budget: SectionNeeds): Shortage[] {
  return [
    { what: "PCUs", needed: needs.pcus, available: budget.pcus },
    { what: "PMUs", needed: needs.pmus, available: budget.pmus },
    { what: "AGCU streams", needed: needs.agcuStreams, available: budget.agcuStreams },
  ].filter(({ needed, available }) => needed > available);
}

function shortageText({ what, needed, available }: Shortage): string {
  return `needs ${needed} ${what} of ${available}`;
}

/** A section may take the share `occupancy` of PCUs and PMUs, and all streams. */
function hintFor(needs: SectionNeeds, budget: SectionNeeds, chip: Chip): string {
  const wanted = shortages(needs, budget).map(({ what, needed }) =>
    what === "AGCU streams" ? `${needed} ${what}` : `${Math.ceil(needed / chip.occupancy)} ${what}`,
  );
  return `lower the batch size or the lengths of the tensors named, or compile for a chip with at least ${wanted.join(" and ")}`;
}

function largest(section: Section): string[] {
  const memories = section.units.flatMap((unit) => (unit.kind === "memory" ? [unit] : []));
  const first = [...memories].sort((a, b) => b.span - a.span || (a.name < b.name ? -1 : 1)).slice(0, 3);
  return first.map(
    (unit) =>
      `${unit.name} holds ${unit.capacity} ${unit.dtype} elements in ${unit.span} PMUs (at ${unit.origin.join(", ")})`,
  );
}

/** Whether stage buffers are circular where that is enough, or hold all of their operands. */
export type Buffering = "circular" | "whole";

/** Builds a section with at most `units` compute units for its slowest stage, the others in proportion to their work. */
export function buildSection(
  values: Values,
  section: SectionNodes,
  chip: Chip,
  units: number,
  loading: Loading = "separate",
  buffering: Buffering = "circular",
): Section {
  const plans = planStages(values, section, chip, units);
  const made = new Map(
    plans.flatMap((plan) => plan.node.outputs.flatMap((output) => (output === null ? [] : [[output, plan] as const]))),
  );
  const joined = new Set(
    section.nodes.flatMap((node) => (node.kind === "join" ? node.outputs.filter((output) => output !== null) : [])),
  );
  const draft = new SectionDraft(section.name, chip, new Set([...made.keys(), ...joined]));
  const pieces = memoized((value: string) => piecesOf(values, made, joined, value));
  /** What the section writes to memory: whole values, and its parts of scattered joins. */
  const stored = new Map<string, readonly Piece[]>([
    ...section.kept.map((value): [string, Piece[]] => [value, pieces(value)]),
    ...section.scattered.map(({ value, parts }): [string, Piece[]] => [
      value,
      piecesOf(values, made, joined, value, parts),
    ]),
  ]);
  const storedStages = new Set(
    [...stored.values()].flatMap((own) => own.flatMap((piece) => (piece.kind === "stage" ? [piece.value] : []))),
  );
  const stages = new Map<string, EmittedStage>();
  // Users first: a part of a stage that no buffer and no store takes anything of is not built.
  for (const plan of [...plans].reverse()) {
    const wanted = (part: StagePart, output: string): boolean =>
      storedStages.has(output) ||
      draft.buffers.some((buffer) => takes(values, buffer, pieces(buffer.value), part, output));
    const stage = emitStage(draft, values, chip, plan, wanted);
    for (const output of plan.node.outputs) if (output !== null) stages.set(output, stage);
  }
  for (const buffers of byOperand(draft.buffers))
    connectBuffers(draft, values, stages, buffers, pieces(buffers[0]?.value ?? ""), loading);
  for (const [value, own] of stored) storeValue(draft, values, stages, value, own);
  const whole = new Set<string>(buffering === "whole" ? draft.buffers.map(({ name }) => name) : []);
  for (;;) {
    const finished = draft.finish(whole);
    const blocked = blockingBuffers(finished).filter((name) => !whole.has(name));
    if (blocked.length === 0) return finished;
    for (const name of blocked) whole.add(name);
  }
}

function takes(
  values: Values,
  buffer: BufferDraft,
  pieces: readonly Piece[],
  part: StagePart,
  output: string,
): boolean {
  return pieces.some(
    (piece) =>
      piece.kind === "stage" &&
      piece.value === output &&
      reaches(axesInBuffer(piece, buffer, values.shapeOf(buffer.value)), part, buffer),
  );
}

function byOperand(buffers: readonly BufferDraft[]): BufferDraft[][] {
  const groups = new Map<string, BufferDraft[]>();
  for (const buffer of buffers) {
    const group = groups.get(buffer.operand);
    if (group === undefined) groups.set(buffer.operand, [buffer]);
    else group.push(buffer);
  }
  return [...groups.values()];
}

function memoized<Result>(work: (key: string) => Result): (key: string) => Result {
  const known = new Map<string, Result>();
  return (key) => {
    const found = known.get(key) ?? work(key);
    known.set(key, found);
    return found;
  };
}

/** What a pattern takes of one compute unit: its cycles, and the tiles that they fall into when nothing sets its pace. */
export interface StageWork {
  readonly cycles: number;
  readonly tiles: number;
}

export function stageWork(values: Values, node: PatternNode, chip: Chip): StageWork {
  const plan = stagePlanner(values, node, chip, new Map())(1);
  const { systolicRows, systolicCyclesBf16, systolicCyclesFp32 } = chip.pcu;
  const [first] = node.inputs;
  const narrow = first !== undefined && first !== null && DTYPES[values.dtypeOf(first)].bytes <= 2;
  const step = plan.mapping.kind === "simd" ? 1 : narrow ? systolicCyclesBf16 : systolicCyclesFp32;
  return { cycles: firings(plan.nest, plan.mapping, systolicRows) * step, tiles: tileCountOf(plan) };
}

function planStages(values: Values, section: SectionNodes, chip: Chip, units: number): StagePlan[] {
  const filled = new Map<string, readonly TileAxis[]>();
  const drafts: { readonly make: (units: number) => StagePlan; readonly work: number; readonly overlaps: boolean }[] =
    [];
  for (const node of section.nodes) {
    if (node.kind !== "pattern") continue;
    const make = stagePlanner(values, node, chip, filled);
    const plan = make(1);
    plan.nest.results.forEach((result, index) => {
      const output = node.outputs[index];
      if (output === undefined || output === null) return;
      const shape = values.shapeOf(output);
      const tiles = writtenTiles(
        plan,
        result.axes,
        shape.map(() => 0),
        shape,
        { flat: false, extents: shape },
      );
      if (tiles.axes !== null && tileCountOf(plan) > 1) filled.set(output, tiles.axes);
    });
    drafts.push({
      make,
      work: firings(plan.nest, plan.mapping, chip.pcu.systolicRows),
      overlaps: tileCountOf(plan) > 1,
    });
  }
  const slowest = Math.max(1, ...drafts.map(({ work }) => work));
  return drafts.map(({ make, work, overlaps }) => {
    // A stage of one tile works while the others wait: what it takes is not hidden, so it gets more than its share.
    const part = overlaps ? work / slowest : Math.sqrt(work / slowest);
    const share = Math.round(units * part);
    return make(Math.max(1, Math.min(share, Math.ceil(work / LEAST_FIRINGS))));
  });
}

/** A read that may lie beyond its operand gives something else there, or stops the run: no literal does. */
function mayMiss({ axes, otherwise }: NestRead): boolean {
  return otherwise !== undefined || axes.some(({ gathers }) => gathers.length > 0);
}

function stagePlanner(
  values: Values,
  node: PatternNode,
  chip: Chip,
  filled: ReadonlyMap<string, readonly TileAxis[]>,
): (units: number) => StagePlan {
  const operands = node.inputs.map((input) => {
    invariant(input !== null, "a pattern has an omitted operand");
    return input;
  });
  const nest = nestOf(
    node.pattern,
    operands.map((operand) => values.shapeOf(operand)),
  );
  const dtypeOf = (operand: number): ReturnType<Values["dtypeOf"]> => values.dtypeOf(operands[operand] ?? "");
  const mapping = mappingFor(
    nest,
    chip,
    operands.map((operand) => values.dtypeOf(operand)),
    node.pattern.results.map((result) => result.dtype),
  );
  const sources = sourcesOf(
    nest,
    (read) =>
      read === mapping.a || read === mapping.b || mayMiss(read) ? null : values.literalOf(operands[read.operand] ?? ""),
    (source) => laneTypeOf(source, dtypeOf),
  );
  const streamed = nest.reads.flatMap((read) => {
    const axes = filled.get(operands[read.operand] ?? "");
    return axes === undefined ? [] : [{ read, axes }];
  });
  const chosen = withinMicrobatch(nest, operands, chooseTiles(nest, mapping, streamed), values.batch);
  const tiles = withinCounters(mapping, chosen, chip.pcu.counters);
  return (units) => planStage(node, nest, mapping, sources, tiles, chip, units);
}
