import { elementCount, fromNumbers, toNumbers } from "@rdu/tensor";
import { axisOf } from "./axis-of.ts";
import type { Decompose } from "./decompose.ts";
import { type Index, plus, times } from "./index-form.ts";
import { type MapInput, mapInput } from "./maps.ts";
import type { NodeBuilder } from "./node-builder.ts";
import { literal, type PatternWriter, type Scalar, type TensorRef } from "./pattern-writer.ts";
import { powered, rooted } from "./pooling.ts";
import { reduced } from "./reduction.ts";

/** The mean over some axes, which get length 1. */
export function meanOver(b: NodeBuilder, x: TensorRef, axes: readonly number[], name = "mean"): TensorRef {
  const count = countOf(x.shape, axes);
  return reduced(b, name, x, axes, (p, element) =>
    p.apply("div", p.fold("sum", element), literal(count, element.dtype)),
  );
}

/** 1 / sqrt(mean of (x - mean)^2 + epsilon); without a mean that of x^2. */
export function inverseDeviation(
  b: NodeBuilder,
  x: TensorRef,
  mean: TensorRef | undefined,
  axes: readonly number[],
  epsilon: number,
): TensorRef {
  const count = countOf(x.shape, axes);
  return reduced(b, "inverse", x, axes, (p, element, at) => {
    const centred = mean === undefined ? element : p.apply("sub", element, p.read(mean, at));
    const variance = p.apply("div", p.fold("sum", p.apply("mul", centred, centred)), literal(count, element.dtype));
    return p.apply("reciprocal", p.apply("sqrt", p.apply("add", variance, literal(epsilon, element.dtype))));
  });
}

function countOf(shape: readonly number[], axes: readonly number[]): number {
  return axes.reduce((product, axis) => product * shape[axis]!, 1);
}

function from(axis: number, rank: number): readonly number[] {
  return Array.from({ length: rank - axis }, (_, i) => axis + i);
}

interface Affine {
  readonly scale: MapInput | undefined;
  readonly bias: MapInput | undefined;
  /** Index of scale and bias for an element; undefined: broadcast to the element's shape. */
  readonly at?: (index: readonly Index[]) => readonly Index[];
}

/** target = (x - mean) * inverse * scale + bias, with the statistics of length 1 along the folded axes. */
export function normalise(
  b: NodeBuilder,
  target: TensorRef,
  x: TensorRef,
  mean: TensorRef | undefined,
  inverse: TensorRef,
  affine: Affine,
): undefined {
  b.pattern((p) => {
    const index = p.parallelOver(x.shape);
    const parameter = (input: MapInput, like: Scalar): Scalar => {
      if (!("id" in input)) return p.convert(p.widen(input), like.dtype);
      const element = affine.at === undefined ? p.broadcast(input, index) : p.read(input, affine.at(index));
      return p.convert(p.widen(element), like.dtype);
    };
    const element = p.widen(p.read(x, index));
    const centred = mean === undefined ? element : p.apply("sub", element, p.broadcast(mean, index));
    let made = p.apply("mul", centred, p.broadcast(inverse, index));
    if (affine.scale !== undefined) made = p.apply("mul", made, parameter(affine.scale, made));
    if (affine.bias !== undefined) made = p.apply("add", made, parameter(affine.bias, made));
    p.give(p.convert(made, target.dtype), target, index);
  });
}

const layerNormalization: Decompose = (b) => {
  const [x, target] = [b.input(0), b.output()];
  const axes = from(axisOf(b.attributes.int("axis", -1), x.shape.length), x.shape.length);
  const mean = meanOver(b, x, axes);
  const inverse = inverseDeviation(b, x, mean, axes, b.attributes.float("epsilon", 1e-5));
  normalise(b, target, x, mean, inverse, { scale: mapInput(b, 1), bias: b.has(2) ? mapInput(b, 2) : undefined });
  statistic(b, mean, 1);
  statistic(b, inverse, 2);
  return undefined;
};

/** Gives a statistic as an output of the operator, where it is wanted. */
export function statistic(b: NodeBuilder, value: TensorRef, output: number): void {
  const target = b.wanted(output);
  if (target === undefined) return;
  b.pattern((p) => {
    const index = p.parallelOver(value.shape);
    p.give(p.convert(p.read(value, index), target.dtype), target, index);
  });
}

const rmsNormalization: Decompose = (b) => {
  const [x, target] = [b.input(0), b.output()];
  const axes = from(axisOf(b.attributes.int("axis", -1), x.shape.length), x.shape.length);
  const inverse = inverseDeviation(b, x, undefined, axes, b.attributes.float("epsilon", 1e-5));
  normalise(b, target, x, undefined, inverse, { scale: mapInput(b, 1), bias: undefined });
  statistic(b, inverse, 1);
  return undefined;
};

const instanceNormalization: Decompose = (b) => {
  const [x, target] = [b.input(0), b.output()];
  const axes = from(2, x.shape.length);
  const mean = meanOver(b, x, axes);
  const inverse = inverseDeviation(b, x, mean, axes, b.attributes.float("epsilon", 1e-5));
  const at = (index: readonly Index[]): readonly Index[] => [index[1] ?? 0];
  return normalise(b, target, x, mean, inverse, { scale: mapInput(b, 1), bias: mapInput(b, 2), at });
};

