import type { Kernel, KernelReduction } from "../kernel.ts";
import type { Code, Local } from "../wasm/code.ts";
import { V } from "../wasm/opcodes.ts";
import type { Emission, Held } from "./emission.ts";
import { emitLoop, emitLoops, moved, type Place, startPlace } from "./place.ts";
import { finish } from "./scalar-kernel.ts";
import { type Accumulator, declareAccumulator } from "./scalar-reduction.ts";
import { emitVectorValues } from "./values.ts";
import { extractLane } from "./vector-arithmetic.ts";
import { combineVectors, vectorAccumulator } from "./vector-reduction.ts";

/** Whether the lanes of a cross-lane reduction fill whole vectors. */
export function hasCrossLaneForm({ crossLanes }: Kernel): boolean {
  return crossLanes >= 4 && crossLanes <= 32;
}

/** Reductions whose lanes are partial results: one accumulator a lane, four lanes a vector, combined by the tree at the end of each row. */
export function emitCrossLaneKernel(emission: Emission): void {
  const { kernel, code, forms } = emission;
  const { dims, reduceFrom, crossLanes, reductions } = kernel;
  const lane = dims.length - 1;
  const block = dims.length - 2;
  const parallel = dims.map((_, dim) => dim).slice(0, reduceFrom);
  const outerReduce = dims.map((_, dim) => dim).slice(reduceFrom, block);
  const total = dims[lane]!.within?.total ?? dims[lane]!.count;
  const whole = Math.floor(total / crossLanes);
  const rest = total % crossLanes;
  emitLoops(code, forms, dims, parallel, startPlace(forms, dims), (row) => {
    const accumulators = reductions.map((reduction) =>
      Array.from({ length: crossLanes / 4 }, () => vectorAccumulator(code, reduction)),
    );
    emitLoops(code, forms, dims, outerReduce, row, (place) => {
      let after = place;
      if (whole > 0) {
        after = emitLoop(
          code,
          forms,
          dims,
          block,
          place,
          (at) => foldBlock(emission, accumulators, at, lane, crossLanes),
          {
            count: whole,
          },
        );
      }
      if (rest > 0) foldBlock(emission, accumulators, after, lane, rest);
    });
    const totals = reductions.map((reduction, index) => combineLanes(code, reduction, accumulators[index]!));
    finish(emission, totals, row);
  });
}

/** Folds `elements` neighbouring elements into the accumulators of as many lanes. */
function foldBlock(
  emission: Emission,
  accumulators: readonly (readonly Local[])[],
  place: Place,
  lane: number,
  elements: number,
): void {
  const { kernel, code } = emission;
  for (let at = 0; at < elements; at += 4) {
    const lanes = Math.min(4, elements - at);
    const held: Held = new Map();
    emitVectorValues(emission, kernel.body, 0, moved(place, lane, at), lane, held, lanes);
    kernel.reductions.forEach((reduction, index) => {
      const accumulator = accumulators[index]![at / 4]!;
      combineVectors(code, reduction, accumulator, held.get(reduction.value)!);
      if (lanes < 4) {
        code.get(accumulator);
        code.v128(Int32Array.of(...[0, 1, 2, 3].map((position) => (position < lanes ? -1 : 0))));
        code.simd(V.bitselect);
      }
      code.set(accumulator);
    });
  }
}

/** The tree: lane l takes in lane l + step, for step = lanes / 2, ..., 2, 1. */
function combineLanes(code: Code, reduction: KernelReduction, vectors: readonly Local[]): Accumulator {
  for (let step = vectors.length / 2; step >= 1; step /= 2) {
    for (let index = 0; index < step; index += 1) {
      combineVectors(code, reduction, vectors[index]!, vectors[index + step]!);
      code.set(vectors[index]!);
    }
  }
  const [first] = vectors;
  const moving = code.local("v128");
  for (const lanes of [
    [2, 3, 2, 3],
    [1, 1, 1, 1],
  ]) {
    code.get(first!);
    code.get(first!);
    code.shuffle32(lanes);
    code.set(moving);
    combineVectors(code, reduction, first!, moving);
    code.set(first!);
  }
  const total = declareAccumulator(code, reduction);
  code.get(first!);
  extractLane(code, reduction.type, 0);
  code.set(total.value);
  return total;
}
