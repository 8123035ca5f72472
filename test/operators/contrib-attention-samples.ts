import { type DType, fromBigints, type Tensor } from "@rdu/tensor";
import * as fc from "fast-check";
import { filled, float, indices, int, ints, type Sample, scalar, seed } from "./sample.ts";

type Samples = Readonly<Record<string, fc.Arbitrary<Sample>>>;

const small = fc.integer({ min: 1, max: 3 });
const float32 = (dims: readonly number[], s: number): Tensor => filled("float32", dims, s, "unit");
const int32 = (dims: readonly number[], values: readonly number[]): Tensor =>
  fromBigints("int32", dims, values.map(BigInt));
/** Ids from 0 to limit - 1. */
const ids = (dims: readonly number[], limit: number, s: number, dtype: DType = "int32"): Tensor => {
  const drawn = indices(dims, limit, s, dtype);
  const values = Array.from(drawn.data as ArrayLike<number | bigint>, (id) => (Number(id) + limit) % limit);
  return fromBigints(dtype, dims, values.map(BigInt));
};

const MASKS = ["none", "ends", "ends and starts", "keys", "queries"] as const;

/** A mask in one of the forms that a mask_index may have. */
function mask(kind: (typeof MASKS)[number], batch: number, rows: number, keys: number, s: number): Tensor | null {
  const ends = Array.from({ length: batch }, (_, n) => 1 + ((s + n) % keys));
  if (kind === "ends") return int32([batch], ends);
  if (kind === "ends and starts") return int32([2 * batch], [...ends, ...ends.map((end) => (s >> 3) % end)]);
  if (kind === "keys") return ids([batch, keys], 2, s + 90);
  return kind === "queries" ? ids([batch, rows, keys], 2, s + 90) : null;
}

const packed = (quantised: boolean): fc.Arbitrary<Sample> =>
  fc
    .record({
      batch: fc.integer({ min: 1, max: 2 }),
      rows: small,
      heads: fc.integer({ min: 1, max: 2 }),
      size: small,
      past: fc.integer({ min: 0, max: 2 }),
      kind: fc.constantFrom(...MASKS),
      causal: fc.boolean(),
      biased: fc.boolean(),
      s: seed,
    })
    .map(({ batch, rows, heads, size, past, kind, causal, biased, s }): Sample => {
      const width = heads * size;
      const cache = past > 0 ? float32([2, batch, heads, past, size], s + 3) : null;
      const masks = mask(kind, batch, rows, rows + past, s);
      const attributes = {
        num_heads: int(heads),
        unidirectional: int(causal ? 1 : 0),
        mask_filter_value: float(-30),
      };
      const outputs = past > 0 ? 2 : 1;
      if (quantised)
        return {
          op: "com.microsoft.QAttention",
          inputs: [
            filled("uint8", [batch, rows, 4], s, "special"),
            filled("int8", [4, 3 * width], s + 1, "special"),
            float32([3 * width], s + 2),
            scalar("float32", 0.011),
            filled("float32", biased ? [3 * width] : [], s + 5, "unit"),
            masks,
            scalar("uint8", 17),
            filled("int8", biased ? [3 * width] : [], s + 6, "small"),
            cache,
          ],
          outputs,
          attributes,
        };
      return {
        op: "com.microsoft.Attention",
        inputs: [
          float32([batch, rows, 4], s),
          float32([4, 3 * width], s + 1),
          biased ? float32([3 * width], s + 2) : null,
          masks,
          cache,
          biased ? float32([1, heads, rows, rows + past], s + 4) : null,
        ],
        outputs,
        attributes,
      };
    });

const LAYOUTS = ["flat", "packed", "packed keys", "apart"] as const;

