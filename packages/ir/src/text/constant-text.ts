import { type Parser, writeFloat, writeString, writeValueName } from "@rdu/diagnostics";
import {
  bigintAt,
  DTYPES,
  elementCount,
  fromBigints,
  fromBytes,
  fromNumbers,
  isFloat,
  numberAt,
  type Tensor,
  toBytes,
} from "@rdu/tensor";
import { constantShape } from "../constant-tensor.ts";
import type { Constant, ConstantSource, Graph, TensorType } from "../graph.ts";
import { attributesOf, subgraphsOf } from "../queries.ts";
import { sha256 } from "../sha256.ts";
import { parseType, printType } from "./type-text.ts";

/** Constants of more elements stand in the text as a digest, their bytes elsewhere. */
const MOST_ELEMENTS_SHOWN = 64;

/** Finds the bytes that a text names by digest; undefined when they are not known. */
export type FindPayload = (digest: string) => Uint8Array | undefined;

/**
 *     %w: f32[784,128] = file("w.bin", 0, 401408) sha256="9f2c..."     a range of a file
 *     %b: f32[2] = [0.5, nan]                                          at most 64 elements that print exactly
 *     %s: str[1] = ["text"]
 *     %c: f32[4096] = inline("9f2c...", 16384)                         bytes in memory, by their SHA-256
 *     %c: f32[4096] = base64("AAAA...")                                the same with `payload`, and whatever prints inexactly
 *
 * `sha256` stands behind constants that carry their digest.
 */
export function printConstant({ id, type, source, digest }: Constant, payload: boolean): string {
  const known = digest === undefined ? "" : ` sha256=${writeString(digest)}`;
  return `${writeValueName(id)}: ${printType(type)} = ${printSource(source, type, payload)}${known}`;
}

export function parseConstant(parser: Parser, findPayload: FindPayload | undefined): Constant {
  const id = parser.valueName();
  parser.expect(":");
  const place = parser.peek();
  const type = parseType(parser);
  if (type.kind !== "tensor" || type.shape?.every((dim) => typeof dim === "number") !== true) {
    parser.fail("E0401", "expected the type of a tensor of known shape", place);
  }
  parser.expect("=");
  const source = parseSource(parser, type, findPayload);
  if (!parser.accept("sha256")) return { id, type, source };
  parser.expect("=");
  return { id, type, source, digest: parser.string("a digest") };
}

/** Every array of bytes that `printGraph` names by digest rather than writes out, by that digest. */
export function payloadsOf(graph: Graph): ReadonlyMap<string, Uint8Array> {
  const payloads = new Map<string, Uint8Array>();
  const add = ({ type, source }: Constant): void => {
    if (source.kind === "inline" && elementCount(constantShape(type)) > MOST_ELEMENTS_SHOWN) {
      payloads.set(sha256(source.bytes), source.bytes);
    }
  };
  graph.constants.forEach(add);
  for (const node of graph.nodes) {
    for (const attribute of Object.values(attributesOf(node))) {
      if (attribute.kind === "tensor") add(attribute.value);
      else if (attribute.kind === "tensors") attribute.value.forEach(add);
    }
    for (const subgraph of subgraphsOf(node)) {
      for (const [digest, bytes] of payloadsOf(subgraph)) payloads.set(digest, bytes);
    }
  }
  return payloads;
}

function printSource(source: ConstantSource, type: TensorType, payload: boolean): string {
  switch (source.kind) {
    case "file":
      return `file(${writeString(source.location)}, ${source.offset}, ${source.length})`;
    case "strings":
      return `[${source.strings.map(writeString).join(", ")}]`;
    case "inline": {
      const { bytes } = source;
      const few = elementCount(constantShape(type)) <= MOST_ELEMENTS_SHOWN;
      const shown = few ? printElements(bytes, type) : undefined;
      if (shown !== undefined) return shown;
      return few || payload ? `base64("${toBase64(bytes)}")` : `inline("${sha256(bytes)}", ${bytes.length})`;
    }
  }
}

