import { performance } from "node:perf_hooks";
import { presetChip } from "@rdu/chip";
import { checkPlacement } from "@rdu/flow";
import { place } from "@rdu/placement";
import { fullSection } from "../support/full-section.ts";

/** Places and routes a section that fills the chip, and has it checked; gives a line of figures. */
export function benchPlacement(): string {
  const chip = presetChip("sn40l");
  const section = fullSection();
  const start = performance.now();
  const { flow, placement } = place(section, chip, { seed: 1 });
  const placed = performance.now();
  const faults = checkPlacement(flow, chip, placement);
  const checked = performance.now();
  const units = placement.sections[0]?.sites.size;
  const seconds = (from: number, to: number): string => ((to - from) / 1000).toFixed(2);
  return `a section of ${units} units: placed and routed in ${seconds(start, placed)} s, checked in ${seconds(placed, checked)} s, ${faults.length} faults`;
}
