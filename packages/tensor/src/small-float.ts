import { invariant } from "@rdu/diagnostics";
import type { DType } from "./dtype.ts";

/** Floats of 16 bits and fewer, held as bit patterns. */
export type SmallFloat = Extract<
  DType,
  | "float16"
  | "bfloat16"
  | "float8e4m3fn"
  | "float8e4m3fnuz"
  | "float8e5m2"
  | "float8e5m2fnuz"
  | "float8e8m0"
  | "float4e2m1"
>;

interface SignedFormat {
  readonly exponentBits: number;
  readonly mantissaBits: number;
  readonly bias: number;
  /** Magnitude code of the largest finite value; the next code is infinity or NaN, if the format has it. */
  readonly largest: number;
  readonly nan: number;
  /** Code of a magnitude that overflows without saturation; null when the format can only saturate. */
  readonly overflow: number | null;
  /** Code 10…0 is NaN, so there is no negative zero and NaN has no sign. */
  readonly unsignedZero: boolean;
}

/** IEEE 754 binary16; bfloat16; OCP OFP8 (E4M3, E5M2); the FNUZ variants of arXiv:2206.02915; OCP MX E2M1. */
// biome-ignore format: a table
const FORMATS: Readonly<Record<Exclude<SmallFloat, "float8e8m0">, SignedFormat>> = {
  float16:        { exponentBits: 5, mantissaBits: 10, bias: 15,  largest: 0x7bff, nan: 0x7e00, overflow: 0x7c00, unsignedZero: false },
  bfloat16:       { exponentBits: 8, mantissaBits: 7,  bias: 127, largest: 0x7f7f, nan: 0x7fc0, overflow: 0x7f80, unsignedZero: false },
  float8e4m3fn:   { exponentBits: 4, mantissaBits: 3,  bias: 7,   largest: 0x7e,   nan: 0x7f,   overflow: 0x7f,   unsignedZero: false },
  float8e4m3fnuz: { exponentBits: 4, mantissaBits: 3,  bias: 8,   largest: 0x7f,   nan: 0x80,   overflow: 0x80,   unsignedZero: true },
  float8e5m2:     { exponentBits: 5, mantissaBits: 2,  bias: 15,  largest: 0x7b,   nan: 0x7e,   overflow: 0x7c,   unsignedZero: false },
  float8e5m2fnuz: { exponentBits: 5, mantissaBits: 2,  bias: 16,  largest: 0x7f,   nan: 0x80,   overflow: 0x80,   unsignedZero: true },
  float4e2m1:     { exponentBits: 2, mantissaBits: 1,  bias: 1,   largest: 0x7,    nan: 0x8,    overflow: null,   unsignedZero: false },
};

/** How a value is rounded to a power of two. */
export type RoundMode = "up" | "down" | "nearest";

export interface SmallFloatOptions {
  /**
   * What exceeds the largest finite value (infinities too) becomes that value, instead of infinity or NaN.
   * Default: false for the 16-bit types, true below.
   */
  readonly saturate?: boolean;
  /** float8e8m0 only; ONNX's default is "up", away from zero. */
  readonly roundMode?: RoundMode;
}

export function isSmallFloat(dtype: DType): dtype is SmallFloat {
  return dtype === "float8e8m0" || Object.hasOwn(FORMATS, dtype);
}

/**
 * The bit pattern of the nearest value, ties to even, rounded once from the double given.
 * NaN gives the canonical NaN; float4e2m1 has none and gives negative zero, as ml_dtypes does.
 */
export function encodeSmallFloat(dtype: SmallFloat, value: number, options: SmallFloatOptions = {}): number {
  if (dtype === "float8e8m0") return encodePowerOfTwo(value, options.saturate ?? true, options.roundMode ?? "up");
  return encodeSigned(FORMATS[dtype], value, saturates(dtype, options));
}

/** Stores the bit pattern of each value in `codes`, as `encodeSmallFloat` does. */
export function encodeSmallFloats(
  dtype: SmallFloat,
  values: ArrayLike<number>,
  codes: Uint8Array | Uint16Array,
  options: SmallFloatOptions = {},
): void {
  if (dtype === "float8e8m0") {
    for (let index = 0; index < codes.length; index += 1)
      codes[index] = encodeSmallFloat(dtype, values[index]!, options);
    return;
  }
  const format = FORMATS[dtype];
  const saturate = saturates(dtype, options);
  for (let index = 0; index < codes.length; index += 1) codes[index] = encodeSigned(format, values[index]!, saturate);
}

function saturates(dtype: SmallFloat, { saturate }: SmallFloatOptions): boolean {
  return saturate ?? (dtype !== "float16" && dtype !== "bfloat16");
}

function encodeSigned(format: SignedFormat, value: number, saturate: boolean): number {
  if (Number.isNaN(value)) return format.nan;
  const sign = value < 0 || Object.is(value, -0) ? 1 << (format.exponentBits + format.mantissaBits) : 0;
  const magnitude = roundToCode(Math.abs(value), format);
  if (magnitude > format.largest) return sign | (saturate ? format.largest : (format.overflow ?? format.largest));
  return magnitude === 0 && format.unsignedZero ? 0 : sign | magnitude;
}