const multiHead = fc
  .record({
    batch: fc.integer({ min: 1, max: 2 }),
    rows: small,
    keys: small,
    heads: fc.integer({ min: 1, max: 2 }),
    size: small,
    layout: fc.constantFrom(...LAYOUTS),
    past: fc.integer({ min: 0, max: 2 }),
    kind: fc.constantFrom(...MASKS),
    biased: fc.boolean(),
    causal: fc.boolean(),
    s: seed,
  })
  .map(({ batch, rows, keys, heads, size, layout, past, kind, biased, causal, s }): Sample => {
    const width = heads * size;
    const given = layout === "packed" ? rows : keys;
    const total = given + past;
    const operands = {
      flat: [float32([batch, rows, width], s), ...[1, 2].map((i) => float32([batch, keys, width], s + i))],
      packed: [float32([batch, rows, heads, 3, size], s), null, null],
      "packed keys": [float32([batch, rows, width], s), float32([batch, keys, heads, 2, size], s + 1), null],
      apart: [float32([batch, rows, width], s), ...[1, 2].map((i) => float32([batch, heads, keys, size], s + i))],
    }[layout];
    const cache = past > 0 ? [6, 7].map((i) => float32([batch, heads, past, size], s + i)) : [];
    return {
      op: "com.microsoft.MultiHeadAttention",
      inputs: [
        ...operands,
        biased && layout !== "packed" ? float32([3 * width], s + 3) : null,
        mask(kind, batch, rows, total, s),
        biased ? float32([batch, 1, rows, total], s + 5) : null,
        ...cache,
      ],
      outputs: past > 0 ? 3 : 1,
      attributes: {
        num_heads: int(heads),
        unidirectional: int(causal ? 1 : 0),
        mask_filter_value: float(-30),
        ...(biased ? { scale: float(0.7) } : {}),
      },
    };
  });

const STAGES = ["prompt", "next", "chunk"] as const;

const groupedQuery = fc
  .record({
    keyHeads: fc.integer({ min: 1, max: 2 }),
    group: fc.integer({ min: 1, max: 2 }),
    half: fc.integer({ min: 1, max: 2 }),
    stage: fc.constantFrom(...STAGES),
    room: fc.integer({ min: 0, max: 2 }),
    rotary: fc.constantFrom("none", "whole", "part", "given"),
    interleaved: fc.boolean(),
    side: fc.boolean(),
    window: fc.constantFrom(-1, 2),
    softcap: fc.constantFrom(0, 2),
    sink: fc.constantFrom("none", "smooth", "given"),
    norm: fc.boolean(),
    s: seed,
  })
  .map((r): Sample => {
    const { keyHeads, group, half, stage, room, rotary, interleaved, side, window, softcap, sink, norm, s } = r;
    const [batch, heads, size] = [2, keyHeads * group, 4 * half];
    const rows = { prompt: 3, next: 1, chunk: 2 }[stage];
    const lengths = stage === "prompt" ? [3, 1 + (s % 3)] : [rows + 3, rows + (s % 4)];
    const total = Math.max(...lengths);
    const past = stage === "prompt" ? 0 : total - rows + room;
    const turns = rotary === "part" ? size / 4 : size / 2;
    const caches = rotary === "none" ? [null, null] : [7, 8].map((i) => float32([8, turns], s + i));
    const width = (own: number): number => own * size;
    const operands = side
      ? [float32([batch, rows, width(heads + 2 * keyHeads)], s), null, null]
      : [heads, keyHeads, keyHeads].map((own, i) => float32([batch, rows, width(own)], s + i));
    return {
      op: "com.microsoft.GroupQueryAttention",
      inputs: [
        ...operands,
        ...[3, 4].map((i) => float32([batch, keyHeads, past, size], s + i)),
        int32(
          [batch],
          lengths.map((length) => length - 1),
        ),
        scalar("int32", total),
        ...caches,
        rotary === "given" ? ids([batch, rows], 5, s + 9, "int64") : null,
        norm ? float32([1, heads, rows, Math.max(past, total)], s + 10) : null,
        sink === "given" ? float32([heads], s + 11) : null,
        null,
        null,
        ...(norm ? [float32([size], s + 14), float32([size], s + 15)] : []),
      ],
      constants: [6],
      outputs: 3,
      attributes: {
        num_heads: int(heads),
        kv_num_heads: int(keyHeads),
        do_rotary: int(rotary === "none" ? 0 : 1),
        rotary_interleaved: int(interleaved ? 1 : 0),
        local_window_size: int(window),
        softcap: float(softcap),
        smooth_softmax: int(sink === "smooth" ? 1 : -1),
      },
    };
  });

