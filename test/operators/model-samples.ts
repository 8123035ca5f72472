import { type DType, fromBigints, type Tensor } from "@rdu/tensor";
import * as fc from "fast-check";
import { filled, float, indices, int, integers, ints, type Sample, scalar, seed, shape, text } from "./sample.ts";

type Samples = Readonly<Record<string, fc.Arbitrary<Sample>>>;

const small = fc.integer({ min: 1, max: 3 });
const float32 = (dims: readonly number[], s: number): Tensor => filled("float32", dims, s, "unit");

const attention = fc
  .record({
    batch: fc.integer({ min: 1, max: 2 }),
    keyHeads: fc.integer({ min: 1, max: 2 }),
    group: fc.integer({ min: 1, max: 2 }),
    queries: small,
    keys: small,
    size: small,
    valueSize: small,
    flat: fc.boolean(),
    causal: fc.boolean(),
    mask: fc.constantFrom("none", "bool", "float"),
    past: fc.integer({ min: 0, max: 2 }),
    softcap: fc.boolean(),
    mode: fc.integer({ min: 0, max: 3 }),
    s: seed,
  })
  .map(
    ({
      batch,
      keyHeads,
      group,
      queries,
      keys,
      size,
      valueSize,
      flat,
      causal,
      mask,
      past,
      softcap,
      mode,
      s,
    }): Sample => {
      const heads = keyHeads * group;
      const lay = (head: number, positions: number, features: number, i: number): Tensor =>
        float32(flat ? [batch, positions, head * features] : [batch, head, positions, features], s + i);
      const total = keys + past;
      const masks = {
        none: null,
        bool: filled("bool", [queries, total], s + 5),
        float: float32([batch, 1, queries, total], s + 5),
      };
      const pasts =
        past > 0
          ? [float32([batch, keyHeads, past, size], s + 6), float32([batch, keyHeads, past, valueSize], s + 7)]
          : [];
      return {
        op: "Attention",
        inputs: [
          lay(heads, queries, size, 0),
          lay(keyHeads, keys, size, 1),
          lay(keyHeads, keys, valueSize, 2),
          masks[mask as "none"],
          ...pasts,
        ],
        outputs: past > 0 ? 4 : 1,
        attributes: {
          is_causal: int(causal ? 1 : 0),
          ...(past > 0 ? { qk_matmul_output_mode: int(mode) } : {}),
          ...(softcap && past === 0 ? { softcap: float(2) } : {}),
          ...(flat ? { q_num_heads: int(heads), kv_num_heads: int(keyHeads) } : {}),
        },
      };
    },
  );

const rotary = fc
  .record({
    batch: small,
    heads: small,
    steps: small,
    half: small,
    rest: fc.constantFrom(0, 2),
    flat: fc.boolean(),
    interleaved: fc.boolean(),
    ids: fc.boolean(),
    s: seed,
  })
  .map(({ batch, heads, steps, half, rest, flat, interleaved, ids, s }): Sample => {
    const size = 2 * half + rest;
    const cache = (i: number): Tensor => float32(ids ? [5, half] : [batch, steps, half], s + i);
    const places = Array.from({ length: batch * steps }, (_, i) => BigInt((s + 3 * i) % 5));
    return {
      op: "RotaryEmbedding",
      inputs: [
        float32(flat ? [batch, steps, heads * size] : [batch, heads, steps, size], s),
        cache(1),
        cache(2),
        ...(ids ? [fromBigints("int64", [batch, steps], places)] : []),
      ],
      attributes: {
        interleaved: int(interleaved ? 1 : 0),
        rotary_embedding_dim: int(rest > 0 ? 2 * half : 0),
        ...(flat ? { num_heads: int(heads) } : {}),
      },
    };
  });

const topK = shape(1, 3, 4, 1).chain((dims) =>
  fc.integer({ min: 0, max: dims.length - 1 }).chain((axis) =>
    fc
      .record({
        dtype: fc.constantFrom<DType>("float32", "int64", "uint8", "float16"),
        k: fc.integer({ min: 1, max: dims[axis]! }),
        largest: fc.boolean(),
        s: seed,
      })
      .map(
        ({ dtype, k, largest, s }): Sample => ({
          op: "TopK",
          inputs: [filled(dtype, dims, s, "small"), integers([k])],
          constants: [1],
          outputs: 2,
          attributes: { axis: int(axis), largest: int(largest ? 1 : 0) },
        }),
      ),
  ),
);

