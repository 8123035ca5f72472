import { DTYPES, packedByteLength } from "@rdu/tensor";
import type { Call, Flow, Section, TensorSymbol } from "../flow.ts";
import { ownerOf, symbolsByName } from "../queries.ts";
import type { Report } from "./report.ts";

/** Bytes of a symbol in device memory: elements unpacked, row-major. */
export function symbolBytes({ dtype, shape }: TensorSymbol): number {
  return shape.reduce((product, extent) => product * extent, DTYPES[dtype].bytes);
}

/**
 * What must hold of symbols and schedule:
 *
 * - names are unique; aliases lead to a symbol of as many bytes, not in a circle;
 * - weights, and only they, have a source, which is as long as the tensor;
 * - calls name sections that exist, sections symbols that exist; every section is called. A host call may also use names that no symbol
 *   has: values that only the host touches;
 * - what a call reads has been written before, unless it is an input, weight or state; every output is written;
 * - no section loads what it also stores: nothing would order the two.
 */
export function verifySymbols(flow: Flow, report: Report): void {
  const symbols = symbolsByName(flow);
  const seen = new Set<string>();
  for (const symbol of flow.symbols) {
    const at = report.within(`symbol ${symbol.name}`);
    if (seen.has(symbol.name)) at.add("is defined twice");
    seen.add(symbol.name);
    verifySymbol(symbol, symbols, at);
  }
  const sections = new Map(flow.sections.map((section) => [section.name, section]));
  if (sections.size < flow.sections.length) report.add("two sections have the same name");
  const written = new Set<TensorSymbol>();
  for (const symbol of flow.symbols) {
    if (symbol.role !== "output" && symbol.role !== "intermediate") written.add(ownerOf(symbols, symbol));
  }
  const called = new Set<string>();
  for (const [number, call] of flow.schedule.entries()) {
    const at = report.within(`call ${number}`);
    const uses = usesOf(call, sections, at);
    if (uses === null) continue;
    if (call.kind === "section") called.add(call.section);
    const owner = (name: string): TensorSymbol | undefined => {
      const symbol = symbols.get(name);
      if (symbol === undefined && call.kind === "section") at.add(`there is no symbol ${name}`);
      return symbol === undefined ? undefined : ownerOf(symbols, symbol);
    };
    const loaded = new Set(uses.reads.map(owner));
    for (const name of new Set(uses.reads)) {
      const symbol = owner(name);
      if (symbol === undefined || written.has(symbol)) continue;
      if (symbol.shape.every((extent) => extent > 0)) {
        at.add(`reads ${name}, which nothing has written before`);
      }
    }
    for (const name of new Set(uses.writes)) {
      const symbol = owner(name);
      if (symbol === undefined) continue;
      if (symbol.role === "weight") at.add(`writes ${name}, which is a weight`);
      if (call.kind === "section" && loaded.has(symbol)) at.add(`both loads and stores ${name}`);
      written.add(symbol);
    }
  }
  for (const { name } of flow.sections) if (!called.has(name)) report.within(`section ${name}`).add("is never called");
  for (const symbol of flow.symbols) {
    const empty = symbol.shape.some((extent) => extent === 0);
    if (symbol.role === "output" && !empty && !written.has(ownerOf(symbols, symbol))) {
      report.within(`symbol ${symbol.name}`).add("is an output that nothing writes");
    }
  }
}

function verifySymbol(symbol: TensorSymbol, symbols: ReadonlyMap<string, TensorSymbol>, report: Report): void {
  const { dtype, shape, alias, source, role } = symbol;
  const bytes = symbolBytes(symbol);
  if (alias !== undefined) {
    const owner = ownerOf(symbols, symbol);
    if (!symbols.has(alias)) report.add(`is an alias of ${alias}, which does not exist`);
    else if (owner.alias !== undefined) report.add("is an alias in a circle, or of something that does not exist");
    else if (symbolBytes(owner) !== bytes) {
      report.add(`has ${bytes} bytes, its alias ${owner.name} has ${symbolBytes(owner)}`);
    }
  }
  // Strings have no place in device memory: only host calls touch them.
  if (DTYPES[dtype].bytes === 0) return;
  if (source === undefined) {
    if (role === "weight" && alias === undefined) report.add("is a weight without a source");
    return;
  }
  if (role !== "weight" && role !== "state") report.add(`is ${role} and has the source of a weight`);
  const found = source.kind === "inline" ? source.bytes.length : source.length;
  const elements = shape.reduce((product, extent) => product * extent, 1);
  if (found !== bytes && found !== packedByteLength(dtype, elements))
    report.add(`has ${bytes} bytes, its source ${found}`);
}

/** Symbols that a call reads and writes, or null when it calls nothing. */
function usesOf(
  call: Call,
  sections: ReadonlyMap<string, Section>,
  report: Report,
): { reads: string[]; writes: string[] } | null {
  if (call.kind === "host") {
    const named = (list: readonly (string | null)[]): string[] => list.filter((name) => name !== null);
    return { reads: named(call.inputs), writes: named(call.outputs) };
  }
  const section = sections.get(call.section);
  if (section === undefined) {
    report.add(`calls section ${call.section}, which does not exist`);
    return null;
  }
  const reads: string[] = [];
  const writes: string[] = [];
  for (const unit of section.units) {
    if (unit.kind === "load") reads.push(unit.symbol);
    else if (unit.kind === "store") writes.push(unit.symbol);
  }
  return { reads, writes };
}
