import type { Attribute } from "@rdu/ir";
import { axisOf } from "./axis-of.ts";
import { writePart } from "./compose.ts";
import type { Decompose, HostVerdict } from "./decompose.ts";
import { withChannelsSecond } from "./fused.ts";
import { type MapInput, map, mapInput, scalarConstant } from "./maps.ts";
import type { NodeBuilder } from "./node-builder.ts";
import { literal, type PatternWriter, type Scalar, type TensorRef } from "./pattern-writer.ts";
import { POOLS } from "./pooling.ts";
import { QUANTIZATIONS, quantised } from "./quantization.ts";
import { reduced } from "./reduction.ts";
import { SOFTMAXES } from "./softmax.ts";

/** Inputs that say how an operand is quantised. */
interface Quantisation {
  readonly scale: number;
  readonly zero: number;
}

const X = { scale: 1, zero: 2 } as const;
const Y = { scale: 3, zero: 4 } as const;

/** A parameter of one element as a literal where it is constant, else as a scalar, whatever its rank. */
function single(b: NodeBuilder, index: number): MapInput {
  const input = mapInput(b, index);
  return "id" in input ? b.reshaped(input, "scalar", []) : input;
}

function parameters(b: NodeBuilder, { scale, zero }: Quantisation): readonly MapInput[] {
  return b.has(zero) ? [single(b, scale), single(b, zero)] : [single(b, scale)];
}

/** (x - zero) * scale in single precision. */
function apart(p: PatternWriter, x: Scalar, scale: Scalar, zero: Scalar | undefined): Scalar {
  const wide = p.convert(x, "int32");
  const centred = zero === undefined ? wide : p.apply("sub", wide, p.convert(zero, "int32"));
  return p.apply("mul", p.convert(centred, "float32"), scale);
}

function together(p: PatternWriter, x: Scalar, scale: Scalar, zero: Scalar | undefined, target: TensorRef): Scalar {
  const shift = zero === undefined ? undefined : p.convert(p.widen(zero), "float32");
  return quantised(p, p.apply("div", x, scale), shift, target.dtype);
}

/** One map from elements of quantised operands to the quantised result. */
function quantisedMap(
  b: NodeBuilder,
  target: TensorRef,
  operands: readonly { readonly ref: TensorRef; readonly as?: Quantisation }[],
  result: Quantisation,
  body: (p: PatternWriter, ...elements: readonly Scalar[]) => Scalar,
): undefined {
  const parts = operands.map(({ ref, as }) => [ref, ...(as === undefined ? [] : parameters(b, as))]);
  const last = parameters(b, result);
  return map(b, target, [...parts.flat(), ...last], (p, ...elements) => {
    let next = 0;
    const reals = operands.map(({ as }, i) => {
      const [x, scale, zero] = elements.slice(next, next + parts[i]!.length);
      next += parts[i]!.length;
      return as === undefined ? x! : apart(p, x!, scale!, zero);
    });
    const [scale, zero] = elements.slice(next);
    return together(p, body(p, ...reals), scale!, zero, target);
  });
}

function quantisedUnary(body: (p: PatternWriter, x: Scalar, b: NodeBuilder) => Scalar): Decompose {
  return (b) => quantisedMap(b, b.output(), [{ ref: b.input(0), as: X }], Y, (p, x) => body(p, x!, b));
}

const mul: Decompose = (b) => {
  const operands = [
    { ref: b.input(0), as: X },
    { ref: b.input(3), as: { scale: 4, zero: 5 } },
  ];
  return quantisedMap(b, b.output(), operands, { scale: 6, zero: 7 }, (p, x, y) => p.apply("mul", x!, y!));
};

/** left a + (zero - left aZero - right bZero) + right b with left = aScale / scale, right = bScale / scale; rounded with the zero point in it. */
const add: Decompose = (b) => {
  const target = b.output();
  const factors = knownFactors(b) ?? writtenFactors(b);
  return map(b, target, [b.input(0), b.input(3), ...factors], (p, x, y, left, right, fixed) => {
    const [first, second] = [x!, y!].map((element) => p.convert(p.convert(element, "int32"), "float32"));
    const shifted = p.apply("add", p.apply("mul", first!, left!), fixed!);
    return quantised(p, p.apply("add", shifted, p.apply("mul", second!, right!)), undefined, target.dtype);
  });
};

/** Inputs of QLinearAdd that say how its operands and result are quantised. */
const PARAMETERS = [1, 2, 4, 5, 6, 7] as const;

