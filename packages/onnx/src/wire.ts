import { CompileError, reject } from "@rdu/diagnostics";
import { onnx } from "./generated/onnx.js";
import type { Integer64, MapProto, ModelProto, OptionalProto, SequenceProto, TensorProto } from "./proto-types.ts";

/**
 * The one place where bytes become messages and back, and where 64-bit integers cross. protobuf gives them as Long
 * objects and would silently write a bigint as 0: nothing else may call its encoders.
 */
const COUNT_OF_BYTES_SHOWN = 8;

/**
 * The messages of an .onnx file. Raw tensor bytes are views of `bytes`, not copies. Rejects with E0101 what is no ONNX
 * file at all, and with E0102 what begins like one but is truncated or damaged.
 */
export function decodeModel(bytes: Uint8Array): ModelProto {
  if (bytes.length === 0) reject("E0101", "the file is empty");
  rejectOtherFormats(bytes);
  const model = decoded("model", bytes, (plain) => onnx.ModelProto.decode(plain));
  if (!Object.hasOwn(model, "irVersion") && !Object.hasOwn(model, "graph") && model.opsetImport.length === 0) {
    reject("E0101", "it holds neither a version nor a graph");
  }
  return model;
}

/** The bytes of a model; 64-bit integers may be numbers, bigints or Long objects. */
export function encodeModel(model: ModelProto): Uint8Array {
  return onnx.ModelProto.encode(onnx.ModelProto.fromObject(withLongs(model))).finish();
}

export function decodeTensorProto(bytes: Uint8Array): TensorProto {
  return decoded("tensor", bytes, (plain) => onnx.TensorProto.decode(plain));
}

export function encodeTensorProto(tensor: TensorProto): Uint8Array {
  return onnx.TensorProto.encode(onnx.TensorProto.fromObject(withLongs(tensor))).finish();
}

export function decodeSequenceProto(bytes: Uint8Array): SequenceProto {
  return decoded("sequence", bytes, (plain) => onnx.SequenceProto.decode(plain));
}

export function encodeSequenceProto(sequence: SequenceProto): Uint8Array {
  return onnx.SequenceProto.encode(onnx.SequenceProto.fromObject(withLongs(sequence))).finish();
}

export function decodeOptionalProto(bytes: Uint8Array): OptionalProto {
  return decoded("optional", bytes, (plain) => onnx.OptionalProto.decode(plain));
}

export function encodeOptionalProto(optional: OptionalProto): Uint8Array {
  return onnx.OptionalProto.encode(onnx.OptionalProto.fromObject(withLongs(optional))).finish();
}

export function decodeMapProto(bytes: Uint8Array): MapProto {
  return decoded("map", bytes, (plain) => onnx.MapProto.decode(plain));
}

export function encodeMapProto(map: MapProto): Uint8Array {
  return onnx.MapProto.encode(onnx.MapProto.fromObject(withLongs(map))).finish();
}

export function toBigint(value: Integer64): bigint {
  return typeof value === "bigint" ? value : BigInt(value.toString());
}

/** As a number when a double holds it exactly; undefined otherwise. */
export function toSafeInteger(value: Integer64): number | undefined {
  const number = Number(typeof value === "object" ? value.toString() : value);
  return Number.isSafeInteger(number) ? number : undefined;
}

/** Text of a bytes field; bytes that are no UTF-8 become replacement characters. */
export function toText(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

/** A node Buffer slices differently from a Uint8Array; the decoder and all behind it see only the latter. */
export function plainBytes(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function decoded<Message>(what: string, bytes: Uint8Array, decode: (bytes: Uint8Array) => Message): Message {
  try {
    return decode(plainBytes(bytes));
  } catch (error) {
    if (error instanceof CompileError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    // protobuf: "index out of range: 10 + 300 > 64" when a length runs past the end.
    if (!beginsLikeProtobuf(bytes)) {
      reject("E0101", `it begins with the bytes ${shownBytes(bytes)}`);
    }
    const detail = /index out of range/i.test(reason) ? "the file ends in the middle of a field" : reason;
    return reject("E0102", `cannot decode the ${what}: ${detail}`);
  }
}

function rejectOtherFormats(bytes: Uint8Array): void {
  const begin = String.fromCharCode(...bytes.subarray(0, 64));
  if (begin.startsWith("version https://git-lfs")) {
    reject("E0101", "it is a Git LFS pointer", { hint: "fetch the real file with git lfs pull" });
  }
  if (begin.startsWith("PK\u0003\u0004"))
    reject("E0101", "it is a zip archive", { hint: "unpack it and give the .onnx file inside" });
  if (begin.startsWith("\u001f\u008b"))
    reject("E0101", "it is a gzip archive", { hint: "unpack it and give the .onnx file inside" });
  if (begin.startsWith("ORTM", 4)) {
    reject("E0101", "it is in the ORT format of onnxruntime", { hint: "give the .onnx file that it was made from" });
  }
}

/** The first field of every known exporter's file is one of ModelProto's, with the wire type of that field. */
function beginsLikeProtobuf([tag]: Uint8Array): boolean {
  if (tag === undefined) return false;
  const field = tag >> 3;
  const wireType = tag & 7;
  return field === 1 || field === 5 ? wireType === 0 : field >= 2 && field <= 8 && wireType === 2;
}

function shownBytes(bytes: Uint8Array): string {
  return [...bytes.subarray(0, COUNT_OF_BYTES_SHOWN)].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
}

/** Plain data for `fromObject`, with bigints as decimal strings, which it reads exactly. */
function withLongs(value: object): { [name: string]: unknown } {
  return Object.fromEntries(Object.entries(value).map(([name, field]): [string, unknown] => [name, converted(field)]));
}

function converted(value: unknown): unknown {
  if (typeof value === "bigint") return value.toString();
  if (Array.isArray(value)) return value.map(converted);
  if (value === null || typeof value !== "object" || ArrayBuffer.isView(value)) return value;
  return isLong(value) ? value : withLongs(value);
}

function isLong(value: object): boolean {
  return "__isLong__" in value;
}
