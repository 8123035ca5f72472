import type { Opcode } from "@rdu/arithmetic";
import { invariant } from "@rdu/diagnostics";
import { DTYPES, type DType, integerRange, isFloat, isWide } from "@rdu/tensor";
import { castElement } from "./cast.ts";
import type { Decompose } from "./decompose.ts";
import { type MapInput, map, mapInput, smooth } from "./maps.ts";
import type { NodeBuilder } from "./node-builder.ts";
import { literal, type PatternWriter, type Scalar } from "./pattern-writer.ts";

const SQRT_HALF = Math.SQRT1_2;
const SQRT_2_OVER_PI = Math.sqrt(2 / Math.PI);

/** An instruction applied to each element. */
export function instruction(op: Opcode): Decompose {
  return (b) => map(b, b.output(), [mapInput(b, 0)], (p, x) => p.apply(op, x));
}

/** A function of each element that uses attributes of the node; computed at full lane width. */
function activation(
  body: (p: PatternWriter, x: Scalar, parameter: (name: string, fallback?: number) => Scalar) => Scalar,
): Decompose {
  return (b) => {
    const element = smooth((p, x) =>
      body(p, x, (name, fallback) => literal(b.attributes.float(name, fallback), x.dtype)),
    );
    map(b, b.output(), [mapInput(b, 0)], element);
  };
}

/**
 * The operands of a two-operand operator; before opset 7 the second one may be aligned at an axis of the first, and a PRelu has one slope
 * a channel (axis 1).
 */
function pair(b: NodeBuilder): readonly MapInput[] {
  const first = mapInput(b, 0);
  const second = mapInput(b, 1);
  const rank = b.input(0).shape.length;
  const aligned = b.version < 7 && b.attributes.has("axis") && b.attributes.int("broadcast", 0) === 1;
  const perChannel = b.version < 7 && b.node.op === "PRelu" && rank > 1;
  if (!("id" in second) || !(aligned || (perChannel && second.shape.length === 1))) return [first, second];
  const axis = perChannel ? 1 : b.attributes.int("axis");
  const trailing = rank - (axis < 0 ? axis + rank : axis) - second.shape.length;
  invariant(trailing >= 0, "the second operand fits at its axis");
  return [first, b.reshaped(second, "aligned", [...second.shape, ...new Array<number>(trailing).fill(1)])];
}

export function binary(body: (p: PatternWriter, x: Scalar, y: Scalar, b: NodeBuilder) => Scalar): Decompose {
  return (b) => map(b, b.output(), pair(b), (p, x, y) => body(p, x, y, b));
}

export function arithmetic(op: Opcode): Decompose {
  return binary((p, x, y) => p.apply(op, x, y));
}

export function comparison(op: Opcode): Decompose {
  return binary((p, x, y) => p.test(op, x, y));
}

/** A left fold over any number of broadcast inputs, at full lane width. */
function variadic(
  op: Opcode,
  finish: (p: PatternWriter, sum: Scalar, count: number) => Scalar = (_, sum) => sum,
): Decompose {
  return (b) => {
    const inputs = b.inputs().map((_, index) => mapInput(b, index));
    const fold = smooth((p, ...elements) =>
      finish(
        p,
        elements.reduce((a, x) => p.apply(op, a, x)),
        elements.length,
      ),
    );
    map(b, b.output(), inputs, fold);
  };
}

const like = (x: Scalar, value: number): Scalar => literal(value, x.dtype);

/** log(1 + e^x) = max(x, 0) + log1p(e^-|x|), which neither overflows nor cancels. */
function softplus(p: PatternWriter, x: Scalar): Scalar {
  const tail = p.apply("log1p", p.apply("exp", p.apply("neg", p.apply("abs", x))));
  return p.apply("add", p.apply("max", x, like(x, 0)), tail);
}

/** 0.5 x (1 + erf(x / sqrt 2)), or its tanh approximation. */
export function gelu(p: PatternWriter, x: Scalar, approximate: boolean): Scalar {
  const half = p.apply("mul", x, like(x, 0.5));
  if (!approximate)
    return p.apply("mul", half, p.apply("add", p.apply("erf", p.apply("mul", x, like(x, SQRT_HALF))), like(x, 1)));
  const cube = p.apply("mul", p.apply("mul", x, x), x);
  const inner = p.apply("mul", p.apply("add", x, p.apply("mul", cube, like(x, 0.044715))), like(x, SQRT_2_OVER_PI));
  return p.apply("mul", half, p.apply("add", p.apply("tanh", inner), like(x, 1)));
}

const clamp = (p: PatternWriter, x: Scalar, low: Scalar, high: Scalar): Scalar =>
  p.apply("min", p.apply("max", x, low), high);

