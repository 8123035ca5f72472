import { type DType, isInteger } from "@rdu/tensor";
import type { Port, Section, Stream, TensorSymbol, Unit } from "../flow.ts";
import { indexedPrograms, inputCount, outputCount } from "../queries.ts";
import { portText } from "../text/print-flow.ts";
import { firedVectors, type VectorSequence, vectorsInto, vectorsOutOf } from "../vectors.ts";
import type { Report } from "./report.ts";

/**
 * What must hold of the streams of a section:
 *
 * - every port is wired to exactly one stream, and no stream to a port that does not exist;
 * - both ends agree on the element type, the lanes, and on number, lengths and tiles of the vectors;
 * - units and streams form no circle.
 *
 * `judged`: the units whose numbers can be calculated with.
 */
export function verifyWiring(
  section: Section,
  symbols: ReadonlyMap<string, TensorSymbol>,
  judged: ReadonlyMap<string, Unit>,
  report: Report,
): void {
  const wired = new Map<string, Wired>(section.units.map(({ name }) => [name, { output: [], input: [], index: [] }]));
  const take = (direction: "output" | "input", { unit, port, index }: Port, at: Report): void => {
    const counts = wired.get(unit)?.[index === true ? "index" : direction];
    if (counts === undefined) at.add(`there is no unit ${unit}`);
    else if (port < MOST_PORTS) counts[port] = (counts[port] ?? 0) + 1;
    else at.add(`there is no port ${portText({ unit, port })}`);
  };
  for (const stream of section.streams) {
    const at = report.within(`stream ${stream.name}`);
    if (stream.to.length === 0) at.add("goes nowhere");
    if (stream.from.index === true) at.add("comes from an index port, which only takes vectors");
    take("output", stream.from, at);
    for (const port of stream.to) take("input", port, at);
    verifyEnds(stream, symbols, judged, at);
    if (report.full) return;
  }
  for (const unit of section.units) {
    const { output, input, index } = wired.get(unit.name) ?? { output: [], input: [], index: [] };
    const at = report.within(`unit ${unit.name}`);
    expectOne(output, outputCount(unit), "output port", at);
    expectOne(input, inputCount(unit), "input port", at);
    for (const [port, { index: imported }] of indexedPrograms(unit).entries()) {
      const count = index[port] ?? 0;
      if (imported !== undefined && count !== 1) at.add(`index port ${port} has ${count} streams, must have one`);
      if (imported === undefined && count > 0) at.add(`has no index port ${port}`);
    }
    if (index.length > indexedPrograms(unit).length) at.add(`has no index port ${index.length - 1}`);
    if (report.full) return;
  }
  const circle = findCircle(section);
  if (circle !== null) report.add(`units form a circle: ${circle.join(" -> ")}`);
}

/** How many streams are wired to each port of a unit. */
interface Wired {
  readonly output: number[];
  readonly input: number[];
  readonly index: number[];
}

/** No unit has as many; keeps the lists above short whatever a text says. */
const MOST_PORTS = 65536;

function expectOne(counts: readonly number[], ports: number, what: string, report: Report): void {
  for (let port = 0; port < ports; port += 1) {
    const count = counts[port] ?? 0;
    if (count !== 1) report.add(`${what} ${port} has ${count} streams, must have one`);
  }
  if (counts.length > ports) report.add(`has no ${what} ${counts.length - 1}`);
}

function verifyEnds(
  stream: Stream,
  symbols: ReadonlyMap<string, TensorSymbol>,
  judged: ReadonlyMap<string, Unit>,
  report: Report,
): void {
  const source = judged.get(stream.from.unit);
  if (source === undefined) return;
  const given = vectorsOutOf(source, stream.from.port);
  if (given === undefined) return;
  const gives = outputType(source, stream.from.port, symbols);
  if (gives !== undefined && gives !== stream.dtype) report.add(`carries ${stream.dtype}, its source gives ${gives}`);
  const longest = Math.max(1, ...[...given.matchAll(/\d+(?![\d*])/g)].map(([digits]) => Number(digits)));
  if (longest > stream.lanes) report.add(`carries ${stream.lanes} lanes, its source gives vectors of ${longest}`);
  for (const port of stream.to) {
    const unit = judged.get(port.unit);
    if (unit === undefined) continue;
    const taken = port.index === true ? indexVectors(unit, port.port) : vectorsInto(unit, port.port);
    if (taken === undefined) continue;
    if (taken !== given) report.add(`gives vectors ${shown(given)}, ${portText(port)} takes ${shown(taken)}`);
    if (port.index === true) {
      if (!isInteger(stream.dtype)) report.add(`carries ${stream.dtype}, indices are integers`);
      continue;
    }
    const takes = inputType(unit, port.port, symbols);
    if (takes !== undefined && takes !== stream.dtype) {
      report.add(`carries ${stream.dtype}, ${portText(port)} takes ${takes}`);
    }
  }
}

function shown(sequence: VectorSequence): string {
  return sequence.length > 80 ? `${sequence.slice(0, 77)}...` : sequence;
}

function indexVectors(unit: Unit, port: number): VectorSequence | undefined {
  const program = indexedPrograms(unit)[port];
  return program?.index === undefined ? undefined : firedVectors(program.domain, !program.index.perLane);
}

function outputType(unit: Unit, port: number, symbols: ReadonlyMap<string, TensorSymbol>): DType | undefined {
  if (unit.kind === "load") return symbols.get(unit.symbol)?.dtype;
  if (unit.kind === "memory") return unit.dtype;
  return unit.kind === "compute" ? unit.body.outputs[port]?.dtype : undefined;
}

function inputType(unit: Unit, port: number, symbols: ReadonlyMap<string, TensorSymbol>): DType | undefined {
  if (unit.kind === "store") return symbols.get(unit.symbol)?.dtype;
  if (unit.kind === "memory") return unit.dtype;
  return unit.kind === "compute" ? unit.body.inputs[port]?.dtype : undefined;
}

/** Units that wait for each other for ever, or null. */
function findCircle(section: Section): string[] | null {
  const next = new Map<string, string[]>(section.units.map(({ name }) => [name, []]));
  const waiting = new Map<string, number>(section.units.map(({ name }) => [name, 0]));
  for (const { from, to } of section.streams) {
    for (const { unit } of to) {
      if (!waiting.has(unit) || !next.has(from.unit)) continue;
      next.get(from.unit)?.push(unit);
      waiting.set(unit, (waiting.get(unit) ?? 0) + 1);
    }
  }
  const ready = [...waiting].filter(([, count]) => count === 0).map(([name]) => name);
  for (let name = ready.pop(); name !== undefined; name = ready.pop()) {
    waiting.delete(name);
    for (const unit of next.get(name) ?? []) {
      const count = (waiting.get(unit) ?? 0) - 1;
      waiting.set(unit, count);
      if (count === 0) ready.push(unit);
    }
  }
  const [start] = waiting.keys();
  if (start === undefined) return null;
  // What is left waits for something that is left: following that backwards must come round.
  const before = new Map<string, string>();
  for (const [name, units] of next) if (waiting.has(name)) for (const unit of units) before.set(unit, name);
  const walked: string[] = [];
  let at = start;
  while (!walked.includes(at)) {
    walked.push(at);
    at = before.get(at) ?? at;
  }
  return [at, ...walked.slice(walked.indexOf(at)).reverse()];
}
