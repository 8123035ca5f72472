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
  ["sin", Math.sin, ALL, [-1e5, 1e5]],
  ["cos", Math.cos, ALL, [-1e5, 1e5]],
  ["tan", Math.tan, ALL, [-1e5, 1e5]],
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

test("pow is within its stated error", () => {
  const cycle = (values: readonly number[], index: number) => values[index % values.length]!;
  const pair = (bases: readonly number[], exponents: readonly number[]) =>
    bases.map((base, index) => [base, cycle(exponents, index)]);
  const inputs = [
    ...pair(samples(0, ALL[1], COUNT), spread(-40, 40, 997)),
    ...pair(spread(0, 4, COUNT), spread(-200, 200, 997)),
    ...pair(spread(0.9, 1.1, COUNT), spread(-2000, 2000, 997)),
    ...pair(spread(-9, 9, COUNT), [-3, -2, -1, 2, 3, 4, 5, 7]),
  ];
  const { error, at, found } = worst("pow", (a, b) => a ** b, inputs);
  expect(error, `pow(${at}) = ${found}`).toBeLessThanOrEqual(FUNCTIONS.pow.ulp);
});

/** Error function values to 17 digits, computed with 40 digits elsewhere. */
test.each([
  [0.1, 0.1124629160182849],
  [0.5, 0.5204998778130465],
  [1, 0.8427007929497149],
  [1.9, 0.9927904292352575],
  [2.1, 0.9970205333436671],
  [3, 0.9999779095030014],
  [5, 0.9999999999984626],
  [-1, -0.8427007929497149],
])("erf(%d) in f64", (x, truth) => {
  expect(Math.abs(F64_FUNCTIONS.erf(x) - truth)).toBeLessThanOrEqual(2.3e-16);
});

const INF = Number.POSITIVE_INFINITY;
const NAN = Number.NaN;
// biome-ignore format: a table
const SPECIAL: readonly (readonly [op: LaneFunction, inputs: readonly number[], result: number])[] = [
  ["exp", [NAN], NAN], ["exp", [INF], INF], ["exp", [-INF], 0], ["exp", [-0], 1], ["exp", [1e30], INF], ["exp", [-1e30], 0],
  ["expm1", [NAN], NAN], ["expm1", [INF], INF], ["expm1", [-INF], -1], ["expm1", [-0], -0], ["expm1", [2 ** -140], 2 ** -140],
  ["log", [NAN], NAN], ["log", [INF], INF], ["log", [0], -INF], ["log", [-0], -INF], ["log", [-1], NAN], ["log", [1], 0], ["log", [-INF], NAN],
  ["log1p", [NAN], NAN], ["log1p", [INF], INF], ["log1p", [-1], -INF], ["log1p", [-2], NAN], ["log1p", [-0], -0],
  ["sigmoid", [NAN], NAN], ["sigmoid", [INF], 1], ["sigmoid", [-INF], 0], ["sigmoid", [0], 0.5],
  ["erf", [NAN], NAN], ["erf", [INF], 1], ["erf", [-INF], -1], ["erf", [-0], -0], ["erf", [1e30], 1],
  ["sin", [NAN], NAN], ["sin", [INF], NAN], ["sin", [-0], -0], ["cos", [NAN], NAN], ["cos", [-INF], NAN], ["cos", [0], 1],
  ["tan", [NAN], NAN], ["tan", [INF], NAN], ["tan", [-0], -0],
  ["asin", [NAN], NAN], ["asin", [1.5], NAN], ["asin", [-0], -0], ["acos", [NAN], NAN], ["acos", [-2], NAN], ["acos", [1], 0],
  ["atan", [NAN], NAN], ["atan", [INF], Math.fround(Math.PI / 2)], ["atan", [-INF], -Math.fround(Math.PI / 2)], ["atan", [-0], -0],
  ["sinh", [NAN], NAN], ["sinh", [INF], INF], ["sinh", [-INF], -INF], ["sinh", [-0], -0],
  ["cosh", [NAN], NAN], ["cosh", [-INF], INF], ["cosh", [0], 1],
  ["tanh", [NAN], NAN], ["tanh", [INF], 1], ["tanh", [-INF], -1], ["tanh", [-0], -0],
  ["asinh", [NAN], NAN], ["asinh", [-INF], -INF], ["asinh", [-0], -0], ["acosh", [NAN], NAN], ["acosh", [INF], INF], ["acosh", [0.5], NAN],
  ["acosh", [-INF], NAN], ["acosh", [-3000], NAN], ["atanh", [NAN], NAN], ["atanh", [1], INF], ["atanh", [-1], -INF], ["atanh", [2], NAN], ["atanh", [-0], -0],
  ["reciprocal", [0], INF], ["reciprocal", [-0], -INF], ["rsqrt", [0], INF], ["rsqrt", [-1], NAN],
  ["sign", [NAN], NAN], ["sign", [-0], -0], ["sign", [-3], -1], ["sign", [INF], 1],
  ["isnan", [NAN], 1], ["isnan", [INF], 0], ["isinf", [-INF], 1], ["isinf", [NAN], 0],
  ["mod", [-7, 3], 2], ["mod", [7, -3], -2], ["mod", [-6, 3], -0], ["mod", [1, 0], NAN], ["mod", [5.5, INF], 5.5], ["mod", [-1, INF], INF],
  ["pow", [NAN, 0], 1], ["pow", [1, NAN], 1], ["pow", [NAN, 1], NAN], ["pow", [2, NAN], NAN], ["pow", [-1, INF], 1], ["pow", [-1, -INF], 1],
  ["pow", [0, -1], INF], ["pow", [-0, -1], -INF], ["pow", [-0, -2], INF], ["pow", [-0, -INF], INF], ["pow", [-0, 3], -0], ["pow", [-0, 2], 0],
  ["pow", [-0, 0.5], 0], ["pow", [0, 0], 1], ["pow", [0.5, INF], 0], ["pow", [2, INF], INF], ["pow", [2, -INF], 0], ["pow", [INF, 2], INF],
  ["pow", [INF, -2], 0], ["pow", [-INF, 3], -INF], ["pow", [-INF, 2], INF], ["pow", [-INF, -3], -0], ["pow", [-INF, 0.5], INF], ["pow", [-8, 0.5], NAN],
  ["pow", [-2, 3], -8], ["pow", [-2, 16777216], INF], ["pow", [3, 2], 9], ["pow", [10, 3], 1000], ["pow", [2, -149], 2 ** -149],
];

test.each(SPECIAL)("%s(%j) = %d", (op, inputs, result) => {
  const run = evaluatorOf([{ op, type: "f32", operands: [...inputs.keys()] }], inputs.length);
  expect(run(inputs)[inputs.length]).toBe(result);
});
