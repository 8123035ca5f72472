import { parseElementType } from "@rdu/arithmetic";
import { Parser } from "@rdu/diagnostics";
import type {
  AddressProgram,
  Call,
  Flow,
  Handshake,
  MemoryUnit,
  Port,
  Section,
  Stream,
  TensorSymbol,
  Unit,
  WeightSource,
  WriteProgram,
} from "../flow.ts";
import { parseBody } from "./body-text.ts";
import { parseOrigin } from "./origin-text.ts";
import { parseElement, parseProgram, parseTileMap } from "./program-text.ts";

const ROLES = ["input", "output", "weight", "state", "intermediate"] as const satisfies TensorSymbol["role"][];
const TIERS = ["hbm", "ddr", "host"] as const satisfies TensorSymbol["tier"][];

export interface ParseFlowOptions {
  readonly file?: string;
  /** What `payload N` refers to: `payloadsOf` the flow that was printed. */
  readonly payloads?: readonly Uint8Array[];
  /** Finds the bytes that the text names by digest; undefined when they are not known. */
  readonly findPayload?: (digest: string) => Uint8Array | undefined;
}

/** Reads a .flow text. Rejects with E04xx; `verifyFlow` says whether the flow makes sense. */
export function parseFlow(text: string, options: ParseFlowOptions = {}): Flow {
  const parser = new Parser(text, options.file);
  parser.expect("flow");
  const name = parser.name("the name of the flow");
  parser.expect("{");
  const symbols: TensorSymbol[] = [];
  while (parser.accept("symbol")) symbols.push(parseSymbol(parser, options));
  const schedule: Call[] = [];
  while (parser.is("call") || parser.is("host")) schedule.push(parseCall(parser));
  const sections: Section[] = [];
  while (parser.accept("section")) sections.push(parseSectionRest(parser));
  parser.expect("}");
  parser.expectEnd();
  return { name, symbols, sections, schedule };
}

function parseSymbol(parser: Parser, options: ParseFlowOptions): TensorSymbol {
  const name = parser.name("the name of a symbol");
  parser.expect(":");
  const dtype = parseElementType(parser);
  const shape = parser.list("[", "]", () => parser.int("an extent", 0));
  const role = ROLES.find((candidate) => parser.accept(candidate)) ?? parser.unexpected();
  const alias = parser.accept("alias") ? parser.name("the name of a symbol") : undefined;
  const tier = parser.accept("in")
    ? (TIERS.find((candidate) => parser.accept(candidate)) ?? parser.unexpected())
    : undefined;
  const address = parser.accept("at") ? parser.int("an address", 0) : undefined;
  const source = parser.accept("=") ? parseSource(parser, options) : undefined;
  return {
    name,
    dtype,
    shape,
    role,
    ...(alias === undefined ? {} : { alias }),
    ...(source === undefined ? {} : { source }),
    ...(tier === undefined ? {} : { tier }),
    ...(address === undefined ? {} : { address }),
  };
}

function parseSource(parser: Parser, { payloads = [], findPayload }: ParseFlowOptions): WeightSource {
  if (parser.accept("payload")) {
    const place = parser.peek();
    const number = parser.int("a payload number", 0);
    const bytes = payloads[number];
    if (bytes === undefined) return parser.fail("E0403", `payload ${number}: there are ${payloads.length}`, place);
    return { kind: "inline", bytes };
  }
  if (parser.accept("inline")) {
    parser.expect("(");
    const place = parser.peek();
    const digest = parser.string("a digest");
    parser.expect(",");
    const length = parser.int("a length", 0);
    parser.expect(")");
    const bytes = findPayload?.(digest);
    if (bytes?.length !== length) {
      parser.fail("E0403", `the ${length} bytes with digest ${digest} are not at hand`, place, {
        hint: "keep the payload file that was dumped beside the text",
      });
    }
    return { kind: "inline", bytes };
  }
  if (parser.accept("bytes")) {
    const place = parser.peek();
    const digits = parser.string("hexadecimal digits");
    if (!/^(?:[0-9a-f]{2})*$/.test(digits)) parser.fail("E0401", "expected pairs of hexadecimal digits", place);
    const bytes = new Uint8Array(digits.length / 2);
    for (let i = 0; i < bytes.length; i += 1) bytes[i] = Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16);
    return { kind: "inline", bytes };
  }
  parser.expect("file");
  parser.expect("(");
  const location = parser.string("a file name");
  parser.expect(",");
  const offset = parser.int("an offset", 0);
  parser.expect(",");
  const length = parser.int("a length", 0);
  parser.expect(")");
  const digest = parser.accept("sha256") ? parser.string("a digest") : undefined;
  return { kind: "file", location, offset, length, ...(digest === undefined ? {} : { digest }) };
}

