import { cast, type Tensor } from "@rdu/tensor";
import { evaluateAs } from "../compose.ts";
import { broadcastIndices, mapUnary } from "../numeric/map.ts";
import { numbersOf, tensorOf } from "../numeric/numbers.ts";
import { sigmoid } from "../numeric/special.ts";
import { type EvaluateContext, operator } from "../operator.ts";
import { likeFirst } from "../shapes.ts";
import { toChannelsFirst, toChannelsLast } from "../window/fused-convolution.ts";
import { groupNormalization } from "./batch.ts";

/** Groups of channels normalised and scaled by channel, in the layout that `channels_last` says, then SiLU if asked for. */
function normalized(c: EvaluateContext, x: Tensor): Tensor {
  const last = c.attributes.int("channels_last") !== 0;
  const operands = [last ? toChannelsFirst(x) : x, cast(c.tensor(1), x.dtype), cast(c.tensor(2), x.dtype)];
  const groups = { kind: "int", value: BigInt(c.attributes.int("groups")) } as const;
  const epsilon = { kind: "float", value: c.attributes.float("epsilon") } as const;
  const made = evaluateAs(c, groupNormalization, operands, { num_groups: groups, epsilon });
  const y = last ? toChannelsLast(made) : made;
  return c.attributes.int("activation") === 1 ? mapUnary(y, (value) => value * sigmoid(value)) : y;
}

export const groupNorm = operator({
  name: "com.microsoft.GroupNorm",
  summary: "groups of channels brought to mean 0 and variance 1, scaled, activated",
  infer: likeFirst,
  evaluate: (c) => [normalized(c, c.tensor(0))],
});

export const skipGroupNorm = operator({
  name: "com.microsoft.SkipGroupNorm",
  summary: "the sum of operands, then GroupNorm",
  infer: (c) => [c.shape(0), c.shape(0)],
  evaluate(c) {
    const x = c.tensor(0);
    const last = c.attributes.int("channels_last") !== 0;
    const [skip, bias] = [c.tensor(3), c.optional(4)];
    const perChannel = (channels: number): readonly number[] =>
      x.shape.map((_, axis) => (axis === (last ? x.shape.length - 1 : 1) ? channels : 1));
    const skipShape = skip.shape.length === 2 ? perChannel(skip.shape[1]!).with(0, skip.shape[0]!) : skip.shape;
    const sums = Float64Array.from(numbersOf(x));
    const terms = [{ values: numbersOf(skip), at: broadcastIndices(skipShape, x.shape) }];
    if (bias !== undefined)
      terms.push({ values: numbersOf(bias), at: broadcastIndices(perChannel(bias.shape[0]!), x.shape) });
    for (const { values, at } of terms) for (let i = 0; i < sums.length; i += 1) sums[i]! += values[at[i]!]!;
    const sum = tensorOf(x.dtype, x.shape, sums);
    return [normalized(c, sum), sum];
  },
});
