import { DTYPES, type DType } from "./dtype.ts";
import { bigintAt, toNumbers } from "./element.ts";
import { sameShape, typeText } from "./shape.ts";
import { isSmallFloat, smallFloatDistance } from "./small-float.ts";
import { isTensor, type Tensor, type Value } from "./tensor.ts";

export interface Tolerance {
  readonly rtol: number;
  readonly atol: number;
  /** Floats: allowed besides, as a share of the largest finite magnitude that is expected in the tensor. Default 0. */
  readonly ofLargest?: number;
}

/** The tolerance of the ONNX backend tests. */
export const DEFAULT_TOLERANCE: Tolerance = { rtol: 1e-3, atol: 1e-7 };

export interface Comparison {
  readonly equal: boolean;
  /** Why not, when not: type, shape, or the worst element. */
  readonly reason?: string;
  readonly elements: number;
  /** Elements outside the tolerance. */
  readonly mismatches: number;
  /** Largest |a - e|; infinite where one is NaN or infinite and the other is not the same. */
  readonly maxAbs: number;
  /** Largest |a - e| / |e| over e != 0; infinite where e is 0 and a is not. */
  readonly maxRel: number;
  /** Largest distance in units of the last place of the float type; 0 for other types. */
  readonly maxUlp: number;
  /** Floats: the largest |a - e| as a share of the largest finite |e|; 0 for other types. */
  readonly maxOfLargest: number;
}

type MapValue = Extract<Value, { readonly map: unknown }>;

const SAME: Comparison = { equal: true, elements: 0, mismatches: 0, maxAbs: 0, maxRel: 0, maxUlp: 0, maxOfLargest: 0 };

/**
 * Compares by the rule of the ONNX backend tests: element type and shape equal; strings, integers and bools exactly;
 * floats |a - e| <= atol + rtol * |e| (+ ofLargest * max |e|) in double, NaN equal to NaN, equal infinities equal; complex by the distance in
 * the plane; sequences item by item; maps key by key, in whatever order; none only equal to none.
 */
export function compare(actual: Value, expected: Value, tolerance: Tolerance = DEFAULT_TOLERANCE): Comparison {
  if (isTensor(expected)) {
    return isTensor(actual) ? compareTensors(actual, expected, tolerance) : differ("expected a tensor");
  }
  if ("optional" in expected) {
    if (isTensor(actual) || !("optional" in actual)) return differ("expected an optional");
    if (expected.optional === null || actual.optional === null) {
      return expected.optional === actual.optional
        ? SAME
        : differ(`expected ${expected.optional === null ? "none" : "a value, found none"}`);
    }
    return compare(actual.optional, expected.optional, tolerance);
  }
  if ("map" in expected) return compareMaps(actual, expected, tolerance);
  if (isTensor(actual) || !("sequence" in actual)) return differ("expected a sequence");
  const found = actual.sequence;
  if (found.length !== expected.sequence.length) {
    return differ(`expected ${expected.sequence.length} items, found ${found.length}`);
  }
  return expected.sequence.reduce<Comparison>((all, item, index) => {
    const one = compare(found[index]!, item, tolerance);
    return merge(all, one.reason === undefined ? one : { ...one, reason: `item ${index}: ${one.reason}` });
  }, SAME);
}

function compareMaps(actual: Value, expected: MapValue, tolerance: Tolerance): Comparison {
  if (isTensor(actual) || !("map" in actual)) return differ("expected a map");
  if (actual.keys.dtype !== expected.keys.dtype) {
    return differ(`expected keys of ${DTYPES[expected.keys.dtype].short}, found ${DTYPES[actual.keys.dtype].short}`);
  }
  if (actual.map.length !== expected.map.length) {
    return differ(`expected ${expected.map.length} keys, found ${actual.map.length}`);
  }
  const found = new Map(actual.map.map((value, index) => [actual.keys.data[index]!, value]));
  return expected.map.reduce<Comparison>((all, value, index) => {
    const key = expected.keys.data[index]!;
    const own = found.get(key);
    const one = own === undefined ? differ("missing") : compare(own, value, tolerance);
    const name = typeof key === "string" ? JSON.stringify(key) : String(key);
    return merge(all, one.reason === undefined ? one : { ...one, reason: `key ${name}: ${one.reason}` });
  }, SAME);
}

