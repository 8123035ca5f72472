import type { Combiner, LaneType } from "./instruction.ts";
import { isWideInteger, type LaneValue } from "./lane.ts";
import { meaningOf } from "./meaning.ts";

export interface CombinerRow {
  readonly summary: string;
  /** Lane types of the value. The index of the arg kinds is i32 or i64. */
  readonly types: readonly LaneType[];
  /** The arg kinds carry an index beside the value. */
  readonly arg: boolean;
}

const NUMBER: readonly LaneType[] = ["f32", "f64", "i32", "u32", "i64", "u64"];
const BITS: readonly LaneType[] = ["i32", "u32", "i64", "u64", "bool"];

// biome-ignore format: a table
export const COMBINERS = {
  sum:            { types: NUMBER, arg: false, summary: "add, from +0" },
  prod:           { types: NUMBER, arg: false, summary: "mul, from 1" },
  min:            { types: NUMBER, arg: false, summary: "min, from +inf or the largest integer" },
  max:            { types: NUMBER, arg: false, summary: "max, from -inf or the least integer" },
  and:            { types: BITS,   arg: false, summary: "and, from all ones" },
  or:             { types: BITS,   arg: false, summary: "or, from 0" },
  xor:            { types: BITS,   arg: false, summary: "xor, from 0" },
  "argmax-first": { types: NUMBER, arg: true,  summary: "largest value (NaN above all), smallest index of those" },
  "argmax-last":  { types: NUMBER, arg: true,  summary: "largest value (NaN above all), largest index of those" },
  "argmin-first": { types: NUMBER, arg: true,  summary: "smallest value (NaN below all), smallest index of those" },
  "argmin-last":  { types: NUMBER, arg: true,  summary: "smallest value (NaN below all), largest index of those" },
} as const satisfies Readonly<Record<Combiner, CombinerRow>>;

const LEAST: Readonly<Record<LaneType, LaneValue>> = {
  f32: Number.NEGATIVE_INFINITY,
  f64: Number.NEGATIVE_INFINITY,
  i32: -2147483648,
  u32: 0,
  i64: -(2n ** 63n),
  u64: 0n,
  bool: 0,
};
const MOST: Readonly<Record<LaneType, LaneValue>> = {
  f32: Number.POSITIVE_INFINITY,
  f64: Number.POSITIVE_INFINITY,
  i32: 2147483647,
  u32: 4294967295,
  i64: 2n ** 63n - 1n,
  u64: 2n ** 64n - 1n,
  bool: 1,
};

/** What an accumulator of this type holds before its first element. */
export function identityOf(combiner: Combiner, type: LaneType): LaneValue {
  switch (combiner) {
    case "sum":
    case "or":
    case "xor":
      return isWideInteger(type) ? 0n : 0;
    case "prod":
      return isWideInteger(type) ? 1n : 1;
    case "min":
    case "argmin-first":
    case "argmin-last":
      return MOST[type];
    case "max":
    case "argmax-first":
    case "argmax-last":
      return LEAST[type];
    case "and":
      if (type === "bool") return 1;
      return type === "i32" ? -1 : type === "i64" ? -1n : MOST[type];
  }
}

/**
 * The index beside an arg accumulator's identity: one that loses against every element's, since among equal values the first kinds keep the
 * smaller index and the last kinds the larger one.
 */
export function identityIndex(combiner: Combiner, indexType: LaneType): LaneValue {
  return combiner === "argmax-first" || combiner === "argmin-first" ? MOST[indexType] : LEAST[indexType];
}

/** Folds one more element (or another partial result) into an accumulator. Only for combiners that carry no index. */
export function combinerOf(
  combiner: "sum" | "prod" | "min" | "max" | "and" | "or" | "xor",
  type: LaneType,
): (accumulator: LaneValue, element: LaneValue) => LaneValue {
  const op = combiner === "sum" ? "add" : combiner === "prod" ? "mul" : combiner;
  const meaning = meaningOf({ op, type, operands: [0, 1] });
  return (accumulator, element) => meaning(accumulator, element, 0);
}

/**
 * Whether an arg accumulator (value, index) is replaced by another pair: its value is better, or as good with an index that the kind prefers.
 * NaN is better than any number and as good as NaN; -0 and +0 are equal. The outcome does not depend on the order of the elements.
 */
export function replacesArg(
  combiner: Combiner,
  value: LaneValue,
  index: LaneValue,
  otherValue: LaneValue,
  otherIndex: LaneValue,
): boolean {
  const thisNan = Number.isNaN(value);
  const otherNan = Number.isNaN(otherValue);
  if (thisNan !== otherNan) return otherNan;
  const largest = combiner === "argmax-first" || combiner === "argmax-last";
  if (!thisNan && value !== otherValue) return largest ? otherValue > value : otherValue < value;
  return combiner === "argmax-first" || combiner === "argmin-first" ? otherIndex < index : otherIndex > index;
}
