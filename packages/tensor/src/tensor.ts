import { invariant, reject } from "@rdu/diagnostics";
import { DTYPES, type DType } from "./dtype.ts";
import { elementCount, typeText } from "./shape.ts";

/**
 * How elements lie in memory, row-major:
 *
 * - float32, float64: the values; float16, bfloat16: bit patterns in Uint16Array
 * - 8-bit floats: bit patterns in Uint8Array; float4e2m1: bit patterns 0..15, one a byte
 * - int2, int4 in Int8Array and uint2, uint4 in Uint8Array, one element a byte; wider integers in their own array
 * - int64 in BigInt64Array, uint64 in BigUint64Array; bool: 0 or 1 in Uint8Array
 * - complex: real and imaginary parts interleaved in Float32Array or Float64Array, two scalars an element
 * - string: a plain array
 */
export type TensorData =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array
  | string[];

/** A tensor with its elements. Treat `data` as read-only once the tensor is handed on: it may be shared. */
export interface Tensor {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: TensorData;
}

/** What an ONNX value may be. */
export type Value =
  | Tensor
  | { readonly sequence: readonly Value[] }
  | { readonly optional: Value | null }
  /** A map: `keys` is a list of integers or strings without a repetition, and `map` has the value of each in the same order. */
  | { readonly keys: Tensor; readonly map: readonly Value[] };

export function isTensor(value: Value): value is Tensor {
  return "dtype" in value;
}

/** Array kind of an element type: what `allocate` makes. */
// biome-ignore format: a table
const ARRAYS = {
  float32: Float32Array, float64: Float64Array, float16: Uint16Array, bfloat16: Uint16Array,
  float8e4m3fn: Uint8Array, float8e4m3fnuz: Uint8Array, float8e5m2: Uint8Array, float8e5m2fnuz: Uint8Array,
  float8e8m0: Uint8Array, float4e2m1: Uint8Array,
  int2: Int8Array, int4: Int8Array, int8: Int8Array, int16: Int16Array, int32: Int32Array, int64: BigInt64Array,
  uint2: Uint8Array, uint4: Uint8Array, uint8: Uint8Array, uint16: Uint16Array, uint32: Uint32Array, uint64: BigUint64Array,
  bool: Uint8Array, complex64: Float32Array, complex128: Float64Array,
} as const satisfies Record<Exclude<DType, "string">, unknown>;

/** The array kind that holds elements of a type; undefined for strings. */
export function arrayOf(dtype: DType): (typeof ARRAYS)[keyof typeof ARRAYS] | undefined {
  return dtype === "string" ? undefined : ARRAYS[dtype];
}

/** Scalars of storage that `count` elements take: two for each complex element. */
export function scalarCount(dtype: DType, count: number): number {
  return DTYPES[dtype].class === "complex" ? 2 * count : count;
}

/** Zeros (empty strings) for `count` elements. Rejects with E0206 when the host cannot hold that many. */
export function allocate(dtype: DType, count: number): TensorData {
  const scalars = scalarCount(dtype, count);
  try {
    if (dtype === "string") return new Array<string>(scalars).fill("");
    return new ARRAYS[dtype](scalars);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return reject("E0206", `${count} elements of ${DTYPES[dtype].short} do not fit the memory of this machine`);
  }
}

/** A tensor over given storage; length and array kind must fit. */
export function tensor(dtype: DType, shape: readonly number[], data: TensorData): Tensor {
  const scalars = scalarCount(dtype, elementCount(shape));
  invariant(data.length === scalars, () => `${typeText(dtype, shape)} over ${data.length} scalars`);
  const array = arrayOf(dtype);
  invariant(
    array === undefined ? Array.isArray(data) : data instanceof array,
    () => `${dtype} cannot lie in ${data.constructor.name}`,
  );
  return { dtype, shape, data };
}

/** A tensor of zeros (empty strings). */
export function zeros(dtype: DType, shape: readonly number[]): Tensor {
  return { dtype, shape, data: allocate(dtype, elementCount(shape)) };
}

/** The same elements under another shape of equal count. Shares storage. */
export function reshaped(subject: Tensor, shape: readonly number[]): Tensor {
  return tensor(subject.dtype, shape, subject.data);
}

/** Bytes of storage; for strings the UTF-16 units, twice. */
export function byteLength(subject: Tensor): number {
  const { data } = subject;
  return Array.isArray(data) ? data.reduce((sum, text) => sum + 2 * text.length, 0) : data.byteLength;
}
