import { invariant } from "@rdu/diagnostics";
import type { Call, TensorSymbol } from "@rdu/flow";
import { encodeChip } from "./chip-message.ts";
import { type Checksum, packContainer, type Segment } from "./container.ts";
import { encodeSection } from "./encode-section.ts";
import { rdu } from "./generated/pef.js";
import { indexByName, indexOf, Tables } from "./intern.ts";
import { SEGMENT_KINDS } from "./layout.ts";
import type { Pef } from "./pef.ts";

/**
 * The bytes of a PEF, the same for equal values, in pieces to be written one after another; inline weights are passed
 * through, not copied. The flow must be a verified one: names that do not exist are our fault.
 */
export function encode(pef: Pef, options: { readonly checksum?: Checksum } = {}): readonly Uint8Array[] {
  const { flow, placement, provenance, chip } = pef;
  const tables = new Tables();
  const weights = new WeightSegments();
  const symbols = indexByName(flow.symbols, "symbol");
  const sections = indexByName(flow.sections, "section");
  const placements = new Map(placement.sections.map((placed) => [placed.section, placed]));
  const message: rdu.pef.Directory.$Properties = {
    provenance: {
      tool: provenance.tool,
      version: provenance.version,
      source: provenance.source,
      sourceDigest: provenance.sourceDigest,
      options: Object.entries(provenance.options)
        .sort(byKey)
        .map(([key, value]) => ({ key, value })),
      levels: provenance.levels.map(({ level, digest }) => ({ key: level, value: digest })),
    },
    chip: encodeChip(chip),
    flowName: flow.name,
    symbols: flow.symbols.map((symbol) => encodeSymbol(symbol, symbols, weights, tables)),
    sections: flow.sections.map((section) => encodeSection(section, placements.get(section.name), symbols, tables)),
    schedule: flow.schedule.map((call) => encodeCall(call, sections, tables)),
    inputs: [...pef.inputs],
    outputs: [...pef.outputs],
    ledger: pef.ledger.map(({ nodes, rule, verdict, reason }) => ({
      nodes: nodes.map((node) => tables.string(node)),
      rule: tables.string(rule),
      verdict: tables.string(verdict),
      reason,
    })),
    placementChip: tables.string(placement.chip),
    placementSeed: placement.seed,
    placed: placement.sections.map(({ section }) => indexOf(sections, section, "section")),
  };
  const { strings, literals, immediates, origins, bodies, rows } = tables;
  const directory = rdu.pef.Directory.encode({ ...message, strings, literals, immediates, origins, bodies }).finish();
  return packContainer(
    directory,
    [{ kind: SEGMENT_KINDS.rows, bytes: rows.finish() }, ...weights.segments],
    options.checksum,
  );
}

/** The pieces in one array. */
export function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

/** By code unit, not by locale. */
function byKey([a]: readonly [string, string], [b]: readonly [string, string]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

const NOTHING = new Uint8Array(0);

/** Segments of inline weights; weights that share their bytes share a segment. */
class WeightSegments {
  readonly segments: Segment[] = [];
  readonly #known = new Map<ArrayBufferLike, Map<string, number>>();

  /** 1 + segment index in the file (segment 0 holds the rows). */
  id(bytes: Uint8Array): number {
    const buffer = bytes.length === 0 ? NOTHING.buffer : bytes.buffer;
    let known = this.#known.get(buffer);
    if (known === undefined) {
      known = new Map();
      this.#known.set(buffer, known);
    }
    const key = bytes.length === 0 ? "" : `${bytes.byteOffset}+${bytes.byteLength}`;
    let id = known.get(key);
    if (id === undefined) {
      id = 1 + this.segments.push({ kind: SEGMENT_KINDS.weight, bytes });
      known.set(key, id);
    }
    return id;
  }
}

function encodeSymbol(
  symbol: TensorSymbol,
  symbols: ReadonlyMap<string, number>,
  weights: WeightSegments,
  tables: Tables,
): rdu.pef.Symbol.$Properties {
  const { source } = symbol;
  const file = source?.kind === "file" ? { ...source, digest: source.digest ?? "" } : null;
  return {
    name: symbol.name,
    dtype: tables.string(symbol.dtype),
    role: tables.string(symbol.role),
    tier: tables.string(symbol.tier ?? ""),
    shapeRow: tables.rows.id(symbol.shape),
    alias: symbol.alias === undefined ? 0 : 1 + indexOf(symbols, symbol.alias, "symbol"),
    address: symbol.address ?? null,
    segment: source?.kind === "inline" ? weights.id(source.bytes) : 0,
    file,
  };
}

function encodeCall(call: Call, sections: ReadonlyMap<string, number>, tables: Tables): rdu.pef.Call.$Properties {
  if (call.kind === "section") return { section: indexOf(sections, call.section, "section") };
  invariant(call.kind === "host", "unknown kind of call");
  const values = (names: readonly (string | null)[]): number[] => {
    return names.map((name) => (name === null ? 0 : 1 + tables.string(name)));
  };
  return {
    host: {
      name: call.name,
      operation: call.operation,
      reason: call.reason,
      inputs: values(call.inputs),
      outputs: values(call.outputs),
      origin: tables.origin(call.origin),
    },
  };
}
