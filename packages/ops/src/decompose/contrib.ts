import { lessZeroPoint, matrixProduct, zeroPointIndex } from "./contraction.ts";
import type { Decompose } from "./decompose.ts";
import { gelu } from "./elementwise.ts";
import { widened } from "./lane-types.ts";
import { map, mapInput, smooth } from "./maps.ts";
import { inverseDeviation, meanOver, normalise, statistic } from "./normalization.ts";
import { literal, type Scalar, type TensorRef } from "./pattern-writer.ts";
import { quantised } from "./quantization.ts";

/** A Gelu of the sum of the inputs (value and optional bias). */
function geluOfSum(approximate: boolean): Decompose {
  return (b) => {
    const inputs = b.has(1) ? [mapInput(b, 0), mapInput(b, 1)] : [mapInput(b, 0)];
    const body = smooth((p, ...elements) =>
      gelu(
        p,
        elements.reduce((sum, element) => p.apply("add", sum, element)),
        approximate,
      ),
    );
    return map(b, b.output(), inputs, body);
  };
}

const quickGelu: Decompose = (b) => {
  const alpha = b.attributes.float("alpha", 1.702);
  const body = smooth((p, x) => p.apply("mul", x, p.apply("sigmoid", p.apply("mul", x, literal(alpha, x.dtype)))));
  return map(b, b.output(), [mapInput(b, 0)], body);
};

/** Layer normalisation of input + skip (+ bias), which is an output of its own where wanted. */
function skipNormalization(simplified: boolean): Decompose {
  return (b) => {
    const [x, target] = [b.input(0), b.output()];
    const biasInput = simplified ? 3 : 4;
    const given = b.wanted(3);
    // Statistics are those of the sum before it is rounded to a narrow type, whether or not it is an output.
    const sum = given?.dtype === widened(x.dtype) ? given : b.fresh("sum", widened(x.dtype), x.shape);
    const terms = [mapInput(b, 0), mapInput(b, 1), ...(b.has(biasInput) ? [mapInput(b, biasInput)] : [])];
    map(b, sum, terms, (p, ...elements) => {
      const total = elements.map((element) => p.widen(element)).reduce((a, c) => p.apply("add", a, c));
      return p.convert(total, sum.dtype);
    });
    if (given !== undefined && given !== sum) map(b, given, [sum], (p, element) => p.convert(element, given.dtype));
    const axes = [x.shape.length - 1];
    const mean = simplified ? undefined : meanOver(b, sum, axes);
    const inverse = inverseDeviation(b, sum, mean, axes, b.attributes.float("epsilon", 1e-5));
    normalise(b, target, sum, mean, inverse, {
      scale: mapInput(b, 2),
      bias: !simplified && b.has(3) ? mapInput(b, 3) : undefined,
    });
    const unused = b.wanted(1);
    if (mean !== undefined) statistic(b, mean, 1);
    // Without a mean the statistic is there in name only.
    else if (unused !== undefined) map(b, unused, [], () => literal(0, unused.dtype));
    statistic(b, inverse, 2);
    return undefined;
  };
}

/** (op(a) - aZero) (op(b) - bZero) + c in int32, times alpha and both scales; quantised again where an output scale is given. */
const qGemm: Decompose = (b) => {
  const [a, w, target] = [b.input(0), b.input(3), b.output()];
  const [aScale, wScale, aZero, wZero] = [b.input(1), b.input(4), b.optional(2), b.optional(5)];
  const [bias, scale, zero] = [b.optional(6), b.optional(7), b.optional(8)];
  const alpha = b.attributes.float("alpha", 1);
  const transA = b.attributes.int("transA", 0) !== 0;
  const transB = b.attributes.int("transB", 0) !== 0;
  const [rows = 0, columns = 0] = target.shape;
  matrixProduct(b, {
    target,
    batch: [],
    rows,
    columns,
    depth: a.shape[transA ? 0 : 1]!,
    left: (p, batch, row, column) =>
      lessZeroPoint(aZero, () => zeroPointIndex(aZero, "left", batch, row, column))(
        p,
        p.read(a, transA ? [column, row] : [row, column]),
        { row, column, batch },
      ),
    right: (p, batch, row, column) =>
      lessZeroPoint(wZero, () => zeroPointIndex(wZero, "right", batch, row, column))(
        p,
        p.read(w, transB ? [column, row] : [row, column]),
        { row, column, batch },
      ),
    finish: (p, sum, at) => {
      const total = bias === undefined ? sum : p.apply("add", sum, p.broadcast(bias, at));
      const single = (ref: TensorRef): Scalar => p.convert(p.widen(p.broadcast(ref, at)), "float32");
      const factor = p.apply("mul", p.apply("mul", single(aScale), single(wScale)), literal(alpha, "float32"));
      const value = p.convert(total, "float32");
      if (scale === undefined) return p.apply("mul", value, factor);
      const quotient = p.apply("mul", value, p.apply("div", factor, single(scale)));
      return quantised(p, quotient, zero === undefined ? undefined : single(zero), target.dtype);
    },
  });
  return undefined;
};

// biome-ignore format: a table
export const CONTRIBS: Readonly<Record<string, Decompose>> = {
  "com.microsoft.Gelu": geluOfSum(false),
  "com.microsoft.BiasGelu": geluOfSum(false),
  "com.microsoft.FastGelu": geluOfSum(true),
  "com.microsoft.QuickGelu": quickGelu,
  "com.microsoft.SkipLayerNormalization": skipNormalization(false),
  "com.microsoft.SkipSimplifiedLayerNormalization": skipNormalization(true),
  "com.microsoft.QGemm": qGemm,
};