function parseCall(parser: Parser): Call {
  if (parser.accept("call")) return { kind: "section", section: parser.name("the name of a section") };
  parser.expect("host");
  const name = parser.name("the name of a host call");
  const operand = (): string | null => (parser.accept("none") ? null : parser.name("a symbol or none"));
  const inputs = parser.list("(", ")", operand);
  parser.expect("->");
  const outputs = parser.list("(", ")", operand);
  parser.expect("{");
  const origin = parseOrigin(parser.comment());
  parser.expect("reason");
  const reason = parser.string("a reason");
  parser.expect("operation");
  const operation = parser.string("the text of an operation");
  parser.expect("}");
  return { kind: "host", name, operation, reason, inputs, outputs, origin };
}

function parseSectionRest(parser: Parser): Section {
  const name = parser.name("the name of a section");
  parser.expect("{");
  const units: Unit[] = [];
  for (let unit = parseUnit(parser); unit !== null; unit = parseUnit(parser)) units.push(unit);
  const streams: Stream[] = [];
  while (parser.accept("stream")) streams.push(parseStream(parser));
  parser.expect("}");
  return { name, units, streams };
}

function parseUnit(parser: Parser): Unit | null {
  if (parser.accept("load")) {
    const name = parser.name("the name of a unit");
    parser.expect("from");
    const symbol = parser.name("the name of a symbol");
    const program = parseProgram(parser);
    return { kind: "load", name, origin: parseOrigin(parser.comment()), symbol, program };
  }
  if (parser.accept("store")) {
    const name = parser.name("the name of a unit");
    parser.expect("to");
    const symbol = parser.name("the name of a symbol");
    const program = parseProgram(parser);
    const initial = parser.accept("initial") ? parseElement(parser) : undefined;
    const origin = parseOrigin(parser.comment());
    return { kind: "store", name, origin, symbol, program, ...(initial === undefined ? {} : { initial }) };
  }
  if (parser.accept("memory")) return parseMemory(parser);
  if (!parser.accept("compute")) return null;
  const line = parser.peek().line;
  const name = parser.name("the name of a unit");
  parser.expect("template");
  const template = parser.string("the name of a template");
  const body = parseBody(parser);
  return { kind: "compute", name, origin: parseOrigin(parser.comment(line)), template, body };
}

function parseMemory(parser: Parser): MemoryUnit {
  const name = parser.name("the name of a unit");
  parser.expect(":");
  const dtype = parseElementType(parser);
  parser.expect("elements");
  const elements = parser.int("elements", 0);
  parser.expect("capacity");
  const capacity = parser.int("a capacity", 0);
  parser.expect("span");
  const span = parser.int("a span", 0);
  const initial = parser.accept("initial") ? parseElement(parser) : undefined;
  parser.expect("{");
  const origin = parseOrigin(parser.comment());
  const writes: WriteProgram[] = [];
  while (parser.accept("write")) {
    parser.expect("fifo");
    const fifo = parser.int("a FIFO", 0);
    writes.push({ ...parseProgram(parser), fifo });
  }
  const reads: AddressProgram[] = [];
  while (parser.accept("read")) reads.push(parseProgram(parser));
  const handshakes: Handshake[] = [];
  while (parser.accept("handshake")) {
    const write = parser.int("a write program", 0);
    parser.expect("->");
    const read = parser.int("a read program", 0);
    parser.expect("need");
    const need = parseTileMap(parser);
    parser.expect("grant");
    handshakes.push({ write, read, need, grant: parseTileMap(parser) });
  }
  parser.expect("}");
  return {
    kind: "memory",
    name,
    origin,
    dtype,
    elements,
    capacity,
    span,
    ...(initial === undefined ? {} : { initial }),
    writes,
    reads,
    handshakes,
  };
}

function parseStream(parser: Parser): Stream {
  const name = parser.name("the name of a stream");
  parser.expect(":");
  const dtype = parseElementType(parser);
  parser.expect("x");
  const lanes = parser.int("lanes", 1);
  parser.expect("depth");
  const depth = parser.int("a depth", 0);
  parser.expect("from");
  const from = parsePort(parser);
  parser.expect("to");
  const to = [parsePort(parser)];
  while (parser.accept(",")) to.push(parsePort(parser));
  return { name, from, to, dtype, lanes, depth };
}

function parsePort(parser: Parser): Port {
  const unit = parser.name("the name of a unit");
  parser.expect("[");
  const index = parser.accept("index");
  const port = parser.int("a port", 0);
  parser.expect("]");
  return { unit, port, ...(index ? { index } : {}) };
}
