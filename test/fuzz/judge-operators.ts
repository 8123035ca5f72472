import type { OperatorNode } from "@rdu/ir";
import { operatorOf } from "@rdu/ops";
import { decomposeNode, interpretDecomposition } from "../support/decompose-node.ts";
import { caseOfNode } from "./case-of-node.ts";
import { CaseComparison } from "./compare-case.ts";
import type { FuzzCase } from "./graph-draft.ts";

/** The interpreter adds one by one, where the chip adds lane by lane: sums of more elements lose more digits than are allowed for. */
const MOST_ELEMENTS = 256;

/** A node whose decomposition gives something else than the reference. */
export interface OperatorFailure {
  readonly kind: "crash" | "differs";
  readonly detail: string;
  /** The node as a case of its own. */
  readonly single: FuzzCase;
}

/**
 * Interprets the decomposition of every node of a case on the values that the reference gives to its operands. No kernel, placement or engine takes
 * part, so it goes many times faster than compiling, and sees what is wrong with single operators.
 */
export function judgeOperators(fuzz: FuzzCase): OperatorFailure | undefined {
  for (const node of fuzz.graph.nodes) {
    if (node.kind !== "operator") continue;
    const single = caseOfNode(fuzz, node);
    try {
      const difference = differenceOf(single, node);
      if (difference !== undefined) return { kind: "differs", detail: difference, single };
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      return { kind: "crash", detail: `${error.name}: ${error.message}\n${error.stack ?? ""}`, single };
    }
  }
  return undefined;
}

function differenceOf(single: FuzzCase, node: OperatorNode): string | undefined {
  const rewrite = operatorOf(node.op)?.decompose;
  if (rewrite === undefined) return undefined;
  const { graph, values } = single;
  if (node.inputs.some((id) => id !== null && values.get(id)!.data.length > MOST_ELEMENTS)) return undefined;
  const known = new Set(graph.constants.map(({ id }) => id));
  const decomposition = decomposeNode(node, rewrite, values, graph.types, (id) => known.has(id));
  if (decomposition.kind !== "patterns") return undefined;
  const given = new Map([...graph.inputs, ...known].map((id) => [id, values.get(id)!] as const));
  const found = interpretDecomposition(decomposition, given, graph.types);
  const comparison = new CaseComparison(single);
  for (const id of graph.outputs) {
    const difference = comparison.difference(id, found.get(id));
    if (difference !== undefined) return `${id}: ${difference}`;
  }
  return undefined;
}
