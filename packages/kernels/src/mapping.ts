import type { Chip } from "@rdu/chip";
import { invariant } from "@rdu/diagnostics";
import type { DType } from "@rdu/tensor";
import type { Nest, NestRead } from "./nest.ts";

/** How a template lays a nest onto compute units: the order and the role of its loops. */
export interface Mapping {
  readonly template: string;
  readonly kind: "systolic" | "simd";
  /** Parallel loops that are neither vectorised nor systolic rows, outermost first. */
  readonly outer: readonly number[];
  /** Systolic only: the loop that runs down the rows; -1 when there is none (one row is used). */
  readonly m: number;
  /** The loop across the lanes; -1 when nothing is vectorised. */
  readonly vector: number;
  /** The vector loop is the last reduction loop: partial results in the lanes, combined by the cross-lane tree. */
  readonly crossLane: boolean;
  /** Reduction or scan loops, outermost first, without the vector loop. */
  readonly reduce: readonly number[];
  readonly lanes: number;
  /** Systolic only: the reads that give columns (a) and rows (b). */
  readonly a?: NestRead;
  readonly b?: NestRead;
}

/** What a template needs to know of the operands besides the nest. */
export interface MappingContext {
  readonly chip: Chip;
  readonly operandTypes: readonly DType[];
  readonly resultTypes: readonly DType[];
}

/** A mapping template of the kernel library: which nests it takes and how it lays them out. */
export interface Template {
  readonly name: string;
  readonly summary: string;
  readonly unit: "systolic" | "simd";
  /** Patterns it takes, in words, for the generated table. */
  readonly takes: string;
  /** Cycles of one unit for the whole nest, in words. */
  readonly cost: string;
  match(nest: Nest, context: MappingContext): Mapping | null;
}

export function operandType(context: MappingContext, read: NestRead): DType {
  const dtype = context.operandTypes[read.operand];
  invariant(dtype !== undefined, `operand ${read.operand} has no type`);
  return dtype;
}

/** Steps of a domain over the mapping's loops: the innermost work of one compute unit, in firings. */
export function firings(nest: Nest, mapping: Mapping, rows: number): number {
  return nest.loops.reduce((product, loop, index) => {
    if (index === mapping.vector) return product * Math.ceil(loop.extent / mapping.lanes);
    if (index === mapping.m) return product * Math.ceil(loop.extent / rows);
    return product * loop.extent;
  }, 1);
}
