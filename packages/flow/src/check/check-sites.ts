import { type Chip, siteKind, siteText } from "@rdu/chip";
import type { Section } from "../flow.ts";
import type { SectionPlacement } from "../placement.ts";
import type { Report } from "../verify/report.ts";

/**
 * Units sit where their kind may sit: a compute unit on one PCU, a memory unit on as many PMUs as it spans, loads and stores on an AGCU
 * that has a stream for each of them. A PCU or PMU serves one unit. False when routes need not be looked at.
 */
export function checkSites(section: Section, chip: Chip, { sites }: SectionPlacement, report: Report): boolean {
  const before = report.found.length;
  const occupants = new Map<string, string>();
  const streams = new Map<string, number>();
  const names = new Set(section.units.map(({ name }) => name));
  for (const name of sites.keys()) if (!names.has(name)) report.add(`places unit ${name}, which does not exist`);
  for (const unit of section.units) {
    const at = report.within(`unit ${unit.name}`);
    const places = sites.get(unit.name) ?? [];
    const wanted = unit.kind === "memory" ? unit.span : 1;
    if (places.length !== wanted) {
      at.add(`sits on ${places.length} sites, must sit on ${wanted}`);
      continue;
    }
    const kind = unit.kind === "compute" || unit.kind === "memory" ? unit.kind : "agcu";
    for (const site of places) {
      const found = siteKind(chip, site);
      if (found !== kind) {
        at.add(`is a ${unit.kind} unit and sits at ${siteText(site)}, where there is ${found ?? "nothing"}`);
        continue;
      }
      const key = siteText(site);
      if (kind === "agcu") {
        const used = (streams.get(key) ?? 0) + 1;
        streams.set(key, used);
        if (used > chip.agcu.streams) at.add(`is stream ${used} of the AGCU at ${key}, which has ${chip.agcu.streams}`);
        continue;
      }
      const occupant = occupants.get(key);
      if (occupant !== undefined) at.add(`sits at ${key}, where ${occupant} sits`);
      occupants.set(key, unit.name);
    }
  }
  return report.found.length === before;
}
