import { type CompileReport, reportOf } from "@rdu/compiler";
import type { Pef } from "@rdu/pef";

/** What a program takes of its chip, read off the PEF. */
export type ProgramSummary = Pick<CompileReport, "sections" | "hostCalls" | "bytes" | "weightBytes">;

export function summarise({ flow, ledger }: Pef): ProgramSummary {
  return reportOf([], { ledger, warnings: [] }, flow);
}
