/** What an element is: how comparison, casting and arithmetic treat it. */
export type DTypeClass = "float" | "int" | "uint" | "bool" | "string" | "complex";

export interface DTypeRow {
  /** The name in text forms. */
  readonly short: string;
  readonly class: DTypeClass;
  /** Bits of one element as ONNX stores it; 0 for strings. */
  readonly bits: number;
  /** Bytes of one element as a tensor here stores it: at least one, so sub-byte types are unpacked; 0 for strings. */
  readonly bytes: number;
  /** TensorProto.DataType. */
  readonly onnx: number;
}

/** Every ONNX element type. */
// biome-ignore format: a table
const TABLE = {
  float32:        { short: "f32",       class: "float",   bits: 32,  bytes: 4,  onnx: 1 },
  float64:        { short: "f64",       class: "float",   bits: 64,  bytes: 8,  onnx: 11 },
  float16:        { short: "f16",       class: "float",   bits: 16,  bytes: 2,  onnx: 10 },
  bfloat16:       { short: "bf16",      class: "float",   bits: 16,  bytes: 2,  onnx: 16 },
  float8e4m3fn:   { short: "f8e4m3fn",  class: "float",   bits: 8,   bytes: 1,  onnx: 17 },
  float8e4m3fnuz: { short: "f8e4m3fnuz",class: "float",   bits: 8,   bytes: 1,  onnx: 18 },
  float8e5m2:     { short: "f8e5m2",    class: "float",   bits: 8,   bytes: 1,  onnx: 19 },
  float8e5m2fnuz: { short: "f8e5m2fnuz",class: "float",   bits: 8,   bytes: 1,  onnx: 20 },
  float8e8m0:     { short: "f8e8m0",    class: "float",   bits: 8,   bytes: 1,  onnx: 24 },
  float4e2m1:     { short: "f4e2m1",    class: "float",   bits: 4,   bytes: 1,  onnx: 23 },
  int2:           { short: "i2",        class: "int",     bits: 2,   bytes: 1,  onnx: 26 },
  int4:           { short: "i4",        class: "int",     bits: 4,   bytes: 1,  onnx: 22 },
  int8:           { short: "i8",        class: "int",     bits: 8,   bytes: 1,  onnx: 3 },
  int16:          { short: "i16",       class: "int",     bits: 16,  bytes: 2,  onnx: 5 },
  int32:          { short: "i32",       class: "int",     bits: 32,  bytes: 4,  onnx: 6 },
  int64:          { short: "i64",       class: "int",     bits: 64,  bytes: 8,  onnx: 7 },
  uint2:          { short: "u2",        class: "uint",    bits: 2,   bytes: 1,  onnx: 25 },
  uint4:          { short: "u4",        class: "uint",    bits: 4,   bytes: 1,  onnx: 21 },
  uint8:          { short: "u8",        class: "uint",    bits: 8,   bytes: 1,  onnx: 2 },
  uint16:         { short: "u16",       class: "uint",    bits: 16,  bytes: 2,  onnx: 4 },
  uint32:         { short: "u32",       class: "uint",    bits: 32,  bytes: 4,  onnx: 12 },
  uint64:         { short: "u64",       class: "uint",    bits: 64,  bytes: 8,  onnx: 13 },
  bool:           { short: "bool",      class: "bool",    bits: 8,   bytes: 1,  onnx: 9 },
  string:         { short: "str",       class: "string",  bits: 0,   bytes: 0,  onnx: 8 },
  complex64:      { short: "c64",       class: "complex", bits: 64,  bytes: 8,  onnx: 14 },
  complex128:     { short: "c128",      class: "complex", bits: 128, bytes: 16, onnx: 15 },
} as const satisfies Record<string, DTypeRow>;

export type DType = keyof typeof TABLE;

export const DTYPES: Readonly<Record<DType, DTypeRow>> = TABLE;

export const ALL_DTYPES = Object.keys(TABLE) as readonly DType[];

const BY_SHORT: ReadonlyMap<string, DType> = new Map(ALL_DTYPES.map((dtype) => [TABLE[dtype].short, dtype]));
const BY_ONNX: ReadonlyMap<number, DType> = new Map(ALL_DTYPES.map((dtype) => [TABLE[dtype].onnx, dtype]));

export function isDType(name: string): name is DType {
  return Object.hasOwn(TABLE, name);
}

/** The element type of a short name (`f32`); undefined when there is none. */
export function dtypeOfShort(short: string): DType | undefined {
  return BY_SHORT.get(short);
}

/** The element type of a TensorProto.DataType code; undefined when there is none (0 is UNDEFINED). */
export function dtypeOfOnnx(code: number): DType | undefined {
  return BY_ONNX.get(code);
}

export function isFloat(dtype: DType): boolean {
  return TABLE[dtype].class === "float";
}

/** Signed or unsigned integers of any width; bool is none. */
export function isInteger(dtype: DType): boolean {
  return TABLE[dtype].class === "int" || TABLE[dtype].class === "uint";
}

export function isComplex(dtype: DType): boolean {
  return TABLE[dtype].class === "complex";
}

/** Stored as bigint. */
export function isWide(dtype: DType): dtype is "int64" | "uint64" {
  return dtype === "int64" || dtype === "uint64";
}

/** Smallest and largest value of an integer type, exact. */
export function integerRange(dtype: DType): { readonly least: bigint; readonly most: bigint } {
  const { class: kind, bits } = TABLE[dtype];
  if (kind === "bool") return { least: 0n, most: 1n };
  return kind === "int"
    ? { least: -(1n << BigInt(bits - 1)), most: (1n << BigInt(bits - 1)) - 1n }
    : { least: 0n, most: (1n << BigInt(bits)) - 1n };
}

/** Bytes that ONNX uses for `count` elements, packed: sub-byte types fill bytes from the lowest bits. */
export function packedByteLength(dtype: DType, count: number): number {
  return Math.ceil((count * TABLE[dtype].bits) / 8);
}