const signed = (dtype: DType): boolean => DTYPES[dtype].class === "int";

/** Lanes shift modulo their width. ONNX shifts everything out beyond it, also by a negative amount: only the sign of a right shift is left. */
const bitShift: Decompose = (b) => {
  const left = b.attributes.string("direction") === "LEFT";
  map(b, b.output(), pair(b), (p, x, y) => {
    const bits = isWide(x.dtype) ? 64 : 32;
    const below = p.test("lt", y, like(y, bits));
    const inside = signed(y.dtype) ? p.apply("and", p.test("ge", y, like(y, 0)), below) : below;
    if (left || !signed(x.dtype)) return p.select(inside, p.apply(left ? "shl" : "shr", x, y), like(x, 0));
    return p.apply("shr", x, p.select(inside, y, like(y, bits - 1)));
  });
};

const clip: Decompose = (b) => {
  const x = mapInput(b, 0);
  if (b.version < 11) {
    // The first version has no bounds but those given, opset 6 the greatest finite ones.
    const low = literal(b.attributes.float("min", Number.NEGATIVE_INFINITY), x.dtype);
    const high = literal(b.attributes.float("max", Number.POSITIVE_INFINITY), x.dtype);
    map(b, b.output(), [x], (p, value) => clamp(p, value, low, high));
    return;
  }
  const low = b.has(1) ? mapInput(b, 1) : undefined;
  const high = b.has(2) ? mapInput(b, 2) : undefined;
  const inputs = [x, low, high].filter((input) => input !== undefined);
  map(b, b.output(), inputs, (p, value, ...limits) => {
    const ops = [...(low === undefined ? [] : ["max" as const]), ...(high === undefined ? [] : ["min" as const])];
    return limits.reduce((made, limit, i) => p.apply(ops[i] ?? "min", made, limit), value);
  });
};

const isInf: Decompose = (b) => {
  const positive = b.attributes.int("detect_positive", 1) === 1;
  const negative = b.attributes.int("detect_negative", 1) === 1;
  map(b, b.output(), [mapInput(b, 0)], (p, x) => {
    const value = p.widen(x);
    if (positive && negative) return p.test("isinf", value);
    if (positive) return p.test("eq", value, like(value, Number.POSITIVE_INFINITY));
    if (negative) return p.test("eq", value, like(value, Number.NEGATIVE_INFINITY));
    return literal(false, "bool");
  });
};

const shrink: Decompose = (b) => {
  const bias = b.attributes.float("bias", 0);
  const limit = b.attributes.float("lambd", 0.5);
  map(b, b.output(), [mapInput(b, 0)], (p, x) => {
    const value = isFloat(x.dtype) ? p.widen(x) : p.convert(x, "float64");
    const above = p.test("gt", value, like(value, limit));
    const below = p.test("lt", value, like(value, -limit));
    const high = p.select(above, p.apply("sub", value, like(value, bias)), like(value, 0));
    const moved = p.select(below, p.apply("add", value, like(value, bias)), high);
    const result = castElement(p, moved, x.dtype);
    if (x.dtype !== "uint32" && x.dtype !== "uint64") return result;
    // What is pulled below 0 wraps around, as narrow types do.
    const wrapped = p.convert(p.convert(moved, "int64"), x.dtype);
    return p.select(p.test("lt", moved, like(moved, 0)), wrapped, result);
  });
};

/** Integers, which versions before 22 allow, in double precision: in single precision it is 1 from 4 on. */
const erf: Decompose = (b) =>
  map(b, b.output(), [mapInput(b, 0)], (p, x) =>
    isFloat(x.dtype) ? p.apply("erf", x) : p.convert(p.apply("erf", p.convert(p.widen(x), "float64")), x.dtype),
  );

/** Integers are above a threshold when they are above its floor, which lanes of theirs can hold unless all or none of them are. */
const binarizer: Decompose = (b) => {
  const threshold = b.attributes.float("threshold", 0);
  return map(b, b.output(), [mapInput(b, 0)], (p, x) => {
    if (isFloat(x.dtype)) return p.select(p.test("gt", x, literal(threshold, x.dtype)), like(x, 1), like(x, 0));
    const { least, most } = integerRange(x.dtype);
    const floor = Math.floor(threshold);
    if (floor < Number(least)) return like(x, 1);
    if (!(floor < Number(most))) return like(x, 0);
    return p.select(p.test("gt", x, literal(isWide(x.dtype) ? BigInt(floor) : floor, x.dtype)), like(x, 1), like(x, 0));
  });
};

