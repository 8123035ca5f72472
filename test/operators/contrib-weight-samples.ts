import { type DType, fromNumbers, type Tensor } from "@rdu/tensor";
import * as fc from "fast-check";
import { filled, float, indices, int, type Sample, scalar, seed, shape, text } from "./sample.ts";

type Samples = Readonly<Record<string, fc.Arbitrary<Sample>>>;

const small = fc.integer({ min: 1, max: 3 });
const float32 = (dims: readonly number[], s: number): Tensor => filled("float32", dims, s, "unit");
/** Every byte counts where numbers lie packed in it. */
const bytes = (dims: readonly number[], s: number): Tensor => filled("uint8", dims, s, "special");

const matMulNBits = fc
  .record({
    rows: shape(1, 2, 3, 1),
    bits: fc.constantFrom(2, 4, 8),
    blocks: small,
    tail: fc.boolean(),
    width: small,
    zeros: fc.constantFrom("none", "packed", "real"),
    grouped: fc.boolean(),
    bias: fc.boolean(),
    s: seed,
  })
  .map(({ rows, bits, blocks, tail, width, zeros, grouped, bias, s }): Sample => {
    const depth = 16 * blocks - (tail ? 5 : 0);
    const groups = Int32Array.from({ length: depth }, (_, k) => (k + s) % blocks);
    const points = {
      none: null,
      packed: bytes([width, Math.ceil((blocks * bits) / 8)], s + 3),
      real: float32([width, blocks], s + 3),
    };
    return {
      op: "com.microsoft.MatMulNBits",
      inputs: [
        float32([...rows, depth], s),
        bytes([width, blocks, 2 * bits], s + 1),
        float32([width, blocks], s + 2),
        points[zeros as "none"],
        grouped ? { dtype: "int32", shape: [depth], data: groups } : null,
        bias ? float32([width], s + 5) : null,
      ],
      attributes: { K: int(depth), N: int(width), bits: int(bits), block_size: int(16) },
    };
  });

const matMulBnb4 = fc
  .record({ rows: small, depth: fc.constantFrom(16, 24), width: small, kind: fc.constantFrom(0, 1), s: seed })
  .map(({ rows, depth, width, kind, s }): Sample => {
    const transposed = s % 2;
    return {
      op: "com.microsoft.MatMulBnb4",
      inputs: [
        float32([rows, transposed === 1 ? depth : width], s),
        bytes([(depth * width) / 2], s + 1),
        float32([Math.ceil((depth * width) / 16)], s + 2),
      ],
      attributes: {
        K: int(depth),
        N: int(width),
        block_size: int(16),
        quant_type: int(kind),
        transB: int(transposed),
      },
    };
  });

const integerToFloat = (dynamic: boolean): fc.Arbitrary<Sample> =>
  fc
    .record({
      rows: shape(1, 2, 3, 1),
      k: fc.integer({ min: 1, max: 5 }),
      n: small,
      dtype: fc.constantFrom<DType>("int8", "uint8"),
      columns: fc.boolean(),
      zeros: fc.boolean(),
      bias: fc.boolean(),
      s: seed,
    })
    .map(({ rows, k, n, dtype, columns, zeros, bias, s }): Sample => {
      const own = columns ? [n] : [];
      const scale = filled("float32", own, s + 2, "positive");
      const zero = zeros ? filled(dtype, own, s + 3, "small") : null;
      const last = bias ? float32([n], s + 4) : null;
      const weights = filled(dtype, [k, n], s + 1, "special");
      if (dynamic)
        return {
          op: "com.microsoft.DynamicQuantizeMatMul",
          inputs: [float32([...rows, k], s), weights, scale, zero, last],
        };
      return {
        op: "com.microsoft.MatMulIntegerToFloat",
        inputs: [
          filled("uint8", [...rows, k], s, "special"),
          weights,
          scalar("float32", 0.013),
          scale,
          zeros ? scalar("uint8", 7) : null,
          zero,
          last,
        ],
      };
    });

