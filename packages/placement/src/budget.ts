import { type Chip, unitCounts } from "@rdu/chip";
import { counted, type Diagnostic, diagnostic } from "@rdu/diagnostics";
import { memoryBytes, type Section, sectionNeeds, type Unit } from "@rdu/flow";

/** Why a section does not fit the chip, with the budget; undefined when it fits. */
export function overBudget(section: Section, chip: Chip): Diagnostic | undefined {
  const needs = sectionNeeds(section);
  const counts = unitCounts(chip);
  const rows = [
    { what: "PCU", needed: needs.pcus, available: counts.pcus, share: (unit: Unit) => Number(unit.kind === "compute") },
    {
      what: "PMU",
      needed: needs.pmus,
      available: counts.pmus,
      share: (unit: Unit) => (unit.kind === "memory" ? unit.span : 0),
    },
    {
      what: "AGCU stream",
      needed: needs.agcuStreams,
      available: counts.agcuStreams,
      share: (unit: Unit) => Number(unit.kind === "load" || unit.kind === "store"),
    },
  ];
  const over = rows.filter(({ needed, available }) => needed > available);
  if (over.length === 0) return undefined;
  const message = over.map(
    ({ what, needed, available }) => `needs ${counted(needed, what)}, ${chip.name} has ${available}`,
  );
  const notes = over.map(({ what, share }) => `most ${what}s: ${largest(section, share)}`);
  const bytes = section.units.reduce((sum, unit) => sum + (unit.kind === "memory" ? memoryBytes(unit) : 0), 0);
  return diagnostic("E0503", message.join("; "), {
    at: [`section ${section.name}`],
    notes: [...notes, `the buffers hold ${bytes} bytes of ${counts.sramBytes}`],
    hint: "cut the section (-O0, or fusion rules with fewer nodes), lower the batch size, or compile for a larger chip",
  });
}

/** The three ONNX nodes (or groups of them) that take most, `/conv1/Conv (120)`. */
function largest(section: Section, share: (unit: Unit) => number): string {
  const totals = new Map<string, number>();
  for (const unit of section.units) {
    const origin = unit.origin.length === 0 ? unit.name : unit.origin.join(" + ");
    totals.set(origin, (totals.get(origin) ?? 0) + share(unit));
  }
  const sorted = [...totals].sort(([, a], [, b]) => b - a).slice(0, 3);
  return sorted.map(([origin, count]) => `${origin} (${count})`).join(", ");
}
