import { isFloat, isWide, roundTiesToEven, tensor } from "@rdu/tensor";
import type { Attributes } from "../attributes.ts";
import { mapUnary } from "../numeric/map.ts";
import { numbersOf } from "../numeric/numbers.ts";
import { erf, gelu, geluTanh, sigmoid, softplus } from "../numeric/special.ts";
import { type Operator, operator } from "../operator.ts";
import { likeFirst, shapedLikeFirst } from "../shapes.ts";

type Scalar = (x: number) => number;
type Row = readonly [summary: string, f: Scalar, wide?: (x: bigint) => bigint];
type ParametricRow = readonly [summary: string, f: (attributes: Attributes) => Scalar];

/** Functions of one element without attributes; the third column is the meaning on 64-bit integers. */
// biome-ignore format: a table
const PLAIN: Readonly<Record<string, Row>> = {
  Abs:        ["|x|",                              Math.abs, (x) => (x < 0n ? -x : x)],
  Acos:       ["arc cosine",                       Math.acos],
  Acosh:      ["inverse hyperbolic cosine",        Math.acosh],
  Asin:       ["arc sine",                         Math.asin],
  Asinh:      ["inverse hyperbolic sine",          Math.asinh],
  Atan:       ["arc tangent",                      Math.atan],
  Atanh:      ["inverse hyperbolic tangent",       Math.atanh],
  Ceil:       ["least integer not below x",        Math.ceil],
  Cos:        ["cosine",                           Math.cos],
  Cosh:       ["hyperbolic cosine",                Math.cosh],
  Erf:        ["error function",                   erf, (x) => BigInt(Math.trunc(erf(Number(x))))],
  Exp:        ["e to the x",                       Math.exp],
  Floor:      ["greatest integer not above x",     Math.floor],
  HardSwish:  ["x max(0, min(1, x/6 + 1/2))",      (x) => x * Math.max(0, Math.min(1, x / 6 + 0.5))],
  Log:        ["natural logarithm",                Math.log],
  Mish:       ["x tanh(softplus(x))",              (x) => x * Math.tanh(softplus(x))],
  Neg:        ["-x",                               (x) => -x, (x) => -x],
  Reciprocal: ["1/x",                              (x) => 1 / x],
  Relu:       ["max(x, 0)",                        (x) => (x < 0 ? 0 : x), (x) => (x < 0n ? 0n : x)],
  Round:      ["nearest integer, ties to even",    roundTiesToEven],
  Sigmoid:    ["1/(1 + e^-x)",                     sigmoid],
  Sign:       ["-1, 0 or 1",                       Math.sign, (x) => (x > 0n ? 1n : x < 0n ? -1n : 0n)],
  Sin:        ["sine",                             Math.sin],
  Sinh:       ["hyperbolic sine",                  Math.sinh],
  Softplus:   ["ln(1 + e^x)",                      softplus],
  Softsign:   ["x/(1 + |x|)",                      (x) => x / (1 + Math.abs(x))],
  Sqrt:       ["square root",                      Math.sqrt],
  Tan:        ["tangent",                          Math.tan],
  Tanh:       ["hyperbolic tangent",               Math.tanh],
  "com.microsoft.Gelu": ["x Phi(x)",               gelu],
};

