import type { Dim } from "@rdu/ir";
import { elementCount, roundTiesToEven, type Tensor } from "@rdu/tensor";
import { positiveIndex } from "../indexing/gather.ts";
import { floatsOf, productDims, productSums } from "../linear/matmul.ts";
import { numbersOf, scalarOf, tensorOf } from "../numeric/numbers.ts";
import { stepRounding } from "../numeric/rounding.ts";
import { saturated } from "../numeric/saturate.ts";
import { span } from "../numeric/walk.ts";
import { type EvaluateContext, type InferContext, operator } from "../operator.ts";
import { axisOf, dimsProduct, sameDim } from "../shapes.ts";

/** Number `at` of those that lie packed in bytes, `bits` each, lowest bits first. */
function unpacked(bytes: ArrayLike<number>, bits: number, at: number): number {
  const perByte = 8 / bits;
  return (bytes[Math.floor(at / perByte)]! >> (bits * (at % perByte))) & (2 ** bits - 1);
}

function bitsOf(c: Pick<InferContext, "attributes" | "reject">): number {
  const bits = c.attributes.int("bits");
  return [2, 4, 8].includes(bits) ? bits : c.reject(`weights of ${bits} bits`, "E0306");
}

/** Features in and out, and how features in share scales. */
function blocksOf(c: InferContext | EvaluateContext) {
  const [depth, width, size] = [c.attributes.int("K"), c.attributes.int("N"), c.attributes.int("block_size")];
  return { depth, width, size, blocks: Math.ceil(depth / size) };
}

export const matMulNBits = operator({
  name: "com.microsoft.MatMulNBits",
  summary: "matrix product with weights of few bits, which share scales and zero points by blocks, and a bias",
  infer(c) {
    bitsOf(c);
    if (c.attributes.int("weight_prepacked", 0) !== 0) c.reject("weights packed for one device", "E0306");
    const { depth, width, blocks } = blocksOf(c);
    if (c.has(3)) {
      const each = c.dtype(3) === "uint8" ? Math.ceil((blocks * bitsOf(c)) / 8) : blocks;
      sameDim(c, dimsProduct(c.shape(3)), width * each, "zero points there are and there should be");
    }
    return [productDims(c, c.shape(0), [depth, width])];
  },
  evaluate(c) {
    const [x, bits] = [c.tensor(0), bitsOf(c)];
    const { depth, width, size, blocks } = blocksOf(c);
    const [packed, scales] = [numbersOf(c.tensor(1)), numbersOf(c.tensor(2))];
    const zeroAt = zeroPointsOf(c, bits, blocks);
    const groups = c.has(4) ? c.integers(4) : undefined;
    const weights = new Float64Array(depth * width);
    // Weights are values of the product's type, as DequantizeLinear would give them.
    const round = stepRounding(x.dtype);
    const bytes = packed.length / width;
    for (let n = 0; n < width && packed.length > 0; n += 1)
      for (let k = 0; k < depth; k += 1) {
        const block = groups?.[k] ?? Math.floor(k / size);
        const value = unpacked(packed, bits, (n * bytes * 8) / bits + k);
        weights[k * width + n] = round((value - zeroAt(n, block)) * scales[n * blocks + block]!);
      }
    const sums = productSums(Float64Array.from(floatsOf(x)), x.shape, weights, [depth, width]);
    const bias = c.has(5) ? numbersOf(c.tensor(5)) : undefined;
    if (bias !== undefined) for (let i = 0; i < sums.length; i += 1) sums[i]! += bias[i % width]!;
    return [tensorOf(x.dtype, c.shape(), sums)];
  },
});

/** Zero points are packed like weights, one row of bytes for each feature out, or given as they are; else the middle of the range. */
function zeroPointsOf(c: EvaluateContext, bits: number, blocks: number): (n: number, block: number) => number {
  const zeros = c.optional(3);
  if (zeros === undefined) return () => 2 ** (bits - 1);
  const values = numbersOf(zeros);
  if (zeros.dtype !== "uint8") return (n, block) => values[n * blocks + block]!;
  const row = (Math.ceil((blocks * bits) / 8) * 8) / bits;
  return (n, block) => unpacked(values, bits, n * row + block);
}

