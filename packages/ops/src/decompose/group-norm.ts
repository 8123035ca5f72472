import { writePart } from "./compose.ts";
import type { Decompose, HostVerdict } from "./decompose.ts";
import { channelsFirst, channelsLast } from "./fused.ts";
import { map, permuted } from "./maps.ts";
import type { NodeBuilder } from "./node-builder.ts";
import { NORMALIZATIONS } from "./normalization.ts";
import type { TensorRef } from "./pattern-writer.ts";

/** Normalises `x` by groups of its channels, scales, and gives the result under the activation asked for. */
function normalised(b: NodeBuilder, x: TensorRef): HostVerdict | undefined {
  const target = b.output();
  const last = b.attributes.int("channels_last", 1) !== 0;
  const axes = x.shape.map((_, axis) => axis);
  const inner = last ? permuted(b, x, "channels", channelsFirst(axes)) : x;
  const made = b.fresh("normalised", target.dtype, inner.shape);
  const attributes = {
    num_groups: { kind: "int", value: BigInt(b.attributes.int("groups")) },
    epsilon: { kind: "float", value: b.attributes.float("epsilon", 1e-5) },
  } as const;
  const inputs = [inner, b.input(1), b.input(2)];
  writePart(b, NORMALIZATIONS, { op: "GroupNormalization", inputs, outputs: [made], attributes });
  const silu = b.attributes.int("activation") === 1;
  const y = last ? permuted(b, made, "back", channelsLast(axes)) : made;
  return map(b, target, [y], (p, element) => {
    const value = p.widen(element);
    return p.convert(silu ? p.apply("mul", value, p.apply("sigmoid", value)) : value, target.dtype);
  });
}

const groupNorm: Decompose = (b) => normalised(b, b.input(0));

const skipGroupNorm: Decompose = (b) => {
  const [x, skip, bias] = [b.input(0), b.input(3), b.optional(4)];
  const rank = x.shape.length;
  const channelAxis = b.attributes.int("channels_last", 1) !== 0 ? rank - 1 : 1;
  const perChannel = (ref: TensorRef, name: string, batch = 1): TensorRef =>
    b.reshaped(
      ref,
      name,
      x.shape.map((_, axis) => (axis === channelAxis ? ref.shape.at(-1)! : axis === 0 ? batch : 1)),
    );
  const terms = [x, skip.shape.length === 2 ? perChannel(skip, "skip", skip.shape[0]) : skip];
  if (bias !== undefined) terms.push(perChannel(bias, "bias"));
  const sum = b.wanted(1) ?? b.fresh("sum", x.dtype, x.shape);
  map(b, sum, terms, (p, ...elements) =>
    p.convert(
      elements.map((element) => p.widen(element)).reduce((a, e) => p.apply("add", a, e)),
      sum.dtype,
    ),
  );
  return normalised(b, sum);
};

export const GROUP_NORMS: Readonly<Record<string, Decompose>> = {
  "com.microsoft.GroupNorm": groupNorm,
  "com.microsoft.SkipGroupNorm": skipGroupNorm,
};