function parseSource(parser: Parser, type: TensorType, findPayload: FindPayload | undefined): ConstantSource {
  if (parser.is("[")) return parseElements(parser, type);
  if (parser.accept("file")) {
    parser.expect("(");
    const location = parser.string("the location of a file");
    parser.expect(",");
    const offset = parser.int("an offset in bytes", 0);
    parser.expect(",");
    const length = parser.int("a length in bytes", 0);
    parser.expect(")");
    return { kind: "file", location, offset, length };
  }
  const place = parser.peek();
  const expected = elementCount(constantShape(type)) * DTYPES[type.dtype].bytes;
  let bytes: Uint8Array;
  if (parser.accept("base64")) {
    parser.expect("(");
    const text = parser.string("bytes in base64");
    bytes = fromBase64(text) ?? parser.fail("E0401", "expected bytes in base64", place);
  } else {
    parser.expect("inline");
    parser.expect("(");
    const digest = parser.string("a digest");
    parser.expect(",");
    parser.int("a length in bytes", 0);
    bytes =
      findPayload?.(digest) ??
      parser.fail("E0403", `the bytes with SHA-256 ${digest} are not at hand`, place, {
        hint: "keep the payload file that was dumped beside the text, or print with payload",
      });
  }
  parser.expect(")");
  if (bytes.length !== expected) {
    parser.fail("E0405", `${printType(type)} takes ${expected} bytes, found ${bytes.length}`, place);
  }
  return { kind: "inline", bytes };
}

/** Undefined when the elements do not read back to the same bytes: complex numbers, unusual NaNs, a wrong length. */
function printElements(bytes: Uint8Array, type: TensorType): string | undefined {
  const { dtype } = type;
  const { class: kind, bytes: width } = DTYPES[dtype];
  const shape = constantShape(type);
  const count = elementCount(shape);
  if (kind === "complex" || kind === "string" || bytes.length !== count * width) return undefined;
  const tensor = fromBytes(dtype, shape, bytes);
  const again =
    kind === "float"
      ? fromNumbers(
          dtype,
          shape,
          Array.from({ length: count }, (_, index) => plainNan(numberAt(tensor, index))),
        )
      : fromBigints(
          dtype,
          shape,
          Array.from({ length: count }, (_, index) => bigintAt(tensor, index)),
        );
  if (!sameBytes(toBytes(again), bytes)) return undefined;
  return `[${Array.from({ length: count }, (_, index) => printElement(tensor, index)).join(", ")}]`;
}

/** The payload of a NaN travels through numbers but not through text. */
function plainNan(value: number): number {
  return Number.isNaN(value) ? Number.NaN : value;
}

function printElement(tensor: Tensor, index: number): string {
  if (isFloat(tensor.dtype)) return writeFloat(numberAt(tensor, index), tensor.dtype === "float32" ? "f32" : "f64");
  const value = bigintAt(tensor, index);
  if (tensor.dtype === "bool") return value === 0n ? "false" : "true";
  return String(value);
}

function parseElements(parser: Parser, type: TensorType): ConstantSource {
  const { dtype } = type;
  const { class: kind } = DTYPES[dtype];
  const shape = constantShape(type);
  const place = parser.peek();
  const checked = <Element>(elements: readonly Element[]): readonly Element[] => {
    if (elements.length === elementCount(shape)) return elements;
    return parser.fail(
      "E0405",
      `${printType(type)} has ${elementCount(shape)} elements, found ${elements.length}`,
      place,
    );
  };
  if (kind === "string") {
    return { kind: "strings", strings: checked(parser.list("[", "]", () => parser.string())) };
  }
  if (kind === "complex") parser.fail("E0401", "complex numbers are written in base64", place);
  const tensor =
    kind === "float"
      ? fromNumbers(dtype, shape, checked(parser.list("[", "]", () => parser.float())))
      : fromBigints(dtype, shape, checked(parser.list("[", "]", () => parseInteger(parser, kind === "bool"))));
  return { kind: "inline", bytes: toBytes(tensor) };
}

function parseInteger(parser: Parser, bool: boolean): bigint {
  if (!bool) return parser.bigint();
  if (parser.accept("true")) return 1n;
  parser.expect("false");
  return 0n;
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

function toBase64(bytes: Uint8Array): string {
  const pieces: string[] = [];
  // A multiple of three, so that pieces join without padding between them.
  for (let at = 0; at < bytes.length; at += 0x6000) {
    pieces.push(btoa(String.fromCharCode(...bytes.subarray(at, at + 0x6000))));
  }
  return pieces.join("");
}

function fromBase64(text: string): Uint8Array | undefined {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4 !== 0) return undefined;
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
