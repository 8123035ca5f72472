import { reject } from "@rdu/diagnostics";
import { crc32 } from "./crc32.ts";
import type { DType } from "./dtype.ts";
import { readNpy, writeNpy } from "./npy.ts";
import type { Tensor } from "./tensor.ts";

const LOCAL_FILE = 0x04034b50;
const CENTRAL_FILE = 0x02014b50;
const CENTRAL_END = 0x06054b50;

interface Entry {
  readonly name: string;
  readonly method: number;
  readonly compressed: number;
  readonly uncompressed: number;
  readonly offset: number;
}

/**
 * Reads a NumPy .npz file (a zip of .npy files, stored or deflated) to tensors by name, in the order of the file.
 * `expected` gives types by name as in `readNpy`. Rejects with E0810.
 */
export async function readNpz(
  bytes: Uint8Array,
  expected: Readonly<Record<string, DType>> = {},
): Promise<Map<string, Tensor>> {
  const tensors = new Map<string, Tensor>();
  for (const entry of readDirectory(bytes)) {
    if (!entry.name.endsWith(".npy")) continue;
    const name = entry.name.slice(0, -".npy".length);
    tensors.set(name, readNpy(await contents(bytes, entry), expected[name]));
  }
  return tensors;
}

/** Writes a .npz file, entries stored without compression and without a date, so equal tensors give equal bytes. */
export function writeNpz(tensors: ReadonlyMap<string, Tensor>): Uint8Array {
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let offset = 0;
  for (const [name, subject] of tensors) {
    const body = writeNpy(subject);
    const encoded = new TextEncoder().encode(`${name}.npy`);
    const fields = entryFields(crc32(body), body.length, encoded.length);
    const local = joined([words32(LOCAL_FILE), fields, encoded, body]);
    directory.push(joined([words32(CENTRAL_FILE), words16(20), fields, words16(0, 0, 0), words32(0, offset), encoded]));
    parts.push(local);
    offset += local.length;
  }
  const central = joined(directory);
  const end = joined([
    words32(CENTRAL_END),
    words16(0, 0, tensors.size, tensors.size),
    words32(central.length, offset),
    words16(0),
  ]);
  if (offset + central.length + end.length > 0xffff_ffff) reject("E0810", "a .npz file cannot exceed 4 GiB");
  return joined([...parts, central, end]);
}

function readDirectory(bytes: Uint8Array): Entry[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // The end record is 22 bytes and a comment of at most 65535.
  let end = bytes.length - 22;
  while (end >= 0 && end >= bytes.length - 22 - 65535 && view.getUint32(end, true) !== CENTRAL_END) end -= 1;
  if (end < 0 || view.getUint32(end, true) !== CENTRAL_END) reject("E0810", "not a .npz file, or it is cut short");
  const count = view.getUint16(end + 10, true);
  const entries: Entry[] = [];
  let at = view.getUint32(end + 16, true);
  for (let index = 0; index < count; index += 1) {
    if (at + 46 > bytes.length || view.getUint32(at, true) !== CENTRAL_FILE) damaged();
    const nameLength = view.getUint16(at + 28, true);
    const extraLength = view.getUint16(at + 30, true);
    const next = at + 46 + nameLength + extraLength + view.getUint16(at + 32, true);
    if (next > bytes.length) damaged();
    entries.push({
      name: new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + nameLength)),
      method: view.getUint16(at + 10, true),
      compressed: view.getUint32(at + 20, true),
      uncompressed: view.getUint32(at + 24, true),
      offset: view.getUint32(at + 42, true),
    });
    at = next;
  }
  return entries;
}

async function contents(bytes: Uint8Array, entry: Entry): Promise<Uint8Array> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { offset, compressed, uncompressed, method, name } = entry;
  if ([compressed, uncompressed, offset].includes(0xffff_ffff)) reject("E0810", `${name} is larger than 4 GiB`);
  if (offset + 30 > bytes.length || view.getUint32(offset, true) !== LOCAL_FILE) damaged();
  const start = offset + 30 + view.getUint16(offset + 26, true) + view.getUint16(offset + 28, true);
  if (start + compressed > bytes.length) damaged();
  const packed = bytes.subarray(start, start + compressed);
  if (method === 0) return packed;
  if (method !== 8) reject("E0810", `${name} is compressed by method ${method}; only stored and deflated are read`);
  return inflate(packed, uncompressed);
}

/** Inflates to exactly `length` bytes; stops early when more come out, so a small file cannot fill the memory. */
async function inflate(packed: Uint8Array, length: number): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let total = 0;
  try {
    const stream = new Blob([packed as Uint8Array<ArrayBuffer>])
      .stream()
      .pipeThrough(new DecompressionStream("deflate-raw"));
    const reader = stream.getReader();
    for (let step = await reader.read(); !step.done && total <= length; step = await reader.read()) {
      pieces.push(step.value);
      total += step.value.length;
    }
    if (total > length) await reader.cancel();
  } catch {
    damaged();
  }
  if (total !== length) damaged();
  return joined(pieces);
}

function damaged(): never {
  return reject("E0810", "the .npz file is damaged");
}

/** From "version needed" to the length of the extra field: no flags but UTF-8 names, stored, 1 January 1980. */
function entryFields(crc: number, length: number, nameLength: number): Uint8Array {
  return joined([words16(20, 0x0800, 0, 0, 0x21), words32(crc, length, length), words16(nameLength, 0)]);
}

function words16(...values: readonly number[]): Uint8Array {
  return new Uint8Array(Uint16Array.from(values).buffer);
}

function words32(...values: readonly number[]): Uint8Array {
  return new Uint8Array(Uint32Array.from(values).buffer);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
