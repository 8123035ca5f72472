import { invariant } from "@rdu/diagnostics";
import { OP } from "../wasm/opcodes.ts";
import type { Emission, Held } from "./emission.ts";
import { emitLoops, type Place, startPlace } from "./place.ts";
import {
  ACCUMULATOR_BYTES,
  type Accumulator,
  declareAccumulator,
  foldScalar,
  holdTotals,
  resetAccumulator,
  spill,
  unspill,
} from "./scalar-reduction.ts";
import { emitScalarValues, emitScalarWrites } from "./values.ts";

/** Bytes at the start of linear memory that accumulators of cross-lane reductions live in. */
export const SCRATCH_BYTES = 16384;

/** Any kernel, one element at a time. */
export function emitScalarKernel(emission: Emission): void {
  const { kernel, code, forms } = emission;
  const { dims, reduceFrom, reductions } = kernel;
  const parallel = dims.map((_, dim) => dim).slice(0, reduceFrom);
  const reduce = dims.map((_, dim) => dim).slice(reduceFrom);
  emitLoops(code, forms, dims, parallel, startPlace(forms, dims), (place) => {
    if (reductions.length === 0) {
      const held: Held = new Map();
      emitLoops(code, forms, dims, reduce, place, (inner) => {
        emitScalarValues(emission, kernel.body, 0, inner, held);
        emitScalarWrites(emission, kernel.writes, inner, held);
      });
      return;
    }
    if (kernel.crossLanes > 0) emitAcrossLanes(emission, reduce, place);
    else emitAlongLanes(emission, reduce, place);
  });
}

function emitAlongLanes(emission: Emission, reduce: readonly number[], place: Place): void {
  const { kernel, code, forms } = emission;
  const accumulators = kernel.reductions.map((reduction) => declareAccumulator(code, reduction));
  for (const accumulator of accumulators) resetAccumulator(code, accumulator);
  emitLoops(code, forms, kernel.dims, reduce, place, (inner) => {
    const held: Held = new Map();
    emitScalarValues(emission, kernel.body, 0, inner, held);
    if (kernel.scan === "exclusive") finish(emission, accumulators, inner);
    foldAll(emission, accumulators, held);
    if (kernel.scan === "inclusive") finish(emission, accumulators, inner);
  });
  if (kernel.scan === "none") finish(emission, accumulators, place);
}

function foldAll({ code, kernel }: Emission, accumulators: readonly Accumulator[], held: Held): void {
  accumulators.forEach((accumulator, index) => {
    const { value, index: position } = kernel.reductions[index]!;
    foldScalar(code, accumulator, held.get(value)!, position === undefined ? null : held.get(position)!);
  });
}

/** The epilogue on one element, from accumulators in locals. */
export function finish(emission: Emission, accumulators: readonly Accumulator[], place: Place): void {
  const { kernel } = emission;
  const held: Held = new Map();
  holdTotals(accumulators, kernel, held);
  emitScalarValues(emission, kernel.epilogue, kernel.body.length, place, held);
  emitScalarWrites(emission, kernel.writes, place, held);
}

/** Accumulators of all lanes in scratch memory; the lane dim says which one an element goes to. */
function emitAcrossLanes(emission: Emission, reduce: readonly number[], place: Place): void {
  const { kernel, code, forms } = emission;
  const { crossLanes, reductions } = kernel;
  const bytes = reductions.length * ACCUMULATOR_BYTES;
  invariant(crossLanes * bytes <= SCRATCH_BYTES, "accumulators fit in scratch memory");
  const lane = kernel.dims.length - 1;
  const accumulators = reductions.map((reduction) => declareAccumulator(code, reduction));
  const others = reductions.map((reduction) => declareAccumulator(code, reduction));
  const base = code.local("i32");
  code.i32(0);
  code.set(base);
  for (const accumulator of accumulators) resetAccumulator(code, accumulator);
  for (let index = 0; index < crossLanes; index += 1) move(spill, accumulators, base, index * bytes);
  emitLoops(code, forms, kernel.dims, reduce, place, (inner) => {
    const held: Held = new Map();
    emitScalarValues(emission, kernel.body, 0, inner, held);
    const iteration = inner.iterations[lane];
    code.i32(bytes);
    if (iteration === undefined) code.i32(0);
    else code.get(iteration);
    code.op(OP.i32Mul);
    const address = code.keep("i32");
    move(unspill, accumulators, address, 0);
    foldAll(emission, accumulators, held);
    move(spill, accumulators, address, 0);
  });
  for (let step = crossLanes / 2; step >= 1; step /= 2) {
    for (let index = 0; index < step; index += 1) {
      move(unspill, accumulators, base, index * bytes);
      move(unspill, others, base, (index + step) * bytes);
      accumulators.forEach((accumulator, position) => {
        const { value, index: at } = others[position]!;
        foldScalar(code, accumulator, value, at);
      });
      move(spill, accumulators, base, index * bytes);
    }
  }
  move(unspill, accumulators, base, 0);
  finish(emission, accumulators, place);

  function move(how: typeof spill, which: readonly Accumulator[], address: number, offset: number): void {
    for (const [position, accumulator] of which.entries()) {
      how(code, accumulator, address, offset + position * ACCUMULATOR_BYTES);
    }
  }
}