export function compareTensors(actual: Tensor, expected: Tensor, tolerance: Tolerance = DEFAULT_TOLERANCE): Comparison {
  const type = typeText(expected.dtype, expected.shape);
  if (actual.dtype !== expected.dtype || !sameShape(actual.shape, expected.shape)) {
    return differ(`expected ${type}, found ${typeText(actual.dtype, actual.shape)}`);
  }
  switch (DTYPES[expected.dtype].class) {
    case "string":
      return compareExactly(actual, expected, () => 1);
    case "int":
    case "uint":
    case "bool":
      return compareExactly(actual, expected, (index) =>
        Math.abs(Number(bigintAt(actual, index) - bigintAt(expected, index))),
      );
    case "complex":
      return compareComplex(actual, expected, tolerance);
    case "float":
      return compareFloats(actual, expected, tolerance);
  }
}

/** Distance in units of the last place of `dtype` between two of its values; NaN is 0 from NaN and infinitely far else. */
export function ulpDistance(dtype: DType, a: number, b: number): number {
  if (a === b || (Number.isNaN(a) && Number.isNaN(b))) return 0;
  if (Number.isNaN(a) || Number.isNaN(b)) return Number.POSITIVE_INFINITY;
  if (isSmallFloat(dtype)) return smallFloatDistance(dtype, a, b);
  if (dtype === "float32") return Math.abs(orderedSingle(a) - orderedSingle(b));
  const distance = orderedDouble(a) - orderedDouble(b);
  return Number(distance < 0n ? -distance : distance);
}

function compareFloats(actual: Tensor, expected: Tensor, tolerance: Tolerance): Comparison {
  const found = toNumbers(actual);
  const wanted = toNumbers(expected);
  const tally = new Tally(wanted.length, largestFinite(wanted));
  for (let index = 0; index < wanted.length; index += 1) {
    const a = found[index]!;
    const e = wanted[index]!;
    if (a === e || (Number.isNaN(a) && Number.isNaN(e))) continue;
    tally.difference(index, Math.abs(a - e), Math.abs(e), tolerance, ulpDistance(expected.dtype, a, e));
  }
  return tally.comparison((index) => `expected ${wanted[index]}, found ${found[index]}`, expected.shape);
}

function compareComplex(actual: Tensor, expected: Tensor, tolerance: Tolerance): Comparison {
  const found = toNumbers(actual);
  const wanted = toNumbers(expected);
  const tally = new Tally(wanted.length / 2);
  const text = (parts: Float64Array, index: number) => `${parts[2 * index]} + ${parts[2 * index + 1]}i`;
  for (let index = 0; index < wanted.length / 2; index += 1) {
    const same = [2 * index, 2 * index + 1].every((part) => Object.is(found[part]! + 0, wanted[part]! + 0));
    if (same) continue;
    const distance = Math.hypot(found[2 * index]! - wanted[2 * index]!, found[2 * index + 1]! - wanted[2 * index + 1]!);
    tally.difference(index, distance, Math.hypot(wanted[2 * index]!, wanted[2 * index + 1]!), tolerance, 0);
  }
  return tally.comparison((index) => `expected ${text(wanted, index)}, found ${text(found, index)}`, expected.shape);
}

function compareExactly(actual: Tensor, expected: Tensor, distance: (index: number) => number): Comparison {
  const tally = new Tally(expected.data.length);
  for (let index = 0; index < expected.data.length; index += 1) {
    if (actual.data[index] === expected.data[index]) continue;
    const reference = Math.abs(Number(expected.data[index]));
    tally.difference(index, distance(index), Number.isNaN(reference) ? 1 : reference, { rtol: 0, atol: 0 }, 0);
  }
  const text = (value: unknown) => (typeof value === "string" ? JSON.stringify(value) : String(value));
  return tally.comparison(
    (index) => `expected ${text(expected.data[index])}, found ${text(actual.data[index])}`,
    expected.shape,
  );
}