/** The values of 4-bit codes, by quant_type: of a float with one bit of mantissa, and of quantiles of the normal distribution. */
const CODES: readonly (readonly number[])[] = [
  [0, 0.0052083333, 0.66666667, 1, 0.33333333, 0.5, 0.16666667, 0.25],
  [
    -1, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453, -0.28444138169288635, -0.18477343022823334,
    -0.09105003625154495, 0, 0.07958029955625534, 0.16093020141124725, 0.24611230194568634, 0.33791524171829224,
    0.44070982933044434, 0.5626170039176941, 0.7229568362236023, 1,
  ],
];

export const matMulBnb4 = operator({
  name: "com.microsoft.MatMulBnb4",
  summary: "matrix product with weights of 4-bit codes, which share scales by blocks of the flat matrix",
  infer(c) {
    const { depth, width } = blocksOf(c);
    return [productDims(c, c.shape(0), c.attributes.int("transB") !== 0 ? [depth, width] : [width, depth])];
  },
  evaluate(c) {
    const [x, packed, scales] = [c.tensor(0), numbersOf(c.tensor(1)), numbersOf(c.tensor(2))];
    const { depth, width, size } = blocksOf(c);
    const transposed = c.attributes.int("transB") !== 0;
    const weights = new Float64Array(depth * width);
    const round = stepRounding(x.dtype);
    for (let at = 0; at < weights.length; at += 1) {
      // The first of two codes is in the upper half of a byte.
      const code = (packed[at >> 1]! >> (at % 2 === 0 ? 4 : 0)) & 15;
      const value = round(codeValue(c, code) * scales[Math.floor(at / size)]!);
      const [n, k] = [Math.floor(at / depth), at % depth];
      weights[transposed ? k * width + n : at] = value;
    }
    const shape = transposed ? [depth, width] : [width, depth];
    return [tensorOf(x.dtype, c.shape(), productSums(Float64Array.from(floatsOf(x)), x.shape, weights, shape))];
  },
});

function codeValue(c: EvaluateContext, code: number): number {
  const kind = c.attributes.int("quant_type");
  const table = CODES[kind] ?? c.reject(`quant_type ${kind}`, "E0306");
  return kind === 0 ? table[code & 7]! * (code & 8 ? -1 : 1) : table[code]!;
}

/** Sums of products of an integer operand less one zero point and weights less one each or one a column. */
function integerSums(x: Tensor, origin: number, w: Tensor, zeros: ArrayLike<number>): Float64Array {
  const width = w.shape.at(-1)!;
  return productSums(
    Float64Array.from(numbersOf(x), (value) => value - origin),
    x.shape,
    Float64Array.from(numbersOf(w), (value, i) => value - zeros[zeros.length === 1 ? 0 : i % width]!),
    w.shape,
  );
}

/** Sums under one scale and those of the columns, and a bias. */
function rescaled(
  c: EvaluateContext,
  sums: Float64Array,
  scale: number,
  scales: Tensor,
  bias: Tensor | undefined,
): Tensor {
  const [factors, offsets] = [numbersOf(scales), bias === undefined ? undefined : numbersOf(bias)];
  const width = c.shape().at(-1)!;
  for (let i = 0; i < sums.length; i += 1) {
    const column = i % width;
    const factor = Math.fround(scale * factors[factors.length === 1 ? 0 : column]!);
    sums[i] = sums[i]! * factor + (offsets?.[column] ?? 0);
  }
  return tensorOf(c.dtype(), c.shape(), sums);
}

export const matMulIntegerToFloat = operator({
  name: "com.microsoft.MatMulIntegerToFloat",
  summary: "MatMulInteger, then both scales and a bias",
  infer: (c) => [productDims(c, c.shape(0), c.shape(1))],
  evaluate(c) {
    const [origin, zeros] = [c.has(4) ? scalarOf(c.tensor(4)) : 0, c.has(5) ? numbersOf(c.tensor(5)) : [0]];
    const sums = integerSums(c.tensor(0), origin, c.tensor(1), zeros);
    return [rescaled(c, sums, scalarOf(c.tensor(2)), c.tensor(3), c.optional(6))];
  },
});

