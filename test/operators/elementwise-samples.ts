import { DTYPES, type DType } from "@rdu/tensor";
import * as fc from "fast-check";
import {
  ALL,
  broadcastPair,
  FLOATS,
  type Flavour,
  filled,
  float,
  INTEGERS,
  int,
  type Sample,
  scalar,
  seed,
  shape,
  text,
} from "./sample.ts";

type Samples = Readonly<Record<string, fc.Arbitrary<Sample>>>;
type Extra = Omit<Sample, "op" | "inputs">;

function unary(
  op: string,
  dtypes: readonly DType[],
  flavour: Flavour = "special",
  extra: fc.Arbitrary<Extra> = fc.constant({}),
) {
  return fc
    .record({ dtype: fc.constantFrom(...dtypes), dims: shape(0, 4), s: seed, more: extra })
    .map(({ dtype, dims, s, more }): Sample => ({ op, inputs: [filled(dtype, dims, s, flavour)], ...more }));
}

function binary(
  op: string,
  dtypes: readonly DType[],
  flavours: readonly [Flavour, Flavour] = ["special", "special"],
  extra: fc.Arbitrary<Extra> = fc.constant({}),
) {
  return fc
    .record({
      dtype: fc.constantFrom(...dtypes),
      dims: broadcastPair(),
      s: seed,
      known: fc.constantFrom([], [0], [1]),
      more: extra,
    })
    .map(
      ({ dtype, dims: [a, b], s, known, more }): Sample => ({
        op,
        inputs: [filled(dtype, a, s, flavours[0]), filled(dtype, b, s + 1, flavours[1])],
        constants: known,
        ...more,
      }),
    );
}

function variadic(op: string, dtypes: readonly DType[]) {
  return fc
    .record({ dtype: fc.constantFrom(...dtypes), dims: shape(0, 3), count: fc.integer({ min: 1, max: 4 }), s: seed })
    .map(
      ({ dtype, dims, count, s }): Sample => ({
        op,
        inputs: Array.from({ length: count }, (_, i) =>
          filled(dtype, i % 2 === 1 ? dims.map(() => 1) : dims, s + i, "plain"),
        ),
      }),
    );
}

const parameters = (...names: readonly string[]): fc.Arbitrary<Extra> =>
  fc
    .array(fc.double({ min: 0.1, max: 2, noNaN: true }), { minLength: names.length, maxLength: names.length })
    .map((values) => ({
      attributes: Object.fromEntries(names.map((name, i) => [name, float(Math.fround(values[i]!))])),
    }));

/** TensorProto.DataType of everything that numbers are cast to, float8 and 4-bit types included. */
const CAST_CODES = ALL.filter((dtype) => !["string", "complex64", "complex128"].includes(dtype)).map(
  (dtype) => DTYPES[dtype].onnx,
);
const WIDTHS: readonly DType[] = [...INTEGERS, ...FLOATS];
const plainFloat = [
  "Exp",
  "Sin",
  "Cos",
  "Tanh",
  "Sigmoid",
  "Erf",
  "Atan",
  "Sinh",
  "Cosh",
  "Asinh",
  "Softplus",
  "Softsign",
  "Mish",
  "Gelu",
  "HardSwish",
];

