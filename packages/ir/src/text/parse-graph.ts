import { didYouMean, Parser, type Token } from "@rdu/diagnostics";
import type { Attribute, Constant, Graph, Node, Origin, ValueId, ValueType } from "../graph.ts";
import { parseAttributes, parseGraphAttribute } from "./attribute-text.ts";
import { type FindPayload, parseConstant } from "./constant-text.ts";
import { parseLoops, parsePatternBody } from "./pattern-text.ts";
import { defaultOrigin, operandTypes, typesWithin } from "./print-graph.ts";
import { parseType } from "./type-text.ts";

export interface ParseOptions {
  /** Name of the file, for messages. */
  readonly file?: string;
  /** Finds the bytes of constants that stand in the text by digest. */
  readonly findPayload?: FindPayload;
}

/**
 * The graph of a .graph text. Rejects with E0401 to E0407, with line, column and what was expected; names are checked
 * here (defined once, before they are used), everything else by `verify`.
 */
export function parseGraph(text: string, options: ParseOptions = {}): Graph {
  const parser = new Parser(text, options.file);
  const graph = parseGraphBlock(parser, undefined, options.findPayload);
  parser.expectEnd();
  return graph;
}

/** ONNX files themselves end at about half of this. */
const DEEPEST_GRAPH = 64;

/** Names and types seen so far, in this graph and those around it. */
class Names {
  /** Graphs around this one. */
  readonly depth: number;
  readonly types = new Map<ValueId, ValueType>();
  readonly #defined = new Set<ValueId>();
  readonly #parser: Parser;
  readonly #outer: Names | undefined;

  constructor(parser: Parser, outer: Names | undefined) {
    this.#parser = parser;
    this.#outer = outer;
    this.depth = outer === undefined ? 0 : outer.depth + 1;
  }