const gridSample = fc
  .record({
    size: shape(2, 2, 4, 2),
    out: shape(2, 2, 3),
    mode: fc.constantFrom("linear", "nearest", "cubic"),
    padding: fc.constantFrom("zeros", "border", "reflection"),
    corners: fc.boolean(),
    s: seed,
  })
  .map(
    ({ size, out, mode, padding, corners, s }): Sample => ({
      op: "GridSample",
      inputs: [filled("float32", [1, 2, ...size], s), filled("float32", [1, ...out, 2], s + 1, "unit")],
      attributes: { mode: text(mode), padding_mode: text(padding), align_corners: int(corners ? 1 : 0) },
    }),
  );

const loss = (op: string): fc.Arbitrary<Sample> =>
  fc
    .record({
      batch: small,
      classes: fc.integer({ min: 1, max: 4 }),
      rest: shape(0, 2, 3),
      weights: fc.boolean(),
      ignore: fc.boolean(),
      reduction: fc.constantFrom("none", "sum", "mean"),
      kind: fc.constantFrom<DType>("int32", "int64"),
      s: seed,
    })
    .map(({ batch, classes, rest, weights, ignore, reduction, kind, s }): Sample => {
      const labels = indices([batch, ...rest], classes, s + 1, kind);
      const legal = fromBigints(
        kind,
        labels.shape,
        Array.from(labels.data as ArrayLike<number | bigint>, (label) => {
          const value = BigInt(label);
          return value < 0n ? value + BigInt(classes) : value;
        }),
      );
      return {
        op,
        inputs: [
          filled("float32", [batch, classes, ...rest], s),
          legal,
          ...(weights ? [filled("float32", [classes], s + 2, "positive")] : []),
        ],
        outputs: op === "SoftmaxCrossEntropyLoss" ? 2 : 1,
        attributes: { reduction: text(reduction), ...(ignore && reduction !== "mean" ? { ignore_index: int(0) } : {}) },
      };
    });

const dft = fc
  .record({
    length: fc.integer({ min: 1, max: 6 }),
    wanted: fc.integer({ min: 1, max: 7 }),
    complex: fc.boolean(),
    inverse: fc.boolean(),
    half: fc.boolean(),
    s: seed,
  })
  .map(
    ({ length, wanted, complex, inverse, half, s }): Sample => ({
      op: "DFT",
      inputs: [filled("float32", [2, length, complex ? 2 : 1], s), scalar("int64", wanted), scalar("int64", 1)],
      constants: [1, 2],
      attributes: { inverse: int(inverse ? 1 : 0), onesided: int(half && !complex && !inverse ? 1 : 0) },
    }),
  );

const col2Im = fc
  .record({
    image: shape(2, 2, 5, 3),
    block: shape(2, 2, 2, 1),
    strides: shape(2, 2, 2, 1),
    pads: fc.array(fc.integer({ min: 0, max: 1 }), { minLength: 4, maxLength: 4 }),
    c: small,
    s: seed,
  })
  .map(({ image, block, strides, pads, c, s }): Sample => {
    const columns = image.map(
      (length, axis) => Math.floor((length + pads[axis]! + pads[axis + 2]! - block[axis]!) / strides[axis]!) + 1,
    );
    return {
      op: "Col2Im",
      inputs: [
        filled("float32", [1, c * block[0]! * block[1]!, columns[0]! * columns[1]!], s),
        integers(image),
        integers(block),
      ],
      constants: [1, 2],
      attributes: { strides: ints(strides), pads: ints(pads) },
    };
  });

const skipNorm = (op: string, simplified: boolean): fc.Arbitrary<Sample> =>
  fc
    .record({ dims: shape(3, 3, 4, 1), beta: fc.boolean(), bias: fc.boolean(), s: seed })
    .map(({ dims, beta, bias, s }): Sample => {
      const last = dims.slice(-1);
      const tail = simplified
        ? [bias ? float32(last, s + 4) : null]
        : [beta ? float32(last, s + 3) : null, bias ? float32(last, s + 4) : null];
      return {
        op,
        inputs: [float32(dims, s), float32(dims, s + 1), float32(last, s + 2), ...tail],
        outputs: 4,
        attributes: { epsilon: float(0.01) },
      };
    });