/** The value of a bit pattern, exact. */
export function decodeSmallFloat(dtype: SmallFloat, code: number): number {
  return decodeTable(dtype)[code]!;
}

/** Values of all bit patterns of a type, by code: 65536 entries, 256 or 16. float32 holds each exactly. */
export function decodeTable(dtype: SmallFloat): Float32Array {
  let table = decodeTables.get(dtype);
  if (table === undefined) {
    table = makeDecodeTable(dtype);
    decodeTables.set(dtype, table);
  }
  return table;
}

const decodeTables = new Map<SmallFloat, Float32Array>();

function makeDecodeTable(dtype: SmallFloat): Float32Array {
  if (dtype === "float8e8m0")
    return Float32Array.from({ length: 256 }, (_, code) => (code === 255 ? Number.NaN : 2 ** (code - 127)));
  const format = FORMATS[dtype];
  const { exponentBits, mantissaBits, bias, largest } = format;
  const signBit = 1 << (exponentBits + mantissaBits);
  const table = new Float32Array(2 * signBit);
  for (let magnitude = 0; magnitude < signBit; magnitude += 1) {
    const exponent = magnitude >> mantissaBits;
    const fraction = (magnitude & ((1 << mantissaBits) - 1)) / (1 << mantissaBits);
    const finite = exponent === 0 ? fraction * 2 ** (1 - bias) : (1 + fraction) * 2 ** (exponent - bias);
    const isInfinity =
      magnitude === format.overflow && magnitude !== (format.nan & (signBit - 1)) && !format.unsignedZero;
    const value = magnitude <= largest ? finite : isInfinity ? Number.POSITIVE_INFINITY : Number.NaN;
    table[magnitude] = value;
    table[signBit | magnitude] = -value;
  }
  if (format.unsignedZero) table[signBit] = Number.NaN;
  return table;
}

/**
 * Magnitudes are numbered in order of value by their codes, so rounding in units of the last place and adding the
 * exponent's codes carries correctly into the next exponent.
 */
function roundToCode(magnitude: number, { mantissaBits, bias, largest }: SignedFormat): number {
  if (magnitude === Number.POSITIVE_INFINITY) return largest + 1;
  const exponent = Math.max(exponentOf(magnitude), 1 - bias);
  const units = roundTiesToEven(magnitude * powerOfTwo(mantissaBits - exponent));
  return units + (exponent + bias - 1) * (1 << mantissaBits);
}

function encodePowerOfTwo(value: number, saturate: boolean, mode: RoundMode): number {
  if (Number.isNaN(value)) return 255;
  // ONNX leaves negative values open; the sign is dropped.
  const magnitude = Math.abs(value);
  if (magnitude === 0) return saturate ? 0 : 255;
  if (magnitude === Number.POSITIVE_INFINITY) return saturate ? 254 : 255;
  const exponent = exponentOf(magnitude);
  const fraction = magnitude / 2 ** exponent;
  const up = mode === "up" ? fraction > 1 : mode === "nearest" ? fraction >= 1.5 : false;
  const code = exponent + 127 + (up ? 1 : 0);
  if (code >= 0 && code <= 254) return code;
  if (!saturate) return 255;
  return code < 0 ? 0 : 254;
}

const doubles = new Float64Array(1);
const words = new Uint32Array(doubles.buffer);
const HIGH = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 1 : 0;

/** 2 ** exponent for exponents of normal doubles, ten times as fast as the operator. */
function powerOfTwo(exponent: number): number {
  words[HIGH] = (exponent + 1023) << 20;
  words[1 - HIGH] = 0;
  return doubles[0]!;
}

/** floor(log2(magnitude)) of a positive finite double; -1023 stands for zero and all subnormal doubles. */
function exponentOf(magnitude: number): number {
  doubles[0] = magnitude;
  return ((words[HIGH]! >>> 20) & 0x7ff) - 1023;
}

export function roundTiesToEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  if (rest !== 0.5) return rest < 0.5 ? below : below + 1;
  return below % 2 === 0 ? below : below + 1;
}

/** Distance in codes between two values of a small float, both finite or infinite. */
export function smallFloatDistance(dtype: SmallFloat, a: number, b: number): number {
  return Math.abs(orderedCode(dtype, a) - orderedCode(dtype, b));
}

function orderedCode(dtype: SmallFloat, value: number): number {
  if (dtype === "float8e8m0") return encodeSmallFloat(dtype, value, { roundMode: "nearest" });
  const { exponentBits, mantissaBits } = FORMATS[dtype];
  const code = encodeSmallFloat(dtype, Math.abs(value), { saturate: false });
  invariant(code < 1 << (exponentBits + mantissaBits), () => `${value} has no order in ${dtype}`);
  return value < 0 ? -code : code;
}
