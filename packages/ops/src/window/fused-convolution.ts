import type { Dim } from "@rdu/ir";
import type { Tensor } from "@rdu/tensor";
import { attributesWithout, evaluateAs } from "../compose.ts";
import { activated, listedParameter } from "../elementwise/fused-activation.ts";
import { transposed } from "../layout/layout.ts";
import { mapBinary } from "../numeric/map.ts";
import { type EvaluateContext, type InferContext, operator } from "../operator.ts";
import { conv } from "./convolution.ts";
import { maxPool } from "./pooling.ts";

/** The shape with its last axis, the channels, moved behind the first. */
export function channelsFirst(shape: readonly Dim[]): readonly Dim[] {
  return [...shape.slice(0, 1), ...shape.slice(-1), ...shape.slice(1, -1)];
}

/** The shape with its second axis, the channels, moved to the end. */
export function channelsLast(shape: readonly Dim[]): readonly Dim[] {
  return [...shape.slice(0, 1), ...shape.slice(2), ...shape.slice(1, 2)];
}

function axes(x: Tensor): readonly number[] {
  return x.shape.map((_, axis) => axis);
}

/** The tensor with its channels moved behind the batch. */
export function toChannelsFirst(x: Tensor): Tensor {
  return transposed(x, channelsFirst(axes(x)) as readonly number[]);
}

/** The tensor with its channels moved to the end. */
export function toChannelsLast(x: Tensor): Tensor {
  return transposed(x, channelsLast(axes(x)) as readonly number[]);
}

/** What inference says of an operand whose channels are last, said of one whose channels come second. */
export function withChannelsFirst(c: InferContext): InferContext {
  return { ...c, shape: (index) => (index === 0 ? channelsFirst(c.shape(0)) : c.shape(index)) };
}

/** Convolution of operands with channels second, what is added to it, and the activation. */
function fused(c: EvaluateContext, x: Tensor, added: Tensor | undefined): Tensor {
  const attributes = attributesWithout(c, "activation", "activation_params");
  const sums = evaluateAs(c, conv, [x, c.tensor(1), c.optional(2)], attributes);
  const y = added === undefined ? sums : mapBinary(sums, added, sums.shape, sums.dtype, (a, b) => a + b);
  return activated(c, y, listedParameter(c));
}

export const fusedConv = operator({
  name: "com.microsoft.FusedConv",
  summary: "convolution, a sum with another operand, an activation",
  infer: conv.infer,
  evaluate: (c) => [fused(c, c.tensor(0), c.optional(3))],
});

export const nhwcFusedConv = operator({
  name: "com.microsoft.NhwcFusedConv",
  summary: "FusedConv of operands whose last axis is the channels",
  infer: (c) => conv.infer(withChannelsFirst(c)).map((shape) => channelsLast(shape as readonly Dim[])),
  evaluate(c) {
    const added = c.optional(3);
    return [
      toChannelsLast(fused(c, toChannelsFirst(c.tensor(0)), added === undefined ? undefined : toChannelsFirst(added))),
    ];
  },
});

export const nhwcConv = operator({
  ...nhwcFusedConv,
  name: "com.microsoft.NhwcConv",
  summary: "convolution of an operand whose last axis is the channels",
});

export const nhwcMaxPool = operator({
  name: "com.microsoft.NhwcMaxPool",
  summary: "the greatest element under a window, channels last",
  infer: (c) => [channelsLast(maxPool.infer(withChannelsFirst(c))[0] as readonly Dim[])],
  evaluate: (c) => [toChannelsLast(evaluateAs(c, maxPool, [toChannelsFirst(c.tensor(0))], c.node.attributes))],
});
