import { reject } from "@rdu/diagnostics";
import type { Attribute, Constant, Graph } from "./graph.ts";

/** Anything with attributes: an operator node, a host node. */
export interface HasAttributes {
  readonly op: string;
  readonly attributes: Readonly<Record<string, Attribute>>;
  readonly origin?: readonly string[];
}

/**
 * The value of an attribute of a given kind. Rejects with E0303 when it has another kind, or is missing without a
 * fallback. An empty list fits every list kind: ONNX exporters do not mark what it is empty of.
 */
function attribute<Fallback>(
  owner: HasAttributes,
  name: string,
  kind: Attribute["kind"],
  fallback: Fallback,
): Attribute["value"] | Fallback {
  const found = Object.hasOwn(owner.attributes, name) ? owner.attributes[name] : undefined;
  if (found === undefined) {
    if (fallback === REQUIRED) rejectAttribute(owner, `${owner.op} needs the attribute "${name}" (${kind})`);
    return fallback;
  }
  const emptyList = kind.endsWith("s") && Array.isArray(found.value) && found.value.length === 0;
  if (found.kind === kind || emptyList) return found.value;
  return rejectAttribute(owner, `attribute "${name}" of ${owner.op} must be ${kind}, found ${found.kind}`);
}

function rejectAttribute(owner: HasAttributes, message: string): never {
  reject("E0303", message, { at: owner.origin ?? [] });
}

/** No fallback given: the attribute must be there. Where it may be absent, pass null. */
const REQUIRED = Symbol("required");
type Required = typeof REQUIRED;

export function hasAttribute(owner: HasAttributes, name: string): boolean {
  return Object.hasOwn(owner.attributes, name);
}

/** As a number: rejects with E0303 beyond 2^53, which no meaningful int attribute of an operator reaches. */
export function intAttribute<Fallback = Required>(
  owner: HasAttributes,
  name: string,
  fallback: Fallback = REQUIRED as Fallback,
): number | Exclude<Fallback, Required> {
  const value = attribute(owner, name, "int", fallback);
  return (typeof value === "bigint" ? safe(owner, name, value) : value) as number | Exclude<Fallback, Required>;
}

export function intsAttribute<Fallback = Required>(
  owner: HasAttributes,
  name: string,
  fallback: Fallback = REQUIRED as Fallback,
): readonly number[] | Exclude<Fallback, Required> {
  const value = attribute(owner, name, "ints", fallback);
  if (value === fallback) return value as Exclude<Fallback, Required>;
  return (value as readonly bigint[]).map((element) => safe(owner, name, element));
}

/** The int exactly as stored, for values that may need all 64 bits. */
export function bigintAttribute<Fallback = Required>(
  owner: HasAttributes,
  name: string,
  fallback: Fallback = REQUIRED as Fallback,
): bigint | Exclude<Fallback, Required> {
  return attribute(owner, name, "int", fallback) as bigint | Exclude<Fallback, Required>;
}

export function bigintsAttribute<Fallback = Required>(
  owner: HasAttributes,
  name: string,
  fallback: Fallback = REQUIRED as Fallback,
): readonly bigint[] | Exclude<Fallback, Required> {
  return attribute(owner, name, "ints", fallback) as readonly bigint[] | Exclude<Fallback, Required>;
}

export function floatAttribute<Fallback = Required>(
  owner: HasAttributes,
  name: string,
  fallback: Fallback = REQUIRED as Fallback,
): number | Exclude<Fallback, Required> {
  return attribute(owner, name, "float", fallback) as number | Exclude<Fallback, Required>;
}

export function floatsAttribute<Fallback = Required>(
  owner: HasAttributes,
  name: string,
  fallback: Fallback = REQUIRED as Fallback,
): readonly number[] | Exclude<Fallback, Required> {
  return attribute(owner, name, "floats", fallback) as readonly number[] | Exclude<Fallback, Required>;
}

export function stringAttribute<Fallback = Required>(
  owner: HasAttributes,
  name: string,
  fallback: Fallback = REQUIRED as Fallback,
): string | Exclude<Fallback, Required> {
  return attribute(owner, name, "string", fallback) as string | Exclude<Fallback, Required>;
}

export function stringsAttribute<Fallback = Required>(
  owner: HasAttributes,
  name: string,
  fallback: Fallback = REQUIRED as Fallback,
): readonly string[] | Exclude<Fallback, Required> {
  return attribute(owner, name, "strings", fallback) as readonly string[] | Exclude<Fallback, Required>;
}

export function tensorAttribute<Fallback = Required>(
  owner: HasAttributes,
  name: string,
  fallback: Fallback = REQUIRED as Fallback,
): Constant | Exclude<Fallback, Required> {
  return attribute(owner, name, "tensor", fallback) as Constant | Exclude<Fallback, Required>;
}

export function graphAttribute<Fallback = Required>(
  owner: HasAttributes,
  name: string,
  fallback: Fallback = REQUIRED as Fallback,
): Graph | Exclude<Fallback, Required> {
  return attribute(owner, name, "graph", fallback) as Graph | Exclude<Fallback, Required>;
}

function safe(owner: HasAttributes, name: string, value: bigint): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number))
    rejectAttribute(owner, `attribute "${name}" of ${owner.op} is too large: ${value}`);
  return number;
}
