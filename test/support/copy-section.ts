import type { AddressProgram, MemoryUnit, Section, Unit } from "@rdu/flow";
import { affine, counter, domain, program, type SectionCase, sectionBuilder, tileByTile } from "./section-builder.ts";

/** A section of a load, a memory unit and a store, to be damaged one part at a time. */

/** Four rows of eight pass through a memory unit that holds two. */
export function copySection(): SectionCase {
  const build = sectionBuilder(2);
  const rows = domain([counter(4), counter(8, 4)], 1, 1);
  const all = program(rows, affine([8, 1], 1));
  const values = Array.from({ length: 32 }, (_, index) => index);
  build.input("x", "float32", values);
  build.output("y", "float32", 32, values);
  const [copied] = build.memory(
    "buffer",
    "float32",
    { elements: 32, capacity: 16 },
    [[all, build.load("load", "x", all)]],
    [all],
    [tileByTile(0, 0, 2)],
  );
  if (copied !== undefined) build.store("store", "y", all, copied);
  return build.build("copy");
}

export function edited(section: Section, unit: string, edit: (found: Unit) => Unit): Section {
  return { ...section, units: section.units.map((each) => (each.name === unit ? edit(each) : each)) };
}

export function editMemory(edit: (unit: MemoryUnit) => Partial<MemoryUnit>): Section {
  return edited(copySection().section, "buffer", (unit) =>
    unit.kind === "memory" ? { ...unit, ...edit(unit) } : unit,
  );
}

export function shifted(program: AddressProgram, by: number): AddressProgram {
  return { ...program, address: { ...program.address, base: program.address.base + by } };
}
