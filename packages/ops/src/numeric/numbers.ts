import { invariant } from "@rdu/diagnostics";
import {
  allocate,
  DTYPES,
  type DType,
  decodeTable,
  elementCount,
  encodeSmallFloat,
  isSmallFloat,
  isWide,
  type Tensor,
  tensor,
} from "@rdu/tensor";

export type NumberArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | Uint8Array
  | Uint16Array
  | Uint32Array;
export type BigintArray = BigInt64Array | BigUint64Array;

/**
 * The elements as numbers: small floats decoded, bool as 0 or 1. 64-bit integers beyond 2^53 are rounded: what must be exact
 * goes through `bigintsOf`. May share storage with the tensor: read only.
 */
export function numbersOf(subject: Tensor): NumberArray {
  const { dtype, data } = subject;
  if (isSmallFloat(dtype)) {
    const table = decodeTable(dtype);
    const codes = data as Uint8Array | Uint16Array;
    const values = new Float32Array(codes.length);
    for (let i = 0; i < codes.length; i += 1) values[i] = table[codes[i]!]!;
    return values;
  }
  if (isWide(dtype)) return Float64Array.from(data as BigInt64Array, Number);
  invariant(DTYPES[dtype].class !== "string" && DTYPES[dtype].class !== "complex", () => `${dtype} has no numbers`);
  return data as NumberArray;
}

/** The elements of any integer or bool tensor, exact. */
export function bigintsOf(subject: Tensor): BigintArray {
  if (isWide(subject.dtype)) return subject.data as BigintArray;
  return BigInt64Array.from(subject.data as Int32Array as unknown as number[], (value) => BigInt(value));
}

/** The elements of an integer tensor (or of floats cast to integers, as counts of old versions may be) as numbers, clamped to what a double counts exactly (shapes, axes, indices). */
export function integersOf(subject: Tensor): number[] {
  if (!isWide(subject.dtype)) return Array.from(numbersOf(subject), Math.trunc);
  return Array.from(subject.data as BigInt64Array, (value) => {
    if (value > 9007199254740991n) return Number.MAX_SAFE_INTEGER;
    return value < -9007199254740991n ? Number.MIN_SAFE_INTEGER : Number(value);
  });
}

/**
 * A tensor of these values: floats rounded to nearest even (8-bit floats and smaller saturate), integers taken modulo their width
 * after truncation, bool true unless zero.
 */
export function tensorOf(dtype: DType, shape: readonly number[], values: ArrayLike<number>): Tensor {
  const count = elementCount(shape);
  invariant(values.length === count, () => `${values.length} values for ${dtype}[${shape.join(",")}]`);
  if (dtype === "float32" && values instanceof Float32Array) return tensor(dtype, shape, values);
  if (dtype === "float64" && values instanceof Float64Array) return tensor(dtype, shape, values);
  const data = allocate(dtype, count);
  storeNumbers(dtype, data as NumberArray, values);
  return tensor(dtype, shape, data);
}

function storeNumbers(dtype: DType, data: NumberArray | BigintArray, values: ArrayLike<number>): void {
  if (isSmallFloat(dtype)) {
    for (let i = 0; i < values.length; i += 1) data[i] = encodeSmallFloat(dtype, values[i]!);
  } else if (isWide(dtype)) {
    const wide = data as BigintArray;
    for (let i = 0; i < values.length; i += 1) wide[i] = wideOf(values[i]!);
  } else if (dtype === "bool") {
    for (let i = 0; i < values.length; i += 1) data[i] = values[i] === 0 ? 0 : 1;
  } else if (DTYPES[dtype].bits < 8) {
    const shift = 32 - DTYPES[dtype].bits;
    const signed = DTYPES[dtype].class === "int";
    for (let i = 0; i < values.length; i += 1)
      data[i] = signed ? (values[i]! << shift) >> shift : (values[i]! << shift) >>> shift;
  } else {
    (data as NumberArray).set(values);
  }
}

/** Truncated; NaN and infinities, which no integer has, give the least int64 as x86 does. */
function wideOf(value: number): bigint {
  return Number.isFinite(value) ? BigInt(Math.trunc(value)) : -(1n << 63n);
}

/** A tensor of exact integers, taken modulo the width. */
export function integerTensor(dtype: DType, shape: readonly number[], values: ArrayLike<bigint>): Tensor {
  const data = allocate(dtype, elementCount(shape));
  invariant(data.length === values.length, () => `${values.length} values for ${dtype}[${shape.join(",")}]`);
  const { bits, class: kind } = DTYPES[dtype];
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i]!;
    const wrapped = kind === "int" ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value);
    (data as NumberArray)[i] = (isWide(dtype) ? wrapped : Number(wrapped)) as number;
  }
  return tensor(dtype, shape, data);
}

/** int64 tensor of safe integers. */
export function int64Tensor(shape: readonly number[], values: readonly number[]): Tensor {
  return tensor("int64", shape, BigInt64Array.from(values, BigInt));
}

/** bool tensor. */
export function boolTensor(shape: readonly number[], values: Uint8Array): Tensor {
  return tensor("bool", shape, values);
}

/** The one element of a tensor, as a number. */
export function scalarOf(subject: Tensor): number {
  const value = numbersOf(subject)[0];
  invariant(value !== undefined, "a scalar from an empty tensor");
  return value;
}