function knownFactors(b: NodeBuilder): readonly MapInput[] | undefined {
  const known = PARAMETERS.map((index) => (b.has(index) ? scalarConstant(b, index) : 0));
  if (known.includes(undefined)) return undefined;
  const [aScale = 0, aZero = 0, bScale = 0, bZero = 0, scale = 0, zero = 0] = known.map(Number);
  const [left, right] = [Math.fround(aScale / scale), Math.fround(bScale / scale)];
  const origin = Math.fround(Math.fround(left * aZero) + Math.fround(right * bZero));
  return [left, right, Math.fround(zero - origin)].map((value) => literal(value, "float32"));
}

function writtenFactors(b: NodeBuilder): readonly MapInput[] {
  const given = PARAMETERS.map((index) => (b.has(index) ? single(b, index) : literal(0, "float32")));
  const [left, right, fixed] = ["left", "right", "fixed"].map((name) => b.fresh(name, "float32", [])) as [
    TensorRef,
    TensorRef,
    TensorRef,
  ];
  b.pattern((p) => {
    const [aScale, aZero, bScale, bZero, scale, zero] = given.map((input) =>
      p.convert(p.widen("id" in input ? p.read(input, []) : input), "float32"),
    );
    const [a, c] = [p.apply("div", aScale!, scale!), p.apply("div", bScale!, scale!)];
    const origin = p.apply("add", p.apply("mul", a, aZero!), p.apply("mul", c, bZero!));
    p.give(a, left, []);
    p.give(c, right, []);
    p.give(p.apply("sub", zero!, origin), fixed, []);
  });
  return [left, right, fixed];
}

const leaky: Decompose = quantisedUnary((p, x, b) => {
  const scaled = p.apply("mul", x, literal(b.attributes.float("alpha", 0.01), x.dtype));
  return p.select(p.test("lt", x, literal(0, x.dtype)), scaled, x);
});

/** The real numbers that the operand stands for, as a value of its own. */
function reals(b: NodeBuilder, ref: TensorRef, as: Quantisation): TensorRef {
  const to = b.fresh("real", "float32", ref.shape);
  map(b, to, [ref, ...parameters(b, as)], (p, x, scale, zero) => apart(p, x!, scale!, zero));
  return to;
}

/** The whole numbers of the operand less its zero point, as floats. */
function centred(b: NodeBuilder, ref: TensorRef): TensorRef {
  const to = b.fresh("centred", "float32", ref.shape);
  const zero = b.has(X.zero) ? [single(b, X.zero)] : [];
  map(b, to, [ref, ...zero], (p, x, shift) => {
    const wide = p.convert(x!, "int32");
    return p.convert(shift === undefined ? wide : p.apply("sub", wide, p.convert(shift, "int32")), "float32");
  });
  return to;
}

/** Quantises means of whole numbers to the result; both scales make one factor. `late` rounds after the zero point is added, not before. */
function quantiseMeans(b: NodeBuilder, from: TensorRef, target: TensorRef, late = false): undefined {
  const inputs = [from, single(b, X.scale), ...parameters(b, Y)];
  return map(b, target, inputs, (p, mean, xScale, yScale, zero) => {
    const shift = zero === undefined ? undefined : p.convert(p.widen(zero), "float32");
    const scaled = p.apply("mul", mean!, p.apply("div", xScale!, yScale!));
    if (late && shift !== undefined) return quantised(p, p.apply("add", scaled, shift), undefined, target.dtype);
    return quantised(p, scaled, shift, target.dtype);
  });
}

/** Quantises `from` to the result. */
function quantise(b: NodeBuilder, from: TensorRef, target: TensorRef, as: Quantisation = Y): undefined {
  return quantisedMap(b, target, [{ ref: from }], as, (_, x) => x!);
}

/** Writes with the channels of operand and result second, wherever `channels_last` says that they are. */
function inLayout(
  b: NodeBuilder,
  write: (x: TensorRef, target: TensorRef) => HostVerdict | undefined,
): HostVerdict | undefined {
  const last = b.attributes.int("channels_last", 0) !== 0;
  return last ? withChannelsSecond(b, write) : write(b.input(0), b.output());
}

function withoutLayout(b: NodeBuilder): Readonly<Record<string, Attribute>> {
  return Object.fromEntries(Object.entries(b.node.attributes).filter(([name]) => name !== "channels_last"));
}

function pool(op: string, late = false): Decompose {
  return (b) =>
    inLayout(b, (x, target) => {
      const pooled = b.fresh("pooled", "float32", target.shape);
      const part = { op, inputs: [centred(b, x)], outputs: [pooled], attributes: withoutLayout(b) };
      return writePart(b, POOLS, part) ?? quantiseMeans(b, pooled, target, late);
    });
}