/** Channels in groups: seen as [n, group, channels of the group, rest]. Scale and bias are per group before opset 21, per channel since. */
const groupNormalization: Decompose = (b) => {
  const [x, target] = [b.input(0), b.output()];
  const groups = b.attributes.int("num_groups");
  const [batch = 1, channels = 1] = x.shape;
  const perGroup = channels / groups;
  const shape = [batch, groups, perGroup, elementCount(x.shape.slice(2))];
  const grouped = b.reshaped(x, "grouped", shape);
  const mean = meanOver(b, grouped, [2, 3]);
  const inverse = inverseDeviation(b, grouped, mean, [2, 3], b.attributes.float("epsilon", 1e-5));
  const flat = b.fresh("normalised", target.dtype, shape);
  const perChannel = b.input(1).shape[0] === channels && b.version >= 21;
  const at = ([, g = 0, c = 0]: readonly Index[]): readonly Index[] => [perChannel ? plus(times(g, perGroup), c) : g];
  normalise(b, flat, grouped, mean, inverse, { scale: mapInput(b, 1), bias: mapInput(b, 2), at });
  b.view(flat, target);
  return undefined;
};

/** Where an element's statistics are: at its channel, or, for statistics of each element of a sample (spatial=0), at its place in the sample. */
function statisticOf(index: readonly Index[], rank: number): readonly Index[] {
  return rank === 1 ? [index[1] ?? 0] : index.slice(1);
}

/** Inference form: the statistics are inputs. One factor a channel, then one map. */
const batchNormalization: Decompose = (b) => {
  if (b.attributes.int("training_mode", 0) !== 0) return batchNormalizationTraining(b);
  const trained = b.node.outputs.some((id, index) => index > 0 && id !== null);
  if (trained) return { host: "training outputs before opset 14 have no chip form" };
  const [x, target] = [b.input(0), b.output()];
  if (scaleChannels(b, target, x) === "done") return undefined;
  return normaliseChannels(b, target, x, b.input(3), b.input(4));
};

/** With constant statistics: one multiplication and one addition an element, x * factor + (bias - mean * factor). */
function scaleChannels(b: NodeBuilder, target: TensorRef, x: TensorRef): "done" | undefined {
  const known = [1, 2, 3, 4].map((input) => b.constantInput(input));
  if (known.includes(undefined)) return undefined;
  const [scale, bias, mean, variance] = known.map((tensor) => toNumbers(tensor!));
  const epsilon = Math.fround(b.attributes.float("epsilon", 1e-5));
  const lanes = [x.dtype, ...[1, 2, 3, 4].map((input) => b.input(input).dtype)].includes("float64")
    ? "float64"
    : "float32";
  const factors = scale!.map((value, c) => value / Math.sqrt(variance![c]! + epsilon));
  const { shape } = b.input(1);
  const factor = b.table("factor", fromNumbers(lanes, shape, factors));
  const shift = b.table(
    "shift",
    fromNumbers(
      lanes,
      shape,
      bias!.map((value, c) => value - mean![c]! * factors[c]!),
    ),
  );
  b.pattern((p) => {
    const index = p.parallelOver(x.shape, "nczyxuv");
    const channel = statisticOf(index, shape.length);
    const scaled = p.apply("mul", wide(p, p.read(x, index), lanes), p.read(factor, channel));
    p.give(p.convert(p.apply("add", scaled, p.read(shift, channel)), target.dtype), target, index);
  });
  return "done";
}

function normaliseChannels(
  b: NodeBuilder,
  target: TensorRef,
  x: TensorRef,
  mean: TensorRef,
  variance: TensorRef,
): undefined {
  const [scale, bias] = [b.input(1), b.input(2)];
  const lanes = [x.dtype, variance.dtype].includes("float64") ? "float64" : "float32";
  const factor = b.fresh("factor", lanes, scale.shape);
  const epsilon = b.attributes.float("epsilon", 1e-5);
  b.pattern((p) => {
    const index = p.parallelOver(scale.shape, "czyxuv");
    const spread = p.apply("sqrt", p.apply("add", wide(p, p.read(variance, index), lanes), literal(epsilon, lanes)));
    p.give(p.apply("div", wide(p, p.read(scale, index), lanes), spread), factor, index);
  });
  b.pattern((p) => {
    const index = p.parallelOver(x.shape, "nczyxuv");
    const channel = statisticOf(index, scale.shape.length);
    const centred = p.apply("sub", wide(p, p.read(x, index), lanes), wide(p, p.read(mean, channel), lanes));
    const scaled = p.apply("mul", centred, p.read(factor, channel));
    const made = p.apply("add", scaled, wide(p, p.read(bias, channel), lanes));
    p.give(p.convert(made, target.dtype), target, index);
  });
}

const wide = (p: PatternWriter, x: Scalar, lanes: "float32" | "float64"): Scalar => p.convert(p.widen(x), lanes);

