import { type Field, HEADER, SEGMENT } from "./layout.ts";

const BYTES = { bytes8: 8, u16: 2, u32: 4, u64: 8 } as const satisfies Record<Field["type"], number>;

/** The fixed records of the container as tables for docs/pef.md, the heading first. */
export function layoutTables(): Readonly<Record<"header" | "segment", readonly (readonly string[])[]>> {
  return { header: rowsOf(HEADER), segment: rowsOf(SEGMENT) };
}

function rowsOf(fields: readonly Field[]): string[][] {
  return [
    ["offset", "bytes", "field", "meaning"],
    ...fields.map(({ name, offset, type, meaning }) => [String(offset), String(BYTES[type]), name, meaning]),
  ];
}