/** Operators whose result elements each come from one element of each (broadcast) input. */
// biome-ignore format: a table
export const ELEMENTWISE: Readonly<Record<string, Decompose>> = {
  Abs: instruction("abs"), Neg: instruction("neg"), Sign: instruction("sign"),
  Sqrt: instruction("sqrt"), Reciprocal: instruction("reciprocal"), Exp: instruction("exp"), Log: instruction("log"),
  Sin: instruction("sin"), Cos: instruction("cos"), Tan: instruction("tan"),
  Asin: instruction("asin"), Acos: instruction("acos"), Atan: instruction("atan"),
  Sinh: instruction("sinh"), Cosh: instruction("cosh"), Tanh: instruction("tanh"),
  Asinh: instruction("asinh"), Acosh: instruction("acosh"), Atanh: instruction("atanh"),
  Erf: erf, Sigmoid: instruction("sigmoid"),
  Floor: instruction("floor"), Ceil: instruction("ceil"), Round: instruction("nearest"),
  Not: instruction("not"), BitwiseNot: instruction("not"),
  Relu: activation((p, x) => p.apply("max", x, like(x, 0))),
  LeakyRelu: activation((p, x, a) => p.select(p.test("lt", x, like(x, 0)), p.apply("mul", x, a("alpha", 0.01)), x)),
  ThresholdedRelu: activation((p, x, a) => p.select(p.test("gt", x, a("alpha", 1)), x, like(x, 0))),
  Elu: activation((p, x, a) => p.select(p.test("lt", x, like(x, 0)), p.apply("mul", p.apply("expm1", x), a("alpha", 1)), x)),
  Selu: activation((p, x, a) => p.apply("mul", a("gamma", 1.0507010221481323),
    p.select(p.test("gt", x, like(x, 0)), x, p.apply("mul", p.apply("expm1", x), a("alpha", 1.6732631921768188))))),
  Celu: activation((p, x, a) => p.apply("add", p.apply("max", x, like(x, 0)),
    p.apply("min", p.apply("mul", p.apply("expm1", p.apply("div", x, a("alpha", 1))), a("alpha", 1)), like(x, 0)))),
  HardSigmoid: activation((p, x, a) => clamp(p, p.apply("add", p.apply("mul", x, a("alpha", 0.2)), a("beta", 0.5)), like(x, 0), like(x, 1))),
  HardSwish: activation((p, x) => p.apply("mul", x,
    clamp(p, p.apply("add", p.apply("mul", x, like(x, 1 / 6)), like(x, 0.5)), like(x, 0), like(x, 1)))),
  Softplus: activation(softplus),
  Softsign: activation((p, x) => p.apply("div", x, p.apply("add", p.apply("abs", x), like(x, 1)))),
  Mish: activation((p, x) => p.apply("mul", x, p.apply("tanh", softplus(p, x)))),
  Swish: activation((p, x, a) => p.apply("mul", x, p.apply("sigmoid", p.apply("mul", x, a("alpha", 1))))),
  SwiGLU: (b) => map(b, b.output(), [mapInput(b, 0), mapInput(b, 1)], smooth((p, x, y) =>
    p.apply("mul", p.apply("mul", x, p.apply("sigmoid", p.apply("mul", x, literal(b.attributes.float("alpha", 1), x.dtype)))), y))),
  Gelu: (b) => map(b, b.output(), [mapInput(b, 0)], smooth((p, x) => gelu(p, x, b.attributes.string("approximate", "none") === "tanh"))),
  Shrink: shrink,
  IsNaN: (b) => map(b, b.output(), [mapInput(b, 0)], (p, x) => p.test("isnan", p.widen(x))),
  IsInf: isInf,
  Clip: clip,
  "ai.onnx.ml.Binarizer": binarizer,
  Add: arithmetic("add"), Sub: arithmetic("sub"), Mul: arithmetic("mul"), Div: arithmetic("div"),
  And: arithmetic("and"), Or: arithmetic("or"), Xor: arithmetic("xor"),
  BitwiseAnd: arithmetic("and"), BitwiseOr: arithmetic("or"), BitwiseXor: arithmetic("xor"),
  BitShift: bitShift,
  Mod: binary((p, x, y, b) => p.apply(b.attributes.int("fmod", 0) === 1 ? "rem" : "mod", x, y)),
  PRelu: binary((p, x, slope) => p.select(p.test("lt", x, like(x, 0)), p.apply("mul", x, slope), x)),
  Equal: comparison("eq"), Less: comparison("lt"), LessOrEqual: comparison("le"),
  Greater: comparison("gt"), GreaterOrEqual: comparison("ge"),
  Max: variadic("max"), Min: variadic("min"), Sum: variadic("add"),
  Mean: variadic("add", (p, sum, count) => p.apply("div", sum, like(sum, count))),
  Where: (b) => map(b, b.output(), [mapInput(b, 0), mapInput(b, 1), mapInput(b, 2)],
    (p, condition, x, y) => p.select(condition, x, y)),
};