/** Training form: statistics of the batch, and running averages of them as further outputs. */
function batchNormalizationTraining(b: NodeBuilder): undefined {
  const [x, target] = [b.input(0), b.output()];
  const axes = x.shape.map((_, axis) => axis).filter((axis) => axis !== 1);
  const channels = [x.shape[1] ?? 1];
  const mean = meanOver(b, x, axes);
  const count = countOf(x.shape, axes);
  const variance = reduced(b, "variance", x, axes, (p, element, at) => {
    const centred = p.apply("sub", element, p.read(mean, at));
    return p.apply("div", p.fold("sum", p.apply("mul", centred, centred)), literal(count, element.dtype));
  });
  const [meanOfChannel, varianceOfChannel] = [
    b.reshaped(mean, "mean1", channels),
    b.reshaped(variance, "variance1", channels),
  ];
  normaliseChannels(b, target, x, meanOfChannel, varianceOfChannel);
  const momentum = b.attributes.float("momentum", 0.9);
  running(b, 1, 3, meanOfChannel, momentum);
  running(b, 2, 4, varianceOfChannel, momentum);
}

/** old * momentum + current * (1 - momentum). */
function running(b: NodeBuilder, output: number, input: number, current: TensorRef, momentum: number): void {
  const target = b.wanted(output);
  if (target === undefined) return;
  const old = b.input(input);
  b.pattern((p) => {
    const index = p.parallelOver(target.shape, "c");
    const now = p.read(current, index);
    const before = p.convert(p.widen(p.read(old, index)), now.dtype);
    const kept = p.apply("mul", before, literal(momentum, now.dtype));
    const made = p.apply("add", kept, p.apply("mul", now, literal(1 - momentum, now.dtype)));
    p.give(p.convert(made, target.dtype), target, index);
  });
}

const meanVarianceNormalization: Decompose = (b) => {
  const [x, target] = [b.input(0), b.output()];
  const axes = b.attributes.ints("axes", [0, 2, 3]).map((axis) => axisOf(axis, x.shape.length));
  const mean = meanOver(b, x, axes);
  const count = countOf(x.shape, axes);
  // The standard adds 1e-9 to the deviation, not to the variance.
  const inverse = reduced(b, "inverse", x, axes, (p, element, at) => {
    const centred = p.apply("sub", element, p.read(mean, at));
    const variance = p.apply("div", p.fold("sum", p.apply("mul", centred, centred)), literal(count, element.dtype));
    return p.apply("reciprocal", p.apply("add", p.apply("sqrt", variance), literal(1e-9, element.dtype)));
  });
  return normalise(b, target, x, mean, inverse, { scale: undefined, bias: undefined });
};

const lpNormalization: Decompose = (b) => {
  const [x, target] = [b.input(0), b.output()];
  const axis = axisOf(b.attributes.int("axis", -1), x.shape.length);
  const order = b.attributes.int("p", 2);
  const norm = reduced(b, "norm", x, [axis], (p, element) =>
    rooted(p, p.fold("sum", powered(p, element, order)), order),
  );
  b.pattern((p) => {
    const index = p.parallelOver(x.shape);
    const divisor = p.broadcast(norm, index);
    const zero = p.test("eq", divisor, literal(0, divisor.dtype));
    const safe = p.select(zero, literal(1, divisor.dtype), divisor);
    p.give(p.apply("div", p.widen(p.read(x, index)), safe), target, index);
  });
  return undefined;
};

/** x / (bias + alpha / size * sum of squares over the channels around)^beta. */
const lrn: Decompose = (b) => {
  const [x, target] = [b.input(0), b.output()];
  const size = b.attributes.int("size");
  const before = Math.floor((size - 1) / 2);
  const { float } = b.attributes;
  const [alpha, beta, bias] = [float("alpha", 1e-4), float("beta", 0.75), float("bias", 1)];
  b.pattern((p) => {
    const index = p.parallelOver(x.shape, "nczyxuv");
    const tap = p.reduceLoop("tap", size);
    const around = index.map((i, axis) => (axis === 1 ? plus(i, tap, -before) : i));
    const near = p.widen(p.read(x, around, 0));
    const sum = p.fold("sum", p.apply("mul", near, near));
    const scaled = p.apply("add", p.apply("mul", sum, literal(alpha / size, sum.dtype)), literal(bias, sum.dtype));
    const divisor = p.apply("pow", scaled, literal(beta, sum.dtype));
    p.give(p.apply("div", p.widen(p.read(x, index)), divisor), target, index);
  });
  return undefined;
};

// biome-ignore format: a table
export const NORMALIZATIONS: Readonly<Record<string, Decompose>> = {
  LayerNormalization: layerNormalization,
  RMSNormalization: rmsNormalization,
  SimplifiedLayerNormalization: rmsNormalization,
  InstanceNormalization: instanceNormalization,
  GroupNormalization: groupNormalization,
  BatchNormalization: batchNormalization,
  MeanVarianceNormalization: meanVarianceNormalization,
  LpNormalization: lpNormalization,
  LRN: lrn,
};
