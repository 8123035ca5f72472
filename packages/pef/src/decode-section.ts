import type { MemoryUnit, Port, Route, Section, SectionPlacement, Site, Stream, Unit } from "@rdu/flow";
import { decodeBody } from "./decode-body.ts";
import { handshakeOf, programOf } from "./decode-programs.ts";
import { counted64, type DecodedTables, invalid, pick, unsigned } from "./decode-tables.ts";
import type { rdu } from "./generated/pef.js";

/** The inverse of `encodeSection`. `symbols` are the names of the tensor symbols in order. */
export function decodeSection(
  message: rdu.pef.Section.$Properties,
  symbols: readonly string[],
  tables: DecodedTables,
): Section {
  const units = (message.units ?? []).map((unit) => decodeUnit(unit, symbols, tables));
  const names = units.map(({ name }) => name);
  const streams = (message.streams ?? []).map((stream) => decodeStream(stream, names, tables));
  return { name: message.name ?? "", units, streams };
}

export function decodePlacement(
  message: rdu.pef.Section.$Properties,
  { name, units, streams }: Section,
  tables: DecodedTables,
): SectionPlacement {
  const siteRows = message.siteRows ?? [];
  const routeRows = message.routeRows ?? [];
  if (siteRows.length !== units.length || routeRows.length !== streams.length) invalid(`placement of section ${name}`);
  const sites = new Map<string, readonly Site[]>();
  for (const [index, unit] of units.entries()) {
    const row = unsigned(siteRows[index]);
    if (row !== 0)
      sites.set(
        unit.name,
        tables.once("sites", row - 1, (words) => words.map(siteOf)),
      );
  }
  const routes = new Map<string, Route>();
  for (const [index, stream] of streams.entries()) {
    const row = unsigned(routeRows[index]);
    if (row !== 0) routes.set(stream.name, tables.once("route", row - 1, routeOf));
  }
  return { section: name, sites, routes };
}

function siteOf(word: number): Site {
  if (!Number.isInteger(word) || word < 0 || word >= 2 ** 32) invalid(`site ${word}`);
  return { tile: Math.floor(word / 2 ** 20), row: Math.floor(word / 2 ** 10) % 1024, column: word % 1024 };
}

function routeOf(differences: readonly number[]): Route {
  if (differences.length % 2 !== 0) invalid("a route with half a hop");
  const hops: { from: Site; to: Site }[] = [];
  let word = 0;
  let from: Site | undefined;
  for (const difference of differences) {
    word += difference;
    const site = siteOf(word);
    if (from === undefined) from = site;
    else {
      hops.push({ from, to: site });
      from = undefined;
    }
  }
  return { hops };
}

function decodeUnit(message: rdu.pef.Unit.$Properties, symbols: readonly string[], tables: DecodedTables): Unit {
  const common = { name: message.name ?? "", origin: tables.origin(message.origin) };
  const { load, store, memory, compute } = message;
  if (load) {
    return {
      kind: "load",
      ...common,
      symbol: pick(symbols, unsigned(load.symbol), "symbol"),
      program: programOf(load.programRow, tables),
    };
  }
  if (store) {
    const initial = tables.optionalLiteral(store.initial);
    return {
      kind: "store",
      ...common,
      symbol: pick(symbols, unsigned(store.symbol), "symbol"),
      program: programOf(store.programRow, tables),
      ...(initial === undefined ? {} : { initial }),
    };
  }
  if (memory) return { kind: "memory", ...common, ...decodeMemory(memory, tables) };
  if (compute) {
    return {
      kind: "compute",
      ...common,
      template: tables.string(compute.template),
      body: tables.onceBody(compute.body, (body) => decodeBody(body, tables)),
    };
  }
  return invalid(`unit ${common.name} has no kind`);
}

function decodeMemory(
  message: rdu.pef.Memory.$Properties,
  tables: DecodedTables,
): Omit<MemoryUnit, "kind" | "name" | "origin"> {
  const initial = tables.optionalLiteral(message.initial);
  const fifos = message.writeFifos ?? [];
  const writeRows = message.writeRows ?? [];
  if (fifos.length !== writeRows.length) invalid("a memory unit whose write programs lack their FIFOs");
  return {
    dtype: tables.dtype(message.dtype),
    elements: counted64(message.elements, "number of elements"),
    capacity: counted64(message.capacity, "capacity"),
    span: unsigned(message.span),
    ...(initial === undefined ? {} : { initial }),
    writes: writeRows.map((row, index) => ({ ...programOf(row, tables), fifo: unsigned(fifos[index]) })),
    reads: (message.readRows ?? []).map((row) => programOf(row, tables)),
    handshakes: (message.handshakeRows ?? []).map((row) => tables.once("handshake", row, handshakeOf)),
  };
}

function decodeStream(message: rdu.pef.Stream.$Properties, units: readonly string[], tables: DecodedTables): Stream {
  const ends = message.ends ?? [];
  if (ends.length % 2 !== 0 || ends.length < 2) invalid(`stream ${message.name} has no ends`);
  const ports: Port[] = [];
  for (let at = 0; at < ends.length; at += 2) {
    const code = unsigned(ends[at + 1]);
    const port = Math.floor(code / 2);
    ports.push({ unit: pick(units, ends[at], "unit"), port, ...(code % 2 === 1 ? { index: true } : {}) });
  }
  const [from, ...to] = ports as [Port, ...Port[]];
  return {
    name: message.name ?? "",
    from,
    to,
    dtype: tables.dtype(message.dtype),
    lanes: unsigned(message.lanes),
    depth: unsigned(message.depth),
  };
}
