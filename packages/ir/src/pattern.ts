import type { Combiner, Instruction, LaneType } from "@rdu/arithmetic";
import type { DType } from "@rdu/tensor";

/** One loop of a pattern. */
export interface Loop {
  readonly name: string;
  /** Iterations, at least 1 (patterns over empty tensors do not exist: their results are empty constants or fills). */
  readonly extent: number;
  readonly kind: "parallel" | "reduce" | "scan";
}

/** constant + sum of coefficient * loop + sum of coefficient * register (a gathered index, i32 or i64). */
export interface IndexExpression {
  readonly constant: number;
  readonly loops: readonly { readonly loop: number; readonly coefficient: number }[];
  readonly registers?: readonly { readonly register: number; readonly coefficient: number }[];
}

/**
 * Reads one element of an operand; one index expression per axis.
 * Without `otherwise` and registers every index is in bounds for every iteration (verified). With `otherwise` an index out of bounds
 * yields that value instead (padding). With registers and no `otherwise`, an index out of bounds stops the run with an error.
 */
export interface Read {
  readonly operand: number;
  readonly index: readonly IndexExpression[];
  readonly otherwise?: number | bigint;
}

/**
 * A step of a pattern; steps are numbered as registers in order of appearance over body and epilogue together
 * (`body[0]` is register 0; the reductions follow the body, one register each; then the epilogue).
 */
export type Step =
  | { readonly kind: "read"; readonly read: Read }
  /** The current value of a loop, as i32. */
  | { readonly kind: "loop"; readonly loop: number }
  /** An instruction whose operands are registers of the pattern or literals. */
  | { readonly kind: "compute"; readonly instruction: Instruction };

/** Folds a register over all reduce loops (in row-major loop order, see docs/arithmetic.md for the exact order on the chip) or along the scan loop. */
export interface Reduction {
  readonly combiner: Combiner;
  readonly type: LaneType;
  readonly register: number;
  /** The arg kinds: the register that holds the index (i32 or i64). */
  readonly index?: number;
  /** The arg kinds give the index ("index") or the value ("value", the default for all others). */
  readonly gives: "value" | "index";
  /** Scan only: the value before this iteration's element is added (exclusive) rather than after. */
  readonly exclusive?: boolean;
}

/** Writes a register to an output; `index` is affine in the parallel and scan loops, injective; one expression per axis. */
export interface Write {
  readonly register: number;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly index: readonly IndexExpression[];
  /** Value of the elements that no iteration writes; without it the index map covers the output (verified). */
  readonly initial?: number | bigint;
}

/**
 * A loop nest: for all parallel (and scan) loops, reads and instructions (`body`), reductions over the reduce loops, more reads and
 * instructions (`epilogue`, independent of the reduce loops), and results. Without reduce or scan loops `reductions` and `epilogue` are empty.
 */
export interface Pattern {
  readonly loops: readonly Loop[];
  readonly body: readonly Step[];
  readonly reductions: readonly Reduction[];
  readonly epilogue: readonly Step[];
  readonly results: readonly Write[];
}