const linearAttention = fc
  .record({
    rule: fc.constantFrom("linear", "gated", "delta", "gated_delta"),
    batch: fc.integer({ min: 1, max: 2 }),
    steps: small,
    keyHeads: fc.integer({ min: 1, max: 2 }),
    group: fc.integer({ min: 1, max: 2 }),
    keySize: small,
    valueSize: small,
    past: fc.boolean(),
    perHead: fc.boolean(),
    s: seed,
  })
  .map(({ rule, batch, steps, keyHeads, group, keySize, valueSize, past, perHead, s }): Sample => {
    const heads = keyHeads * group;
    const gated = rule.startsWith("gated");
    return {
      op: "LinearAttention",
      opset: 27,
      inputs: [
        float32([batch, steps, heads * keySize], s),
        float32([batch, steps, keyHeads * keySize], s + 1),
        float32([batch, steps, keyHeads * valueSize], s + 2),
        past ? float32([batch, keyHeads, keySize, valueSize], s + 3) : null,
        gated ? float32([batch, steps, perHead ? keyHeads : keyHeads * keySize], s + 4) : null,
        rule.endsWith("delta") ? float32([batch, steps, keyHeads], s + 5) : null,
      ],
      outputs: 2,
      attributes: { q_num_heads: int(heads), kv_num_heads: int(keyHeads), update_rule: text(rule) },
    };
  });

const causalConv = fc
  .record({
    batch: small,
    channels: small,
    length: small,
    kernel: fc.integer({ min: 1, max: 4 }),
    bias: fc.boolean(),
    past: fc.boolean(),
    silu: fc.boolean(),
    s: seed,
  })
  .map(
    ({ batch, channels, length, kernel, bias, past, silu, s }): Sample => ({
      op: "CausalConvWithState",
      opset: 27,
      inputs: [
        float32([batch, channels, length], s),
        float32([channels, 1, kernel], s + 1),
        bias ? float32([channels], s + 2) : null,
        past ? float32([batch, channels, kernel - 1], s + 3) : null,
      ],
      outputs: 2,
      attributes: { activation: text(silu ? "silu" : "none") },
    }),
  );

const optimizer = (op: string, states: number, attributes: NonNullable<Sample["attributes"]>): fc.Arbitrary<Sample> =>
  fc
    .record({
      dims: shape(0, 2),
      tensors: fc.integer({ min: 1, max: 2 }),
      count: fc.integer({ min: 0, max: 3 }),
      s: seed,
    })
    .map(
      ({ dims, tensors, count, s }): Sample => ({
        op: `ai.onnx.preview.training.${op}`,
        inputs: [
          scalar("float32", 0.1),
          scalar("int64", count),
          ...Array.from({ length: tensors * (2 + states) }, (_, i) => filled("float32", dims, s + i, "positive")),
        ],
        outputs: tensors * (1 + states),
        attributes,
      }),
    );

export const MODEL_SAMPLES: Samples = {
  Attention: attention,
  RotaryEmbedding: rotary,
  TopK: topK,
  GridSample: gridSample,
  NegativeLogLikelihoodLoss: loss("NegativeLogLikelihoodLoss"),
  SoftmaxCrossEntropyLoss: loss("SoftmaxCrossEntropyLoss"),
  DFT: dft,
  Col2Im: col2Im,
  "com.microsoft.SkipLayerNormalization": skipNorm("com.microsoft.SkipLayerNormalization", false),
  "com.microsoft.SkipSimplifiedLayerNormalization": skipNorm("com.microsoft.SkipSimplifiedLayerNormalization", true),
  LinearAttention: linearAttention,
  CausalConvWithState: causalConv,
  "ai.onnx.preview.training.Momentum": optimizer("Momentum", 1, {
    alpha: float(0.9),
    beta: float(0.5),
    mode: text("nesterov"),
    norm_coefficient: float(0.01),
  }),
  "ai.onnx.preview.training.Adagrad": optimizer("Adagrad", 1, {
    norm_coefficient: float(0.01),
    decay_factor: float(0.1),
  }),
  "ai.onnx.preview.training.Adam": optimizer("Adam", 2, {
    norm_coefficient: float(0.01),
    norm_coefficient_post: float(0.1),
  }),
};
