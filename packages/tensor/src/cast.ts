import { reject } from "@rdu/diagnostics";
import { DTYPES, type DType, integerRange, isComplex, isFloat, isInteger, isWide } from "./dtype.ts";
import { bigintAt, bigintToOdd, numberAt, setBigint, setNumber, toValues } from "./element.ts";
import { elementCount } from "./shape.ts";
import { encodeSmallFloat, encodeSmallFloats, isSmallFloat, type SmallFloatOptions } from "./small-float.ts";
import { allocate, type Tensor, type TensorData } from "./tensor.ts";

/**
 * Converts every element by the rules of ONNX Cast (opset 25):
 *
 * - to a float: rounded once, to nearest even; overflow gives infinity, or by `saturate` (default true) the largest value
 *   for types of 8 bits and fewer; float8e8m0 rounds by `roundMode`
 * - float to integer: truncated; NaN gives 0; a value beyond 32 bits (64 for int64 and uint64) becomes the nearest that
 *   they hold, then bits that the type lacks are dropped. ONNX leaves out-of-range values open; this is what the lanes do
 * - integer to integer: bits that the type lacks are dropped
 * - to bool: `value != 0`, true for NaN
 * - from string: a decimal number, or `inf`, `nan` in any case with an optional sign; anything else is rejected (E0307)
 * - to string: the shortest decimal that reads back, in the notation of numpy
 * - complex: only between complex types
 */
export function cast(subject: Tensor, to: DType, options: SmallFloatOptions = {}): Tensor {
  const { dtype, shape } = subject;
  if (dtype === to) return subject;
  if (isComplex(dtype) || isComplex(to)) return castComplex(subject, to);
  const count = elementCount(shape);
  const data = allocate(to, count);
  if (dtype === "string") castStrings(subject.data as string[], to, data, options);
  else if (to === "string")
    for (let index = 0; index < count; index += 1) (data as string[])[index] = numberText(subject, index);
  else if (isWide(dtype)) castWide(subject, to, data, options);
  else if (isFloat(dtype) && !isFloat(to)) castToIntegers(toValues(subject), to, data);
  else castValues(toValues(subject), to, data, options);
  return { dtype: to, shape, data };
}

/** The value a float takes in an integer or bool type by the rule of `cast`. */
export function floatToInteger(value: number, to: DType): bigint {
  if (to === "bool") return value !== 0 ? 1n : 0n;
  if (Number.isNaN(value)) return 0n;
  const lane = integerRange(isWide(to) ? to : to === "uint32" ? "uint32" : "int32");
  const held =
    value <= Number(lane.least) ? lane.least : value >= Number(lane.most) ? lane.most : BigInt(Math.trunc(value));
  const { class: kind, bits } = DTYPES[to];
  return kind === "int" ? BigInt.asIntN(bits, held) : BigInt.asUintN(bits, held);
}

/** Narrow integers and floats to any number type; floats to floats only. */
function castValues(values: ArrayLike<number>, to: DType, data: TensorData, options: SmallFloatOptions): void {
  if (isSmallFloat(to)) encodeSmallFloats(to, values, data as Uint16Array, options);
  else if (data instanceof Float32Array || data instanceof Float64Array) data.set(values);
  else for (let index = 0; index < values.length; index += 1) setNumber(to, data, index, values[index]!);
}

function castToIntegers(values: ArrayLike<number>, to: DType, data: TensorData): void {
  const codes = data as Int32Array;
  if (to === "bool") {
    for (let index = 0; index < codes.length; index += 1) codes[index] = values[index] !== 0 ? 1 : 0;
    return;
  }
  // In range of a 32-bit lane a store of 8 bits or more itself truncates and wraps, without a bigint.
  const plain = !isWide(to) && DTYPES[to].bits >= 8;
  const least = to === "uint32" ? -1 : -2147483649;
  for (let index = 0; index < codes.length; index += 1) {
    const value = values[index]!;
    if (plain && value > least && value < 2147483648) codes[index] = value;
    else if (to === "int64" && Math.abs(value) < 2 ** 63) (data as BigInt64Array)[index] = BigInt(Math.trunc(value));
    else setBigint(to, data, index, floatToInteger(value, to));
  }
}

