import { type ChipRow, chipTable, PRESETS } from "@rdu/chip";
import { PIPELINE } from "@rdu/fusion";
import { templates } from "@rdu/kernels";

export { type OperatorsTableRow, operatorsTable } from "@rdu/ops";

export interface PassRow {
  readonly name: string;
  readonly summary: string;
  readonly takes: string;
  readonly gives: string;
  readonly optimize: readonly number[];
  readonly after: Readonly<Record<string, string>>;
}

/** The passes in the order they run; one that runs twice stands there twice. */
export function passesTable(): readonly PassRow[] {
  return PIPELINE.map(({ name, summary, takes, gives, optimize, after }) => ({
    name,
    summary,
    takes,
    gives,
    optimize,
    after,
  }));
}

export interface KernelRow {
  readonly name: string;
  readonly summary: string;
  readonly unit: string;
  readonly takes: string;
  readonly cost: string;
}

/** The mapping templates, the best first. */
export function kernelsTable(): readonly KernelRow[] {
  return templates.map(({ name, summary, unit, takes, cost }) => ({ name, summary, unit, takes, cost }));
}

/** The chips that need no file. */
export function chipsTable(): readonly ChipRow[] {
  return chipTable(PRESETS);
}
