import type { Section, Unit } from "./flow.ts";

const SHAPES = { load: "cds", store: "cds", memory: "box3d", compute: "box" } as const satisfies Record<
  Unit["kind"],
  string
>;

/** A section as a Graphviz graph: units as nodes with what they do, streams as edges with what they carry. */
export function sectionToDot(section: Section): string {
  const lines = [`digraph ${JSON.stringify(section.name)} {`, "  rankdir=LR;", "  node [fontname=monospace];"];
  for (const unit of section.units) {
    lines.push(`  ${JSON.stringify(unit.name)} [shape=${SHAPES[unit.kind]}, label=${JSON.stringify(label(unit))}];`);
  }
  for (const { name, from, to, dtype, lanes } of section.streams) {
    for (const { unit } of to) {
      const text = JSON.stringify(`${name}\n${dtype} x ${lanes}`);
      lines.push(`  ${JSON.stringify(from.unit)} -> ${JSON.stringify(unit)} [label=${text}];`);
    }
  }
  lines.push("}");
  return `${lines.join("\n")}\n`;
}

function label(unit: Unit): string {
  switch (unit.kind) {
    case "load":
    case "store":
      return `${unit.name}\n${unit.kind} ${unit.symbol}`;
    case "memory":
      return `${unit.name}\nmemory ${unit.capacity} of ${unit.elements} ${unit.dtype}, ${unit.span} PMU`;
    case "compute":
      return `${unit.name}\n${unit.template}`;
    default:
      return unit satisfies never;
  }
}
