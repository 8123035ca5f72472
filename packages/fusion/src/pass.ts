import type { Diagnostic } from "@rdu/diagnostics";
import type { SectionNeeds } from "@rdu/flow";
import type { Constant, Graph, Node, PatternNode } from "@rdu/ir";
import type { LedgerEntry } from "@rdu/pef";
import type { Tensor } from "@rdu/tensor";
import type { FusionRule } from "./rules/rule.ts";

/** -O0: one operator, one section. -O1: fusion by rules. -O3: the whole graph is one problem. */
export type OptimizeLevel = 0 | 1 | 3;
export const OPTIMIZE_LEVELS: readonly OptimizeLevel[] = [0, 1, 3];
/** Levels that change what is computed where; -O0 only does what must be done. */
export const OPTIMIZED_LEVELS: readonly OptimizeLevel[] = [1, 3];

/** Streaming: a section streams through the chip. Conventional: as on a GPU, one kernel (anchor and epilogue) a section, for comparison. */
export type FusionMode = "streaming" | "conventional";

/**
 * How float32 values are stored inside the graph. fp32: as they are. mixed: the operands of sums of products as bfloat16. bf16: all as bfloat16.
 * Lanes compute and sums accumulate in float32 always.
 */
export type Precision = "fp32" | "mixed" | "bf16";
export const PRECISIONS: readonly Precision[] = ["fp32", "mixed", "bf16"];

/** What passes may know beside the graph. */
export interface PassContext {
  readonly optimize: OptimizeLevel;
  readonly fusion: FusionMode;
  readonly precision: Precision;
  /** User rules, the highest priority first. */
  readonly rules: readonly FusionRule[];
  readonly readConstant: (constant: Constant) => Tensor;
  /** What the nodes need of the chip at least, when they make up one section. */
  readonly estimate: (nodes: readonly Node[], graph: Graph) => SectionNeeds;
  /** Cycles of one compute unit for a pattern, and the tiles they fall into. */
  readonly work: (node: PatternNode, graph: Graph) => { readonly cycles: number; readonly tiles: number };
  /** What one section may take of the chip. */
  readonly budget: SectionNeeds;
  /** Records a decision: fused, refused, cut, left to the host; with the reason. */
  readonly record: (entry: LedgerEntry) => void;
  readonly warn: (warning: Diagnostic) => void;
}

/** Imported: untyped ONNX operators. Graph: typed ONNX operators. Patterns: patterns, views, joins and host calls only. */
export type GraphLevel = "imported" | "graph" | "patterns";

/** A pass: (graph, context) to graph. Gives the same object when there is nothing to do. */
export interface GraphPass {
  readonly name: string;
  readonly summary: string;
  readonly takes: GraphLevel;
  readonly gives: GraphLevel;
  /** Optimisation levels that run it. */
  readonly optimize: readonly OptimizeLevel[];
  /** Passes that must have run before, each with the reason. */
  readonly after: Readonly<Record<string, string>>;
  readonly run: (graph: Graph, context: PassContext) => Graph;
}