function largestFinite(values: ArrayLike<number>): number {
  let largest = 0;
  for (let index = 0; index < values.length; index += 1) {
    const size = Math.abs(values[index]!);
    if (size > largest && size < Number.POSITIVE_INFINITY) largest = size;
  }
  return largest;
}

/** Running totals over the elements that differ at all. */
class Tally {
  readonly #elements: number;
  readonly #largest: number;
  #mismatches = 0;
  #maxAbs = 0;
  #maxRel = 0;
  #maxUlp = 0;
  #worst = -1;
  #worstExcess = 0;

  constructor(elements: number, largest = 0) {
    this.#elements = elements;
    this.#largest = largest;
  }

  difference(index: number, distance: number, magnitude: number, tolerance: Tolerance, ulp: number): void {
    const abs = Number.isNaN(distance) ? Number.POSITIVE_INFINITY : distance;
    this.#maxAbs = Math.max(this.#maxAbs, abs);
    this.#maxRel = Math.max(this.#maxRel, Number.isFinite(magnitude) ? abs / magnitude : Number.POSITIVE_INFINITY);
    this.#maxUlp = Math.max(this.#maxUlp, ulp);
    // An infinite or NaN expectation is met by equality alone, which the caller has ruled out.
    const { rtol, atol, ofLargest = 0 } = tolerance;
    const allowed = Number.isFinite(magnitude) ? atol + rtol * magnitude + ofLargest * this.#largest : -1;
    if (abs <= allowed) return;
    this.#mismatches += 1;
    const excess = abs - allowed;
    if (this.#worst < 0 || excess > this.#worstExcess) {
      this.#worst = index;
      this.#worstExcess = excess;
    }
  }

  comparison(describe: (index: number) => string, shape: readonly number[]): Comparison {
    const totals = {
      elements: this.#elements,
      mismatches: this.#mismatches,
      maxAbs: this.#maxAbs,
      maxRel: this.#maxRel,
      maxUlp: this.#maxUlp,
      maxOfLargest: this.#largest === 0 ? 0 : this.#maxAbs / this.#largest,
    };
    if (this.#mismatches === 0) return { equal: true, ...totals };
    const place = `[${coordinates(this.#worst, shape).join(",")}]`;
    const reason = `${this.#mismatches} of ${this.#elements} differ, worst at ${place}: ${describe(this.#worst)}`;
    return { equal: false, reason, ...totals };
  }
}

function coordinates(index: number, shape: readonly number[]): number[] {
  const result: number[] = [];
  let rest = index;
  for (const extent of shape.toReversed()) {
    result.unshift(rest % extent);
    rest = Math.floor(rest / extent);
  }
  return result;
}

function differ(reason: string): Comparison {
  const far = Number.POSITIVE_INFINITY;
  return { equal: false, reason, elements: 0, mismatches: 0, maxAbs: far, maxRel: far, maxUlp: far, maxOfLargest: far };
}

function merge(a: Comparison, b: Comparison): Comparison {
  const reason = a.reason ?? b.reason;
  return {
    equal: a.equal && b.equal,
    ...(reason === undefined ? {} : { reason }),
    elements: a.elements + b.elements,
    mismatches: a.mismatches + b.mismatches,
    maxAbs: Math.max(a.maxAbs, b.maxAbs),
    maxRel: Math.max(a.maxRel, b.maxRel),
    maxUlp: Math.max(a.maxUlp, b.maxUlp),
    maxOfLargest: Math.max(a.maxOfLargest, b.maxOfLargest),
  };
}

const doubles = new Float64Array(1);
const doubleBits = new BigInt64Array(doubles.buffer);
const singles = new Float32Array(1);
const singleBits = new Int32Array(singles.buffer);

/** Counts representable values in order, so that neighbours differ by 1 and both zeros are 0. */
function orderedSingle(value: number): number {
  singles[0] = value;
  const bits = singleBits[0]!;
  return bits < 0 ? -(bits & 0x7fff_ffff) : bits;
}

function orderedDouble(value: number): bigint {
  doubles[0] = value;
  const bits = doubleBits[0]!;
  return bits < 0n ? -(bits & 0x7fff_ffff_ffff_ffffn) : bits;
}
