import { reject } from "@rdu/diagnostics";
import { fromBytes, toBytes } from "./bytes.ts";
import { DTYPES, type DType } from "./dtype.ts";
import { elementCount, rowMajorStrides } from "./shape.ts";
import { allocate, type Tensor } from "./tensor.ts";

/** numpy kind and size of each type. Types that numpy lacks are void of their size, as ml_dtypes saves them. */
// biome-ignore format: a table
const DESCRIPTIONS: Readonly<Record<Exclude<DType, "string">, string>> = {
  float32: "<f4", float64: "<f8", float16: "<f2", bfloat16: "<V2",
  float8e4m3fn: "|V1", float8e4m3fnuz: "|V1", float8e5m2: "|V1", float8e5m2fnuz: "|V1", float8e8m0: "|V1", float4e2m1: "|V1",
  int2: "|i1", int4: "|i1", int8: "|i1", int16: "<i2", int32: "<i4", int64: "<i8",
  uint2: "|u1", uint4: "|u1", uint8: "|u1", uint16: "<u2", uint32: "<u4", uint64: "<u8",
  bool: "|b1", complex64: "<c8", complex128: "<c16",
};

/** What a description means when nothing else is expected. */
// biome-ignore format: a table
const MEANINGS: Readonly<Record<string, DType>> = {
  f2: "float16", f4: "float32", f8: "float64", i1: "int8", i2: "int16", i4: "int32", i8: "int64",
  u1: "uint8", u2: "uint16", u4: "uint32", u8: "uint64", b1: "bool", c8: "complex64", c16: "complex128",
};

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

/**
 * Reads a NumPy .npy file, versions 1 to 3, either byte order, C or Fortran order, numbers, bools and `U` or `S` strings.
 *
 * @param expected decides between types that share a description: bfloat16 and the small floats are void in numpy, int4
 *   and uint2 are bytes. Without it, or when it does not fit, the description decides.
 * Rejects with E0810 what is no .npy file, is cut short, or holds Python objects or records.
 */
export function readNpy(bytes: Uint8Array, expected?: DType): Tensor {
  const { description, fortran, shape, dataStart } = readHeader(bytes);
  const body = bytes.subarray(dataStart);
  const text = /^[<>|=]?([US])(\d+)$/.exec(description);
  if (text !== null) {
    return readStrings(body, shape, text[1] === "U", Number(text[2]), description.startsWith(">"), fortran);
  }
  const dtype = meaningOf(description, expected);
  const { bytes: width, class: kind } = DTYPES[dtype];
  const length = elementCount(shape) * width;
  if (body.length < length)
    reject("E0810", `the .npy file is cut short: ${length} bytes expected, ${body.length} found`);
  const scalar = kind === "complex" ? width / 2 : width;
  const ordered = description.startsWith(">") ? swapped(body.subarray(0, length), scalar) : body.slice(0, length);
  return fromBytes(dtype, shape, fortran ? fromFortran(ordered, shape, width) : ordered);
}

/** Writes a .npy file, version 1, C order. Small floats are void, which reads back when the type is expected. */
export function writeNpy(subject: Tensor): Uint8Array {
  const { dtype, shape } = subject;
  const strings = dtype === "string" ? encodeStrings(subject.data as string[]) : undefined;
  const description = dtype === "string" ? strings!.description : DESCRIPTIONS[dtype];
  const extents = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const header = `{'descr': '${description}', 'fortran_order': False, 'shape': (${extents}), }`;
  // The data starts at a multiple of 64 bytes; the header ends in a newline.
  const padded = `${header.padEnd(Math.ceil((header.length + 11) / 64) * 64 - 11)}\n`;
  const body = strings === undefined ? toBytes(subject) : strings.bytes;
  const file = new Uint8Array(10 + padded.length + body.length);
  file.set([...MAGIC, 1, 0, padded.length & 0xff, padded.length >> 8]);
  file.set(new TextEncoder().encode(padded), 10);
  file.set(body, 10 + padded.length);
  return file;
}

interface Header {
  readonly description: string;
  readonly fortran: boolean;
  readonly shape: readonly number[];
  readonly dataStart: number;
}

