import type { Chip } from "@rdu/chip";
import { elementAt } from "@rdu/diagnostics";
import { type SectionNeeds, sectionBudget } from "@rdu/flow";
import {
  freshName,
  type Graph,
  type IndexExpression,
  type JoinNode,
  type Node,
  namesIn,
  type Pattern,
  type PatternNode,
  producers,
  type Step,
  tensorType,
  users,
  type ValueId,
  type ValueType,
  valuesDefinedBy,
  valuesUsedBy,
} from "@rdu/ir";
import { leastNeeds } from "@rdu/lowering";

/** Pieces of one pattern at the most: beyond that launches outweigh all work. */
export const MOST_PIECES = 1024;
/** Lanes of the narrowest type: pieces that are multiples of it leave no vector half empty. */
const LANES = 32;
/** A loop is worth cutting that takes at least this share off the memory units. */
const LEAST_GAIN = 0.1;

/** A pattern in pieces, each over a range of one of its parallel loops, and its results put together again. */
export interface SplitPattern {
  readonly graph: Graph;
  readonly pieces: readonly PatternNode[];
  /** Joins of results that something other than a join reads; joins that read one take its pieces instead. */
  readonly joins: readonly JoinNode[];
  readonly loop: string;
  /** Nothing is left to compute behind the joins. */
  readonly last?: undefined;
}

/**
 * Cuts a pattern whose operands do not fit the memory units along the parallel loop and into the fewest pieces (a power of two) that make a piece
 * fit; along the loop that helps most when no loop does alone. Every element is computed as before, to the bit. Undefined when it is not memory
 * that is short, or when no loop helps: what all iterations read stays whole.
 */
export function splitPattern(graph: Graph, node: PatternNode, chip: Chip): SplitPattern | undefined {
  const budget = sectionBudget(chip);
  const whole = leastNeeds(node, graph, chip);
  if (whole.pcus > budget.pcus || whole.agcuStreams > budget.agcuStreams) return undefined;
  const loops = node.pattern.loops.flatMap((_, loop) => (canSplit(node.pattern, loop) ? [loop] : []));
  const most = Math.max(1, ...loops.map((loop) => node.pattern.loops[loop]?.extent ?? 1));
  const around = neighbourhood(graph, node);
  let helpful: { readonly loop: number; readonly count: number } | undefined;
  for (let count = 2; count < 2 * Math.min(most, MOST_PIECES); count *= 2) {
    const choices = loops.flatMap((loop) => {
      const split = cutInto(around, node, loop, count);
      const [first] = split.pieces;
      return first === undefined ? [] : [{ loop, needs: leastNeeds(first, split.graph, chip) }];
    });
    const best = choices.sort((a, b) => a.needs.pmus - b.needs.pmus)[0];
    if (best === undefined) return undefined;
    if (fits(best.needs, budget)) return cutInto(graph, node, best.loop, count);
    if (helpful === undefined && best.needs.pmus <= (1 - LEAST_GAIN) * whole.pmus) helpful = { loop: best.loop, count };
  }
  return helpful === undefined ? undefined : cutInto(graph, node, helpful.loop, helpful.count);
}

/** The part of a graph that what a pattern needs depends on: itself, and what makes its operands, behind views. */
export function neighbourhood(graph: Graph, node: PatternNode): Graph {
  const makers = producers(graph);
  const nodes: Node[] = [node];
  const values = new Set<ValueId>([...valuesUsedBy(node), ...valuesDefinedBy(node)]);
  for (const value of values) {
    const maker = makers.get(value);
    if (maker === undefined || nodes.includes(maker)) continue;
    nodes.unshift(maker);
    for (const made of valuesDefinedBy(maker)) values.add(made);
    if (maker.kind === "view") for (const shown of valuesUsedBy(maker)) values.add(shown);
  }
  return {
    ...graph,
    nodes,
    constants: graph.constants.filter(({ id }) => values.has(id)),
    types: new Map([...graph.types].filter(([id]) => values.has(id))),
  };
}

export function fits(needs: SectionNeeds, budget: SectionNeeds): boolean {
  return needs.pcus <= budget.pcus && needs.pmus <= budget.pmus && needs.agcuStreams <= budget.agcuStreams;
}

/** A loop can be cut that is parallel, whose value nothing computes with, and that walks one axis of every result from end to end. */
function canSplit(pattern: Pattern, loop: number): boolean {
  const { kind, extent } = pattern.loops[loop] ?? { kind: "reduce", extent: 1 };
  if (kind !== "parallel" || extent < 2) return false;
  if (computesWith(pattern, loop)) return false;
  return pattern.results.every(({ index, shape }) => {
    const axis = walkedAxis(index, loop);
    return axis !== undefined && walksWhole(pattern, index[axis], loop, elementAt(shape, axis));
  });
}

/** Whether the value of a loop is more than part of an index. */
export function computesWith({ body, epilogue }: Pattern, loop: number): boolean {
  return [...body, ...epilogue].some((step) => step.kind === "loop" && step.loop === loop);
}

/** The only axis that a loop moves along. */
function walkedAxis(index: readonly IndexExpression[], loop: number): number | undefined {
  const axes = index.flatMap(({ loops }, axis) => (loops.some((term) => term.loop === loop) ? [axis] : []));
  return axes.length === 1 ? axes[0] : undefined;
}

