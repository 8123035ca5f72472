import type { Chip } from "@rdu/chip";
import type { Diagnostic } from "@rdu/diagnostics";
import type { Flow } from "../flow.ts";
import type { Placement } from "../placement.ts";
import { symbolsByName } from "../queries.ts";
import { Report } from "../verify/report.ts";
import { verifyFlow } from "../verify/verify-flow.ts";
import { budgetOf } from "./budget.ts";
import { checkAddresses } from "./check-addresses.ts";
import { checkMemory } from "./check-memory.ts";
import { checkProgress } from "./check-progress.ts";
import { checkRoutes } from "./check-routes.ts";
import { checkSites } from "./check-sites.ts";
import { checkStores } from "./check-stores.ts";

/**
 * The judge of placed flows: all that keeps them from running on the chip, E0603 (and what `verifyFlow` finds). Empty when the
 * program is legal. Written from the rules of the hardware, it shares no code with the placer, and it also stands between a PEF and
 * the runtime: any flow and placement whatever gives an answer, in time bounded by the work that the flow describes in tiles.
 *
 * - `checkSites`: every unit on sites of its kind, nothing twice, AGCU streams within the limit;
 * - `checkRoutes`: every stream reaches every destination, links within their capacity;
 * - `checkMemory`: what a memory unit's programs read has been written and not yet overwritten, whatever the pace of the others;
 * - `checkStores`: no two stores of a section write the same element;
 * - `checkProgress`: the section cannot deadlock with the buffers it has;
 * - `checkAddresses`: tensors lie inside their tier, and apart while both are alive.
 */
export function checkPlacement(flow: Flow, chip: Chip, placement: Placement): Diagnostic[] {
  const faults = verifyFlow(flow, chip);
  if (faults.length > 0) return faults;
  const report = new Report("E0603", [`flow ${flow.name}`]);
  if (placement.chip !== chip.name) report.add(`is placed on ${placement.chip}, the chip is ${chip.name}`);
  checkAddresses(flow, chip, report);
  const placed = new Map(placement.sections.map((section) => [section.section, section]));
  if (placed.size < placement.sections.length) report.add("places a section twice");
  const budget = budgetOf();
  const symbols = symbolsByName(flow);
  for (const section of flow.sections) {
    const at = report.within(`section ${section.name}`);
    const sectionPlacement = placed.get(section.name);
    placed.delete(section.name);
    if (sectionPlacement === undefined) at.add("is not placed");
    else if (checkSites(section, chip, sectionPlacement, at)) {
      checkRoutes(section, chip, sectionPlacement, budget, at);
    }
    for (const unit of section.units) {
      if (unit.kind === "memory" && !report.full) checkMemory(unit, budget, at.within(`unit ${unit.name}`));
    }
    checkStores(section, symbols, budget, at);
    if (!report.full) checkProgress(section, budget, at);
  }
  for (const name of placed.keys()) report.add(`places section ${name}, which does not exist`);
  return report.found;
}
