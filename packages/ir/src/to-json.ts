import type { Attribute, Constant, Graph, Node, ValueId, ValueType } from "./graph.ts";
import { attributesOf } from "./queries.ts";
import { sha256 } from "./sha256.ts";
import { printType } from "./text/type-text.ts";

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/**
 * A graph as plain data with a stable order of fields: types as in the .graph text, integers beyond 2^53 and attribute
 * integers as decimal strings, NaN and infinities as strings, bytes in memory by length and SHA-256.
 */
export function graphToJson(graph: Graph): Json {
  const typed = (id: ValueId): Json => ({ name: id, type: typeJson(graph.types.get(id)) });
  return {
    name: graph.name,
    inputs: graph.inputs.map(typed),
    outputs: graph.outputs.map(typed),
    constants: graph.constants.map(constantJson),
    nodes: graph.nodes.map((node) => nodeJson(node, typed)),
  };
}

function nodeJson(node: Node, typed: (id: ValueId) => Json): Json {
  const attributes = Object.entries(attributesOf(node)).sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    kind: node.kind,
    ...(node.kind === "operator" || node.kind === "host" ? { op: node.op, version: node.version } : {}),
    ...(node.kind === "host" ? { reason: node.reason } : {}),
    ...(node.section === undefined ? {} : { section: node.section }),
    inputs: node.inputs,
    outputs: node.outputs.map((output) => (output === null ? null : typed(output))),
    ...(attributes.length === 0
      ? {}
      : { attributes: Object.fromEntries(attributes.map(([name, attribute]) => [name, attributeJson(attribute)])) }),
    ...(node.kind === "join" ? { offsets: node.offsets } : {}),
    ...(node.kind === "pattern" ? { pattern: plain(node.pattern) } : {}),
    origin: node.origin,
  };
}

function attributeJson(attribute: Attribute): Json {
  const { kind } = attribute;
  switch (kind) {
    case "tensor":
      return { kind, value: constantJson(attribute.value) };
    case "tensors":
      return { kind, value: attribute.value.map(constantJson) };
    case "graph":
      return { kind, value: graphToJson(attribute.value) };
    case "graphs":
      return { kind, value: attribute.value.map(graphToJson) };
    case "type":
      return { kind, value: printType(attribute.value) };
    default:
      return { kind, value: plain(attribute.value) };
  }
}

function constantJson({ id, type, source, digest }: Constant): Json {
  const where: Json =
    source.kind === "inline"
      ? { kind: source.kind, length: source.bytes.length, sha256: sha256(source.bytes) }
      : { ...source };
  return { name: id, type: printType(type), source: where, ...(digest === undefined ? {} : { sha256: digest }) };
}

function typeJson(type: ValueType | undefined): Json {
  return type === undefined ? null : printType(type);
}

/** Data of numbers, bigints, strings, lists and records. */
function plain(value: unknown): Json {
  if (typeof value === "bigint") return String(value);
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null)
    return typeof value === "string" || typeof value === "boolean" ? value : null;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, plain(field)]));
}