/** Whether each iteration of the loop has a run of the axis to itself, one run after the other. */
function walksWhole(pattern: Pattern, index: IndexExpression | undefined, loop: number, extent: number): boolean {
  if (index === undefined || index.constant !== 0 || (index.registers ?? []).length > 0) return false;
  const run = coefficientOf(index, loop);
  if (run < 1 || run * (pattern.loops[loop]?.extent ?? 1) !== extent) return false;
  const others = index.loops.filter((term) => term.loop !== loop);
  const reach = others.reduce(
    (sum, { loop: other, coefficient }) => sum + coefficient * ((pattern.loops[other]?.extent ?? 1) - 1),
    0,
  );
  return others.every(({ coefficient }) => coefficient >= 0) && reach < run;
}

function coefficientOf({ loops }: IndexExpression, loop: number): number {
  return loops.reduce((sum, term) => sum + (term.loop === loop ? term.coefficient : 0), 0);
}

function cutInto(graph: Graph, node: PatternNode, loop: number, count: number): SplitPattern {
  const { extent, name } = node.pattern.loops[loop] ?? { extent: 1, name: "" };
  const even = Math.ceil(extent / count);
  const length = even > LANES ? Math.ceil(even / LANES) * LANES : even;
  const taken = namesIn(graph);
  const types = new Map<ValueId, ValueType>(graph.types);
  const starts = Array.from({ length: Math.ceil(extent / length) }, (_, piece) => piece * length);
  const pieces = starts.map((start): PatternNode => {
    const pattern = pieceOf(node.pattern, loop, start, Math.min(length, extent - start));
    const outputs = node.outputs.map((output, result) => {
      const made = pattern.results[result];
      if (output === null || made === undefined) return null;
      const piece = freshName(`${output}.part`, taken);
      types.set(piece, tensorType(made.dtype, made.shape));
      return piece;
    });
    return { ...node, outputs, pattern };
  });
  return rejoined({ ...graph, types }, node, pieces, loop, starts, name);
}

/** A range of a loop: the loops with that many iterations, and steps that start where it starts. */
export function rangeOfLoop(pattern: Pattern, loop: number, start: number, extent: number) {
  const moved = (index: IndexExpression): IndexExpression => ({
    ...index,
    constant: index.constant + start * coefficientOf(index, loop),
  });
  const step = (old: Step): Step =>
    old.kind === "read" ? { kind: "read", read: { ...old.read, index: old.read.index.map(moved) } } : old;
  return {
    loops: pattern.loops.map((old, index) => (index === loop ? { ...old, extent } : old)),
    body: pattern.body.map(step),
    epilogue: pattern.epilogue.map(step),
  };
}

/** The pattern for the iterations `start` to `start + extent` of a loop, its results as long as that. */
function pieceOf(pattern: Pattern, loop: number, start: number, extent: number): Pattern {
  return {
    ...pattern,
    ...rangeOfLoop(pattern, loop, start, extent),
    results: pattern.results.map((result) => {
      const axis = walkedAxis(result.index, loop);
      const shape = result.shape.map((length, at) => {
        const index = result.index[at];
        return at === axis && index !== undefined ? extent * coefficientOf(index, loop) : length;
      });
      return { ...result, shape };
    }),
  };
}

/** Puts the pieces in the place of the pattern's results: into the joins that take them, or into a join of their own. */
function rejoined(
  graph: Graph,
  node: PatternNode,
  pieces: readonly PatternNode[],
  loop: number,
  starts: readonly number[],
  name: string,
): SplitPattern {
  const readers = users(graph);
  const parts = new Map<ValueId, { readonly value: ValueId; readonly offset: readonly number[] }[]>();
  const joins: JoinNode[] = [];
  node.outputs.forEach((output, result) => {
    const index = node.pattern.results[result]?.index;
    if (output === null || index === undefined) return;
    const own = pieces.flatMap(({ outputs }, piece) => {
      const value = outputs[result];
      if (value === null || value === undefined) return [];
      const offset = index.map((form) => elementAt(starts, piece) * coefficientOf(form, loop));
      return [{ value, offset }];
    });
    const onlyJoined = (readers.get(output) ?? []).every(({ kind }) => kind === "join");
    if (onlyJoined && !graph.outputs.includes(output)) parts.set(output, own);
    else
      joins.push({
        kind: "join",
        inputs: own.map(({ value }) => value),
        outputs: [output],
        offsets: own.map(({ offset }) => offset),
        origin: node.origin,
      });
  });
  const nodes = graph.nodes.map((other) => (other.kind === "join" ? taking(other, parts) : other));
  return { graph: { ...graph, nodes }, pieces, joins, loop: name };
}

function taking(
  join: JoinNode,
  parts: ReadonlyMap<ValueId, readonly { readonly value: ValueId; readonly offset: readonly number[] }[]>,
): JoinNode {
  if (!join.inputs.some((input) => input !== null && parts.has(input))) return join;
  const placed = join.inputs.flatMap((input, index) => {
    const at = join.offsets[index] ?? [];
    const split = input === null ? undefined : parts.get(input);
    if (split === undefined) return [{ input, offset: at }];
    return split.map(({ value, offset }) => ({
      input: value,
      offset: offset.map((start, axis) => start + elementAt(at, axis)),
    }));
  });
  return { ...join, inputs: placed.map(({ input }) => input), offsets: placed.map(({ offset }) => offset) };
}
