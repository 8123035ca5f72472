import type { Attribute } from "@rdu/ir";
import { type DType, fromNumbers, type Tensor } from "@rdu/tensor";
import * as fc from "fast-check";
import { filled, float, int, ints, type Sample, scalar, seed, text } from "./sample.ts";

/** Corners of the standard that random samples met too seldom, each once compiled wrong or refused. */

/** A right window of 0 was -0 as an integer; a mask of one key broadcasts before opset 24 and forbids the other keys since. */
const attention = fc
  .record({
    opset: fc.constantFrom(23, 24, 25),
    left: fc.constantFrom(-1, 0, 1),
    right: fc.constantFrom(-1, 0, 1),
    past: fc.constantFrom(0, 2),
    mask: fc.constantFrom("none", "one key", "one row"),
    kind: fc.constantFrom<DType>("bool", "float32"),
    s: seed,
  })
  .map(({ opset, left, right, past, mask, kind, s }): Sample => {
    const window: Record<string, Attribute> = { left_window_size: int(left), right_window_size: int(right) };
    const head = (positions: number, i: number): Tensor => filled("float32", [1, 2, positions, 2], s + i, "unit");
    const masks = {
      none: null,
      "one key": filled(kind, [3, 1], s + 3, "unit"),
      "one row": filled(kind, [1, 4 + past], s + 3, "unit"),
    };
    return {
      op: "Attention",
      opset,
      inputs: [head(3, 0), head(4, 1), head(4, 2), masks[mask], ...(past > 0 ? [head(past, 4), head(past, 5)] : [])],
      ...(opset < 25 ? {} : { attributes: window }),
    };
  });

/** The first versions gave p as a float. */
const firstPool = (op: string, attributes: Readonly<Record<string, Attribute>>): fc.Arbitrary<Sample> =>
  fc.record({ p: fc.constantFrom(1, 2, 3), s: seed }).map(
    ({ p, s }): Sample => ({
      op,
      opset: 1,
      inputs: [filled("float32", [1, 2, 4, 3], s)],
      attributes: { ...attributes, p: float(p) },
    }),
  );

/** spatial = 0: statistics of each element of a sample. */
const perElement = fc.record({ opset: fc.constantFrom(6, 7), known: fc.boolean(), s: seed }).map(
  ({ opset, known, s }): Sample => ({
    op: "BatchNormalization",
    opset,
    inputs: [
      filled("float32", [2, 3, 2, 2], s),
      ...[1, 2, 3].map((i) => filled("float32", [3, 2, 2], s + i)),
      filled("float32", [3, 2, 2], s + 4, "positive"),
    ],
    ...(known ? { constants: [1, 2, 3, 4] } : {}),
    attributes: { spatial: int(0), ...(opset < 7 ? { is_test: int(1) } : {}) },
  }),
);

/** Powers of two: halves, ties, what is subnormal in single precision, and what the type lacks. */
const powersOfTwo = fc
  .record({
    mode: fc.constantFrom("up", "down", "nearest"),
    saturate: fc.constantFrom(0, 1),
    dtype: fc.constantFrom<DType>("float32", "float64", "bfloat16"),
  })
  .map(({ mode, saturate, dtype }): Sample => {
    const values = [
      1,
      1.125,
      1.5,
      1.875,
      2,
      3,
      0.7,
      0,
      2 ** -126,
      2 ** -127,
      1.625 * 2 ** -127,
      1.25 * 2 ** -127,
      2 ** -130,
      2 ** 127,
    ];
    const given = [...values, 1.75 * 2 ** 127, Number.POSITIVE_INFINITY, Number.NaN];
    return {
      op: "Cast",
      inputs: [fromNumbers(dtype, [given.length], given)],
      attributes: { to: int(24), round_mode: text(mode), saturate: int(saturate) },
    };
  });

/** Before opset 13 the error function took integers. */
const integerErf = fc
  .record({ dtype: fc.constantFrom<DType>("int8", "uint8", "int32", "int64", "uint64"), s: seed })
  .map(({ dtype, s }): Sample => ({ op: "Erf", opset: 9, inputs: [filled(dtype, [12], s)] }));

/** Elements of 64 bits move unchanged, the zeros outside among them; a cubic's taps are clamped, not its place. */
const gridSample = fc
  .record({
    dtype: fc.constantFrom<DType>("int64", "uint64", "float32"),
    padding: fc.constantFrom("zeros", "border"),
    s: seed,
  })
  .map(({ dtype, padding, s }): Sample => {
    const mode = dtype === "float32" ? "cubic" : "nearest";
    return {
      op: "GridSample",
      inputs: [filled(dtype, [1, 1, 4, 4], s), filled("float32", [1, 3, 3, 2], s + 1)],
      attributes: { mode: text(mode), padding_mode: text(padding) },
    };
  });

/** A symmetric window of one point is 0 / 0, which integers do not hold. */
const window = fc
  .record({
    op: fc.constantFrom("HannWindow", "HammingWindow", "BlackmanWindow"),
    points: fc.integer({ min: 0, max: 5 }),
    periodic: fc.constantFrom(0, 1),
    type: fc.constantFrom(1, 10, 16, 11, 6, 7),
  })
  .filter(({ points, periodic, type }) => points !== 1 || periodic === 1 || type === 1 || type > 7)
  .map(
    ({ op, points, periodic, type }): Sample => ({
      op,
      inputs: [scalar("int64", points)],
      constants: [0],
      attributes: { periodic: int(periodic), output_datatype: int(type) },
    }),
  );

/** A sum over no elements is 0. */
const emptySum = fc
  .record({
    dtype: fc.constantFrom<DType>("float32", "int32"),
    rows: fc.constantFrom(0, 2),
    inner: fc.constantFrom(0, 3),
  })
  .map(
    ({ dtype, rows, inner }): Sample => ({
      op: "Einsum",
      inputs: [filled(dtype, [rows, inner], 1), filled(dtype, [inner, 2], 2)],
      attributes: { equation: text("ik,kj->ij") },
    }),
  );

/** Infinities stay without bounds in the first version; opset 6 bounds them. */
const oldClip = fc
  .record({ opset: fc.constantFrom(1, 6), least: fc.boolean(), dtype: fc.constantFrom<DType>("float32", "float64") })
  .map(
    ({ opset, least, dtype }): Sample => ({
      op: "Clip",
      opset,
      inputs: [fromNumbers(dtype, [4], [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN, -3])],
      attributes: least ? { min: float(-1) } : {},
    }),
  );

export const EDGE_SAMPLES: Readonly<Record<string, fc.Arbitrary<Sample>>> = {
  "Attention with windows and short masks": attention,
  "LpPool of the first version": firstPool("LpPool", { kernel_shape: ints([2, 2]) }),
  "GlobalLpPool of the first version": firstPool("GlobalLpPool", {}),
  "BatchNormalization by element": perElement,
  "Clip of old versions": oldClip,
  "Cast to powers of two": powersOfTwo,
  "Erf of integers": integerErf,
  "GridSample of wide integers and of cubics at a border": gridSample,
  "HannWindow and its kin": window,
  "Einsum over nothing": emptySum,
};
