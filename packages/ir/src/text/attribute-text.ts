import { type Parser, writeFloat, writeName, writeString } from "@rdu/diagnostics";
import type { Attribute, Graph } from "../graph.ts";
import { type FindPayload, parseConstant, printConstant } from "./constant-text.ts";
import { parseType, printType } from "./type-text.ts";

type GraphAttribute = Extract<Attribute, { kind: "graph" | "graphs" }>;

/** Attributes in order of name: those that fit a line, and those that hold graphs. */
export function sortedAttributes(attributes: Readonly<Record<string, Attribute>>): {
  readonly plain: readonly (readonly [string, Exclude<Attribute, GraphAttribute>])[];
  readonly graphs: readonly (readonly [string, GraphAttribute])[];
} {
  const sorted = Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return {
    plain: sorted.flatMap(([name, attribute]) =>
      attribute.kind === "graph" || attribute.kind === "graphs" ? [] : [[name, attribute] as const],
    ),
    graphs: sorted.flatMap(([name, attribute]) =>
      attribute.kind === "graph" || attribute.kind === "graphs" ? [[name, attribute] as const] : [],
    ),
  };
}

/**
 * ` [alpha=0.5, axes=[0, -1], mode="linear", none=ints[], to=type f32[8], value=tensor %"": i64[1] = [3]]`, or nothing.
 * A number is an int without and a float with a point or exponent; an empty list says of what.
 */
export function printAttributes(attributes: Readonly<Record<string, Attribute>>, payload: boolean): string {
  const { plain } = sortedAttributes(attributes);
  if (plain.length === 0) return "";
  return ` [${plain.map(([name, attribute]) => `${writeName(name)}=${printAttribute(attribute, payload)}`).join(", ")}]`;
}

function printAttribute(attribute: Exclude<Attribute, GraphAttribute>, payload: boolean): string {
  switch (attribute.kind) {
    case "int":
      return String(attribute.value);
    case "float":
      return writeFloat(attribute.value, "f32");
    case "string":
      return writeString(attribute.value);
    case "ints":
      return printList(attribute.kind, attribute.value.map(String));
    case "floats":
      return printList(
        attribute.kind,
        attribute.value.map((value) => writeFloat(value, "f32")),
      );
    case "strings":
      return printList(attribute.kind, attribute.value.map(writeString));
    case "tensor":
      return `tensor ${printConstant(attribute.value, payload)}`;
    case "tensors":
      return `tensors[${attribute.value.map((value) => printConstant(value, payload)).join(", ")}]`;
    case "type":
      return `type ${printType(attribute.value)}`;
  }
}

function printList(kind: string, elements: readonly string[]): string {
  return elements.length === 0 ? `${kind}[]` : `[${elements.join(", ")}]`;
}

/** What `printAttributes` writes, if it is there. */
export function parseAttributes(parser: Parser, findPayload: FindPayload | undefined): Map<string, Attribute> {
  const attributes = new Map<string, Attribute>();
  if (!parser.is("[")) return attributes;
  parser.list("[", "]", () => {
    const place = parser.peek();
    const name = parser.name("the name of an attribute");
    if (attributes.has(name)) parser.fail("E0404", `attribute ${name}`, place);
    parser.expect("=");
    attributes.set(name, parseAttribute(parser, findPayload));
  });
  return attributes;
}

function parseAttribute(parser: Parser, findPayload: FindPayload | undefined): Attribute {
  if (parser.accept("tensor")) return { kind: "tensor", value: parseConstant(parser, findPayload) };
  if (parser.accept("tensors")) {
    return { kind: "tensors", value: parser.list("[", "]", () => parseConstant(parser, findPayload)) };
  }
  if (parser.accept("type")) return { kind: "type", value: parseType(parser) };
  for (const kind of ["ints", "floats", "strings"] as const) {
    if (!parser.accept(kind)) continue;
    parser.expect("[");
    parser.expect("]");
    return { kind, value: [] };
  }
  if (parser.is("[")) return parseList(parser);
  const { kind } = parser.peek();
  if (kind === "string") return { kind, value: parser.string() };
  if (!parser.isNumber()) parser.unexpected("the value of an attribute");
  return isInteger(parser) ? { kind: "int", value: parser.bigint() } : { kind: "float", value: parseSingle(parser) };
}

/** A list with a float in it is one of floats. */
function parseList(parser: Parser): Attribute {
  const place = parser.peek();
  const items = parser.list("[", "]", (): bigint | number | string => {
    if (parser.peek().kind === "string") return parser.string();
    if (!parser.isNumber()) parser.unexpected("a number or a string");
    return isInteger(parser) ? parser.bigint() : parseSingle(parser);
  });
  if (items.length === 0) parser.fail("E0401", "an empty list says of what: ints[], floats[] or strings[]", place);
  if (items.every((item) => typeof item === "bigint")) return { kind: "ints", value: items };
  if (items.every((item) => typeof item === "string")) return { kind: "strings", value: items };
  if (items.some((item) => typeof item === "string")) {
    parser.fail("E0401", "a list holds numbers or strings, not both", place);
  }
  return { kind: "floats", value: items.map((item) => Math.fround(Number(item))) };
}

function isInteger(parser: Parser): boolean {
  return parser.peek(parser.peek().text === "-" ? 1 : 0).kind === "int";
}

function parseSingle(parser: Parser): number {
  return Math.fround(parser.float());
}

/** Reads one `name = graph ...` or `name = graphs { graph ... }` inside the braces behind a node. */
export function parseGraphAttribute(parser: Parser, parseGraph: () => Graph): readonly [string, Attribute] {
  const name = parser.name("the name of an attribute that holds a graph");
  parser.expect("=");
  if (!parser.accept("graphs")) return [name, { kind: "graph", value: parseGraph() }];
  parser.expect("{");
  const graphs: Graph[] = [];
  while (!parser.accept("}")) graphs.push(parseGraph());
  return [name, { kind: "graphs", value: graphs }];
}
