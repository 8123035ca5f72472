import type { Chip } from "@rdu/chip";
import type { Diagnostic } from "@rdu/diagnostics";
import { DTYPES } from "@rdu/tensor";
import { addressRange } from "../address-range.ts";
import type { AddressProgram, Flow, MemoryUnit, Section, TensorSymbol, Unit } from "../flow.ts";
import { memoryBytes } from "../needs.ts";
import { symbolsByName } from "../queries.ts";
import { accessesOutside } from "./outside.ts";
import { Report } from "./report.ts";
import { isSaneFlow, isSaneSection, isSaneUnit } from "./sane-numbers.ts";
import { limit, verifyBody } from "./verify-body.ts";
import { verifySymbols } from "./verify-symbols.ts";
import { verifyWiring } from "./verify-wiring.ts";

/**
 * All that is wrong with a flow on this chip, whatever its numbers are: E0407 for what makes no sense, E0505 for what is beyond a unit's
 * limits. Empty when it is good. The invariants are listed with the functions that check them: `verifySymbols`, `verifyWiring`,
 * `verifyBody`, and for units with addresses:
 *
 * - FIFOs no deeper than those of the chip; counters, input FIFOs and programs within the limits of the PMUs it spans;
 * - a memory unit's store fits the PMUs it spans, and is not larger than what it stands for;
 * - every address lies inside the tensor or the memory unit, guards and indices taken into account.
 *
 * Time is linear in the size of the flow; findings end at one hundred.
 */
export function verifyFlow(flow: Flow, chip: Chip): Diagnostic[] {
  const report = new Report("E0407", [`flow ${flow.name}`]);
  if (!isSaneFlow(flow, report)) return report.found;
  verifySymbols(flow, report);
  const symbols = symbolsByName(flow);
  for (const section of flow.sections) verifySection(section, symbols, chip, report.within(`section ${section.name}`));
  return report.found;
}

function verifySection(section: Section, symbols: ReadonlyMap<string, TensorSymbol>, chip: Chip, report: Report): void {
  const judged = new Map<string, Unit>();
  const names = new Set<string>();
  for (const unit of section.units) {
    const at = report.within(`unit ${unit.name}`);
    if (names.has(unit.name)) at.add("is defined twice");
    names.add(unit.name);
    if (report.full || !isSaneUnit(unit, at)) continue;
    judged.set(unit.name, unit);
    verifyUnit(unit, symbols, chip, at);
  }
  const streams = new Set<string>();
  for (const { name, depth } of section.streams) {
    const at = report.within(`stream ${name}`);
    if (streams.has(name)) at.add("is defined twice");
    streams.add(name);
    limit(depth, chip.network.fifoDepth, "vectors of a FIFO", at);
  }
  if (!report.full && isSaneSection(section, report)) verifyWiring(section, symbols, judged, report);
}

function verifyUnit(unit: Unit, symbols: ReadonlyMap<string, TensorSymbol>, chip: Chip, report: Report): void {
  switch (unit.kind) {
    case "compute":
      verifyBody(unit, chip, report);
      return;
    case "memory":
      verifyMemory(unit, chip, report);
      return;
    case "load":
    case "store": {
      const symbol = symbols.get(unit.symbol);
      if (symbol === undefined) {
        report.add(`there is no symbol ${unit.symbol}`);
        return;
      }
      if (DTYPES[symbol.dtype].bytes === 0)
        report.add(`symbol ${unit.symbol} holds ${symbol.dtype}s, which no section reaches`);
      if (symbol.tier === "host") report.add(`symbol ${unit.symbol} is in host memory, which no section reaches`);
      const elements = symbol.shape.reduce((product, extent) => product * extent, 1);
      verifyProgram(unit.program, elements, chip, report);
      return;
    }
    default:
      unit satisfies never;
  }
}

function verifyMemory(unit: MemoryUnit, chip: Chip, report: Report): void {
  if (unit.capacity > unit.elements) report.add(`holds ${unit.capacity} of ${unit.elements} elements`);
  if (unit.capacity < 1 && unit.elements > 0) report.add("holds nothing");
  limit(memoryBytes(unit), unit.span * chip.pmu.bytes, `bytes in ${unit.span} PMUs`, report);
  limit(unit.writes.length + unit.reads.length, unit.span * chip.pmu.programs, "address programs", report);
  for (const [index, program] of unit.writes.entries()) {
    const at = report.within(`write ${index}`);
    limit(program.fifo + 1, chip.pmu.vectorInputs, "input FIFOs", at);
    verifyProgram(program, unit.elements, chip, at);
  }
  for (const [index, program] of unit.reads.entries()) {
    verifyProgram(program, unit.elements, chip, report.within(`read ${index}`));
  }
}

function verifyProgram(program: AddressProgram, elements: number, chip: Chip, report: Report): void {
  limit(program.domain.counters.length - program.domain.tileDepth, chip.pmu.counters, "counters within a tile", report);
  limit(program.domain.lanes, chip.pcu.vectorBytes / 2, "lanes", report);
  const range = addressRange(program);
  if (range === null || (range.low >= 0 && range.high < elements)) return;
  const outside = accessesOutside(program, elements);
  if (outside !== false) {
    const what = outside === true ? "reaches" : "cannot be shown not to reach";
    report.add(`${what} addresses ${range.low} to ${range.high}, there are ${elements} elements`);
  }
}
