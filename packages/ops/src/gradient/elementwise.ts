import type { ValueId } from "@rdu/ir";
import { isFloat } from "@rdu/tensor";
import { type Arithmetic, arithmetic, type Gradient, type GradientContext } from "./gradient.ts";

interface Unary extends Arithmetic {
  readonly c: GradientContext;
  /** The operand, the result, and the derivative of the result. */
  readonly x: ValueId;
  readonly y: ValueId;
  readonly given: ValueId;
  number(value: number): ValueId;
  apply(op: string, ...inputs: readonly ValueId[]): ValueId;
}

/** dy/dx of a function of one operand, times what is given. */
function unary(write: (u: Unary) => ValueId): Gradient {
  return (c) => {
    const written = write({
      ...arithmetic(c),
      c,
      x: c.x(),
      y: c.y(),
      given: c.given(),
      number: (value) => c.number(value, c.x()),
      apply: (op, ...inputs) => c.operator(op, inputs),
    });
    return [written, ...c.node.inputs.slice(1).map(() => null)];
  };
}

/** Zero almost everywhere. */
const flat = unary((u) => u.mul(u.given, u.number(0)));
const square = (u: Unary, value: ValueId): ValueId => u.mul(value, value);
/** The density of the standard normal distribution. */
const density = (u: Unary): ValueId => {
  const half = u.mul(square(u, u.x), u.number(-0.5));
  return u.mul(u.apply("Exp", half), u.number(1 / Math.sqrt(2 * Math.PI)));
};

/** The derivative of log(1 + e^x). */
const softplusSlope = (u: Unary): ValueId => u.apply("Sigmoid", u.x);

// biome-ignore format: a table
const UNARY = {
  Identity:   unary((u) => u.given),
  Neg:        unary((u) => u.neg(u.given)),
  Abs:        unary((u) => u.mul(u.given, u.apply("Sign", u.x))),
  Reciprocal: unary((u) => u.neg(u.mul(u.given, u.y, u.y))),
  Sqrt:       unary((u) => u.div(u.given, u.add(u.y, u.y))),
  Exp:        unary((u) => u.mul(u.given, u.y)),
  Log:        unary((u) => u.div(u.given, u.x)),
  Sin:        unary((u) => u.mul(u.given, u.apply("Cos", u.x))),
  Cos:        unary((u) => u.neg(u.mul(u.given, u.apply("Sin", u.x)))),
  Tan:        unary((u) => u.add(u.given, u.mul(u.given, square(u, u.y)))),
  Asin:       unary((u) => u.div(u.given, u.apply("Sqrt", u.sub(u.number(1), square(u, u.x))))),
  Acos:       unary((u) => u.neg(u.div(u.given, u.apply("Sqrt", u.sub(u.number(1), square(u, u.x)))))),
  Atan:       unary((u) => u.div(u.given, u.add(u.number(1), square(u, u.x)))),
  Sinh:       unary((u) => u.mul(u.given, u.apply("Cosh", u.x))),
  Cosh:       unary((u) => u.mul(u.given, u.apply("Sinh", u.x))),
  Asinh:      unary((u) => u.div(u.given, u.apply("Sqrt", u.add(square(u, u.x), u.number(1))))),
  Acosh:      unary((u) => u.div(u.given, u.apply("Sqrt", u.sub(square(u, u.x), u.number(1))))),
  Atanh:      unary((u) => u.div(u.given, u.sub(u.number(1), square(u, u.x)))),
  Tanh:       unary((u) => u.sub(u.given, u.mul(u.given, square(u, u.y)))),
  Sigmoid:    unary((u) => u.mul(u.given, u.y, u.sub(u.number(1), u.y))),
  Erf:        unary((u) => u.mul(u.given, u.number(2 / Math.sqrt(Math.PI)), u.apply("Exp", u.neg(square(u, u.x))))),
  Relu:       unary((u) => u.where(u.apply("Greater", u.x, u.number(0)), u.given)),
  Softplus:   unary((u) => u.mul(u.given, softplusSlope(u))),
  Softsign:   unary((u) => u.div(u.given, square(u, u.add(u.number(1), u.apply("Abs", u.x))))),
  Floor: flat, Ceil: flat, Round: flat, Sign: flat,
  LeakyRelu: unary((u) => u.mul(u.given, u.c.operator("Where", [u.apply("Less", u.x, u.number(0)), u.number(u.c.attributes.float("alpha")), u.number(1)]))),
  ThresholdedRelu: unary((u) => u.where(u.apply("Greater", u.x, u.number(u.c.attributes.float("alpha"))), u.given)),
  // Below 0, y = alpha (e^x - 1), so that dy/dx = y + alpha.
  Elu: unary((u) => u.mul(u.given, u.c.operator("Where", [u.apply("Less", u.x, u.number(0)), u.add(u.y, u.number(u.c.attributes.float("alpha"))), u.number(1)]))),
  HardSigmoid: unary((u) => u.where(u.apply("And", u.apply("Greater", u.y, u.number(0)), u.apply("Less", u.y, u.number(1))), u.mul(u.given, u.number(u.c.attributes.float("alpha"))))),
  Gelu: (c) => (c.attributes.string("approximate") === "none" ? exactGelu(c) : undefined),
  // y = x s(x), s the sigmoid: dy/dx = s + y (1 - s).
  Swish: (c) => swish(c, c.attributes.float("alpha")),
  Mish: unary((u) => {
    const t = u.apply("Tanh", u.apply("Softplus", u.x));
    return u.mul(u.given, u.add(t, u.mul(u.x, u.sub(u.number(1), square(u, t)), softplusSlope(u))));
  }),
  // Before version 11 the bounds are attributes.
  Clip: (c) => (c.node.version < 11 ? undefined : clip(c)),
  Cast: (c) => [c.operator("CastLike", [c.given(), c.x()])],
} satisfies Readonly<Record<string, Gradient>>;

