import type { Node, PatternNode } from "@rdu/ir";
import * as fc from "fast-check";
import { evaluateSample } from "../operators/evaluate-sample.ts";
import { SAMPLES } from "../operators/samples.ts";

/** Samples of an operator that are decomposed to see what it becomes, and the seed that draws them. */
const DRAWN = 12;
const SEED = 1;

/**
 * What each operator on the chip becomes, in words, by name: the kinds of patterns of its decompositions in order of first appearance,
 * over several samples of its attributes and shapes. Seen, not told: the decompositions are run.
 */
export function operatorForms(): ReadonlyMap<string, string> {
  const kinds = new Map<string, Set<string>>();
  for (const arbitrary of Object.values(SAMPLES)) {
    for (const sample of fc.sample(arbitrary, { seed: SEED, numRuns: DRAWN })) {
      const { decomposition } = evaluateSample(sample);
      if (decomposition.kind !== "patterns") continue;
      const found = kinds.get(sample.op) ?? new Set<string>();
      for (const node of decomposition.nodes) found.add(kindOf(node));
      kinds.set(sample.op, found);
    }
  }
  return new Map([...kinds].map(([name, found]) => [name, [...found].join(", ")]));
}

function kindOf(node: Node): string {
  if (node.kind === "view" || node.kind === "join") return node.kind;
  return node.kind === "pattern" ? patternKind(node) : node.kind;
}

function patternKind({ pattern }: PatternNode): string {
  const { loops, body, reductions, results } = pattern;
  const combiners = [...new Set(reductions.map(({ combiner }) => combiner))].join(" and ");
  if (loops.some(({ kind }) => kind === "scan")) return `scan ${combiners}`;
  const reads = body.flatMap((step) => (step.kind === "read" ? [step.read] : []));
  if (reductions.length > 0) {
    const [first, second, product] = body;
    const multiplied =
      body.length === 3 && first?.kind === "read" && second?.kind === "read" && product?.kind === "compute";
    return multiplied && product.instruction.op === "mul" && combiners === "sum"
      ? "contraction"
      : `reduce ${combiners}`;
  }
  const registers = (access: { readonly index: PatternNode["pattern"]["results"][number]["index"] }): boolean =>
    access.index.some((index) => (index.registers?.length ?? 0) > 0);
  if (results.some(registers)) return "scatter";
  if (reads.some(registers)) return "gather";
  const computes = body.some(({ kind }) => kind === "compute");
  if (computes) return "map";
  return reads.length === 0 ? "fill" : "copy";
}
