import { stepsBetween } from "../domain.ts";
import type { AddressProgram, Affine, Domain, Flow, MemoryUnit, Section, TileMap, Unit } from "../flow.ts";
import { MAX_RAGGED } from "../vectors.ts";
import type { Report } from "./report.ts";

/** Counts and sizes stay below this, so that no product or sum that is formed later loses a digit of a double. */
const MOST = 2 ** 48;
/** Firings of one program: a run at one a cycle would take weeks. */
const MOST_FIRINGS = 2 ** 48;
/** Tiles of one program: the checker walks them one by one. */
export const MOST_TILES = 2 ** 18;
const MOST_COUNTERS = 64;

/** Whether every number of a unit can be calculated with; what cannot is reported, and the unit is judged no further. */
export function isSaneUnit(unit: Unit, report: Report): boolean {
  const before = report.found.length;
  switch (unit.kind) {
    case "load":
    case "store":
      saneProgram(unit.program, report);
      break;
    case "memory":
      saneMemory(unit, report);
      break;
    case "compute": {
      const { body } = unit;
      saneDomain(body.domain, report);
      if (body.kind === "simd") {
        whole(body.reduceFrom, 0, body.domain.counters.length, "reduceFrom", report);
        whole(body.bodyInputs, 0, body.inputs.length, "bodyInputs", report);
      } else {
        whole(body.m, 0, body.domain.counters.length - 2, "m", report);
        whole(body.rows, 1, MOST, "rows", report);
      }
      for (const { counter, base, scale } of body.kind === "simd" ? [...body.counters, ...body.epilogueCounters] : []) {
        whole(counter, 0, body.domain.counters.length - 1, "the counter of a counter value", report);
        whole(base, -MOST, MOST, "the base of a counter value", report);
        whole(scale, -MOST, MOST, "the scale of a counter value", report);
      }
      break;
    }
    default:
      unit satisfies never;
  }
  return report.found.length === before;
}

export function isSaneSection(section: Section, report: Report): boolean {
  const before = report.found.length;
  for (const { name, from, to, lanes, depth } of section.streams) {
    const at = report.within(`stream ${name}`);
    whole(lanes, 1, MOST, "lanes", at);
    whole(depth, 1, MOST, "depth", at);
    for (const { port } of [from, ...to]) whole(port, 0, MOST, "a port", at);
  }
  return report.found.length === before;
}

export function isSaneFlow(flow: Flow, report: Report): boolean {
  const before = report.found.length;
  for (const { name, shape, address, source } of flow.symbols) {
    const at = report.within(`symbol ${name}`);
    let elements = 1;
    for (const extent of shape) {
      whole(extent, 0, MOST, "an extent of its shape", at);
      elements *= extent;
    }
    if (!(elements <= MOST)) at.add(`holds more than ${MOST} elements`);
    if (address !== undefined) whole(address, 0, MOST, "the address", at);
    if (source?.kind === "file") {
      whole(source.offset, 0, MOST, "the offset in the file", at);
      whole(source.length, 0, MOST, "the length in the file", at);
    }
  }
  return report.found.length === before;
}

function saneMemory(unit: MemoryUnit, report: Report): void {
  whole(unit.elements, 0, MOST, "elements", report);
  whole(unit.capacity, 0, MOST, "capacity", report);
  whole(unit.span, 1, 2 ** 20, "span", report);
  for (const [index, program] of unit.writes.entries()) {
    saneProgram(program, report.within(`write ${index}`));
    whole(program.fifo, 0, MOST, "the FIFO", report.within(`write ${index}`));
  }
  for (const [index, program] of unit.reads.entries()) saneProgram(program, report.within(`read ${index}`));
  for (const { write, read, need, grant } of unit.handshakes) {
    whole(write, 0, unit.writes.length - 1, "the write program of a handshake", report);
    whole(read, 0, unit.reads.length - 1, "the read program of a handshake", report);
    saneTileMap(need, "need", report);
    saneTileMap(grant, "grant", report);
  }
}

/** A tile map of these numbers is monotone. */
function saneTileMap(map: TileMap, name: string, report: Report): void {
  whole(map.period, 1, 2 ** 24, `the period of ${name}`, report);
  whole(map.quantum, 0, 2 ** 24, `the quantum of ${name}`, report);
  whole(map.scale, 0, 2 ** 24, `the scale of ${name}`, report);
  whole(map.divisor, 1, 2 ** 24, `the divisor of ${name}`, report);
  whole(map.offset, -(2 ** 24), 2 ** 24, `the offset of ${name}`, report);
  whole(map.delay ?? 0, 0, 2 ** 24, `the delay of ${name}`, report);
}

