import type { Attribute } from "@rdu/ir";
import { NEWEST_OPSETS } from "@rdu/onnx";
import { sinceVersion } from "@rdu/ops";
import {
  DTYPES,
  type DType,
  elementCount,
  fromBigints,
  fromNumbers,
  integerRange,
  isFloat,
  isInteger,
  type Tensor,
} from "@rdu/tensor";
import * as fc from "fast-check";

/** One node with values for its inputs: what is evaluated, and decomposed and interpreted. */
export interface Sample {
  readonly op: string;
  /** Opset; the newest version of the operator when absent. */
  readonly opset?: number;
  readonly inputs: readonly (Tensor | null)[];
  readonly attributes?: Readonly<Record<string, Attribute>>;
  /** Inputs whose values are known while compiling; none when absent. */
  readonly constants?: readonly number[];
  readonly outputs?: number;
}

/** The version of a sample's operator. */
export function versionOf({ op, opset = NEWEST_OPSETS[""] }: Sample): number {
  const version = opset === undefined ? undefined : sinceVersion(op, opset);
  if (version === undefined) throw new Error(`${op} is not in opset ${opset}`);
  return version;
}

export const int = (value: number): Attribute => ({ kind: "int", value: BigInt(value) });
export const ints = (value: readonly number[]): Attribute => ({ kind: "ints", value: value.map(BigInt) });
/** Attributes are single precision. */
export const float = (value: number): Attribute => ({ kind: "float", value: Math.fround(value) });
export const text = (value: string): Attribute => ({ kind: "string", value });
export const texts = (value: readonly string[]): Attribute => ({ kind: "strings", value });

/** Numbers in [0, 1) from a seed. */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const SPECIAL = [0, -0, 1, -1, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e-30, 1e30, 0.5, -0.5];

/** Which values a tensor takes: small ones, or now and then zeros, infinities, NaN and the extremes of the type. */
export type Flavour = "plain" | "special" | "positive" | "unit" | "small";

export function filled(dtype: DType, shape: readonly number[], seed: number, flavour: Flavour = "plain"): Tensor {
  const next = random(seed);
  const count = elementCount(shape);
  if (isFloat(dtype))
    return fromNumbers(
      dtype,
      shape,
      Float64Array.from({ length: count }, () => floatOf(next, flavour)),
    );
  if (dtype === "bool")
    return fromNumbers(
      dtype,
      shape,
      Array.from({ length: count }, () => Math.floor(next() * 2)),
    );
  return fromBigints(
    dtype,
    shape,
    Array.from({ length: count }, () => integerOf(next, dtype, flavour)),
  );
}

function floatOf(next: () => number, flavour: Flavour): number {
  if (flavour === "special" && next() < 0.2) return SPECIAL[Math.floor(next() * SPECIAL.length)]!;
  if (flavour === "positive") return 0.1 + 4 * next();
  if (flavour === "unit") return 1.98 * next() - 0.99;
  return 6 * next() - 3;
}

function integerOf(next: () => number, dtype: DType, flavour: Flavour): bigint {
  const { least, most } = integerRange(dtype);
  if (flavour === "special" && next() < 0.2) return next() < 0.5 ? least : most;
  const value =
    flavour === "positive" || flavour === "small"
      ? BigInt(1 + Math.floor(5 * next()))
      : BigInt(Math.floor(21 * next()) - 10);
  return value < least ? -value : value > most ? most : value;
}

/** What `value` makes of random numbers in [0, 1), by place. */
export function fromSeed(
  dtype: DType,
  shape: readonly number[],
  seed: number,
  value: (drawn: number, index: number) => number,
): Tensor {
  const next = random(seed);
  return fromNumbers(
    dtype,
    shape,
    Float64Array.from({ length: elementCount(shape) }, (_, index) => value(next(), index)),
  );
}

/** Integers below `limit`, some counted from the end. */
export function indices(shape: readonly number[], limit: number, seed: number, dtype: DType = "int64"): Tensor {
  const next = random(seed);
  const values = Array.from({ length: elementCount(shape) }, () => BigInt(Math.floor(next() * 2 * limit) - limit));
  return fromBigints(dtype, shape, values);
}

export function integers(values: readonly number[], dtype: DType = "int64"): Tensor {
  return fromBigints(dtype, [values.length], values.map(BigInt));
}

export function scalar(dtype: DType, value: number): Tensor {
  return isInteger(dtype) ? fromBigints(dtype, [], [BigInt(value)]) : fromNumbers(dtype, [], [value]);
}

export const seed = fc.integer({ min: 0, max: 2 ** 30 });

export function shape(least: number, most: number, longest = 4, shortest = 0): fc.Arbitrary<number[]> {
  return fc.array(fc.integer({ min: shortest, max: longest }), { minLength: least, maxLength: most });
}

/** Shapes that broadcast with each other. */
export function broadcastPair(): fc.Arbitrary<[number[], number[]]> {
  return shape(0, 4, 4).chain((full) =>
    fc
      .tuple(
        fc.tuple(...full.map((extent) => fc.constantFrom(extent, extent, 1))),
        fc.tuple(...full.map((extent) => fc.constantFrom(extent, extent, 1))),
        fc.integer({ min: 0, max: full.length }),
        fc.boolean(),
      )
      .map(([a, b, dropped, swap]): [number[], number[]] => {
        const pair: [number[], number[]] = [a.map((x, i) => (i < dropped ? full[i]! : x)), b.slice(dropped)];
        return swap ? [pair[1], pair[0]] : pair;
      }),
  );
}

export const FLOATS = ["float32", "float16", "bfloat16", "float64"] as const satisfies readonly DType[];
export const INTEGERS = [
  "int8",
  "uint8",
  "int16",
  "uint16",
  "int32",
  "uint32",
  "int64",
  "uint64",
] as const satisfies readonly DType[];
export const ALL = Object.keys(DTYPES) as readonly DType[];

/** The beginning of a sample as text, for messages. */
export function shown(sample: Sample): string {
  return JSON.stringify(sample, (_, value) => (typeof value === "bigint" ? `${value}n` : value)).slice(0, 1500);
}
