import type { NestRead } from "@rdu/kernels";
import { closure } from "./body.ts";
import { type StagePlan, vectorOf } from "./plan.ts";

/** Whether all lanes of a firing take the same element of a read. */
export function isBroadcast(plan: StagePlan, read: NestRead): boolean {
  if (vectorOf(plan, read).counter < 0) return true;
  return isGathered(read) && !formMovesAlongLanes(plan, read) && !indexMovesAlongLanes(plan, read);
}

/** Whether an axis of a read is addressed by a register. */
export function isGathered(read: NestRead): boolean {
  return read.axes.some((axis) => axis.gathers.length > 0);
}

/** Whether the address of a read, its gathered registers apart, differs from lane to lane. */
export function formMovesAlongLanes(plan: StagePlan, read: NestRead): boolean {
  const { vector } = plan.mapping;
  return vector >= 0 && read.axes.some((axis) => axis.form.coefficients[vector] !== 0);
}

/** Whether the registers that address a gathered read differ from lane to lane: the loop along the lanes, or something read along it, is in them. */
export function indexMovesAlongLanes(plan: StagePlan, read: NestRead): boolean {
  const { vector, crossLane } = plan.mapping;
  if (vector < 0 || (crossLane && read.phase === "epilogue")) return false;
  const registers = read.axes.flatMap((axis) => axis.gathers.flatMap(({ register }) => plan.sources[register] ?? []));
  return closure(registers).some(
    (source) =>
      (source.kind === "loop" && source.loop === vector) ||
      (source.kind === "read" &&
        (formMovesAlongLanes(plan, source.read) ||
          (isGathered(source.read) && indexMovesAlongLanes(plan, source.read)))),
  );
}