/** y = x P(x), P the normal distribution: dy/dx = P + x p. */
const exactGelu = unary((u) => {
  const half = u.number(0.5);
  const distribution = u.add(u.mul(u.apply("Erf", u.mul(u.x, u.number(Math.SQRT1_2))), half), half);
  return u.mul(u.given, u.add(distribution, u.mul(u.x, density(u))));
});

const clip = unary((u) => {
  const bounds = [[1, "GreaterOrEqual"] as const, [2, "LessOrEqual"] as const].filter(([index]) => u.c.has(index));
  return bounds.reduce((kept, [index, test]) => u.where(u.apply(test, u.x, u.c.x(index)), kept), u.given);
});

function swish(c: GradientContext, alpha: number): readonly (ValueId | null)[] | undefined {
  return unary((u) => {
    const s = u.apply("Sigmoid", u.mul(u.x, u.number(alpha)));
    return u.mul(u.given, u.add(s, u.mul(u.y, u.number(alpha), u.sub(u.number(1), s))));
  })(c);
}

/** Of two operands that broadcast; given the arithmetic, a, b and y. */
function binary(
  write: (
    w: Arithmetic & { given: ValueId },
    a: ValueId,
    b: ValueId,
    y: ValueId,
    c: GradientContext,
  ) => readonly (ValueId | null)[],
): Gradient {
  return (c) => write({ ...arithmetic(c), given: c.given() }, c.x(0), c.x(1), c.y(), c);
}

const BINARY = {
  Add: binary(({ given }) => [given, given]),
  Sub: binary((w) => [w.given, w.neg(w.given)]),
  Mul: binary((w, a, b) => [w.mul(w.given, b), w.mul(w.given, a)]),
  Div: binary((w, _, b, y) => {
    const first = w.div(w.given, b);
    return [first, w.neg(w.mul(first, y))];
  }),
  // d a^b = b a^(b-1) da + a^b log(a) db; the second part only where a is positive.
  Pow: binary((w, a, exponent, y, c) => {
    const ofFloats = isFloat(c.dtype(exponent));
    const b = c.dtype(exponent) === c.dtype(a) ? exponent : c.operator("CastLike", [exponent, a]);
    const first = w.mul(w.given, b, c.operator("Pow", [a, w.sub(b, c.number(1, a))]));
    const positive = c.operator("Greater", [a, c.number(0, a)]);
    return [first, ofFloats ? w.where(positive, w.mul(w.given, y, c.operator("Log", [a]))) : null];
  }),
  PRelu: binary((w, x, slope, _, c) => {
    const below = c.operator("Less", [x, c.number(0, x)]);
    return [w.mul(w.given, c.operator("Where", [below, slope, c.number(1, x)])), w.where(below, w.mul(w.given, x))];
  }),
} satisfies Readonly<Record<string, Gradient>>;

/** To the operand that is the result; to the first of several that are. */
const selected: Gradient = (c) => {
  let taken: ValueId | undefined;
  return c.node.inputs.map((_, index) => {
    const equal = c.operator("Equal", [c.x(index), c.y()]);
    const first = taken === undefined ? equal : c.operator("And", [equal, c.operator("Not", [taken])]);
    taken = taken === undefined ? equal : c.operator("Or", [taken, equal]);
    return arithmetic(c).where(first, c.given());
  });
};

const VARIADIC = {
  Sum: (c) => c.node.inputs.map(() => c.given()),
  Mean: (c) => {
    const share = c.operator("Div", [c.given(), c.number(c.node.inputs.length, c.y())]);
    return c.node.inputs.map(() => share);
  },
  Max: selected,
  Min: selected,
  Where: (c) => {
    const zero = c.number(0, c.y());
    const [ifTrue, ifFalse] = [
      [c.given(), zero],
      [zero, c.given()],
    ].map((values) => c.operator("Where", [c.x(0), ...values]));
    return [null, ifTrue ?? null, ifFalse ?? null];
  },
} satisfies Readonly<Record<string, Gradient>>;

export const ELEMENTWISE_GRADIENTS: Readonly<Record<string, Gradient>> = { ...UNARY, ...BINARY, ...VARIADIC };
