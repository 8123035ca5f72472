import type { Pef } from "@rdu/pef";
import { clockProgram, type ProgramTiming } from "@rdu/simulator";

/** Cycles of one run of a program; they do not depend on values, so nothing is run. */
export function timingOf({ flow, placement, chip, provenance }: Pef): ProgramTiming {
  const { orchestration } = provenance.options;
  return clockProgram(flow, placement, chip, orchestration === "software" ? "software" : "hardware");
}
