import { elementAt, invariant, reject } from "@rdu/diagnostics";
import { crc32 } from "@rdu/tensor";
import {
  ALIGNMENT,
  HEADER,
  HEADER_BYTES,
  MAGIC,
  type RecordOf,
  readRecord,
  SEGMENT,
  SEGMENT_BYTES,
  SEGMENT_KINDS,
  VERSION,
  writeRecord,
} from "./layout.ts";

export interface Segment {
  readonly kind: (typeof SEGMENT_KINDS)[keyof typeof SEGMENT_KINDS];
  readonly bytes: Uint8Array;
}

export type Header = RecordOf<typeof HEADER>;
export type SegmentRecord = RecordOf<typeof SEGMENT>;

export interface Container {
  readonly header: Header;
  readonly directory: Uint8Array;
  readonly records: readonly SegmentRecord[];
  /** Views into the file, no copies. */
  readonly segments: readonly Segment[];
}

/** A checksum of bytes: CRC-32 as zlib computes it. */
export type Checksum = (bytes: Uint8Array) => number;

/**
 * The pieces of the file in order: header, directory, segment table, segments, padding between. Payloads are not copied.
 */
export function packContainer(
  directory: Uint8Array,
  segments: readonly Segment[],
  checksum: Checksum = crc32,
): readonly Uint8Array[] {
  const tableOffset = aligned(HEADER_BYTES + directory.length);
  const table = new DataView(new ArrayBuffer(segments.length * SEGMENT_BYTES));
  let end = tableOffset + table.byteLength;
  const offsets = segments.map(({ kind, bytes }, index) => {
    const offset = aligned(end);
    const record = { offset, bytes: bytes.length, crc: checksum(bytes), kind, reserved: 0 };
    writeRecord(table, index * SEGMENT_BYTES, SEGMENT, record);
    end = offset + bytes.length;
    return offset;
  });
  const tableBytes = new Uint8Array(table.buffer);
  const header = new Uint8Array(HEADER_BYTES);
  header.set(MAGIC);
  const view = new DataView(header.buffer);
  const fields = {
    ...VERSION,
    headerBytes: HEADER_BYTES,
    fileBytes: end,
    directoryOffset: HEADER_BYTES,
    directoryBytes: directory.length,
    directoryCrc: checksum(directory),
    segmentTableOffset: tableOffset,
    segmentCount: segments.length,
    segmentTableCrc: checksum(tableBytes),
    reserved: 0,
    headerCrc: 0,
  };
  writeRecord(view, 0, HEADER, fields);
  writeRecord(view, 0, HEADER, { ...fields, headerCrc: checksum(header.subarray(0, HEADER_BYTES - 4)) });

  const pieces: Uint8Array[] = [];
  let at = 0;
  const put = (offset: number, bytes: Uint8Array): void => {
    invariant(offset >= at, "segments overlap");
    if (offset > at) pieces.push(new Uint8Array(offset - at));
    pieces.push(bytes);
    at = offset + bytes.length;
  };
  put(0, header);
  put(HEADER_BYTES, directory);
  put(tableOffset, tableBytes);
  for (const [index, { bytes }] of segments.entries()) put(elementAt(offsets, index), bytes);
  return pieces;
}

/**
 * Takes a file apart, checking every offset, length and checksum before anything is used. Errors: E0701 not a PEF, E0702
 * version, E0703 shorter than it says, E0704 damaged.
 */
export function unpackContainer(file: Uint8Array, checksum: Checksum = crc32): Container {
  const header = readHeader(file, checksum);
  const directory = section(file, "directory", header.directoryOffset, header.directoryBytes);
  if (checksum(directory) !== header.directoryCrc) damaged("the checksum of the directory does not match");
  const table = section(file, "segment table", header.segmentTableOffset, header.segmentCount * SEGMENT_BYTES);
  if (checksum(table) !== header.segmentTableCrc) damaged("the checksum of the segment table does not match");
  const view = viewOf(table);
  const records: SegmentRecord[] = [];
  const segments: Segment[] = [];
  let end = 0;
  for (let index = 0; index < header.segmentCount; index += 1) {
    const record = readRecord(view, index * SEGMENT_BYTES, SEGMENT);
    const kind = index === 0 ? SEGMENT_KINDS.rows : SEGMENT_KINDS.weight;
    if (record.kind !== kind) damaged(`segment ${index} is of kind ${record.kind} instead of ${kind}`);
    const bytes = section(file, `segment ${index}`, record.offset, record.bytes);
    // Overlapping segments would let a small file ask for checksums over any number of bytes.
    if (record.offset < end) damaged(`segment ${index} overlaps the one before it`);
    end = record.offset + record.bytes;
    if (checksum(bytes) !== record.crc) damaged(`the checksum of segment ${index} does not match`);
    records.push(record);
    segments.push({ kind, bytes });
  }
  return { header, directory, records, segments };
}

function readHeader(file: Uint8Array, checksum: Checksum): Header {
  const same = MAGIC.every((byte, index) => index >= file.length || file[index] === byte);
  if (!same || file.length === 0)
    reject("E0701", file.length === 0 ? "the file is empty" : "its first bytes are not RDUPEF");
  if (file.length < HEADER_BYTES) reject("E0703", `${file.length} bytes, the header alone has ${HEADER_BYTES}`);
  const header = readRecord(viewOf(file), 0, HEADER);
  if (header.major !== VERSION.major || header.minor > VERSION.minor) {
    reject(
      "E0702",
      `the file has version ${header.major}.${header.minor}, this reader knows ${VERSION.major}.0 to ${VERSION.major}.${VERSION.minor}`,
    );
  }
  if (checksum(file.subarray(0, HEADER_BYTES - 4)) !== header.headerCrc)
    damaged("the checksum of the header does not match");
  if (header.headerBytes !== HEADER_BYTES) damaged(`a header of ${header.headerBytes} bytes`);
  if (file.length < header.fileBytes) reject("E0703", `${file.length} bytes of ${header.fileBytes}`);
  if (file.length > header.fileBytes) damaged(`${file.length - header.fileBytes} bytes follow its end`);
  return header;
}

function section(file: Uint8Array, what: string, offset: number, bytes: number): Uint8Array {
  if (offset % ALIGNMENT !== 0) damaged(`the ${what} starts at ${offset}, not a multiple of ${ALIGNMENT}`);
  if (offset < HEADER_BYTES || bytes > file.length || offset > file.length - bytes) {
    damaged(`the ${what} (${bytes} bytes at ${offset}) lies outside the file`);
  }
  return file.subarray(offset, offset + bytes);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function aligned(offset: number): number {
  return Math.ceil(offset / ALIGNMENT) * ALIGNMENT;
}

function damaged(what: string): never {
  return reject("E0704", what);
}