function readHeader(bytes: Uint8Array): Header {
  if (bytes.length < 12 || MAGIC.some((byte, index) => bytes[index] !== byte)) reject("E0810", "not a .npy file");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const long = bytes[6]! >= 2;
  const headerStart = long ? 12 : 10;
  const dataStart = headerStart + (long ? view.getUint32(8, true) : view.getUint16(8, true));
  if (dataStart > bytes.length) reject("E0810", "the header of the .npy file is cut short");
  const header = new TextDecoder("latin1").decode(bytes.subarray(headerStart, dataStart));
  const description = /'descr'\s*:\s*'([^']*)'/.exec(header)?.[1];
  const order = /'fortran_order'\s*:\s*(True|False)/.exec(header)?.[1];
  const extents = /'shape'\s*:\s*\(([0-9,\sL]*)\)/.exec(header)?.[1];
  if (order === undefined || extents === undefined) reject("E0810", "the header of the .npy file cannot be read");
  if (description === undefined) reject("E0810", "the .npy file holds records, not plain elements");
  const shape = (extents.match(/\d+/g) ?? []).map(Number);
  if (!shape.every(Number.isSafeInteger)) reject("E0810", "the shape in the .npy file is too large");
  return { description, fortran: order === "True", shape, dataStart };
}

function meaningOf(description: string, expected: DType | undefined): DType {
  const kind = description.replace(/^[<>|=]/, "");
  if (expected !== undefined && expected !== "string" && DESCRIPTIONS[expected].slice(1) === kind) return expected;
  const dtype = Object.hasOwn(MEANINGS, kind) ? MEANINGS[kind] : undefined;
  if (dtype !== undefined) return dtype;
  if (kind.startsWith("V")) {
    return reject("E0810", `the .npy file does not say what its ${kind.slice(1)}-byte elements are ('${description}')`);
  }
  return reject("E0810", `the .npy file holds '${description}', which is no ONNX element type`);
}

function swapped(bytes: Uint8Array, width: number): Uint8Array {
  const result = bytes.slice();
  for (let at = 0; at < result.length; at += width) result.subarray(at, at + width).reverse();
  return result;
}

/** Elements of `width` bytes from column-major to row-major. */
function fromFortran(bytes: Uint8Array, shape: readonly number[], width: number): Uint8Array {
  const result = new Uint8Array(bytes.length);
  const strides = rowMajorStrides(shape);
  const place = shape.map(() => 0);
  let target = 0;
  for (let from = 0; from < bytes.length; from += width) {
    result.set(bytes.subarray(from, from + width), target * width);
    // The first axis runs fastest in the file.
    for (let axis = 0; axis < shape.length; axis += 1) {
      place[axis]! += 1;
      target += strides[axis]!;
      if (place[axis]! < shape[axis]!) break;
      target -= shape[axis]! * strides[axis]!;
      place[axis] = 0;
    }
  }
  return result;
}

function readStrings(
  body: Uint8Array,
  shape: readonly number[],
  unicode: boolean,
  width: number,
  bigEndian: boolean,
  fortran: boolean,
): Tensor {
  const count = elementCount(shape);
  const bytesEach = unicode ? 4 * width : width;
  if (body.length < count * bytesEach) reject("E0810", "the .npy file is cut short");
  const ordered = fortran ? fromFortran(body.subarray(0, count * bytesEach), shape, bytesEach) : body;
  const view = new DataView(ordered.buffer, ordered.byteOffset, ordered.byteLength);
  const data = allocate("string", count) as string[];
  for (let index = 0; index < count; index += 1) {
    const start = index * bytesEach;
    if (!unicode) {
      data[index] = new TextDecoder().decode(ordered.subarray(start, start + width)).replace(/\0+$/, "");
      continue;
    }
    let text = "";
    for (let at = start; at < start + bytesEach; at += 4) {
      const point = view.getUint32(at, !bigEndian);
      if (point > 0x10ffff) reject("E0810", "the .npy file holds a code point beyond Unicode");
      text += String.fromCodePoint(point);
    }
    data[index] = text.replace(/\0+$/, "");
  }
  return { dtype: "string", shape, data };
}

function encodeStrings(data: readonly string[]): { description: string; bytes: Uint8Array } {
  const points = data.map((text) => Array.from(text, (character) => character.codePointAt(0)!));
  const width = points.reduce((most, each) => Math.max(most, each.length), 1);
  const bytes = new Uint8Array(4 * width * data.length);
  const view = new DataView(bytes.buffer);
  for (let index = 0; index < points.length; index += 1) {
    const each = points[index]!;
    for (let at = 0; at < each.length; at += 1) view.setUint32(4 * (index * width + at), each[at]!, true);
  }
  return { description: `<U${width}`, bytes };
}