/** Functions of one element with attributes. */
// biome-ignore format: a table
const PARAMETRIC: Readonly<Record<string, ParametricRow>> = {
  Celu:            ["max(0, x) + min(0, alpha (e^(x/alpha) - 1))", (a) => { const alpha = a.float("alpha"); return (x) => Math.max(0, x) + Math.min(0, alpha * Math.expm1(x / alpha)); }],
  Elu:             ["x, or alpha (e^x - 1) below 0",   (a) => { const alpha = a.float("alpha"); return (x) => (x < 0 ? alpha * Math.expm1(x) : x); }],
  Gelu:            ["x Phi(x), or its tanh approximation", (a) => (a.string("approximate") === "tanh" ? geluTanh : gelu)],
  HardSigmoid:     ["max(0, min(1, alpha x + beta))",  (a) => { const alpha = a.float("alpha"); const beta = a.float("beta"); return (x) => Math.max(0, Math.min(1, alpha * x + beta)); }],
  LeakyRelu:       ["x, or alpha x below 0",           (a) => { const alpha = a.float("alpha"); return (x) => (x < 0 ? alpha * x : x); }],
  Selu:            ["gamma x, or gamma alpha (e^x - 1) below 0", (a) => { const alpha = a.float("alpha"); const gamma = a.float("gamma"); return (x) => gamma * (x > 0 ? x : alpha * Math.expm1(x)); }],
  Shrink:          ["x pulled towards 0 by bias, 0 within lambd", (a) => { const bias = a.float("bias"); const lambd = a.float("lambd"); return (x) => (x < -lambd ? x + bias : x > lambd ? x - bias : 0); }],
  Swish:           ["x sigmoid(alpha x)",              (a) => { const alpha = a.float("alpha"); return (x) => x * sigmoid(alpha * x); }],
  ThresholdedRelu: ["x above alpha, else 0",           (a) => { const alpha = a.float("alpha"); return (x) => (x > alpha ? x : 0); }],
  "com.microsoft.QuickGelu": ["x sigmoid(alpha x)",    (a) => { const alpha = a.float("alpha"); return (x) => x * sigmoid(alpha * x); }],
};

export const isNaNOperator = operator({
  name: "IsNaN",
  summary: "true where x is not a number",
  infer: shapedLikeFirst,
  evaluate(c) {
    const x = numbersOf(c.tensor(0));
    return [
      tensor(
        "bool",
        c.tensor(0).shape,
        Uint8Array.from(x, (value) => (Number.isNaN(value) ? 1 : 0)),
      ),
    ];
  },
});

export const isInf = operator({
  name: "IsInf",
  summary: "true where x is infinite, of the signs asked for",
  infer: shapedLikeFirst,
  evaluate(c) {
    const positive = c.attributes.int("detect_positive") !== 0;
    const negative = c.attributes.int("detect_negative") !== 0;
    const x = numbersOf(c.tensor(0));
    const found = Uint8Array.from(x, (value) =>
      (positive && value === Number.POSITIVE_INFINITY) || (negative && value === Number.NEGATIVE_INFINITY) ? 1 : 0,
    );
    return [tensor("bool", c.tensor(0).shape, found)];
  },
});

export const not = operator({
  name: "Not",
  summary: "logical negation",
  infer: likeFirst,
  evaluate: (c) => [
    tensor(
      "bool",
      c.tensor(0).shape,
      (c.tensor(0).data as Uint8Array).map((x) => 1 - x),
    ),
  ],
});

export const bitwiseNot = operator({
  name: "BitwiseNot",
  summary: "every bit inverted",
  infer: likeFirst,
  evaluate(c) {
    const x = c.tensor(0);
    if (isWide(x.dtype))
      return [
        tensor(
          x.dtype,
          x.shape,
          (x.data as BigInt64Array).map((value) => ~value),
        ),
      ];
    return [mapUnary(x, (value) => ~value)];
  },
});

function plain(name: string, [summary, f, wide]: Row): Operator {
  return operator({
    name,
    summary,
    infer: likeFirst,
    evaluate(c) {
      const x = c.tensor(0);
      if (!isWide(x.dtype)) return [mapUnary(x, f)];
      if (wide === undefined) return c.reject(`${x.dtype} is not an operand of ${name}`, "E0305");
      return [tensor(x.dtype, x.shape, (x.data as BigInt64Array).map(wide))];
    },
  });
}

function parametric(name: string, [summary, make]: ParametricRow): Operator {
  return operator({
    name,
    summary,
    infer: likeFirst,
    evaluate(c) {
      const x = c.tensor(0);
      // Shrink alone takes integers; its result is truncated to them.
      const f = make(c.attributes);
      return [mapUnary(x, isFloat(x.dtype) ? f : (value) => Math.trunc(f(value)))];
    },
  });
}

export const UNARY: readonly Operator[] = [
  ...Object.entries(PLAIN).map(([name, row]) => plain(name, row)),
  ...Object.entries(PARAMETRIC).map(([name, row]) => parametric(name, row)),
  isNaNOperator,
  isInf,
  not,
  bitwiseNot,
];
