import { expect, test } from "vitest";
import { evaluatorOf } from "../evaluate.ts";
import { FUNCTIONS } from "../functions.ts";
import type { Function as LaneFunction } from "../instruction.ts";
import { F64_FUNCTIONS } from "../wide-functions.ts";

const bits = new Int32Array(1);
const float = new Float32Array(bits.buffer);

/** Samples of f32 in [least, most]: `count` evenly spread over the codes (so over all exponents), and the neighbours of both ends. */
function samples(least: number, most: number, count: number): number[] {
  const order = (value: number): number => {
    float[0] = value;
    return bits[0]! < 0 ? -(bits[0]! & 0x7fffffff) : bits[0]!;
  };
  const fromOrder = (code: number): number => {
    bits[0] = code < 0 ? -code | 0x80000000 : code;
    return float[0]!;
  };
  const [from, to] = [order(least), order(most)];
  const values: number[] = [];
  // A step that shares no factor with powers of two, so that low bits of the samples vary.
  for (let index = 0; index < count; index += 1) {
    values.push(fromOrder(Math.round(from + (to - from) * ((index * 0.6180339887498949) % 1))));
  }
  for (let near = 0; near < 50; near += 1)
    values.push(fromOrder(Math.min(to, from + near)), fromOrder(Math.max(from, to - near)));
  return values;
}

/** Evenly spread in value. */
function spread(least: number, most: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => Math.fround(least + ((most - least) * (index + 0.37)) / count));
}

/** Distance in units in the last place of the f32 nearest to the true value. */
function ulps(found: number, truth: number): number {
  if (Object.is(found, truth) || (Number.isNaN(found) && Number.isNaN(truth))) return 0;
  const nearest = Math.fround(truth);
  if (!Number.isFinite(nearest) || !Number.isFinite(found)) {
    return Object.is(found, nearest) ? 0 : Number.POSITIVE_INFINITY;
  }
  const unit = 2 ** Math.max(Math.floor(Math.log2(Math.abs(truth))) - 23, -149);
  return Math.abs(found - truth) / unit;
}

function worst(op: LaneFunction, truth: (a: number, b: number) => number, inputs: readonly (readonly number[])[]) {
  const { operands } = FUNCTIONS[op];
  const run = evaluatorOf([{ op, type: "f32", operands: operands === 1 ? [0] : [0, 1] }], operands);
  let most = { error: 0, at: [] as readonly number[], found: 0 };
  for (const input of inputs) {
    const found = run(input)[operands] as number;
    const error = ulps(found, truth(input[0]!, input[1] ?? 0));
    if (!(error <= most.error)) most = { error, at: input, found };
  }
  return most;
}

const COUNT = 8000;
const ALL = [-3.4028234663852886e38, 3.4028234663852886e38] as const;
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

// biome-ignore format: a table
const UNARY: readonly (readonly [op: LaneFunction, truth: (x: number) => number, code: readonly [number, number], value: readonly [number, number]])[] = [
  ["exp", Math.exp, [-110, 90], [-105, 90]],
  ["expm1", Math.expm1, ALL, [-20, 5]],
  ["log", Math.log, [0, ALL[1]], [0.25, 4]],
  ["log1p", Math.log1p, [-1, ALL[1]], [-1, 4]],
  ["sigmoid", sigmoid, ALL, [-105, 30]],
  ["erf", F64_FUNCTIONS.erf, ALL, [-4.5, 4.5]],
  ["sin", Math.sin, [-1e5, 1e5], [-1e5, 1e5]],
  ["cos", Math.cos, [-1e5, 1e5], [-1e5, 1e5]],
  ["tan", Math.tan, [-1e5, 1e5], [-1e5, 1e5]],
  ["asin", Math.asin, [-1, 1], [-1, 1]],
  ["acos", Math.acos, [-1, 1], [-1, 1]],
  ["atan", Math.atan, ALL, [-5, 5]],
  ["sinh", Math.sinh, ALL, [-90, 90]],
  ["cosh", Math.cosh, ALL, [-90, 90]],
  ["tanh", Math.tanh, ALL, [-10, 10]],
  ["asinh", Math.asinh, ALL, [-10, 10]],
  ["acosh", Math.acosh, [1, ALL[1]], [1, 10]],
  ["atanh", Math.atanh, [-1, 1], [-1, 1]],
  ["reciprocal", (x) => 1 / x, ALL, [-4, 4]],
  ["rsqrt", (x) => 1 / Math.sqrt(x), [0, ALL[1]], [0, 4]],
];

test.each(UNARY)("%s is within its stated error", (op, truth, code, value) => {
  const inputs = [...samples(...code, COUNT), ...spread(...value, COUNT), ...samples(-2, 2, COUNT / 4)]
    .filter((x) => x >= code[0] && x <= code[1])
    .map((x) => [x]);
  const { error, at, found } = worst(op, truth, inputs);
  expect(error, `${op}(${at}) = ${found}, true ${truth(at[0] ?? 0)}`).toBeLessThanOrEqual(FUNCTIONS[op].ulp);
});
