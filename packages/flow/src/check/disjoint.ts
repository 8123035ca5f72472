import { type AddressTerms, addressTerms, type Term } from "../address-range.ts";
import { tileCount } from "../domain.ts";
import type { AddressProgram } from "../flow.ts";
import type { Budget } from "./budget.ts";
import { tileCounters } from "./tile-ranges.ts";

/** Whole numbers from low to high, both included. */
interface Span {
  readonly low: number;
  readonly high: number;
}

/** An address as `stride * major + minor`. */
interface Split {
  readonly major: Span;
  readonly minor: Span;
}

/**
 * Whether two programs are sure to touch different addresses although their bounds overlap, as when each has its own rows, columns or channels
 * of a tensor. Of whole programs, or of one tile each when the values of the tile counters are given.
 *
 * Each stride of theirs splits the addresses into multiples of it and a rest. When both rests stay in different places modulo the
 * stride, the programs never meet; nor when the rests of both together span less than the stride and the multiples stay apart. Strides that are no multiples of one another share a smaller one: rows of 7 x 64 elements and every
 * second column of 64 are both in steps of 64.
 */
export function neverMeet(
  a: AddressProgram,
  b: AddressProgram,
  tileOfA?: readonly number[],
  tileOfB?: readonly number[],
): boolean {
  if (a.index !== undefined || b.index !== undefined) return false;
  const strides = new Set([...a.address.strides, ...b.address.strides].map(Math.abs).filter((stride) => stride > 1));
  let shared: readonly number[] | undefined;
  const apartBy = (by: "counters" | "forms"): boolean => {
    const ofA = addressTerms(a, by, tileOfA);
    const ofB = addressTerms(b, by, tileOfB);
    if (ofA === null || ofB === null) return true;
    const apart = (stride: number): boolean => apartAt(stride, ofA, ofB);
    if ([...strides].some(apart)) return true;
    shared ??= commonSteps(strides);
    return shared.some(apart);
  };
  return apartBy("counters") || ((a.guards.length > 0 || b.guards.length > 0) && apartBy("forms"));
}

/**
 * Whether two whole programs are sure to touch different addresses, by every tile of one against every tile of the other where they cannot be
 * told apart as wholes: units that share the rows of each tile take turns along the tensor.
 */
export function neverMeetInAnyTile(a: AddressProgram, b: AddressProgram, budget: Budget): boolean {
  if (neverMeet(a, b)) return true;
  const [tilesOfA, tilesOfB] = [tileCount(a.domain), tileCount(b.domain)];
  // Each pair of tiles takes as long as some hundred of the steps that others count.
  if (tilesOfA * tilesOfB === 1 || !budget.spend(128 * tilesOfA * tilesOfB)) return false;
  for (const tileOfA of tileCounters(a.domain))
    for (const tileOfB of tileCounters(b.domain)) if (!neverMeet(a, b, tileOfA, tileOfB)) return false;
  return true;
}

/** The greatest common divisors of the strides, of two or more, that are none of them themselves, nor 1. */
function commonSteps(strides: ReadonlySet<number>): number[] {
  const all = new Set(strides);
  // A set grows while it is walked: each new divisor meets all the others too.
  for (const one of all) {
    for (const other of all) {
      const step = greatestCommonDivisor(one, other);
      if (step > 1) all.add(step);
    }
  }
  return [...all].filter((step) => !strides.has(step));
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

function apartAt(stride: number, a: AddressTerms, b: AddressTerms): boolean {
  const first = split(a.base, a.terms, stride);
  const second = split(b.base, b.terms, stride);
  if (apartModulo(first.minor, second.minor, stride)) return true;
  const low = Math.min(first.minor.low, second.minor.low);
  const high = Math.max(first.minor.high, second.minor.high);
  const major = first.major.high < second.major.low || second.major.high < first.major.low;
  return major && high - low < stride;
}

function apartModulo(a: Span, b: Span, modulus: number): boolean {
  const lengthOfA = a.high - a.low;
  const gap = (((b.low - a.low) % modulus) + modulus) % modulus;
  return gap > lengthOfA && gap + (b.high - b.low) < modulus;
}

function split(base: number, terms: readonly Term[], by: number): Split {
  const whole = Math.floor(base / by);
  const major = { low: whole, high: whole };
  const minor = { low: base - whole * by, high: base - whole * by };
  for (const { low, high, stride } of terms) {
    const part = stride % by === 0 ? major : minor;
    const factor = part === major ? stride / by : stride;
    part.low += factor * (factor >= 0 ? low : high);
    part.high += factor * (factor >= 0 ? high : low);
  }
  return { major, minor };
}