const convolution: Decompose = (b) =>
  inLayout(b, (x, target) => {
    const rest = [1, 2, 3, 4, 5, 6, 7].map((index) => b.input(index));
    const inputs = [x, ...rest, b.optional(8)];
    return writePart(b, QUANTIZATIONS, {
      op: "QLinearConv",
      inputs,
      outputs: [target],
      attributes: withoutLayout(b),
    });
  });

const reduceMean: Decompose = (b) => {
  const x = b.input(0);
  const axes = b.attributes.ints("axes").map((axis) => axisOf(axis, x.shape.length));
  const count = axes.reduce((product, axis) => product * x.shape[axis]!, 1);
  const mean = reduced(b, "mean", centred(b, x), axes, (p, element) =>
    p.apply("div", p.fold("sum", element), literal(count, element.dtype)),
  );
  return quantiseMeans(b, b.reshaped(mean, "kept", b.output().shape), b.output());
};

const softmax: Decompose = (b) => {
  const [x, target] = [b.input(0), b.output()];
  const axis = axisOf(b.attributes.int("axis", -1), x.shape.length);
  const whole = b.attributes.int("opset") < 13;
  const product = (extents: readonly number[]): number => extents.reduce((a, extent) => a * extent, 1);
  const shape = whole ? [product(x.shape.slice(0, axis)), product(x.shape.slice(axis))] : x.shape;
  const weights = b.fresh("weights", "float32", shape);
  const attributes = { axis: { kind: "int", value: BigInt(whole ? 1 : axis) } } as const;
  const lines = b.reshaped(reals(b, x, X), "lines", shape);
  writePart(b, SOFTMAXES, { op: "Softmax", inputs: [lines], outputs: [weights], attributes });
  return quantise(b, b.reshaped(weights, "whole", target.shape), target);
};

const concat: Decompose = (b) => {
  const target = b.output();
  const axis = axisOf(b.attributes.int("axis"), target.shape.length);
  const result = { scale: 0, zero: 1 };
  let start = 0;
  const offsets: number[][] = [];
  const parts = Array.from({ length: (b.inputCount - 2) / 3 }, (_, i) => {
    const ref = b.input(2 + 3 * i);
    const to = b.fresh("part", target.dtype, ref.shape);
    const as = { scale: 3 + 3 * i, zero: 4 + 3 * i };
    quantisedMap(b, to, [{ ref, as }], result, (_p, x) => x!);
    offsets.push(target.shape.map((_extent, at) => (at === axis ? start : 0)));
    start += ref.shape[axis]!;
    return to;
  });
  return b.join(parts, offsets, target);
};

const where: Decompose = (b) => {
  const operands = [
    { ref: b.input(0) },
    { ref: b.input(1), as: { scale: 2, zero: 3 } },
    { ref: b.input(4), as: { scale: 5, zero: 6 } },
  ];
  return quantisedMap(b, b.output(), operands, { scale: 7, zero: 8 }, (p, condition, x, y) =>
    p.select(condition!, x!, y!),
  );
};

const mulInteger: Decompose = (b) => {
  const zeros = [1, 3].map((index) => (b.has(index) ? single(b, index) : undefined));
  const inputs = [b.input(0), b.input(2), ...zeros.filter((ref) => ref !== undefined)];
  return map(b, b.output(), inputs, (p, x, y, ...given) => {
    let next = 0;
    const [left, right] = [x!, y!].map((element, i) => {
      const wide = p.convert(element, "int32");
      return zeros[i] === undefined ? wide : p.apply("sub", wide, p.convert(given[next++]!, "int32"));
    });
    return p.apply("mul", left!, right!);
  });
};

// biome-ignore format: a table
export const QUANTISED_FUNCTIONS: Readonly<Record<string, Decompose>> = {
  "com.microsoft.QLinearAdd": add,
  "com.microsoft.QLinearMul": mul,
  "com.microsoft.QLinearSigmoid": quantisedUnary((p, x) => p.apply("sigmoid", x)),
  "com.microsoft.QLinearLeakyRelu": leaky,
  "com.microsoft.QLinearAveragePool": pool("AveragePool", true),
  "com.microsoft.QLinearGlobalAveragePool": pool("GlobalAveragePool"),
  "com.microsoft.QLinearReduceMean": reduceMean,
  "com.microsoft.QLinearSoftmax": softmax,
  "com.microsoft.QLinearConcat": concat,
  "com.microsoft.QLinearWhere": where,
  "com.microsoft.QLinearConv": convolution,
  "com.microsoft.MulInteger": mulInteger,
};