const gatherBlockQuantized = fc
  .record({
    rows: fc.integer({ min: 1, max: 4 }),
    bits: fc.constantFrom(2, 4, 8),
    blocks: small,
    ids: shape(0, 2, 3, 1),
    zeros: fc.boolean(),
    beyond: fc.boolean(),
    s: seed,
  })
  .map(({ rows, bits, blocks, ids, zeros, beyond, s }): Sample => {
    const places = indices(ids, beyond ? rows + 2 : rows, s + 1);
    return {
      op: "com.microsoft.GatherBlockQuantized",
      inputs: [
        bytes([rows, 2 * bits * blocks], s),
        places,
        float32([rows, blocks], s + 2),
        zeros ? bytes([rows, Math.ceil((blocks * bits) / 8)], s + 3) : null,
      ],
      attributes: { bits: int(bits), block_size: int(16), gather_axis: int(0), quantize_axis: int(1) },
    };
  });

const gatherNibbles = fc.record({ dtype: fc.constantFrom<DType>("int4", "uint4"), zeros: fc.boolean(), s: seed }).map(
  ({ dtype, zeros, s }): Sample => ({
    op: "com.microsoft.GatherBlockQuantized",
    inputs: [
      filled(dtype, [32, 3], s, "special"),
      indices([2], 3, s + 1),
      float32([2, 3], s + 2),
      zeros ? filled(dtype, [2, 3], s + 3, "small") : null,
    ],
    attributes: { block_size: int(16), gather_axis: int(1), quantize_axis: int(0) },
  }),
);

/** A step of a state's range is 1/255 of it, so a state a rounding error off may be a whole step off: few samples, none of them near such a place. */
const quantizedLstm = fc
  .record({
    steps: small,
    batch: fc.constantFrom(1, 2),
    direction: fc.constantFrom("forward", "reverse", "bidirectional"),
    dtype: fc.constantFrom<DType>("int8", "uint8"),
    perColumn: fc.boolean(),
    bias: fc.boolean(),
    initial: fc.boolean(),
    peephole: fc.boolean(),
    clip: fc.boolean(),
    s: fc.constantFrom(1, 2, 3),
  })
  .map(({ steps, batch, direction, dtype, perColumn, bias, initial, peephole, clip, s }): Sample => {
    const [size, hidden, count] = [3, 2, direction === "bidirectional" ? 2 : 1];
    const parameter = perColumn ? [count, 4 * hidden] : [count];
    const zeros = (at: number) => filled(dtype, perColumn ? [1] : [count], s + at, "small");
    const zero = (at: number): Tensor =>
      perColumn
        ? fromNumbers(dtype, parameter, Array(8 * count).fill(dtype === "int8" ? 0 : zeros(at).data[0]))
        : zeros(at);
    const scales = (at: number) => filled("float32", parameter, s + at, "positive");
    const fine = (at: number): Tensor => {
      const { shape: dims, data } = scales(at);
      return fromNumbers(
        "float32",
        dims,
        Float32Array.from(data as Float32Array, (value) => value / 100),
      );
    };
    return {
      op: "com.microsoft.DynamicQuantizeLSTM",
      inputs: [
        float32([steps, batch, size], s),
        filled(dtype, [count, size, 4 * hidden], s + 1),
        filled(dtype, [count, hidden, 4 * hidden], s + 2),
        bias ? float32([count, 8 * hidden], s + 3) : null,
        null,
        initial ? float32([count, batch, hidden], s + 5) : null,
        initial ? float32([count, batch, hidden], s + 6) : null,
        peephole ? float32([count, 3 * hidden], s + 7) : null,
        fine(8),
        zero(9),
        fine(10),
        zero(11),
      ],
      outputs: 3,
      attributes: { hidden_size: int(hidden), direction: text(direction), ...(clip ? { clip: float(0.5) } : {}) },
    };
  });

// biome-ignore format: a table
export const CONTRIB_WEIGHT_SAMPLES: Samples = {
  "com.microsoft.MatMulNBits": matMulNBits,
  "com.microsoft.MatMulBnb4": matMulBnb4,
  "com.microsoft.DynamicQuantizeLSTM": quantizedLstm,
  "com.microsoft.MatMulIntegerToFloat": integerToFloat(false),
  "com.microsoft.DynamicQuantizeMatMul": integerToFloat(true),
  "com.microsoft.GatherBlockQuantized": gatherBlockQuantized,
  "com.microsoft.GatherBlockQuantized of nibbles": gatherNibbles,
};