  define(id: ValueId, token: Token): void {
    if (this.#defined.has(id)) this.#parser.fail("E0404", token.text, token);
    this.#defined.add(id);
  }

  check(id: ValueId, token: Token): void {
    if (this.#knows(id)) return;
    const known = this.#all();
    this.#parser.fail("E0403", token.text, token, known.length === 0 ? {} : { hint: didYouMean(id, known) });
  }

  typesInScope(): ReadonlyMap<ValueId, ValueType> {
    const outer = this.#outer;
    return outer === undefined ? this.types : typesWithin(outer.typesInScope(), this.#defined, this.types);
  }

  #knows(id: ValueId): boolean {
    if (this.#defined.has(id)) return true;
    const outer = this.#outer;
    return outer === undefined ? false : outer.#knows(id);
  }

  #all(): ValueId[] {
    const outer = this.#outer;
    return [...this.#defined, ...(outer === undefined ? [] : outer.#all())];
  }
}

function parseGraphBlock(parser: Parser, outer: Names | undefined, findPayload: FindPayload | undefined): Graph {
  const names = new Names(parser, outer);
  if (names.depth > DEEPEST_GRAPH) parser.fail("E0401", `graphs are nested deeper than ${DEEPEST_GRAPH}`);
  parser.expect("graph");
  const name = parser.name("the name of the graph");
  const inputs = parser.list("(", ")", () => parseDefinition(parser, names));
  parser.expect("->");
  const outputTokens: Token[] = [];
  const outputs = parser.list("(", ")", () => {
    outputTokens.push(parser.peek());
    return parser.valueName();
  });
  const constants: Constant[] = [];
  const nodes: Node[] = [];
  parser.expect("{");
  while (parser.accept("const")) {
    const token = parser.peek();
    const constant = parseConstant(parser, findPayload);
    names.define(constant.id, token);
    names.types.set(constant.id, constant.type);
    constants.push(constant);
  }
  while (!parser.accept("}")) {
    if (!parser.accept("section")) {
      nodes.push(parseNode(parser, names, findPayload));
      continue;
    }
    const section = parser.name("the name of a section");
    parser.expect("{");
    while (!parser.accept("}")) nodes.push({ ...parseNode(parser, names, findPayload), section });
  }
  outputs.forEach((output, index) => {
    const token = outputTokens[index];
    if (token !== undefined) names.check(output, token);
  });
  return { name, inputs, outputs, constants, nodes, types: names.types };
}

/** `%x: f32[8]`, or `%x` of unknown type. */
function parseDefinition(parser: Parser, names: Names): ValueId {
  const token = parser.peek();
  const id = parser.valueName();
  names.define(id, token);
  if (parser.accept(":")) names.types.set(id, parseType(parser));
  return id;
}

function parseNode(parser: Parser, names: Names, findPayload: FindPayload | undefined): Node {
  const first = parser.peek();
  // Outputs are defined only behind the node: it cannot read them.
  const definitions: (() => void)[] = [];
  const outputs = parseOutputs(parser, names, definitions);
  parser.expect("=");
  const comment = parser.comment(first.line);
  const origin = comment === undefined ? undefined : parseOrigin(comment, parser.file);
  const node = parseCall(parser, names, outputs, origin ?? defaultOrigin(outputs), findPayload);
  for (const define of definitions) define();
  return node;
}

function parseOutputs(parser: Parser, names: Names, definitions: (() => void)[]): (ValueId | null)[] {
  if (parser.accept("(")) {
    parser.expect(")");
    return [];
  }
  const outputs: (ValueId | null)[] = [];
  do {
    if (parser.accept("_")) {
      outputs.push(null);
      continue;
    }
    const token = parser.peek();
    const id = parser.valueName();
    const type = parser.accept(":") ? parseType(parser) : undefined;
    outputs.push(id);
    definitions.push(() => {
      names.define(id, token);
      if (type !== undefined) names.types.set(id, type);
    });
  } while (parser.accept(","));
  return outputs;
}

function parseCall(
  parser: Parser,
  names: Names,
  outputs: readonly (ValueId | null)[],
  origin: Origin,
  findPayload: FindPayload | undefined,
): Node {
  const operand = (): ValueId | null => {
    if (parser.accept("_")) return null;
    const token = parser.peek();
    const id = parser.valueName();
    names.check(id, token);
    return id;
  };
  const operands = (): (ValueId | null)[] => parser.list("(", ")", operand);
  if (parser.accept("view")) return { kind: "view", inputs: operands(), outputs, origin };
  if (parser.accept("join")) {
    const parts = parser.list("(", ")", () => {
      const input = operand();
      parser.expect("at");
      return { input, offset: parser.list("[", "]", () => parser.int("an offset", 0)) };
    });
    const inputs = parts.map(({ input }) => input);
    return { kind: "join", inputs, outputs, origin, offsets: parts.map(({ offset }) => offset) };
  }
  if (parser.accept("pattern")) {
    const head = { kind: "pattern", inputs: operands(), outputs, origin } as const;
    const types = names.typesInScope();
    const loops = parseLoops(parser);
    const operandDtypes = operandTypes(head.inputs, types);
    return { ...head, pattern: parsePatternBody(parser, loops, operandDtypes) };
  }
  const host = parser.accept("host");
  const op = parser.name("an operator");
  parser.expect("@");
  const version = parser.int("a version", 0);
  const inputs = operands();
  const attributes = parseAttributes(parser, findPayload);
  const reason = host ? parseReason(parser) : "";
  parseGraphAttributes(parser, names, attributes, findPayload);
  const call = { op, version, inputs, outputs, attributes: Object.fromEntries(attributes), origin };
  return host ? { kind: "host", ...call, reason } : { kind: "operator", ...call };
}

function parseReason(parser: Parser): string {
  parser.expect("because");
  return parser.string("a reason");
}

function parseGraphAttributes(
  parser: Parser,
  names: Names,
  attributes: Map<string, Attribute>,
  findPayload: FindPayload | undefined,
): void {
  if (!parser.accept("{")) return;
  while (!parser.accept("}")) {
    const token = parser.peek();
    const [name, attribute] = parseGraphAttribute(parser, () => parseGraphBlock(parser, names, findPayload));
    if (attributes.has(name)) parser.fail("E0404", `attribute ${name}`, token);
    attributes.set(name, attribute);
  }
}

/** The names behind `at`; undefined for a comment that says something else. */
function parseOrigin(comment: string, file: string | undefined): Origin | undefined {
  if (comment !== "at" && !comment.startsWith("at ")) return undefined;
  const parser = new Parser(comment.slice(2), file);
  const origin: string[] = [];
  if (parser.atEnd()) return origin;
  do origin.push(parser.name("the name of an ONNX node"));
  while (parser.accept(","));
  parser.expectEnd();
  return origin;
}
