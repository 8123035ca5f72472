import { DTYPES } from "@rdu/tensor";
import type { Kernel, SystolicPlan } from "../kernel.ts";
import { operandAt } from "../systolic-plan.ts";
import type { Local } from "../wasm/code.ts";
import { MEMORY, OP, V } from "../wasm/opcodes.ts";
import type { Emission, Held } from "./emission.ts";
import { countParameter, type FormTable } from "./form-table.ts";
import { emitLoop, emitLoops, moved, type Place, pushForm, startPlace } from "./place.ts";
import { emitVectorValues, emitVectorWrites } from "./values.ts";
import { holdVectorTotals } from "./vector-reduction.ts";

/** Accumulators of a tile: rows x vectors of four. */
interface Tile {
  readonly rows: number;
  readonly vectors: number;
  /** Elements of the last vector that exist. */
  readonly lanes: number;
}

/** How the rows and columns of a kernel are cut into tiles: what the code knows of their numbers. */
export interface Tiling {
  /** Rows of a tile, and of a last smaller one. */
  readonly height: number;
  readonly restRows: number;
  /** Vectors of a tile, whether there are such tiles, and columns left over. */
  readonly width: number;
  readonly wide: boolean;
  readonly restColumns: number;
}

export function tilingOf({ dims }: Kernel, { m, n }: SystolicPlan): Tiling {
  const rows = m < 0 ? 1 : dims[m]!.count;
  const columns = dims[n]!.count;
  const height = Math.min(rows, 4);
  const width = height >= 3 ? 2 : height === 2 ? 4 : 8;
  return {
    height,
    restRows: rows % height,
    width,
    wide: columns >= 4 * width,
    restColumns: columns % (4 * width),
  };
}

/**
 * Sums of products in register tiles: at most eight accumulators, for each k one vector of b per four columns and one element of a per row.
 * The tile that the loop over k holds stays small and its body straight: Node 20 reads all operands of a block before it
 * computes, so wider or unrolled tiles spill.
 */
export function emitSystolicKernel(emission: Emission, plan: SystolicPlan, tiling: Tiling): void {
  const { kernel, code, forms } = emission;
  const { m, n, outer } = plan;
  const { dims } = kernel;
  const { height, restRows, width, wide, restColumns } = tiling;
  const b = operandAt(kernel, plan.b);
  // A block of b stays in cache while everything that it is multiplied with goes by.
  const before = outer.filter((dim) => b.address.strides[dim] !== 0);
  const after = outer.filter((dim) => b.address.strides[dim] === 0);

  emitLoops(code, forms, dims, before, startPlace(forms, dims), (start) => {
    let rest = start;
    if (wide) {
      rest = emitLoop(code, forms, dims, n, start, (block) => columnBlock(block, { vectors: width, lanes: 4 }), {
        step: 4 * width,
        times: dividedCount(n, 4 * width),
      });
    }
    let left = restColumns;
    for (const vectors of [4, 2, 1]) {
      const elements = 4 * vectors;
      while (left >= elements || (vectors === 1 && left > 0)) {
        columnBlock(rest, { vectors, lanes: Math.min(4, left) });
        rest = moved(rest, n, elements);
        left -= elements;
      }
    }
  });

  function columnBlock(block: Place, shape: Omit<Tile, "rows">): void {
    emitLoops(code, forms, dims, after, block, (place) => {
      if (m < 0) {
        emitTile(emission, plan, place, { rows: 1, ...shape });
        return;
      }
      const tile = (at: Place): void => emitTile(emission, plan, at, { rows: height, ...shape });
      const rest = emitLoop(code, forms, dims, m, place, tile, { step: height, times: dividedCount(m, height) });
      if (restRows > 0) emitTile(emission, plan, rest, { rows: restRows, ...shape });
    });
  }

  /** How often a number of iterations goes into a chunked dim. */
  function dividedCount(dim: number, by: number): Local {
    code.get(countParameter(forms, dim, dims[dim]!.count));
    code.i32(by);
    code.op(OP.i32DivU);
    return code.keep("i32");
  }
}

