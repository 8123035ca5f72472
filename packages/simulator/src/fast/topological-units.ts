import { reject } from "@rdu/diagnostics";
import type { Section, Unit } from "@rdu/flow";

/** Units such that every stream comes from an earlier one. Rejects with E0705 a circle. */
export function topologicalUnits(section: Section): Unit[] {
  const waiting = new Map(section.units.map(({ name }) => [name, 0]));
  const followers = new Map(section.units.map(({ name }) => [name, [] as string[]]));
  for (const { from, to } of section.streams) {
    for (const { unit } of to) {
      followers.get(from.unit)?.push(unit);
      waiting.set(unit, (waiting.get(unit) ?? 0) + 1);
    }
  }
  const units = new Map(section.units.map((unit) => [unit.name, unit]));
  const ready = section.units.filter(({ name }) => waiting.get(name) === 0);
  const ordered: Unit[] = [];
  for (let next = 0; next < ready.length; next += 1) {
    const unit = ready[next]!;
    ordered.push(unit);
    for (const name of followers.get(unit.name) ?? []) {
      const left = waiting.get(name)! - 1;
      waiting.set(name, left);
      const follower = units.get(name);
      if (left === 0 && follower !== undefined) ready.push(follower);
    }
  }
  if (ordered.length < section.units.length) reject("E0705", `the units of section "${section.name}" form a circle`);
  return ordered;
}
