import { invariant } from "@rdu/diagnostics";
import {
  type Graph,
  type Loop,
  type Node,
  type PatternNode,
  producers,
  unionOfOrigins,
  users,
  type ValueId,
} from "@rdu/ir";
import type { DType } from "@rdu/tensor";
import { type GraphPass, OPTIMIZED_LEVELS } from "./pass.ts";
import { writtenLoops } from "./patterns/compose-copy.ts";
import {
  type Expression,
  expressionsIn,
  isIndexOfGather,
  mapExpressions,
  type PatternDraft,
  type ReadExpression,
} from "./patterns/draft.ts";
import { isConstantIndex, loneLoopOf, loopIndex, substituteLoops } from "./patterns/index-draft.ts";
import { instantiate, storedAs } from "./patterns/instantiate.ts";
import { draftOf, patternOf } from "./patterns/register-form.ts";
import { isContraction, isMap } from "./patterns/shape-of-pattern.ts";
import { withNodes } from "./with-nodes.ts";

/** Instructions and operands of an epilogue beyond which the chain behind the array grows longer than a stage buffer costs. */
const MOST_INSTRUCTIONS = 64;
const MOST_READS = 8;

/**
 * Computes a map in the epilogue of the contraction or reduction whose result it takes element by element.
 *
 *   %h = pattern(%x, %w) ... r3 = sum r2                               %y = pattern(%x, %w, %b) ... r3 = sum r2
 *   %y = pattern(%h, %b) ... r0 = %0[i, j]                                                          r4 = %2[j]
 *                            r1 = %1[j]                      =>                                     r5 = add.f32 r3, r4
 *                            r2 = add.f32 r0, r1
 * Legal when the map is the only user and reads each element of the result exactly once.
 */
export const fuseEpilogues: GraphPass = {
  name: "fuse-epilogues",
  summary: "compute maps in the epilogue of the contraction or reduction before them",
  takes: "patterns",
  gives: "patterns",
  optimize: OPTIMIZED_LEVELS,
  after: { "fold-index-maps": "a copy in between hides the map from its producer" },
  run(graph, context) {
    const makers = new Map<ValueId, Node>(producers(graph));
    const readers = users(graph);
    const outputs = new Set(graph.outputs);
    const gone = new Set<Node>();
    const single = (id: ValueId): boolean => !outputs.has(id) && (readers.get(id) ?? []).length === 1;
    const typeOf = (id: ValueId): DType => elementType(graph, id);
    const nodes = graph.nodes.map((node) => {
      if (node.kind !== "pattern" || !isMap(node)) return node;
      const candidates = anchorsOf(node, makers).filter((anchor) => anchor.section === node.section);
      for (const anchor of candidates) {
        const [result] = anchor.outputs;
        if (result == null || anchor.outputs.length !== 1) continue;
        const fused = single(result) ? fuse(anchor, node, result, typeOf) : `${result} has other users`;
        if (typeof fused === "string") {
          context.record({
            nodes: [...anchor.origin, ...node.origin],
            rule: "fuse-epilogues",
            verdict: "refused",
            reason: fused,
          });
          continue;
        }
        context.record({
          nodes: fused.origin,
          rule: "fuse-epilogues",
          verdict: "taken",
          reason: `${node.origin.join(", ")} reads each element of ${result} once`,
        });
        gone.add(anchor);
        for (const output of fused.outputs) if (output !== null) makers.set(output, fused);
        return fused;
      }
      return node;
    });
    if (gone.size === 0) return graph;
    return withNodes(
      graph,
      nodes.filter((node) => !gone.has(node)),
    );
  },
};

/** The reductions that a map reads from, contractions first. */
function anchorsOf(node: PatternNode, makers: ReadonlyMap<ValueId, Node>): readonly PatternNode[] {
  const anchors = new Set<PatternNode>();
  for (const input of node.inputs) {
    const maker = input === null ? undefined : makers.get(input);
    if (maker?.kind === "pattern" && maker.pattern.reductions.length > 0) anchors.add(maker);
  }
  const found = [...anchors].filter(({ pattern }) => pattern.loops.every(({ kind }) => kind !== "scan"));
  return [...found.filter(isContraction), ...found.filter((anchor) => !isContraction(anchor))];
}

