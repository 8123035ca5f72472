import { Printer, writeName, writeString } from "@rdu/diagnostics";
import { DTYPES } from "@rdu/tensor";
import type { Call, Flow, Port, Section, Stream, TensorSymbol, Unit } from "../flow.ts";
import { bodyHead, printBody } from "./body-text.ts";
import { printOrigin } from "./origin-text.ts";
import { printElement, printProgram, printTileMap } from "./program-text.ts";

/** Inline weights up to this many bytes stand in the text itself. */
const LITERAL_BYTES = 64;
const NOTHING: ReadonlySet<string> = new Set(["none"]);

export interface PrintFlowOptions {
  /** Write every inline weight into the text, so that it stands alone. */
  readonly payload?: boolean;
  /** Names the larger inline weights by this digest of their bytes. Without it they are numbered as in `payloadsOf`. */
  readonly digestOf?: (bytes: Uint8Array) => string;
}

/** The .flow form: symbols, schedule, sections; one thing a line. */
export function printFlow(flow: Flow, { payload = false, digestOf }: PrintFlowOptions = {}): string {
  const printer = new Printer();
  const payloads = new Map<Uint8Array, string>();
  for (const [number, bytes] of (payload ? [] : payloadsOf(flow)).entries()) {
    payloads.set(
      bytes,
      digestOf === undefined ? `payload ${number}` : `inline(${writeString(digestOf(bytes))}, ${bytes.length})`,
    );
  }
  printer.block(`flow ${writeName(flow.name)}`, () => {
    for (const symbol of flow.symbols) printer.line(symbolLine(symbol, payloads));
    for (const call of flow.schedule) printCall(printer, call);
    for (const section of flow.sections) printSectionInto(printer, section);
  });
  return printer.toString();
}

/** One section alone, as in the text of its flow. */
export function printSection(section: Section): string {
  const printer = new Printer();
  printSectionInto(printer, section);
  return printer.toString();
}

/** One unit alone, as in the text of its flow. */
export function printUnitText(unit: Unit): string {
  const printer = new Printer();
  printUnit(printer, unit);
  return printer.toString();
}

/** The inline weights that the text refers to, each array once. */
export function payloadsOf(flow: Flow): Uint8Array[] {
  const found = new Set<Uint8Array>();
  for (const { source } of flow.symbols) {
    if (source?.kind === "inline" && source.bytes.length > LITERAL_BYTES) found.add(source.bytes);
  }
  return [...found];
}

function symbolLine(symbol: TensorSymbol, payloads: ReadonlyMap<Uint8Array, string>): string {
  const { name, dtype, shape, role, alias, source, tier, address } = symbol;
  let line = `symbol ${writeName(name)}: ${DTYPES[dtype].short}[${shape.join(",")}] ${role}`;
  if (alias !== undefined) line += ` alias ${writeName(alias)}`;
  if (tier !== undefined) line += ` in ${tier}`;
  if (address !== undefined) line += ` at ${address}`;
  if (source?.kind === "file") {
    line += ` = file(${writeString(source.location)}, ${source.offset}, ${source.length})`;
    if (source.digest !== undefined) line += ` sha256 ${writeString(source.digest)}`;
  } else if (source !== undefined) {
    line += ` = ${payloads.get(source.bytes) ?? `bytes ${writeString(hex(source.bytes))}`}`;
  }
  return line;
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function printCall(printer: Printer, call: Call): void {
  if (call.kind === "section") {
    printer.line(`call ${writeName(call.section)}`);
    return;
  }
  const names = (list: readonly (string | null)[]): string =>
    list.map((name) => (name === null ? "none" : writeName(name, NOTHING))).join(", ");
  printer.block(
    `host ${writeName(call.name)}(${names(call.inputs)}) -> (${names(call.outputs)})`,
    () => {
      printer.line(`reason ${writeString(call.reason)}`);
      printer.line(`operation ${writeString(call.operation)}`);
    },
    printOrigin(call.origin),
  );
}

function printSectionInto(printer: Printer, section: Section): void {
  printer.block(`section ${writeName(section.name)}`, () => {
    for (const unit of section.units) printUnit(printer, unit);
    for (const stream of section.streams) printer.line(streamLine(stream));
  });
}

function printUnit(printer: Printer, unit: Unit): void {
  const name = writeName(unit.name);
  const origin = printOrigin(unit.origin);
  switch (unit.kind) {
    case "load":
      printer.line(`load ${name} from ${writeName(unit.symbol)} ${printProgram(unit.program)}`, origin);
      return;
    case "store": {
      const initial = unit.initial === undefined ? "" : ` initial ${printElement(unit.initial)}`;
      printer.line(`store ${name} to ${writeName(unit.symbol)} ${printProgram(unit.program)}${initial}`, origin);
      return;
    }
    case "memory": {
      const initial = unit.initial === undefined ? "" : ` initial ${printElement(unit.initial)}`;
      const shape = `elements ${unit.elements} capacity ${unit.capacity} span ${unit.span}`;
      printer.block(
        `memory ${name}: ${DTYPES[unit.dtype].short} ${shape}${initial}`,
        () => {
          for (const program of unit.writes) printer.line(`write fifo ${program.fifo} ${printProgram(program)}`);
          for (const program of unit.reads) printer.line(`read ${printProgram(program)}`);
          for (const { write, read, need, grant } of unit.handshakes) {
            printer.line(`handshake ${write} -> ${read} need ${printTileMap(need)} grant ${printTileMap(grant)}`);
          }
        },
        origin,
      );
      return;
    }
    case "compute":
      printer.block(
        `compute ${name} template ${writeString(unit.template)} ${bodyHead(unit.body)}`,
        () => printBody(printer, unit.body),
        origin,
      );
      return;
    default:
      unit satisfies never;
  }
}

/** `stream s: f32 x 16 depth 4 from a[0] to m[1], n[index 0]`. */
function streamLine({ name, from, to, dtype, lanes, depth }: Stream): string {
  const type = `${DTYPES[dtype].short} x ${lanes} depth ${depth}`;
  return `stream ${writeName(name)}: ${type} from ${portText(from)} to ${to.map(portText).join(", ")}`;
}

export function portText({ unit, port, index }: Port): string {
  return `${writeName(unit)}[${index === true ? "index " : ""}${port}]`;
}