function saneProgram(program: AddressProgram, report: Report): void {
  const { domain, address, guards, index } = program;
  saneDomain(domain, report);
  saneForm(address, domain, "the address", report);
  for (const { form, bound } of guards) {
    saneForm(form, domain, "a guard", report);
    whole(bound, -MOST, MOST, "the bound of a guard", report);
  }
  if (index === undefined) return;
  whole(index.stride, -MOST, MOST, "the stride of the index", report);
  whole(index.bound, 0, MOST, "the bound of the index", report);
  if (Math.abs(index.stride) * index.bound > MOST) report.add("the index reaches too far");
}

function saneDomain({ counters, tileDepth, vector, lanes }: Domain, report: Report): void {
  if (counters.length > MOST_COUNTERS)
    report.add(`has ${counters.length} counters, at most ${MOST_COUNTERS} make sense`);
  whole(tileDepth, 0, counters.length, "tileDepth", report);
  whole(vector, -1, counters.length - 1, "the vector counter", report);
  whole(lanes, 1, 2 ** 20, "lanes", report);
  let sane = true;
  for (const [index, { extent, step, within }] of counters.entries()) {
    sane = whole(extent, 0, MOST, `the extent of counter ${index}`, report) && sane;
    sane = whole(step, 1, MOST, `the step of counter ${index}`, report) && sane;
    if (within === undefined) continue;
    const block = counters[within];
    if (block === undefined || within >= index || index === vector || within === vector || step !== 1) {
      report.add(`counter ${index} cannot run within counter ${within}`);
      sane = false;
    } else if (block.step !== extent || block.within !== undefined) {
      report.add(`counter ${index} of extent ${extent} runs within counter ${within} of step ${block.step}`);
      sane = false;
    }
  }
  const blocked = counters.flatMap(({ within }) => (within === undefined ? [] : [within]));
  if (blocked.length > MAX_RAGGED || new Set(blocked).size < blocked.length) {
    report.add(`at most ${MAX_RAGGED} counters may run within others, each within another one`);
    sane = false;
  }
  if (!sane || report.full) return;
  const step = counters[vector]?.step;
  if (step !== undefined && step !== lanes)
    report.add(`the vector counter steps by ${step}, vectors have ${lanes} lanes`);
  const domain = { counters, tileDepth, vector, lanes };
  const tiles = stepsBetween(domain, 0, tileDepth);
  if (!(tiles <= MOST_TILES)) report.add(`has ${tiles} tiles, at most ${MOST_TILES} can be counted`);
  const firings = stepsBetween(domain, 0, counters.length);
  if (!(firings <= MOST_FIRINGS)) report.add(`has ${firings} firings, at most ${MOST_FIRINGS} make sense`);
}

function saneForm(form: Affine, { counters, lanes }: Domain, what: string, report: Report): void {
  if (form.strides.length !== counters.length) {
    report.add(`${what} has ${form.strides.length} strides for ${counters.length} counters`);
    return;
  }
  if (!whole(form.base, -MOST, MOST, `the base of ${what}`, report)) return;
  if (!whole(form.laneStride, -MOST, MOST, `the lane stride of ${what}`, report)) return;
  let reach = Math.abs(form.laneStride) * lanes;
  for (const [index, stride] of form.strides.entries()) {
    // Most of what is verified are strides: their names are only made for those that are wrong.
    if (!isWhole(stride, -MOST, MOST) && !whole(stride, -MOST, MOST, `stride ${index} of ${what}`, report)) return;
    reach += Math.abs(stride) * (counters[index]?.extent ?? 0);
  }
  if (!(reach <= MOST)) report.add(`${what} reaches further than ${MOST}`);
}

function isWhole(value: number, least: number, most: number): boolean {
  return Number.isSafeInteger(value) && value >= least && value <= most;
}

function whole(value: number, least: number, most: number, what: string, report: Report): boolean {
  if (isWhole(value, least, most)) return true;
  report.add(`${what} must be a whole number from ${least} to ${most}, found ${value}`);
  return false;
}
