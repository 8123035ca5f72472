import { type DType, elementCount } from "@rdu/tensor";
import * as fc from "fast-check";
import { FLOATS, filled, fromSeed, INTEGERS, int, type Sample, seed, shape } from "./sample.ts";

type Samples = Readonly<Record<string, fc.Arbitrary<Sample>>>;

const anyType = fc.constantFrom<DType>(...FLOATS, ...INTEGERS, "bool");

const compress = fc
  .record({
    dtype: anyType,
    dims: shape(1, 3, 4),
    along: fc.option(fc.integer({ min: -3, max: 2 })),
    short: fc.boolean(),
    known: fc.boolean(),
    s: seed,
  })
  .map(({ dtype, dims, along, short, known, s }): Sample => {
    const axis = along === null ? null : along < 0 ? Math.max(along, -dims.length) : Math.min(along, dims.length - 1);
    const extent = axis === null ? elementCount(dims) : (dims.at(axis) ?? 0);
    return {
      op: "Compress",
      inputs: [filled(dtype, dims, s), filled("bool", [short ? Math.max(0, extent - 1) : extent], s + 1)],
      attributes: axis === null ? {} : { axis: int(axis) },
      constants: known ? [1] : [],
    };
  });

const nonZero = fc.record({ dtype: anyType, dims: shape(0, 3, 4), s: seed }).map(
  ({ dtype, dims, s }): Sample => ({
    op: "NonZero",
    inputs: [fromSeed(dtype, dims, s, (place) => (place < 0.4 ? 0 : place < 0.5 ? -0 : 1))],
  }),
);

/** Operators that keep some of the elements. Their results have the shapes that their values ask for, as a model would declare them. */
export const KEPT_SAMPLES: Samples = { Compress: compress, NonZero: nonZero };