function emitTile(emission: Emission, plan: SystolicPlan, place: Place, { rows, vectors, lanes }: Tile): void {
  const { kernel, code } = emission;
  const float = kernel.reductions[0]!.type === "f32";
  const accumulators: Local[][] = [];
  for (let row = 0; row < rows; row += 1) {
    accumulators.push(
      Array.from({ length: vectors }, () => {
        code.v128(new Int32Array(4));
        return code.keep("v128");
      }),
    );
  }
  loopOverK(emission, plan, place, (a, b) => {
    const across: Local[] = [];
    for (let vector = 0; vector < vectors; vector += 1) {
      code.get(b);
      code.vectorMemory(V.load, 16 * vector);
      across.push(code.keep("v128"));
    }
    const access = operandAt(kernel, plan.a);
    const rowBytes = plan.m < 0 ? 0 : access.address.strides[plan.m]! * DTYPES[access.storage].bytes;
    accumulators.forEach((totals, row) => {
      code.get(a);
      code.vectorMemory(V.load32Splat, row * rowBytes);
      const down = code.keep("v128");
      totals.forEach((total, vector) => {
        code.get(total);
        code.get(down);
        code.get(across[vector]!);
        code.simd(float ? V.f32x4Mul : V.i32x4Mul);
        code.simd(float ? V.f32x4Add : V.i32x4Add);
        code.set(total);
      });
    });
  });
  accumulators.forEach((totals, row) => {
    totals.forEach((total, vector) => {
      const held: Held = new Map();
      const valid = vector === vectors - 1 ? lanes : 4;
      let here = moved(place, plan.n, 4 * vector);
      if (plan.m >= 0) here = moved(here, plan.m, row);
      holdVectorTotals([total], kernel, held);
      emitVectorValues(emission, kernel.epilogue, kernel.body.length, here, plan.n, held, valid);
      emitVectorWrites(emission, kernel.writes, here, plan.n, held, valid);
    });
  });
}

/** The parameter that holds the bytes between successive k of an operand: 0 the first, 1 the second. */
export function stepParameter(forms: FormTable, operand: number, bytes: number): number {
  return forms.number(`step ${operand}`, bytes);
}

/** Runs `step` for each k with the addresses of a and b in locals. */
function loopOverK(emission: Emission, plan: SystolicPlan, place: Place, step: (a: Local, b: Local) => void): void {
  const { kernel, code, forms } = emission;
  const starts = [plan.a, plan.b].map((position) => {
    pushForm(code, forms, forms.address(operandAt(kernel, position)), place);
    return code.keep("i32");
  });
  const steps = [plan.stepA, plan.stepB];
  const current = starts.map((start, operand) => {
    if (steps[operand] !== null) return start;
    return code.local("i32");
  });
  const table = plan.table === null ? null : code.local("i32");
  if (table !== null) {
    code.get(place.locals[forms.address(plan.table!)]!);
    code.set(table);
  }
  const listed = steps.filter((bytes) => bytes === null).length;
  const left = code.local("i32");
  code.get(forms.number("products", 0));
  code.set(left);
  code.repeat(() => {
    let column = 0;
    steps.forEach((bytes, operand) => {
      if (bytes !== null) return;
      code.get(starts[operand]!);
      code.get(table!);
      code.memory(MEMORY.i32Load, 4 * column);
      code.op(OP.i32Add);
      code.set(current[operand]!);
      column += 1;
    });
    step(current[0]!, current[1]!);
    steps.forEach((bytes, operand) => {
      if (bytes !== null) code.increaseBy(current[operand]!, stepParameter(forms, operand, bytes), 1);
    });
    if (table !== null) code.increase(table, 4 * listed);
    code.get(left);
    code.i32(1);
    code.op(OP.i32Sub);
    code.tee(left);
  });
}
