import type { NestRead } from "@rdu/kernels";
import { closure, type Source } from "./body.ts";
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

/** How many gathers follow each other up to a read's element: 0 when it is not gathered, else one more than the deepest read in its index. */
export function gatherDepth(plan: StagePlan, read: NestRead): number {
  if (!isGathered(read)) return 0;
  const depths = sourcesOfIndex(plan, read).map((source) =>
    source.kind === "read" ? gatherDepth(plan, source.read) : 0,
  );
  return 1 + Math.max(0, ...depths);
}

/** Everything that the registers which address a gathered read are computed from. */
function sourcesOfIndex(plan: StagePlan, read: NestRead): readonly Source[] {
  return closure(read.axes.flatMap((axis) => axis.gathers.flatMap(({ register }) => plan.sources[register] ?? [])));
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
  return sourcesOfIndex(plan, read).some(
    (source) =>
      (source.kind === "loop" && source.loop === vector) ||
      (source.kind === "read" &&
        (formMovesAlongLanes(plan, source.read) ||
          (isGathered(source.read) && indexMovesAlongLanes(plan, source.read)))),
  );
}
