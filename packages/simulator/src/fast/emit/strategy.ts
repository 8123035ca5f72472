import type { Kernel } from "../kernel.ts";
import { emitCrossLaneKernel, hasCrossLaneForm } from "./cross-lane-kernel.ts";
import type { Emission } from "./emission.ts";
import type { DimRole } from "./form-table.ts";
import { emitScalarKernel } from "./scalar-kernel.ts";
import { emitSystolicKernel, tilingOf } from "./systolic-kernel.ts";
import { bandOf, emitTransposeKernel, turnOf } from "./transpose-kernel.ts";
import { emitVectorKernel, hasVectorForm, vectorWidth } from "./vector-kernel.ts";

/** How a kernel becomes code, and what of its loops the code knows. */
export interface Strategy {
  readonly name: string;
  readonly roles: readonly DimRole[];
  readonly emit: (emission: Emission) => void;
}

/** @param vectors whether vectors may be read beyond what guards allow, see `reserveSlack`. */
export function strategyOf(kernel: Kernel, vectors: boolean): Strategy {
  const { dims, systolic, crossLanes, lane } = kernel;
  const last = dims.length - 1;
  const blocks = new Set(dims.flatMap(({ within }, dim) => (within === undefined ? [] : [dim, within.dim])));
  const roles = (special: readonly number[], role: DimRole, hidden: readonly number[] = []): DimRole[] =>
    dims.map((_, dim) => {
      if (hidden.includes(dim)) return "hidden";
      if (special.includes(dim)) return role;
      return blocks.has(dim) ? "static" : "dynamic";
    });
  if (systolic !== undefined) {
    const tiling = tilingOf(kernel, systolic);
    return {
      name: `systolic ${Object.values(tiling).join(" ")}`,
      roles: roles([systolic.m, systolic.n], "chunked", systolic.k),
      emit: (emission) => emitSystolicKernel(emission, systolic, tiling),
    };
  }
  const turn = vectors ? turnOf(kernel) : null;
  if (turn !== null) {
    const band = bandOf(kernel, turn);
    return {
      name: `transpose ${turn.from} ${turn.to} ${band}`,
      roles: roles([turn.from, turn.to], "chunked"),
      emit: (emission) => emitTransposeKernel(emission, turn, band),
    };
  }
  if (crossLanes > 0) {
    return vectors && hasVectorForm(kernel, last) && hasCrossLaneForm(kernel)
      ? { name: "cross-lane", roles: roles([last, last - 1], "static"), emit: emitCrossLaneKernel }
      : { name: "scalar", roles: roles([last, last - 1], "static"), emit: emitScalarKernel };
  }
  if (!vectors || lane < 0 || !hasVectorForm(kernel, lane)) {
    return { name: "scalar", roles: roles([], "static"), emit: emitScalarKernel };
  }
  const width = vectorWidth(kernel);
  return {
    name: `vector ${width}`,
    roles: roles([lane], "chunked"),
    emit: (emission) => emitVectorKernel(emission, width),
  };
}
