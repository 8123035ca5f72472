import type { ValueId } from "@rdu/ir";
import { type Arithmetic, arithmetic, fromFront, type Gradient, type GradientContext, int } from "./gradient.ts";

/** The reduced axes from the front; undefined when they are known only at run time. */
function reducedAxes(c: GradientContext): readonly number[] | undefined {
  const every = c.shape(c.x()).map((_, axis) => axis);
  const given = c.has(1) ? c.integersOf(1) : c.attributes.ints("axes", []);
  if (given === undefined) return undefined;
  if (given.length === 0) return c.attributes.int("noop_with_empty_axes", 0) === 1 ? [] : every;
  return given.map((axis) => fromFront(axis, every.length));
}

interface Reduced extends Arithmetic {
  readonly c: GradientContext;
  readonly x: ValueId;
  /** The result and its derivative, with the reduced axes kept as 1. */
  readonly y: ValueId;
  readonly given: ValueId;
  readonly axes: readonly number[];
}

/** Of a reduction; what is written broadcasts with the operand. */
function reduced(write: (r: Reduced) => ValueId): Gradient {
  return (c) => {
    const axes = reducedAxes(c);
    if (axes === undefined) return undefined;
    const w = arithmetic(c);
    const kept = c.shape(c.x()).map((extent, axis) => (axes.includes(axis) ? 1 : extent));
    const like = (value: ValueId): ValueId => w.reshaped(value, kept);
    const slope = write({ ...w, c, x: c.x(), y: like(c.y()), given: like(c.given()), axes });
    const whole = c.operator("Expand", [slope, c.integers(c.shape(c.x()))]);
    return [whole, ...c.node.inputs.slice(1).map(() => null)];
  };
}

/** Elements that fold into one of the result. */
function folded({ c, x, axes }: Reduced): number {
  return axes.reduce((count, axis) => count * (c.shape(x).at(axis) ?? 1), 1);
}

/** To the elements that are the extreme, in equal parts. */
const extreme = reduced((r) => {
  const equal = r.c.operator("CastLike", [r.c.operator("Equal", [r.x, r.y]), r.x]);
  return r.div(r.mul(r.given, equal), r.sum(equal, r.axes, true));
});

const cumSum: Gradient = (c) => {
  const flag = (name: string): number => c.attributes.int(name);
  const attributes = { exclusive: int(flag("exclusive")), reverse: int(1 - flag("reverse")) };
  return [c.operator("CumSum", [c.given(), c.x(1)], attributes), null];
};

const globalAveragePool: Gradient = (c) => {
  const shape = c.shape(c.x());
  const count = shape.slice(2).reduce((product, extent) => product * extent, 1);
  const share = arithmetic(c).div(c.given(), c.number(count, c.x()));
  return [c.operator("Expand", [share, c.integers(shape)])];
};

/** The axes that are normalised together: one since version 13, from `axis` on before. */
function softmaxAxes(c: GradientContext): readonly number[] {
  const axes = c.shape(c.x()).map((_, axis) => axis);
  const axis = fromFront(c.attributes.int("axis"), axes.length);
  return c.node.version >= 13 ? [axis] : axes.slice(axis);
}

/** y (g - sum(g y)). */
const softmax: Gradient = (c) => {
  const w = arithmetic(c);
  const weighted = w.mul(c.given(), c.y());
  return [w.sub(weighted, w.mul(c.y(), w.sum(weighted, softmaxAxes(c), true)))];
};

/** g - e^y sum(g). */
const logSoftmax: Gradient = (c) => {
  const w = arithmetic(c);
  const total = w.sum(c.given(), softmaxAxes(c), true);
  return [w.sub(c.given(), w.mul(c.operator("Exp", [c.y()]), total))];
};

/** With n = (x - mean) r, r = 1/sqrt(variance + epsilon) and h = g scale: dx = r (h - mean(h) - n mean(h n)). */
const layerNormalization: Gradient = (c) => {
  if (c.node.outputs.slice(1).some((output) => output !== null)) return undefined;
  const w = arithmetic(c);
  const shape = c.shape(c.x());
  const from = fromFront(c.attributes.int("axis"), shape.length);
  const axes = shape.flatMap((_, axis) => (axis < from ? [] : [axis]));
  const mean = (value: ValueId): ValueId => c.operator("ReduceMean", [value, c.integers(axes)]);
  const centred = w.sub(c.x(), mean(c.x()));
  const variance = w.add(mean(w.mul(centred, centred)), c.number(c.attributes.float("epsilon"), c.x()));
  const inverse = c.operator("Reciprocal", [c.operator("Sqrt", [variance])]);
  const normal = w.mul(centred, inverse);
  const h = w.mul(c.given(), c.x(1));
  const dx = w.mul(inverse, w.sub(w.sub(h, mean(h)), w.mul(normal, mean(w.mul(h, normal)))));
  return [dx, w.mul(c.given(), normal), ...(c.has(2) ? [c.given()] : [])];
};

export const REDUCTION_GRADIENTS: Readonly<Record<string, Gradient>> = {
  ReduceSum: reduced((r) => r.given),
  ReduceMean: reduced((r) => r.div(r.given, r.c.number(folded(r), r.x))),
  ReduceSumSquare: reduced((r) => r.mul(r.given, r.add(r.x, r.x))),
  ReduceL1: reduced((r) => r.mul(r.given, r.c.operator("Sign", [r.x]))),
  ReduceL2: reduced((r) => r.div(r.mul(r.given, r.x), r.y)),
  ReduceLogSum: reduced((r) => r.div(r.given, r.c.operator("Exp", [r.y]))),
  ReduceLogSumExp: reduced((r) => r.mul(r.given, r.c.operator("Exp", [r.sub(r.x, r.y)]))),
  ReduceMax: extreme,
  ReduceMin: extreme,
  CumSum: cumSum,
  GlobalAveragePool: globalAveragePool,
  Softmax: softmax,
  LogSoftmax: logSoftmax,
  LayerNormalization: layerNormalization,
};
