import type { Dim, TensorType } from "@rdu/ir";
import type { Tensor } from "@rdu/tensor";
import { numbersOf, tensorOf } from "../numeric/numbers.ts";
import { span } from "../numeric/walk.ts";
import { type EvaluateContext, type InferContext, operator } from "../operator.ts";

/** Whether the statistics of the batch itself are used: how this is said changed thrice. */
function isTraining(c: Pick<InferContext, "version" | "attributes" | "wants">): boolean {
  if (c.version >= 14) return c.attributes.int("training_mode") !== 0;
  if (c.version < 7) return c.attributes.int("is_test") === 0;
  return c.wants(1);
}

export const batchNormalization = operator({
  name: "BatchNormalization",
  summary: "channels scaled by running statistics, or by those of the batch while training",
  infer(c) {
    const statistic = (index: number): TensorType => ({ kind: "tensor", dtype: c.dtype(index), shape: c.shape(index) });
    return [c.shape(0), statistic(3), statistic(4), statistic(3), statistic(4)].slice(0, Math.max(1, c.outputCount));
  },
  evaluate(c) {
    const x = c.tensor(0);
    const values = numbersOf(x);
    const [scale, bias] = [numbersOf(c.tensor(1)), numbersOf(c.tensor(2))];
    const running = [numbersOf(c.tensor(3)), numbersOf(c.tensor(4))] as const;
    const channels = x.shape[1] ?? 1;
    // spatial = 0 (before opset 9) has one statistic for each element of a sample.
    const area = scale.length === channels ? span(x.shape, 2) : 1;
    const current = isTraining(c) ? batchStatistics(values, scale.length, area) : running;
    const [mean, variance] = current;
    const epsilon = c.attributes.float("epsilon");
    const y = new Float64Array(values.length);
    for (let i = 0; i < values.length; i += 1) {
      const at = Math.floor(i / area) % scale.length;
      y[i] = ((values[i]! - mean[at]!) / Math.sqrt(variance[at]! + epsilon)) * scale[at]! + bias[at]!;
    }
    return [tensorOf(x.dtype, x.shape, y), ...statisticOutputs(c, running, current)];
  },
});

type Statistics = readonly [mean: ArrayLike<number>, variance: ArrayLike<number>];

/** Mean and population variance of each channel over batch and space. */
function batchStatistics(values: ArrayLike<number>, channels: number, area: number): Statistics {
  const mean = new Float64Array(channels);
  const variance = new Float64Array(channels);
  const each = values.length / channels;
  for (let i = 0; i < values.length; i += 1) mean[Math.floor(i / area) % channels]! += values[i]! / each;
  for (let i = 0; i < values.length; i += 1) {
    const at = Math.floor(i / area) % channels;
    variance[at]! += (values[i]! - mean[at]!) ** 2 / each;
  }
  return [mean, variance];
}

function statisticOutputs(c: EvaluateContext, running: Statistics, current: Statistics): readonly Tensor[] {
  if (c.outputCount < 2) return [];
  const momentum = c.attributes.float("momentum");
  const blended = [0, 1].map((which) =>
    Float64Array.from(
      running[which as 0 | 1],
      (value, i) => value * momentum + current[which as 0 | 1][i]! * (1 - momentum),
    ),
  );
  return [...blended, ...current].map((values, index) => {
    const like = c.tensor(3 + (index % 2));
    return tensorOf(like.dtype, like.shape, values);
  });
}

export const instanceNormalization = operator({
  name: "InstanceNormalization",
  summary: "each channel of each sample brought to mean 0 and variance 1, then scaled",
  infer: (c) => [c.shape(0)],
  evaluate(c) {
    const x = c.tensor(0);
    const [scale, bias] = [numbersOf(c.tensor(1)), numbersOf(c.tensor(2))];
    const y = normalizedRows(numbersOf(x), span(x.shape, 2), c.attributes.float("epsilon"));
    const [area, channels] = [span(x.shape, 2), x.shape[1]!];
    for (let i = 0; i < y.length; i += 1) {
      const channel = Math.floor(i / area) % channels;
      y[i] = y[i]! * scale[channel]! + bias[channel]!;
    }
    return [tensorOf(x.dtype, x.shape, y)];
  },
});

export const groupNormalization = operator({
  name: "GroupNormalization",
  summary: "groups of channels brought to mean 0 and variance 1, then scaled",
  infer(c) {
    const shape = c.shape(0);
    const wanted = c.version < 21 ? c.attributes.int("num_groups") : (shape[1] ?? null);
    for (const [index, name] of [
      [1, "scale"],
      [2, "bias"],
    ] as const) {
      const [extent] = c.shape(index);
      if (typeof wanted === "number" && typeof extent === "number" && extent !== wanted)
        c.reject(
          `${name} has ${extent} elements, expected ${wanted}, one for each ${c.version < 21 ? "group" : "channel"}`,
        );
    }
    return [shape];
  },
  evaluate(c) {
    const x = c.tensor(0);
    const groups = c.attributes.int("num_groups");
    const [channels, area] = [x.shape[1]!, span(x.shape, 2)];
    const [scale, bias] = [numbersOf(c.tensor(1)), numbersOf(c.tensor(2))];
    const y = normalizedRows(numbersOf(x), (channels / groups) * area, c.attributes.float("epsilon"));
    for (let i = 0; i < y.length; i += 1) {
      const channel = Math.floor(i / area) % channels;
      // Version 18 scales by group, from 21 by channel.
      const at = scale.length === channels ? channel : Math.floor(channel / (channels / groups));
      y[i] = y[i]! * scale[at]! + bias[at]!;
    }
    return [tensorOf(x.dtype, x.shape, y)];
  },
});

/** Every run of `length` elements less its mean, over its standard deviation. */
function normalizedRows(values: ArrayLike<number>, length: number, epsilon: number): Float64Array {
  const y = new Float64Array(values.length);
  for (let start = 0; start < values.length; start += length) {
    let [mean, variance] = [0, 0];
    for (let i = start; i < start + length; i += 1) mean += values[i]! / length;
    for (let i = start; i < start + length; i += 1) variance += (values[i]! - mean) ** 2 / length;
    const scale = 1 / Math.sqrt(variance + epsilon);
    for (let i = start; i < start + length; i += 1) y[i] = (values[i]! - mean) * scale;
  }
  return y;
}

export const localResponse = operator({
  name: "LRN",
  summary: "elements divided by a power of the squares in neighbouring channels",
  infer: (c) => [c.shape(0)],
  evaluate(c) {
    const x = c.tensor(0);
    const values = numbersOf(x);
    const size = c.attributes.int("size");
    const [alpha, beta, bias] = [c.attributes.float("alpha"), c.attributes.float("beta"), c.attributes.float("bias")];
    const [channels, area] = [x.shape[1]!, span(x.shape, 2)];
    const y = new Float64Array(values.length);
    for (let i = 0; i < values.length; i += 1) {
      const channel = Math.floor(i / area) % channels;
      const first = Math.max(0, channel - Math.floor((size - 1) / 2));
      const last = Math.min(channels - 1, channel + Math.ceil((size - 1) / 2));
      let squares = 0;
      for (let other = first; other <= last; other += 1) squares += values[i + (other - channel) * area]! ** 2;
      y[i] = values[i]! / (bias + (alpha / size) * squares) ** beta;
    }
    return [tensorOf(x.dtype, x.shape, y)];
  },
});

/** Extents that the statistics of a normalisation over trailing axes keep: 1 along those. */
export function statisticDims(shape: readonly Dim[], axis: number): readonly Dim[] {
  return shape.map((extent, at) => (at < axis ? extent : 1));
}
