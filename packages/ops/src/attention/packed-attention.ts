import type { Dim } from "@rdu/ir";
import type { Tensor } from "@rdu/tensor";
import { concatenate } from "../layout/layout.ts";
import { productSums } from "../linear/matmul.ts";
import { pairwise } from "../numeric/map.ts";
import { numbersOf, scalarOf, tensorOf } from "../numeric/numbers.ts";
import { type EvaluateContext, type InferContext, type InferredType, operator } from "../operator.ts";
import { expectRank } from "../shapes.ts";
import { attend, behindPast, columns, givenBias, headsApart, maskBias } from "./attend.ts";

/** Widths of queries, keys and values in the projection. */
function widthsOf(c: Pick<InferContext, "attributes" | "reject">, all: number): readonly [number, number, number] {
  const given = c.attributes.ints("qkv_hidden_sizes", [all / 3, all / 3, all / 3]);
  const [q = 0, k = 0, v = 0] = given;
  if (given.length !== 3 || q !== k || q + k + v !== all)
    c.reject(`qkv_hidden_sizes [${given.join(",")}] for a projection of ${all}`, "E0303");
  return [q, k, v];
}

/** Inputs of the operator at which past and mask are. */
interface Places {
  readonly mask: number;
  readonly past: number;
}

function infer(c: InferContext, { past }: Places): readonly InferredType[] {
  refuse(c);
  const [batch, rows] = expectRank(c, 0, 3) as [Dim, Dim, Dim];
  const all = expectRank(c, 1, 2)[1] as Dim;
  const heads = c.attributes.int("num_heads");
  if (typeof all !== "number")
    return [
      [batch, rows, null],
      [2, batch, heads, null, null],
    ];
  const [width, , valueWidth] = widthsOf(c, all);
  if (width % heads !== 0 || valueWidth % heads !== 0)
    c.reject(`${width} and ${valueWidth} features for ${heads} heads`, "E0303");
  const before = c.has(past) ? (expectRank(c, past, 5)[3] as Dim) : 0;
  const total = typeof before === "number" && typeof rows === "number" ? before + rows : null;
  return [
    [batch, rows, valueWidth],
    [2, batch, heads, total, width / heads],
  ];
}

function refuse(c: Pick<InferContext, "attributes" | "reject">): void {
  for (const name of ["do_rotary", "past_present_share_buffer"])
    if (c.attributes.int(name, 0) !== 0) c.reject(`${name} is not 0`, "E0306");
}

/** Queries, keys and values side by side, [batch, rows, widths], attended head by head. */
function attended(c: EvaluateContext, projected: Tensor, { mask, past }: Places): readonly Tensor[] {
  const heads = c.attributes.int("num_heads");
  const [width, , valueWidth] = widthsOf(c, projected.shape[2]!);
  const before = c.optional(past);
  const half = (which: number): Tensor | undefined =>
    before === undefined ? undefined : part(before, which, before.shape[0]!);
  const query = headsApart(columns(projected, 0, width), heads);
  const key = behindPast(half(0), headsApart(columns(projected, width, width), heads));
  const value = behindPast(half(1), headsApart(columns(projected, 2 * width, valueWidth), heads));
  const length = before?.shape[3] ?? 0;
  const masked = maskBias(
    c,
    c.optional(mask),
    query.shape[0]!,
    length,
    c.attributes.float("mask_filter_value", -10000),
  );
  const given = givenBias(c.node.op.endsWith("QAttention") ? undefined : c.optional(5));
  const causal = c.attributes.int("unidirectional") !== 0;
  const { y } = attend({
    ofNothing: Number.NaN,
    query,
    key,
    value,
    scale: c.attributes.float("scale", 1 / Math.sqrt(width / heads)),
    bias: (n, h, i, j) =>
      masked(n, i, j) + given(n, h, i, j) + (causal && j > length + i ? Number.NEGATIVE_INFINITY : 0),
  });
  const present = c.wants(1)
    ? [
        concatenate(
          [
            { ...key, shape: [1, ...key.shape] },
            { ...value, shape: [1, ...value.shape] },
          ],
          0,
          c.shape(1),
        ),
      ]
    : [];
  return [y, ...present];
}

/** Part `which` of `count` along the first axis, which is dropped. */
function part(x: Tensor, which: number, count: number): Tensor {
  const values = numbersOf(x);
  const length = values.length / count;
  return tensorOf(x.dtype, x.shape.slice(1), values.slice(which * length, (which + 1) * length));
}

const FLOAT = { mask: 3, past: 4 } as const;

export const packedAttention = operator({
  name: "com.microsoft.Attention",
  summary: "projection to queries, keys and values, and their attention, head by head",
  infer: (c) => infer(c, FLOAT),
  evaluate(c) {
    const [x, w] = [c.tensor(0), c.tensor(1)];
    const shape = [...x.shape.slice(0, 2), w.shape[1]!];
    const sums = productSums(Float64Array.from(numbersOf(x)), x.shape, Float64Array.from(numbersOf(w)), w.shape);
    const bias = c.optional(2);
    if (bias !== undefined) pairwise(sums, shape, numbersOf(bias), bias.shape, sums, shape, (a, b) => a + b);
    return attended(c, tensorOf(x.dtype, shape, sums), FLOAT);
  },
});

const QUANTIZED = { mask: 5, past: 8 } as const;

export const quantizedAttention = operator({
  name: "com.microsoft.QAttention",
  summary: "Attention whose projection is of quantized operands",
  infer: (c) => infer(c, QUANTIZED),
  evaluate(c) {
    const [x, w, bias] = [c.tensor(0), c.tensor(1), numbersOf(c.tensor(2))];
    const width = w.shape[1]!;
    const origin = c.has(6) ? scalarOf(c.tensor(6)) : 0;
    const zeros = c.has(7) ? numbersOf(c.tensor(7)) : [0];
    const scales = numbersOf(c.tensor(4));
    const sums = productSums(
      Float64Array.from(numbersOf(x), (value) => value - origin),
      x.shape,
      Float64Array.from(numbersOf(w), (value, i) => value - zeros[zeros.length === 1 ? 0 : i % width]!),
      w.shape,
    );
    const scale = scalarOf(c.tensor(3));
    for (let i = 0; i < sums.length; i += 1) {
      const factor = Math.fround(scale * scales[scales.length === 1 ? 0 : i % width]!);
      sums[i] = sums[i]! * factor + bias[i % width]!;
    }
    return attended(c, tensorOf(c.dtype(), [...x.shape.slice(0, 2), width], sums), QUANTIZED);
  },
});
