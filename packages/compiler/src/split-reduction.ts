import { COMBINERS, STORAGE_OF } from "@rdu/arithmetic";
import type { Chip } from "@rdu/chip";
import { invariant } from "@rdu/diagnostics";
import { sectionBudget } from "@rdu/flow";
import {
  freshName,
  type Graph,
  type IndexExpression,
  type JoinNode,
  namesIn,
  type Pattern,
  type PatternNode,
  type Step,
  tensorType,
  type ValueId,
} from "@rdu/ir";
import { leastNeeds } from "@rdu/lowering";
import { computesWith, fits, MOST_PIECES, neighbourhood, rangeOfLoop } from "./split-pattern.ts";

/** A fold in pieces: each folds a range of one loop, the joins put the partial results side by side, and `last` folds those. */
export interface SplitReduction {
  readonly graph: Graph;
  readonly pieces: readonly PatternNode[];
  readonly joins: readonly JoinNode[];
  readonly last: PatternNode;
  readonly loop: string;
}

/**
 * Cuts a pattern along a reduce loop, where no parallel loop helps: a mean of everything. Each piece is one partial result, and a last pattern folds
 * them and computes the epilogue, so a float sum is rounded in another order than by the whole pattern. Undefined when not memory is
 * short, when no loop helps, and for what finds an index or a running value.
 */
export function splitReduction(graph: Graph, node: PatternNode, chip: Chip): SplitReduction | undefined {
  const { pattern } = node;
  const budget = sectionBudget(chip);
  const whole = leastNeeds(node, graph, chip);
  if (whole.pcus > budget.pcus || whole.agcuStreams > budget.agcuStreams) return undefined;
  if (pattern.reductions.some(({ combiner }) => COMBINERS[combiner].arg)) return undefined;
  const loops = pattern.loops.flatMap(({ kind, extent }, loop) =>
    kind === "reduce" && extent > 1 && !computesWith(pattern, loop) ? [loop] : [],
  );
  const around = neighbourhood(graph, node);
  for (let count = 2; count <= MOST_PIECES; count *= 2) {
    for (const loop of loops) {
      if ((pattern.loops[loop]?.extent ?? 1) < count) continue;
      const split = cutInto(around, node, loop, count);
      const [first] = split.pieces;
      if (first !== undefined && fits(leastNeeds(first, split.graph, chip), budget))
        return cutInto(graph, node, loop, count);
    }
  }
  return undefined;
}

function cutInto(graph: Graph, node: PatternNode, loop: number, count: number): SplitReduction {
  const { pattern } = node;
  const { extent, name } = pattern.loops[loop] ?? { extent: 1, name: "" };
  const length = Math.ceil(extent / count);
  const starts = Array.from({ length: Math.ceil(extent / length) }, (_, piece) => piece * length);
  const parallel = pattern.loops.flatMap(({ kind }, index) => (kind === "parallel" ? [index] : []));
  const extents = parallel.map((index) => pattern.loops[index]?.extent ?? 1);
  const taken = namesIn(graph);
  const types = new Map(graph.types);
  const base = node.outputs.find((output) => output !== null) ?? "fold";
  const named = (suffix: string, reduction: number, partials: number): ValueId => {
    const type = pattern.reductions[reduction]?.type ?? "f32";
    const value = freshName(`${base}.${suffix}`, taken);
    types.set(value, tensorType(STORAGE_OF[type], [...extents, partials]));
    return value;
  };
  const at: IndexExpression[] = [...parallel.map(indexOfLoop), { constant: 0, loops: [] }];
  const pieces = starts.map(
    (start): PatternNode => ({
      ...node,
      outputs: pattern.reductions.map((_, reduction) => named("part", reduction, 1)),
      pattern: {
        ...rangeOfLoop(pattern, loop, start, Math.min(length, extent - start)),
        epilogue: [],
        reductions: pattern.reductions,
        results: pattern.reductions.map(({ type }, reduction) => ({
          register: pattern.body.length + reduction,
          dtype: STORAGE_OF[type],
          shape: [...extents, 1],
          index: at,
        })),
      },
    }),
  );
  const joins = pattern.reductions.map(
    (_, reduction): JoinNode => ({
      kind: "join",
      inputs: pieces.map(({ outputs }) => outputs[reduction] ?? null),
      outputs: [named("parts", reduction, starts.length)],
      offsets: starts.map((_, piece) => [...extents.map(() => 0), piece]),
      origin: node.origin,
    }),
  );
  const partials = joins.map(({ outputs }) => outputs[0] ?? null);
  return { graph: { ...graph, types }, pieces, joins, last: lastFold(node, partials, starts.length), loop: name };
}

function indexOfLoop(loop: number): IndexExpression {
  return { constant: 0, loops: [{ loop, coefficient: 1 }] };
}

/** Folds partial results with the same combiners, then goes on with the epilogue. */
function lastFold(node: PatternNode, partials: readonly (ValueId | null)[], count: number): PatternNode {
  const { pattern, inputs } = node;
  const read = [...new Set(pattern.epilogue.flatMap((step) => (step.kind === "read" ? [step.read.operand] : [])))];
  const parallel = pattern.loops.flatMap(({ kind }, index) => (kind === "parallel" ? [index] : []));
  const place = new Map(parallel.map((loop, index) => [loop, index]));
  const names = new Set(pattern.loops.map(({ name }) => name));
  const shift = pattern.reductions.length - pattern.body.length;
  const index = (old: IndexExpression): IndexExpression => ({
    ...old,
    loops: old.loops.map((term) => ({ ...term, loop: placed(place, term.loop) })),
    ...(old.registers === undefined
      ? {}
      : { registers: old.registers.map((term) => ({ ...term, register: term.register + shift })) }),
  });
  const step = (old: Step): Step => {
    if (old.kind === "loop") return { kind: "loop", loop: placed(place, old.loop) };
    if (old.kind === "read") {
      const operand = partials.length + read.indexOf(old.read.operand);
      return { kind: "read", read: { ...old.read, operand, index: old.read.index.map(index) } };
    }
    const { instruction } = old;
    const operands = instruction.operands.map((operand) => (typeof operand === "number" ? operand + shift : operand));
    return { kind: "compute", instruction: { ...instruction, operands } };
  };
  const folded: Pattern = {
    loops: [
      ...parallel.flatMap((loop) => pattern.loops[loop] ?? []),
      { name: freshName("part", names), extent: count, kind: "reduce" },
    ],
    body: pattern.reductions.map((_, operand) => ({
      kind: "read",
      read: { operand, index: [...parallel, parallel.length].map((_, axis) => indexOfLoop(axis)) },
    })),
    reductions: pattern.reductions.map((reduction, register) => ({ ...reduction, register })),
    epilogue: pattern.epilogue.map(step),
    results: pattern.results.map((result) => ({
      ...result,
      register: result.register + shift,
      index: result.index.map(index),
    })),
  };
  return { ...node, inputs: [...partials, ...read.map((operand) => inputs[operand] ?? null)], pattern: folded };
}

function placed(place: ReadonlyMap<number, number>, loop: number): number {
  const found = place.get(loop);
  invariant(found !== undefined, "an epilogue depends on parallel loops alone");
  return found;
}
