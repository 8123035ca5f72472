import { isWideInteger } from "@rdu/arithmetic";
import { type Graph, type Node, type PatternNode, type ValueId, valuesUsedBy } from "@rdu/ir";
import type { Precision } from "../pass.ts";
import {
  type Expression,
  expressionsIn,
  expressionsOf,
  type PatternDraft,
  type ReadExpression,
} from "../patterns/draft.ts";
import { draftOf } from "../patterns/register-form.ts";
import { isCopy, isMap } from "../patterns/shape-of-pattern.ts";

/** The float32 values that somebody reads as bfloat16, and those that somebody needs as they are. A value may be in both. */
export interface NarrowDemand {
  readonly narrow: ReadonlySet<ValueId>;
  readonly wide: ReadonlySet<ValueId>;
  /** Those that become integers, positions and counts: 8 bits do not tell 256 from 257. */
  readonly counted: ReadonlySet<ValueId>;
}

/**
 * What the readers of each value ask for. Copies, views and joins hand on what their own readers ask, for rounding first and moving then
 * is the same. Graph outputs and operands of host calls keep their declared type.
 */
export function narrowDemand(graph: Graph, precision: Exclude<Precision, "fp32">): NarrowDemand {
  const narrow = new Set<ValueId>();
  const wide = new Set<ValueId>(graph.outputs);
  const counted = new Set<ValueId>();
  const ask = (id: ValueId, narrowed: boolean): void => {
    if (isSingle(graph, id)) (narrowed ? narrow : wide).add(id);
  };
  for (const node of [...graph.nodes].reverse()) {
    if (movesOnly(node)) {
      for (const output of node.outputs)
        for (const input of node.inputs)
          if (input !== null && output !== null) {
            if (narrow.has(output)) ask(input, true);
            if (wide.has(output)) ask(input, false);
            if (counted.has(output)) counted.add(input);
          }
    } else if (node.kind === "pattern") {
      const draft = draftOf(node);
      const rounded = narrowReads(node, draft, precision, counted);
      const integers = countedReads(node, draft, counted);
      for (const found of expressionsIn(draft)) {
        if (found.kind !== "read") continue;
        ask(found.value, rounded.has(found));
        if (integers.has(found)) counted.add(found.value);
      }
    } else for (const used of valuesUsedBy(node)) ask(used, false);
  }
  return { narrow, wide, counted };
}

export function isSingle(graph: Graph, id: ValueId): boolean {
  const type = graph.types.get(id);
  return type?.kind === "tensor" && type.dtype === "float32";
}

/** Nodes whose result holds elements of their inputs and nothing computed. */
export function movesOnly(node: Node): boolean {
  return node.kind === "view" || node.kind === "join" || (node.kind === "pattern" && isCopy(node));
}

/** The reads of a pattern that take bfloat16: the two operands of a sum of products, or all but those that are counted with. */
export function narrowReads(
  node: PatternNode,
  draft: PatternDraft,
  precision: Exclude<Precision, "fp32">,
  counted: ReadonlySet<ValueId>,
): ReadonlySet<Expression> {
  const expressions = expressionsIn(draft);
  if (isEntryCast(node)) return new Set();
  if (precision === "mixed") return new Set(expressions.flatMap(productOperands));
  const integers = countedReads(node, draft, counted);
  return new Set(expressions.filter((found) => found.kind === "read" && !integers.has(found)));
}

/** Reads that become integers in this pattern, or behind it when it is a map: a sum is beyond what single steps of counting matter for. */
function countedReads(node: PatternNode, draft: PatternDraft, counted: ReadonlySet<ValueId>): ReadonlySet<Expression> {
  const expressions = expressionsIn(draft);
  const behind = isMap(node) && node.outputs.some((output) => output !== null && counted.has(output));
  return new Set(behind ? expressions : expressionsOf(expressions.filter(becomesInteger)));
}

function productOperands(sum: Expression): readonly ReadExpression[] {
  if (sum.kind !== "reduction" || sum.combiner !== "sum" || sum.type !== "f32") return [];
  const product = sum.argument;
  if (product.kind !== "compute" || product.instruction.op !== "mul") return [];
  const [a, b] = product.operands;
  if (a === undefined || b === undefined || a === b || !isPlainRead(a) || !isPlainRead(b)) return [];
  return [a, b];
}

function isPlainRead(operand: object): operand is ReadExpression {
  const { kind, index } = operand as Partial<ReadExpression>;
  return kind === "read" && index !== undefined && index.every(({ gathered }) => gathered.length === 0);
}

function becomesInteger(found: Expression): boolean {
  if (found.kind !== "compute" || found.instruction.op !== "convert") return false;
  const { to } = found.instruction;
  return to === "i32" || to === "u32" || (to !== undefined && isWideInteger(to));
}

/** What this pass itself puts behind an input: it must not be rounded once more when the pass runs on its own result. */
function isEntryCast({ pattern, inputs }: PatternNode): boolean {
  return (
    inputs.length === 1 &&
    pattern.reductions.length === 0 &&
    pattern.results.length === 1 &&
    pattern.results[0]?.dtype === "bfloat16"
  );
}