export const ELEMENTWISE_SAMPLES: Samples = {
  ...Object.fromEntries(plainFloat.map((op) => [op, unary(op, FLOATS, "plain")])),
  ...Object.fromEntries(["Floor", "Ceil", "Round", "Sqrt", "Relu"].map((op) => [op, unary(op, FLOATS)])),
  ...Object.fromEntries(["Abs", "Sign"].map((op) => [op, unary(op, WIDTHS)])),
  ...Object.fromEntries(["Log", "Reciprocal"].map((op) => [op, unary(op, FLOATS, "positive")])),
  ...Object.fromEntries(["Asin", "Acos", "Atanh", "Tan"].map((op) => [op, unary(op, FLOATS, "unit")])),
  Acosh: unary("Acosh", FLOATS, "positive").map((sample) => ({ ...sample, op: "Acosh" })),
  Neg: unary("Neg", ["int8", "int16", "int32", "int64", ...FLOATS]),
  Not: unary("Not", ["bool"]),
  BitwiseNot: unary("BitwiseNot", INTEGERS),
  IsNaN: unary("IsNaN", FLOATS),
  IsInf: unary(
    "IsInf",
    ["float32", "float64"],
    "special",
    fc.constantFrom(0, 1, 2, 3).map((bits) => ({
      attributes: { detect_positive: int(bits & 1), detect_negative: int(bits >> 1) },
    })),
  ),
  LeakyRelu: unary("LeakyRelu", FLOATS, "plain", parameters("alpha")),
  Elu: unary("Elu", FLOATS, "plain", parameters("alpha")),
  Celu: unary("Celu", ["float32"], "plain", parameters("alpha")),
  Selu: unary("Selu", FLOATS, "plain", parameters("alpha", "gamma")),
  ThresholdedRelu: unary("ThresholdedRelu", FLOATS, "plain", parameters("alpha")),
  HardSigmoid: unary("HardSigmoid", FLOATS, "plain", parameters("alpha", "beta")),
  Shrink: unary("Shrink", ["float32", "int8", "int32", "uint8"], "plain", parameters("lambd", "bias")),
  Swish: unary("Swish", FLOATS, "plain", parameters("alpha")),
  "Gelu tanh": unary("Gelu", FLOATS, "plain", fc.constant({ attributes: { approximate: text("tanh") } })),
  Add: binary("Add", WIDTHS),
  Sub: binary("Sub", WIDTHS),
  Mul: binary("Mul", WIDTHS),
  "Div of floats": binary("Div", FLOATS, ["plain", "positive"]),
  "Div of integers": binary("Div", INTEGERS, ["special", "small"]),
  "Mod of integers": binary("Mod", INTEGERS, ["special", "small"]),
  "Mod as fmod": binary(
    "Mod",
    ["float32", "int32", "int64"],
    ["plain", "positive"],
    fc.constant({ attributes: { fmod: int(1) } }),
  ),
  "Pow of floats": binary("Pow", ["float32", "float64"], ["positive", "plain"]),
  "Pow of integers": binary("Pow", ["int32", "int64"], ["plain", "small"]),
  PRelu: fc.record({ dims: shape(1, 3), s: seed }).map(
    ({ dims, s }): Sample => ({
      op: "PRelu",
      inputs: [filled("float32", dims, s), filled("float32", dims.slice(-1), s + 1)],
    }),
  ),
  BitShift: binary(
    "BitShift",
    ["uint8", "uint16", "uint32", "uint64"],
    ["special", "small"],
    fc.constantFrom("LEFT", "RIGHT").map((direction) => ({ attributes: { direction: text(direction) } })),
  ),
  ...Object.fromEntries(["BitwiseAnd", "BitwiseOr", "BitwiseXor"].map((op) => [op, binary(op, INTEGERS)])),
  ...Object.fromEntries(["And", "Or", "Xor"].map((op) => [op, binary(op, ["bool"])])),
  ...Object.fromEntries(["Less", "LessOrEqual", "Greater", "GreaterOrEqual"].map((op) => [op, binary(op, WIDTHS)])),
  Equal: binary("Equal", [...WIDTHS, "bool"]),
  ...Object.fromEntries(["Min", "Max"].map((op) => [op, variadic(op, WIDTHS)])),
  ...Object.fromEntries(["Sum", "Mean"].map((op) => [op, variadic(op, FLOATS)])),
  Where: fc.record({ dtype: fc.constantFrom(...WIDTHS, "bool" as const), dims: broadcastPair(), s: seed }).map(
    ({ dtype, dims: [a, b], s }): Sample => ({
      op: "Where",
      inputs: [filled("bool", a, s), filled(dtype, b, s + 1, "special"), filled(dtype, a, s + 2, "special")],
    }),
  ),
  Clip: fc
    .record({
      dtype: fc.constantFrom(...WIDTHS),
      dims: shape(0, 3),
      s: seed,
      given: fc.constantFrom(0, 1, 2, 3),
      known: fc.constantFrom([], [1, 2]),
    })
    .map(
      ({ dtype, dims, s, given, known }): Sample => ({
        op: "Clip",
        inputs: [
          filled(dtype, dims, s, "special"),
          given & 1 ? scalar(dtype, 1) : null,
          given & 2 ? scalar(dtype, 3) : null,
        ],
        constants: known,
      }),
    ),
  Cast: fc
    .record({
      from: fc.constantFrom(...WIDTHS, "bool" as const),
      to: fc.constantFrom(...CAST_CODES),
      dims: shape(0, 3),
      s: seed,
    })
    .map(
      ({ from, to, dims, s }): Sample => ({
        op: "Cast",
        inputs: [filled(from, dims, s, "special")],
        attributes: { to: int(to) },
      }),
    ),
};
