import { costOf } from "@rdu/arithmetic";
import { elementAt, invariant } from "@rdu/diagnostics";
import { type Graph, type PatternNode, staticShape, unionOfOrigins, users, type ValueId } from "@rdu/ir";
import { type DType, elementCount } from "@rdu/tensor";
import { type GraphPass, OPTIMIZED_LEVELS } from "./pass.ts";
import { loopsAt, writtenLoops } from "./patterns/compose-copy.ts";
import {
  type Expression,
  expressionsIn,
  expressionsOf,
  isIndexOfGather,
  mapExpressions,
  type PatternDraft,
  type ReadExpression,
} from "./patterns/draft.ts";
import { staysWithin } from "./patterns/index-draft.ts";
import { instantiate, storedAs } from "./patterns/instantiate.ts";
import { draftOf } from "./patterns/register-form.ts";
import { rewriteReaders } from "./patterns/rewrite-readers.ts";
import { isContraction, isMap } from "./patterns/shape-of-pattern.ts";

/** Instructions of one body beyond which a chain of compute units is too long to be worth a stage buffer saved. */
const MOST_INSTRUCTIONS = 64;
/** Operands that one body reads at most: each is a memory unit and a stream of its own. */
const MOST_READS = 8;
/** A map with more users is computed again in each only when it is this cheap and reads one operand. */
const CHEAP_INSTRUCTIONS = 3;

/**
 * Computes a map inside the pattern that reads it.
 *
 *   %s = pattern(%x) ... r1 = mul.f32 r0, r0                          %m = pattern(%x) ... r0 = %0[i, k]
 *   %m = pattern(%s) ... r0 = %0[i, k] ; r1 = sum r0        =>                             r1 = mul.f32 r0, r0
 *                                                                                          r2 = sum r1
 * A map with one user is computed there, unless each element would be computed more than once; one with several users only when it is
 * cheap. Never into the product of a contraction: that would keep it off the systolic array.
 */
export const inlineMaps: GraphPass = {
  name: "inline-maps",
  summary: "compute maps inside the patterns that read them",
  takes: "patterns",
  gives: "patterns",
  optimize: OPTIMIZED_LEVELS,
  after: {
    "fold-index-maps": "a copy in between hides the map from its reader",
    "fuse-epilogues": "a map behind a contraction belongs into its epilogue rather than into the next pattern",
  },
  run(graph, context) {
    const readers = users(graph);
    const outputs = new Set(graph.outputs);
    const typeOf = (id: ValueId): DType => tensorType(graph, id).dtype;
    const refused = new Set<string>();
    return rewriteReaders(graph, (reader, read, maker) => {
      if (maker.kind !== "pattern" || !isMap(maker) || maker.outputs.length !== 1) return undefined;
      if (maker.section !== reader.node.section) return undefined;
      const uses = (readers.get(read.value) ?? []).length + (outputs.has(read.value) ? 1 : 0);
      const reason = refusal(graph, reader, read, maker, uses);
      if (reason !== undefined) {
        const nodes = unionOfOrigins([maker.origin, reader.node.origin]);
        const key = JSON.stringify([nodes, reason]);
        if (!refused.has(key)) context.record({ nodes, rule: "inline-maps", verdict: "refused", reason });
        refused.add(key);
        return undefined;
      }
      const inlined = inlinedMap(reader.draft, read, maker, typeOf);
      if (inlined === undefined) return undefined;
      context.record({
        nodes: unionOfOrigins([maker.origin, reader.node.origin]),
        rule: "inline-maps",
        verdict: "taken",
        reason:
          uses > 1 ? "cheap enough to be computed in each of its users" : "its only user computes it where it reads it",
      });
      return { draft: inlined, absorbed: [maker] };
    });
  },
};

interface Inlining {
  readonly node: PatternNode;
  readonly draft: PatternDraft;
}

/** Why the map is not computed in the reader; undefined when it is. */
function refusal(
  graph: Graph,
  { node, draft }: Inlining,
  read: ReadExpression,
  maker: PatternNode,
  uses: number,
): string | undefined {
  const producer = draftOf(maker);
  if (writtenLoops(producer) === undefined) return "the map does not write its result whole";
  const { shape } = tensorType(graph, read.value);
  if (read.index.some(({ gathered }) => gathered.length > 0)) return "the reader gathers";
  if (read.otherwise !== undefined && !read.index.every((index, axis) => staysWithin(index, elementAt(shape, axis))))
    return "the reader pads, and the fill is not what the map gives there";
  if (isIndexOfGather(draft, read))
    return "an index of a gather comes from memory, so that one stage computes it for all lanes";
  const inBody = readInBody(draft, read);
  if (inBody && isContraction(node)) return "the product of a contraction takes plain operands";
  const expressions = expressionsIn(producer);
  const instructions = expressions.filter(({ kind }) => kind === "compute");
  const reads = new Set(expressions.flatMap((found) => (found.kind === "read" ? [found.value] : [])));
  const cheap = instructions.length <= CHEAP_INSTRUCTIONS && reads.size <= 1 && instructions.every(isPrimitive);
  if (uses > 1 && !cheap) return `it has ${uses} users and is not cheap to compute again`;
  const repeats = iterationsOf(draft, inBody) / elementCount(shape);
  if (repeats > 1 && !(cheap && instructions.length <= 1))
    return `each element would be computed ${Math.ceil(repeats)} times`;
  const own = expressionsIn(draft);
  const total = instructions.length + own.filter(({ kind }) => kind === "compute").length;
  if (total > MOST_INSTRUCTIONS) return `the body would have ${total} instructions, at most ${MOST_INSTRUCTIONS}`;
  const operands = new Set([...reads, ...own.flatMap((found) => (found.kind === "read" ? [found.value] : []))]);
  operands.delete(read.value);
  if (operands.size > MOST_READS) return `the body would read ${operands.size} operands, at most ${MOST_READS}`;
  return undefined;
}

function isPrimitive(expression: Expression): boolean {
  return expression.kind !== "compute" || costOf([{ ...expression.instruction, operands: [] }]).tail === 0;
}

function readInBody(draft: PatternDraft, read: ReadExpression): boolean {
  const reductions = expressionsIn(draft).filter((found) => found.kind === "reduction");
  if (reductions.length === 0) return true;
  const roots = reductions.flatMap((found) => [found.argument, ...(found.index === undefined ? [] : [found.index])]);
  return expressionsOf(roots).includes(read);
}

function iterationsOf(draft: PatternDraft, body: boolean): number {
  return draft.loops.reduce(
    (product, { extent, kind }) => (body || kind === "parallel" ? product * extent : product),
    1,
  );
}

function inlinedMap(
  draft: PatternDraft,
  read: ReadExpression,
  maker: PatternNode,
  typeOf: (id: ValueId) => DType,
): PatternDraft | undefined {
  const producer = draftOf(maker);
  const written = writtenLoops(producer);
  const [result] = producer.results;
  if (written === undefined || result === undefined) return undefined;
  const value = instantiate(result.expression, loopsAt(written, read.index));
  if (value === undefined) return undefined;
  const stored = storedAs(value, result.dtype, typeOf);
  return mapExpressions(draft, (original) => (original === read ? stored : undefined));
}

function tensorType(graph: Graph, id: ValueId): { readonly dtype: DType; readonly shape: readonly number[] } {
  const type = graph.types.get(id);
  const shape = staticShape(type);
  invariant(type?.kind === "tensor" && shape !== undefined, () => `${id} has no static tensor type`);
  return { dtype: type.dtype, shape };
}
