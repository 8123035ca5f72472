import { printChip } from "@rdu/chip";
import { writeString } from "@rdu/diagnostics";
import { printFlow, printPlacement } from "@rdu/flow";
import { type Checksum, type Container, unpackContainer } from "./container.ts";
import { decodeContainer } from "./decode.ts";
import { type Field, HEADER, SEGMENT, SEGMENT_BYTES } from "./layout.ts";
import type { Pef } from "./pef.ts";

/**
 * Everything in a PEF as text (`.pef.txt`): each field of the container with its offset in the file, provenance, inputs and outputs, the
 * fusion ledger, the chip, and the program in its .flow and .place forms. Rejects what `decode` rejects.
 */
export function dump(file: Uint8Array, options: { readonly checksum?: Checksum } = {}): string {
  const container = unpackContainer(file, options.checksum);
  const pef = decodeContainer(container);
  return [
    `pef ${writeString(pef.flow.name)} // ${file.length} bytes`,
    "",
    "header",
    ...fieldLines(0, HEADER, container.header),
    "",
    "segments",
    ...segmentLines(container, pef),
    "",
    "provenance",
    ...provenanceLines(pef),
    "",
    ...bindingLines("input", pef.inputs),
    ...bindingLines("output", pef.outputs),
    "",
    `ledger // ${pef.ledger.length} decisions`,
    ...pef.ledger.map(({ nodes, rule, verdict, reason }) => `  ${rule} ${verdict} ${nodes.join(", ")}: ${reason}`),
    "",
    printChip(pef.chip).trimEnd(),
    "",
    printFlow(pef.flow).trimEnd(),
    "",
    printPlacement(pef.placement).trimEnd(),
    "",
  ].join("\n");
}

function fieldLines(start: number, fields: readonly Field[], values: Readonly<Record<string, number>>): string[] {
  return fields
    .filter(({ type }) => type !== "bytes8")
    .map(({ name, offset, type }) => {
      const value = values[name] ?? 0;
      const shown = name.toLowerCase().endsWith("crc") ? hexadecimal(value, 8) : String(value);
      return `  ${hexadecimal(start + offset, 8)} ${name} ${shown} : ${type}`;
    });
}

function segmentLines({ header, records, segments }: Container, { flow }: Pef): string[] {
  const owners = new Map<Uint8Array, string[]>();
  for (const { name, source } of flow.symbols) {
    if (source?.kind === "inline") owners.set(source.bytes, [...(owners.get(source.bytes) ?? []), name]);
  }
  return records.flatMap((record, index) => {
    const bytes = segments[index]?.bytes;
    const names = bytes === undefined ? [] : (owners.get(bytes) ?? []);
    const what = index === 0 ? "the rows" : `weight ${names.join(", ")}`;
    const start = header.segmentTableOffset + index * SEGMENT_BYTES;
    return [`  segment ${index} // ${what}`, ...fieldLines(start, SEGMENT, record).map((line) => `  ${line}`)];
  });
}

function provenanceLines({ provenance }: Pef): string[] {
  const { tool, version, source, sourceDigest, options, levels } = provenance;
  return [
    `  tool ${tool} ${version}`,
    `  source ${writeString(source)} sha256 ${sourceDigest}`,
    ...Object.entries(options).map(([key, value]) => `  option ${key} = ${value}`),
    ...levels.map(({ level, digest }) => `  level ${level} sha256 ${digest}`),
  ];
}

function bindingLines(what: string, bindings: Pef["inputs"]): string[] {
  return bindings.map(
    ({ name, symbol, type }) =>
      `${what} ${writeString(name)} is symbol ${writeString(symbol)}${type === undefined ? "" : ` of type ${type}`}`,
  );
}

function hexadecimal(value: number, digits: number): string {
  return `0x${value.toString(16).padStart(digits, "0")}`;
}
