/** A field of a fixed binary record, little-endian. */
export interface Field {
  readonly name: string;
  readonly offset: number;
  readonly type: "bytes8" | "u16" | "u32" | "u64";
  readonly meaning: string;
}

export const MAGIC = new Uint8Array([0x52, 0x44, 0x55, 0x50, 0x45, 0x46, 0x00, 0x00]);
/** A reader takes files of its own major version with a minor version up to its own. */
export const VERSION = { major: 1, minor: 1 } as const;
/** Everything after the header starts at a multiple of this many bytes. */
export const ALIGNMENT = 64;
export const HEADER_BYTES = 64;
export const SEGMENT_BYTES = 32;

/** The header, at offset 0 of the file. */
// biome-ignore format: a table
export const HEADER = [
  { name: "magic",             offset: 0,  type: "bytes8", meaning: 'the bytes "RDUPEF" 00 00' },
  { name: "major",             offset: 8,  type: "u16",    meaning: "major version: a reader knows exactly one" },
  { name: "minor",             offset: 10, type: "u16",    meaning: "minor version: a reader takes its own and older ones" },
  { name: "headerBytes",       offset: 12, type: "u32",    meaning: "length of this header: 64" },
  { name: "fileBytes",         offset: 16, type: "u64",    meaning: "length of the whole file" },
  { name: "directoryOffset",   offset: 24, type: "u64",    meaning: "where the directory (protobuf message rdu.pef.Directory) starts" },
  { name: "directoryBytes",    offset: 32, type: "u32",    meaning: "its length" },
  { name: "directoryCrc",      offset: 36, type: "u32",    meaning: "its CRC-32" },
  { name: "segmentTableOffset",offset: 40, type: "u64",    meaning: "where the segment table starts" },
  { name: "segmentCount",      offset: 48, type: "u32",    meaning: "number of its records" },
  { name: "segmentTableCrc",   offset: 52, type: "u32",    meaning: "CRC-32 of all its records" },
  { name: "reserved",          offset: 56, type: "u32",    meaning: "0" },
  { name: "headerCrc",         offset: 60, type: "u32",    meaning: "CRC-32 of bytes 0 to 59 of the file" },
] as const satisfies readonly Field[];

/** One record of the segment table. */
// biome-ignore format: a table
export const SEGMENT = [
  { name: "offset",   offset: 0,  type: "u64", meaning: "where the segment starts in the file, a multiple of 64" },
  { name: "bytes",    offset: 8,  type: "u64", meaning: "its length" },
  { name: "crc",      offset: 16, type: "u32", meaning: "its CRC-32" },
  { name: "kind",     offset: 20, type: "u32", meaning: "1: the rows (exactly one, the first); 2: bytes of a weight" },
  { name: "reserved", offset: 24, type: "u64", meaning: "0" },
] as const satisfies readonly Field[];

export const SEGMENT_KINDS = { rows: 1, weight: 2 } as const;

/** The numbers of a record by field name; `bytes8` fields are left out. */
export type RecordOf<Fields extends readonly Field[]> = Readonly<
  Record<Exclude<Fields[number], { type: "bytes8" }>["name"], number>
>;

/** Writes the numbers of a record at `start`. */
export function writeRecord<const Fields extends readonly Field[]>(
  view: DataView,
  start: number,
  fields: Fields,
  values: RecordOf<Fields>,
): void {
  for (const { name, offset, type } of fields) {
    if (type === "bytes8") continue;
    const value = values[name as keyof RecordOf<Fields>];
    if (type === "u16") view.setUint16(start + offset, value, true);
    else if (type === "u32") view.setUint32(start + offset, value, true);
    else view.setBigUint64(start + offset, BigInt(value), true);
  }
}

/** Reads the numbers of a record at `start`; a 64-bit field beyond 2^53 comes back as Infinity. */
export function readRecord<const Fields extends readonly Field[]>(
  view: DataView,
  start: number,
  fields: Fields,
): RecordOf<Fields> {
  const values: Record<string, number> = {};
  for (const { name, offset, type } of fields) {
    if (type === "bytes8") continue;
    if (type === "u16") values[name] = view.getUint16(start + offset, true);
    else if (type === "u32") values[name] = view.getUint32(start + offset, true);
    else {
      const wide = Number(view.getBigUint64(start + offset, true));
      values[name] = Number.isSafeInteger(wide) ? wide : Number.POSITIVE_INFINITY;
    }
  }
  return values as RecordOf<Fields>;
}