/** One node that does both, or why there cannot be one. */
function fuse(
  anchor: PatternNode,
  map: PatternNode,
  result: ValueId,
  typeOf: (id: ValueId) => DType,
): PatternNode | string {
  const before = draftOf(anchor);
  const after = draftOf(map);
  const written = writtenLoops(before);
  if (written === undefined) return `${result} is not written whole`;
  const reads = expressionsIn(after).filter((found): found is ReadExpression => found.kind === "read");
  const [read, ...others] = reads.filter(({ value }) => value === result);
  if (read === undefined) return `no element of ${result} matters`;
  if (others.length > 0) return `${result} is read at several places`;
  if (isIndexOfGather(after, read)) return `${result} is the index of a gather, which comes from memory`;
  const loops = correspondence(read, written, after.loops);
  if (loops === undefined) return `not each element of ${result} is read exactly once`;
  const instructions = [...expressionsIn(before), ...expressionsIn(after)].filter(({ kind }) => kind === "compute");
  if (instructions.length > MOST_INSTRUCTIONS) return `the epilogue would have over ${MOST_INSTRUCTIONS} instructions`;
  const operands = new Set([...reads.map(({ value }) => value), ...anchor.inputs]);
  if (operands.size > MOST_READS + 2) return `the epilogue would read over ${MOST_READS} operands`;
  const [made] = before.results;
  invariant(made !== undefined, "a pattern has results");
  const value = storedAs(made.expression, made.dtype, typeOf);
  const draft = joined(before, after, read, value, loops);
  if (draft === undefined) return "an index of the map is gathered";
  const origin = unionOfOrigins([anchor.origin, map.origin]);
  return { ...map, ...patternOf(draft), origin };
}

/** The anchor's loop that stands for each loop of the map; undefined when the read is not one to one. */
function correspondence(
  read: ReadExpression,
  written: readonly (Loop | undefined)[],
  loops: readonly Loop[],
): ReadonlyMap<Loop, Loop> | undefined {
  const found = new Map<Loop, Loop>();
  for (const [axis, index] of read.index.entries()) {
    const own = loneLoopOf(index);
    const theirs = written[axis];
    if (theirs === undefined && isConstantIndex(index) && index.constant === 0) continue;
    if (own === undefined || theirs === undefined || found.has(own) || own.extent !== theirs.extent) return undefined;
    found.set(own, theirs);
  }
  return loops.every((loop) => found.has(loop)) ? found : undefined;
}

function joined(
  before: PatternDraft,
  after: PatternDraft,
  read: ReadExpression,
  value: Expression,
  loops: ReadonlyMap<Loop, Loop>,
): PatternDraft | undefined {
  const indices = new Map([...loops].map(([own, theirs]) => [own, loopIndex(theirs)]));
  // A stand-in for the value: its loops are the anchor's already and must not be replaced again.
  const placeholder: Expression = { kind: "read", value: read.value, index: [] };
  const marked = mapExpressions(after, (original) => (original === read ? placeholder : undefined));
  const results: PatternDraft["results"][number][] = [];
  for (const result of marked.results) {
    const expression = instantiate(result.expression, indices);
    if (expression === undefined) return undefined;
    results.push({
      ...result,
      expression,
      index: result.index.map((index) => substituteLoops(index, indices)),
    });
  }
  return mapExpressions({ loops: before.loops, results }, (original) =>
    original.kind === "read" && original.value === read.value ? value : undefined,
  );
}

function elementType(graph: Graph, id: ValueId): DType {
  const type = graph.types.get(id);
  invariant(type?.kind === "tensor", () => `${id} is no tensor`);
  return type.dtype;
}