const rotary = fc
  .record({
    batch: small,
    heads: small,
    rows: small,
    half: small,
    rest: fc.constantFrom(0, 2),
    flat: fc.boolean(),
    one: fc.boolean(),
    interleaved: fc.boolean(),
    s: seed,
  })
  .map(({ batch, heads, rows, half, rest, flat, one, interleaved, s }): Sample => {
    const size = 2 * half + rest;
    return {
      op: "com.microsoft.RotaryEmbedding",
      inputs: [
        float32(flat ? [batch, rows, heads * size] : [batch, heads, rows, size], s),
        one ? ids([1], 3, s + 1, "int64") : ids([batch, rows], 6, s + 1, "int64"),
        float32([6, half], s + 2),
        float32([6, half], s + 3),
      ],
      attributes: {
        interleaved: int(interleaved ? 1 : 0),
        ...(flat && (rest > 0 || s % 2 === 0) ? { num_heads: int(heads) } : {}),
      },
    };
  });

const embedding = fc
  .record({
    batch: small,
    rows: small,
    width: fc.integer({ min: 1, max: 5 }),
    segments: fc.boolean(),
    masked: fc.boolean(),
    placed: fc.boolean(),
    s: seed,
  })
  .map(
    ({ batch, rows, width, segments, masked, placed, s }): Sample => ({
      op: "com.microsoft.EmbedLayerNormalization",
      inputs: [
        ids([batch, rows], 5, s),
        segments ? ids([batch, rows], 2, s + 1) : null,
        float32([5, width], s + 2),
        float32([4, width], s + 3),
        segments ? float32([2, width], s + 4) : null,
        float32([width], s + 5),
        float32([width], s + 6),
        masked ? ids([batch, rows], 2, s + 7) : null,
        placed ? ids([1, rows], 4, s + 8) : null,
      ],
      outputs: 3,
      attributes: { epsilon: float(0.01) },
    }),
  );

const quantisedEmbedding = fc
  .record({ batch: small, rows: small, width: fc.integer({ min: 1, max: 5 }), segments: fc.boolean(), s: seed })
  .map(({ batch, rows, width, segments, s }): Sample => {
    const own = (tensor: Tensor): Tensor | null => (segments ? tensor : null);
    return {
      op: "com.microsoft.QEmbedLayerNormalization",
      inputs: [
        ids([batch, rows], 5, s),
        own(ids([batch, rows], 2, s + 1)),
        filled("uint8", [5, width], s + 2, "special"),
        filled("uint8", [4, width], s + 3, "special"),
        own(filled("uint8", [2, width], s + 4, "special")),
        filled("uint8", [width], s + 5, "special"),
        filled("uint8", [width], s + 6, "special"),
        ids([batch, rows], 2, s + 7),
        scalar("float32", 0.02),
        scalar("float32", 0.03),
        own(scalar("float32", 0.01)),
        scalar("float32", 0.005),
        scalar("float32", 0.004),
        scalar("uint8", 120),
        scalar("uint8", 7),
        own(scalar("uint8", 3)),
        scalar("uint8", 100),
        scalar("uint8", 128),
      ],
      outputs: 2,
      attributes: { epsilon: float(0.01) },
    };
  });

const sizes = fc.record({ s: seed, heads: fc.integer({ min: 1, max: 2 }) }).map(
  ({ s, heads }): Sample => ({
    op: "com.microsoft.Attention",
    inputs: [float32([1, 3, 4], s), float32([4, 7 * heads], s + 1)],
    attributes: { num_heads: int(heads), qkv_hidden_sizes: ints([2 * heads, 2 * heads, 3 * heads]) },
  }),
);

// biome-ignore format: a table
export const CONTRIB_ATTENTION_SAMPLES: Samples = {
  "com.microsoft.Attention": packed(false),
  "com.microsoft.Attention with values of another width": sizes,
  "com.microsoft.QAttention": packed(true),
  "com.microsoft.MultiHeadAttention": multiHead,
  "com.microsoft.GroupQueryAttention": groupedQuery,
  "com.microsoft.RotaryEmbedding": rotary,
  "com.microsoft.EmbedLayerNormalization": embedding,
  "com.microsoft.QEmbedLayerNormalization": quantisedEmbedding,
};
