import type { Attribute } from "@rdu/ir";
import { DTYPES, type DType } from "@rdu/tensor";
import * as fc from "fast-check";
import { filled, float, int, ints, type Sample, scalar, seed, shape } from "./sample.ts";

type Samples = Readonly<Record<string, fc.Arbitrary<Sample>>>;

const FLOATS: readonly DType[] = ["float32", "float16", "bfloat16", "float64"];
const onnx = (dtype: DType): Attribute => int(DTYPES[dtype].onnx);
/** With a seed, or with the one that its place gives. */
const given = fc.option(fc.integer({ min: -9, max: 9 }).map(float), { nil: undefined });
const seeded = (attribute: Attribute | undefined) => (attribute === undefined ? {} : { seed: attribute });

const source = (op: string, parameters: readonly [string, string]): fc.Arbitrary<Sample> =>
  fc
    .record({
      dtype: fc.constantFrom<DType>(...FLOATS),
      dims: shape(0, 3, 5),
      from: fc.double({ min: -2, max: 2, noNaN: true }),
      by: fc.double({ min: 0, max: 3, noNaN: true }),
      given,
    })
    .map(
      ({ dtype, dims, from, by, given: attribute }): Sample => ({
        op,
        inputs: [],
        attributes: {
          dtype: onnx(dtype),
          shape: ints(dims),
          [parameters[0]]: float(from),
          [parameters[1]]: float(op.includes("Uniform") ? from + by : by),
          ...seeded(attribute),
        },
      }),
    );

const like = (op: string): fc.Arbitrary<Sample> =>
  fc
    .record({
      dtype: fc.constantFrom<DType>(...FLOATS),
      to: fc.option(fc.constantFrom<DType>(...FLOATS)),
      dims: shape(0, 3, 5),
      given,
    })
    .map(
      ({ dtype, to, dims, given: attribute }): Sample => ({
        op,
        inputs: [filled(dtype, dims, 1)],
        attributes: { ...(to === null ? {} : { dtype: onnx(to) }), ...seeded(attribute) },
      }),
    );

const bernoulli = fc
  .record({
    dtype: fc.constantFrom<DType>(...FLOATS),
    to: fc.constantFrom<DType>("float32", "bool", "int64", "uint8", "bfloat16"),
    dims: shape(0, 3, 5),
    given,
    s: seed,
  })
  .map(
    ({ dtype, to, dims, given: attribute, s }): Sample => ({
      op: "Bernoulli",
      inputs: [filled(dtype, dims, s, "unit")],
      attributes: { dtype: onnx(to), ...seeded(attribute) },
    }),
  );

const multinomial = fc
  .record({
    dtype: fc.constantFrom<DType>("float32", "float16", "float64"),
    wide: fc.boolean(),
    batch: fc.integer({ min: 0, max: 3 }),
    classes: fc.integer({ min: 1, max: 6 }),
    count: fc.integer({ min: 1, max: 9 }),
    given,
    s: seed,
  })
  .map(
    ({ dtype, wide, batch, classes, count, given: attribute, s }): Sample => ({
      op: "Multinomial",
      inputs: [filled(dtype, [batch, classes], s)],
      attributes: { sample_size: int(count), dtype: onnx(wide ? "int64" : "int32"), ...seeded(attribute) },
    }),
  );

const dropout = fc
  .record({
    dtype: fc.constantFrom<DType>(...FLOATS),
    dims: shape(0, 3, 4),
    mask: fc.boolean(),
    training: fc.boolean(),
    ratio: fc.constantFrom(0, 0.25, 0.5, 0.9),
    constants: fc.subarray([1, 2]),
    s: seed,
  })
  .map(
    ({ dtype, dims, mask, training, ratio, constants, s }): Sample => ({
      op: "Dropout",
      inputs: [filled(dtype, dims, s), scalar("float32", ratio), scalar("bool", training ? 1 : 0)],
      constants,
      outputs: mask ? 2 : 1,
    }),
  );

/** What is drawn at random; the same for the same seed, on the chip as elsewhere. */
export const RANDOM_SAMPLES: Samples = {
  RandomUniform: source("RandomUniform", ["low", "high"]),
  RandomNormal: source("RandomNormal", ["mean", "scale"]),
  RandomUniformLike: like("RandomUniformLike"),
  RandomNormalLike: like("RandomNormalLike"),
  Bernoulli: bernoulli,
  Multinomial: multinomial,
  Dropout: dropout,
};
