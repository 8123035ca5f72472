import { CompileError } from "@rdu/diagnostics";
import type { Call, Placement, Section, TensorSymbol } from "@rdu/flow";
import { decodeChip } from "./chip-message.ts";
import { type Checksum, type Container, unpackContainer } from "./container.ts";
import { decodePlacement, decodeSection } from "./decode-section.ts";
import { counted64, DecodedTables, invalid, pick, unsigned } from "./decode-tables.ts";
import { rdu } from "./generated/pef.js";
import type { Pef, Provenance } from "./pef.ts";

const ROLES = ["input", "output", "weight", "state", "intermediate"] as const;
const TIERS = ["hbm", "ddr", "host"] as const;

/**
 * Reads a PEF. Weights inside it are views of `file`, not copies. Whatever the bytes are, the outcome is a value or a
 * CompileError (E0701 to E0705), in time and memory proportional to the file; whether the program obeys the machine's rules
 * is for `validate` to say.
 */
export function decode(file: Uint8Array, options: { readonly checksum?: Checksum } = {}): Pef {
  return decodeContainer(unpackContainer(file, options.checksum));
}

export function decodeContainer({ directory, segments }: Container): Pef {
  const message = decodeDirectory(directory);
  const rows = pick(segments, 0, "segment");
  const tables = new DecodedTables(message, rows.bytes);
  const names = (message.symbols ?? []).map(({ name }) => name ?? "");
  const symbols = (message.symbols ?? []).map((symbol) => decodeSymbol(symbol, names, segments, tables));
  const sections = (message.sections ?? []).map((section) => decodeSection(section, names, tables));
  return {
    chip: decodeChip(message.chip),
    flow: {
      name: message.flowName ?? "",
      symbols,
      sections,
      schedule: (message.schedule ?? []).map((call) => decodeCall(call, sections, tables)),
    },
    placement: decodePlacements(message, sections, tables),
    inputs: (message.inputs ?? []).map(binding),
    outputs: (message.outputs ?? []).map(binding),
    provenance: decodeProvenance(message.provenance ?? {}),
    ledger: (message.ledger ?? []).map(({ nodes, rule, verdict, reason }) => ({
      nodes: (nodes ?? []).map((node) => tables.string(node)),
      rule: tables.string(rule),
      verdict: tables.string(verdict),
      reason: reason ?? "",
    })),
  };
}

/** Anything that the protobuf reader throws means that the bytes are no such message. */
function decodeDirectory(bytes: Uint8Array): rdu.pef.Directory.$Properties {
  try {
    return rdu.pef.Directory.decode(bytes);
  } catch (error) {
    if (error instanceof CompileError) throw error;
    return invalid(`the directory is no rdu.pef.Directory: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function decodePlacements(
  message: rdu.pef.Directory.$Properties,
  sections: readonly Section[],
  tables: DecodedTables,
): Placement {
  const placed = message.placed ?? [];
  if (new Set(placed).size !== placed.length) invalid("a section is placed twice");
  return {
    chip: tables.string(message.placementChip),
    seed: message.placementSeed ?? 0,
    sections: placed.map((index) => {
      const section = pick(sections, index, "section");
      return decodePlacement(pick(message.sections ?? [], index, "section"), section, tables);
    }),
  };
}

function decodeProvenance(message: rdu.pef.Provenance.$Properties): Provenance {
  return {
    tool: message.tool ?? "",
    version: message.version ?? "",
    source: message.source ?? "",
    sourceDigest: message.sourceDigest ?? "",
    options: Object.fromEntries((message.options ?? []).map(({ key, value }) => [key ?? "", value ?? ""])),
    levels: (message.levels ?? []).map(({ key, value }) => ({ level: key ?? "", digest: value ?? "" })),
  };
}

function binding({ name, symbol, type }: rdu.pef.Binding.$Properties): Pef["inputs"][number] {
  return { name: name ?? "", symbol: symbol ?? "", ...(type ? { type } : {}) };
}

function decodeSymbol(
  message: rdu.pef.Symbol.$Properties,
  names: readonly string[],
  segments: Container["segments"],
  tables: DecodedTables,
): TensorSymbol {
  const { name, segment, file } = message;
  const tier = tables.optionalWord(message.tier, TIERS, "memory tier");
  const shape = tables.row(message.shapeRow);
  if (shape.some((extent) => extent < 0)) invalid(`the shape of symbol ${name}`);
  const alias = unsigned(message.alias);
  const symbol: TensorSymbol = {
    name: name ?? "",
    dtype: tables.dtype(message.dtype),
    shape,
    role: tables.word(message.role, ROLES, "role of a symbol"),
    ...(alias === 0 ? {} : { alias: pick(names, alias - 1, "symbol") }),
    ...(tier === undefined ? {} : { tier }),
    ...(message.address === null || message.address === undefined
      ? {}
      : { address: counted64(message.address, `the address of symbol ${name}`) }),
  };
  if (segment) {
    const { kind, bytes } = pick(segments, segment - 1, "segment");
    if (kind !== 2) invalid(`the weight ${name} lies in a segment of kind ${kind}`);
    return { ...symbol, source: { kind: "inline", bytes } };
  }
  if (!file) return symbol;
  return {
    ...symbol,
    source: {
      kind: "file",
      location: file.location ?? "",
      offset: counted64(file.offset, "the offset of a weight"),
      length: counted64(file.length, "the length of a weight"),
      ...(file.digest ? { digest: file.digest } : {}),
    },
  };
}

function decodeCall(message: rdu.pef.Call.$Properties, sections: readonly Section[], tables: DecodedTables): Call {
  const { host } = message;
  if (!host) {
    if (message.section === null || message.section === undefined) return invalid("a call of nothing");
    return { kind: "section", section: pick(sections, message.section, "section").name };
  }
  const values = (ids: readonly number[] | null | undefined): (string | null)[] => {
    return (ids ?? []).map((id) => (id === 0 ? null : tables.string(id - 1)));
  };
  return {
    kind: "host",
    name: host.name ?? "",
    operation: host.operation ?? "",
    reason: host.reason ?? "",
    inputs: values(host.inputs),
    outputs: values(host.outputs),
    origin: tables.origin(host.origin),
  };
}