function castWide({ data: from }: Tensor, to: DType, data: TensorData, options: SmallFloatOptions): void {
  const wide = from as BigInt64Array | BigUint64Array;
  if (data instanceof Float64Array)
    for (let index = 0; index < wide.length; index += 1) data[index] = Number(wide[index]!);
  else if (isWide(to)) (data as BigInt64Array).set(wide as BigInt64Array);
  else if (isSmallFloat(to)) {
    for (let index = 0; index < wide.length; index += 1)
      (data as Uint16Array)[index] = encodeSmallFloat(to, bigintToOdd(wide[index]!), options);
  } else {
    for (let index = 0; index < wide.length; index += 1) {
      const value = wide[index]!;
      const near = Number(value);
      if (Number.isSafeInteger(near)) setNumber(to, data, index, near);
      else setBigint(to, data, index, value);
    }
  }
}

function castStrings(texts: readonly string[], to: DType, data: TensorData, options: SmallFloatOptions): void {
  for (let index = 0; index < texts.length; index += 1) {
    const value = parse(texts[index]!, to);
    if (typeof value === "bigint") setBigint(to, data, index, value);
    else if (isSmallFloat(to)) (data as Uint16Array)[index] = encodeSmallFloat(to, value, options);
    else setNumber(to, data, index, value);
  }
}

function castComplex(subject: Tensor, to: DType): Tensor {
  if (!isComplex(subject.dtype) || !isComplex(to)) {
    reject("E0305", `cannot cast between ${DTYPES[subject.dtype].short} and ${DTYPES[to].short}`);
  }
  const values = subject.data as Float32Array | Float64Array;
  const data = to === "complex64" ? Float32Array.from(values) : Float64Array.from(values);
  return { dtype: to, shape: subject.shape, data };
}

function parse(text: string, to: DType): number | bigint {
  const trimmed = text.trim();
  const special = /^([+-]?)(inf|infinity|nan)$/i.exec(trimmed);
  if (special !== null) {
    const magnitude = special[2]!.toLowerCase() === "nan" ? Number.NaN : Number.POSITIVE_INFINITY;
    return toInteger(special[1] === "-" ? -magnitude : magnitude, to);
  }
  if (/^[+-]?\d+$/.test(trimmed)) return isInteger(to) ? BigInt(trimmed.replace("+", "")) : Number(trimmed);
  if (to === "bool" && /^(true|false)$/i.test(trimmed)) return trimmed.toLowerCase() === "true" ? 1 : 0;
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(trimmed)) {
    reject("E0307", `${JSON.stringify(text)} is not a number, so it cannot become ${DTYPES[to].short}`);
  }
  return toInteger(Number(trimmed), to);
}

function toInteger(value: number, to: DType): number | bigint {
  return isInteger(to) ? floatToInteger(value, to) : value;
}

/** One element as numpy's `str` writes it: `1.0`, `1e-05`, `1.5e+16`, `nan`, `-inf`, `12`, `True`. */
function numberText(subject: Tensor, index: number): string {
  const { dtype } = subject;
  if (dtype === "bool") return numberAt(subject, index) === 0 ? "False" : "True";
  if (!isFloat(dtype)) return String(bigintAt(subject, index));
  const value = numberAt(subject, index);
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  if (value === 0) return Object.is(value, -0) ? "-0.0" : "0.0";
  const digits = shortestDigits(value, dtype);
  const [mantissa = "", exponent = "0"] = value.toExponential(digits - 1).split("e");
  const power = Number(exponent);
  if (power >= -4 && power < 16) {
    const fixed = value.toFixed(Math.max(0, Math.min(100, digits - 1 - power)));
    return fixed.includes(".") ? fixed : `${fixed}.0`;
  }
  return `${mantissa}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
}

/** Significant digits that tell the value from its neighbours in the type. */
function shortestDigits(value: number, dtype: DType): number {
  const same = (candidate: number): boolean =>
    dtype === "float32"
      ? Math.fround(candidate) === value
      : isSmallFloat(dtype)
        ? encodeSmallFloat(dtype, candidate) === encodeSmallFloat(dtype, value)
        : candidate === value;
  for (let digits = 1; digits < 17; digits += 1) {
    if (same(Number(value.toExponential(digits - 1)))) return digits;
  }
  return 17;
}
