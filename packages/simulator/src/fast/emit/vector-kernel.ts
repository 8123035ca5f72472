import type { Kernel, Value } from "../kernel.ts";
import type { Local } from "../wasm/code.ts";
import type { Emission, Held } from "./emission.ts";
import { emitChunks, emitLoops, moved, type Place, startPlace } from "./place.ts";
import { emitVectorValues, emitVectorWrites } from "./values.ts";
import { isVectorAccess } from "./vector-access.ts";
import { isVectorLane } from "./vector-arithmetic.ts";
import { combineVectors, holdVectorTotals, isVectorReduction, vectorAccumulator } from "./vector-reduction.ts";

/** Whether a value and what it is computed from are lanes of 32 bits. */
export function hasVectorLanes(value: Value): boolean {
  return isVectorLane(value.type) && (value.kind !== "compute" || isVectorLane(value.instruction.type));
}

/** Whether all values of a kernel, and what they are computed from, are 32-bit lanes, and its accesses along `lane` can be taken four at a time. */
export function hasVectorForm(kernel: Kernel, lane: number): boolean {
  if (kernel.ordered || kernel.scan !== "none") return false;
  const isVector = (value: Value): boolean =>
    hasVectorLanes(value) && (value.kind !== "read" || isVectorAccess(value.access, lane));
  return (
    kernel.body.every(isVector) &&
    kernel.epilogue.every(isVector) &&
    kernel.reductions.every(isVectorReduction) &&
    kernel.writes.every(({ targets }) => targets.every((target) => isVectorAccess(target, lane)))
  );
}

/**
 * Maps, and reductions whose lanes are separate elements: `width` elements at a time along the lane dim, which has at least as many. The
 * last ones of a row that is no multiple of it are written a second time, alike.
 */
export function emitVectorKernel(emission: Emission, width: number): void {
  const { kernel, code, forms } = emission;
  const { dims, lane, reduceFrom } = kernel;
  const outer = dims.map((_, dim) => dim).filter((dim) => dim < reduceFrom && dim !== lane);
  const chunk = kernel.reductions.length > 0 ? emitReduced : emitMapped;
  emitLoops(code, forms, dims, outer, startPlace(forms, dims), (row) => {
    emitChunks(code, forms, dims, lane, width, row, (place) => chunk(emission, place, width));
  });
}

/** Elements in flight: enough to hide latencies, few enough for the registers, at most a row. */
export function vectorWidth(kernel: Kernel): number {
  const { count } = kernel.dims[kernel.lane]!;
  const values = kernel.body.length;
  const most = kernel.reductions.length > 0 ? (values > 4 ? 8 : 16) : values > 6 ? 4 : values > 3 ? 8 : 16;
  let width = most;
  while (width > count) width /= 2;
  return width;
}

function emitMapped(emission: Emission, place: Place, width: number): void {
  const { kernel } = emission;
  for (let at = 0; at < width; at += 4) {
    const held: Held = new Map();
    const here = moved(place, kernel.lane, at);
    emitVectorValues(emission, kernel.body, 0, here, kernel.lane, held);
    emitVectorWrites(emission, kernel.writes, here, kernel.lane, held);
  }
}

function emitReduced(emission: Emission, place: Place, width: number): void {
  const { kernel, code, forms } = emission;
  const { dims, lane, reduceFrom, reductions } = kernel;
  const reduce = dims.map((_, dim) => dim).slice(reduceFrom);
  const chunks: Local[][] = [];
  for (let at = 0; at < width; at += 4) {
    chunks.push(reductions.map((reduction) => vectorAccumulator(code, reduction)));
  }
  emitLoops(code, forms, dims, reduce, place, (inner) => {
    chunks.forEach((accumulators, index) => {
      const held: Held = new Map();
      emitVectorValues(emission, kernel.body, 0, moved(inner, lane, 4 * index), lane, held);
      reductions.forEach((reduction, position) => {
        combineVectors(code, reduction, accumulators[position]!, held.get(reduction.value)!);
        code.set(accumulators[position]!);
      });
    });
  });
  chunks.forEach((accumulators, index) => {
    const held: Held = new Map();
    const here = moved(place, lane, 4 * index);
    holdVectorTotals(accumulators, kernel, held);
    emitVectorValues(emission, kernel.epilogue, kernel.body.length, here, lane, held);
    emitVectorWrites(emission, kernel.writes, here, lane, held);
  });
}
