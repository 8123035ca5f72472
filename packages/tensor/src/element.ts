import { InvariantError, invariant } from "@rdu/diagnostics";
import { DTYPES, type DType, isFloat, isWide } from "./dtype.ts";
import { elementCount } from "./shape.ts";
import { decodeTable, encodeSmallFloat, encodeSmallFloats, isSmallFloat } from "./small-float.ts";
import { allocate, type Tensor, type TensorData } from "./tensor.ts";

/**
 * The value of a stored scalar as a double: exact for all types but int64 and uint64 beyond 2^53, which round to nearest.
 * For complex tensors `index` counts scalars (2i real, 2i+1 imaginary). Strings have none.
 */
export function numberAt({ dtype, data }: Tensor, index: number): number {
  const raw = data[index];
  // Not by `invariant`: a closure for each element would cost more than the read.
  if (raw === undefined || typeof raw === "string") return absent("number", index, dtype, data);
  if (typeof raw === "bigint") return Number(raw);
  return isSmallFloat(dtype) ? decodeTable(dtype)[raw]! : raw;
}

/** The value of an integer or bool as bigint, exact. */
export function bigintAt({ dtype, data }: Tensor, index: number): bigint {
  const raw = data[index];
  if (raw === undefined || typeof raw === "string" || isFloat(dtype)) return absent("integer", index, dtype, data);
  return BigInt(raw);
}

export function stringAt({ dtype, data }: Tensor, index: number): string {
  const raw = data[index];
  return typeof raw === "string" ? raw : absent("string", index, dtype, data);
}

function absent(what: string, index: number, dtype: DType, data: TensorData): never {
  throw new InvariantError(`no ${what} at ${index} of ${data.length} ${dtype}`);
}

/**
 * Stores a value: floats round to nearest even (overflow gives infinity, NaN or, in float4e2m1, the largest value),
 * integers truncate and wrap modulo two to their bits (NaN and infinities give 0), bool is `value != 0`.
 */
export function setNumber(dtype: DType, data: TensorData, index: number, value: number): void {
  if (data instanceof Float32Array || data instanceof Float64Array) data[index] = value;
  else if (isSmallFloat(dtype)) (data as Uint16Array)[index] = encodeSmallFloat(dtype, value, { saturate: false });
  else if (data instanceof BigInt64Array || data instanceof BigUint64Array)
    data[index] = Number.isFinite(value) ? BigInt(Math.trunc(value)) : 0n;
  else if (dtype === "bool") (data as Uint8Array)[index] = value !== 0 ? 1 : 0;
  else if (Array.isArray(data)) invariant(false, "strings hold no numbers");
  // Storing a number in a typed array of integers truncates it and keeps its low bits.
  else data[index] = DTYPES[dtype].bits < 8 ? wrapInteger(dtype, value) : value;
}

/** Stores an exact integer, wrapping to the type; in a float type it rounds. */
export function setBigint(dtype: DType, data: TensorData, index: number, value: bigint): void {
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) data[index] = value;
  else if (isFloat(dtype)) setNumber(dtype, data, index, dtype === "float64" ? Number(value) : bigintToOdd(value));
  else if (dtype === "bool") (data as Uint8Array)[index] = value !== 0n ? 1 : 0;
  else setNumber(dtype, data, index, Number(BigInt.asIntN(32, value)));
}

/** All values as doubles, see `numberAt`. Shares storage when the tensor already holds doubles. */
export function toNumbers(subject: Tensor): Float64Array {
  const { dtype, data } = subject;
  if (data instanceof Float64Array) return data;
  invariant(!Array.isArray(data), "strings hold no numbers");
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) {
    const wide = new Float64Array(data.length);
    for (let index = 0; index < wide.length; index += 1) wide[index] = Number(data[index]!);
    return wide;
  }
  const values = new Float64Array(data.length);
  if (!isSmallFloat(dtype)) {
    values.set(data);
    return values;
  }
  const table = decodeTable(dtype);
  for (let index = 0; index < values.length; index += 1) values[index] = table[data[index]!]!;
  return values;
}

/** All values, unpacked but in whatever array holds them exactly; 64-bit integers become doubles. */
export function toValues(subject: Tensor): Exclude<TensorData, BigInt64Array | BigUint64Array | string[]> {
  const { dtype, data } = subject;
  invariant(!Array.isArray(data), "strings hold no numbers");
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) return toNumbers(subject);
  if (!isSmallFloat(dtype)) return data;
  const table = decodeTable(dtype);
  const values = new Float32Array(data.length);
  for (let index = 0; index < values.length; index += 1) values[index] = table[data[index]!]!;
  return values;
}

/** A tensor from doubles, each stored as `setNumber` does. Takes over `values` when the type is float64. */
export function fromNumbers(dtype: DType, shape: readonly number[], values: ArrayLike<number>): Tensor {
  const count = elementCount(shape);
  const scalars = DTYPES[dtype].class === "complex" ? 2 * count : count;
  invariant(values.length === scalars, () => `${values.length} values for shape [${shape.join(",")}]`);
  if (dtype === "float64" && values instanceof Float64Array) return { dtype, shape, data: values };
  const data = allocate(dtype, count);
  if (data instanceof Float32Array || data instanceof Float64Array) data.set(values);
  else if (isSmallFloat(dtype)) encodeSmallFloats(dtype, values, data as Uint16Array, { saturate: false });
  else for (let index = 0; index < scalars; index += 1) setNumber(dtype, data, index, values[index]!);
  return { dtype, shape, data };
}

/** A tensor from exact integers, each stored as `setBigint` does. */
export function fromBigints(dtype: DType, shape: readonly number[], values: ArrayLike<bigint>): Tensor {
  const count = elementCount(shape);
  invariant(values.length === count, () => `${values.length} values for shape [${shape.join(",")}]`);
  const data = allocate(dtype, count);
  for (let index = 0; index < count; index += 1) setBigint(dtype, data, index, values[index]!);
  return { dtype, shape, data };
}

/** All elements of an integer or bool tensor as numbers; undefined when one is not exact in a double. */
export function toIntegers(subject: Tensor): number[] | undefined {
  const values = new Array<number>(subject.data.length);
  for (let index = 0; index < values.length; index += 1) {
    const value = isWide(subject.dtype) ? Number(bigintAt(subject, index)) : numberAt(subject, index);
    if (!Number.isSafeInteger(value)) return undefined;
    values[index] = value;
  }
  return values;
}

/** The bits of an integer that fit the type, as its value. `value` must be an integer, at most 32 bits of it count. */
function wrapInteger(dtype: DType, value: number): number {
  const { class: kind, bits } = DTYPES[dtype];
  const unused = 32 - bits;
  return kind === "uint" ? (value << unused) >>> unused : (value << unused) >> unused;
}

/**
 * A double that rounds to any format of 51 bits or fewer as the integer itself would: bits that do not fit are folded
 * into the last one ("round to odd"), so that rounding twice equals rounding once.
 */
export function bigintToOdd(value: bigint): number {
  const magnitude = value < 0n ? -value : value;
  if (magnitude < 1n << 53n) return Number(value);
  const extra = BigInt(magnitude.toString(2).length - 53);
  const kept = magnitude >> extra;
  const odd = kept << extra === magnitude ? kept : kept | 1n;
  const result = Number(odd) * 2 ** Number(extra);
  return value < 0n ? -result : result;
}