export const dynamicQuantizeMatMul = operator({
  name: "com.microsoft.DynamicQuantizeMatMul",
  summary: "the left operand quantized to its range, then MatMulIntegerToFloat",
  infer: (c) => [productDims(c, c.shape(0), c.shape(1))],
  evaluate(c) {
    const x = numbersOf(c.tensor(0));
    let [low, high] = [0, 0];
    for (let i = 0; i < x.length; i += 1) {
      low = Math.min(low, x[i]!);
      high = Math.max(high, x[i]!);
    }
    const scale = Math.fround(Math.fround(high - low) / 255);
    const origin = scale === 0 ? 0 : saturated("uint8", roundTiesToEven(Math.fround(-low / scale)));
    const quantized = Float64Array.from(x, (value) =>
      scale === 0 ? origin : saturated("uint8", roundTiesToEven(Math.fround(value / scale)) + origin),
    );
    const zeros = c.has(3) ? numbersOf(c.tensor(3)) : [0];
    const sums = integerSums(tensorOf("uint8", c.tensor(0).shape, quantized), origin, c.tensor(1), zeros);
    return [rescaled(c, sums, scale, c.tensor(2), c.optional(4))];
  },
});

/** How many numbers each element of a packed table holds. */
function packing(c: InferContext | EvaluateContext, dtype: string): number {
  return dtype === "uint8" ? 8 / bitsOf(c) : 1;
}

export const gatherBlockQuantized = operator({
  name: "com.microsoft.GatherBlockQuantized",
  summary: "parts of a quantized table along an axis, scaled by blocks of another one",
  infer(c) {
    const shape = c.shape(0);
    if (shape.some((extent) => typeof extent !== "number")) return [null];
    const axis = axisOf(c, c.attributes.int("gather_axis"), shape.length);
    const last = shape.length - 1;
    const real = shape.map(
      (extent, at): Dim => (at === last ? (extent as number) * packing(c, c.dtype(0)) : (extent as Dim)),
    );
    if (axis === last && packing(c, c.dtype(0)) > 1)
      c.reject("numbers are gathered along the axis that packs them", "E0306");
    return [[...real.slice(0, axis), ...c.shape(1), ...real.slice(axis + 1)]];
  },
  evaluate(c) {
    const [table, ids] = [c.tensor(0), c.integers(1)];
    const per = packing(c, table.dtype);
    const rank = table.shape.length;
    const real = table.shape.with(-1, table.shape.at(-1)! * per);
    const axis = axisOf(c, c.attributes.int("gather_axis"), rank);
    const entry = entries(c, real, per);
    const [extent, inner] = [real[axis]!, span(real, axis + 1)];
    const shape = c.shape();
    const y = new Float64Array(elementCount(shape));
    for (let i = 0; i < y.length; i += 1) {
      const [outer, place] = [Math.floor(i / (ids.length * inner)), Math.floor(i / inner) % ids.length];
      const id = ids[place]!;
      const own = id < 0 ? id + extent : id;
      // An index out of range gives zeros here, where other operators refuse it.
      if (own >= 0 && own < extent) y[i] = entry((outer * extent + positiveIndex(c, id, extent)) * inner + (i % inner));
    }
    return [tensorOf(c.tensor(2).dtype, shape, y)];
  },
});

/** Element number `at` of the table that the quantized one of this shape stands for. */
function entries(c: EvaluateContext, shape: readonly number[], per: number): (at: number) => number {
  const [table, scales, zeros] = [c.tensor(0), c.tensor(2), c.optional(3)];
  const axis = axisOf(c, c.attributes.int("quantize_axis"), shape.length);
  const given = c.attributes.int("block_size");
  const size = given === 0 ? shape[axis]! : given;
  const [values, steps, origins] = [numbersOf(table), numbersOf(scales), zeros && numbersOf(zeros)];
  const bits = 8 / per;
  const middle = table.dtype === "uint8" ? 2 ** (bits - 1) : 0;
  const zeroWidth = zeros === undefined ? 0 : zeros.shape.at(-1)! * per;
  const number = (packed: ArrayLike<number>, at: number): number =>
    per === 1 ? packed[at]! : unpacked(packed, bits, at);
  return (at) => {
    let [step, origin] = [0, 0];
    for (let dim = 0; dim < shape.length; dim += 1) {
      const place = Math.floor(at / span(shape, dim + 1)) % shape[dim]!;
      const block = dim === axis ? Math.floor(place / size) : place;
      step = step * scales.shape[dim]! + (scales.shape[dim] === 1 ? 0 : block);
      const width = dim === shape.length - 1 ? zeroWidth : (zeros?.shape[dim] ?? 0);
      origin = origin * width + block;
    }
    return (number(values, at) - (origins === undefined ? middle : number(origins, origin))) * steps[step]!;
  };
}
