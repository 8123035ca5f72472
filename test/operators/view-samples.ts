import { type DType, elementCount } from "@rdu/tensor";
import * as fc from "fast-check";
import { FLOATS, filled, INTEGERS, int, integers, ints, type Sample, seed, shape } from "./sample.ts";

type Samples = Readonly<Record<string, fc.Arbitrary<Sample>>>;

const anyType = fc.constantFrom<DType>(...FLOATS, ...INTEGERS, "bool");
const anyTensor = fc
  .record({ dtype: anyType, dims: shape(0, 4, 4), s: seed })
  .map(({ dtype, dims, s }) => filled(dtype, dims, s));

const flatten = fc
  .record({ x: anyTensor, at: fc.double({ min: 0, max: 1, noNaN: true }), back: fc.boolean() })
  .map(({ x, at, back }): Sample => {
    const axis = Math.round(at * x.shape.length);
    const counted = back && axis < x.shape.length ? axis - x.shape.length : axis;
    return { op: "Flatten", inputs: [x], attributes: { axis: int(counted) } };
  });

const reshape = fc.record({ x: anyTensor, infer: fc.boolean() }).map(({ x, infer }): Sample => {
  const count = elementCount(x.shape);
  const wanted = count > 0 && count % 2 === 0 ? [infer ? -1 : 2, count / 2] : infer && count > 0 ? [1, -1] : [count];
  return { op: "Reshape", inputs: [x, integers(wanted)], constants: [1], attributes: { allowzero: int(1) } };
});

const squeeze = fc.record({ x: anyTensor, all: fc.boolean() }).map(({ x, all }): Sample => {
  const axes = x.shape.flatMap((extent, axis) => (extent === 1 ? [axis % 2 === 0 ? axis : axis - x.shape.length] : []));
  return { op: "Squeeze", inputs: all ? [x] : [x, integers(axes)], constants: all ? [] : [1] };
});

const unsqueeze = anyTensor.map((x): Sample => ({ op: "Unsqueeze", inputs: [x, integers([-1, 0])], constants: [1] }));

const castLike = fc
  .record({
    x: anyTensor,
    to: fc.constantFrom<DType>("float32", "float16", "float64", "int32", "uint8", "bool"),
    s: seed,
  })
  .map(({ x, to, s }): Sample => ({ op: "CastLike", inputs: [x, filled(to, [2], s)] }));

/** Types of equal width whose bits lanes see. */
const WIDTHS: readonly (readonly DType[])[] = [
  ["float32", "int32", "uint32"],
  ["float64", "int64", "uint64"],
  ["int16", "uint16"],
  ["int8", "uint8"],
];
// biome-ignore format: a table
const CODES: Readonly<Partial<Record<DType, number>>> = {
  float32: 1, uint8: 2, int8: 3, uint16: 4, int16: 5, int32: 6, int64: 7, float16: 10, float64: 11, uint32: 12, uint64: 13, bfloat16: 16,
};
const bitCast = fc
  .constantFrom(...WIDTHS)
  .chain((types) =>
    fc.record({ from: fc.constantFrom(...types), to: fc.constantFrom(...types), dims: shape(0, 3, 4), s: seed }),
  )
  .map(
    ({ from, to, dims, s }): Sample => ({
      op: "BitCast",
      opset: 26,
      inputs: [filled(from, dims, s)],
      attributes: { to: int(CODES[to] ?? Number.NaN) },
    }),
  );

const eyeLike = fc
  .record({
    dtype: fc.constantFrom<DType>("float32", "int64", "uint8", "float16", "bool"),
    dims: shape(2, 2, 5),
    k: fc.integer({ min: -5, max: 5 }),
    s: seed,
  })
  .map(
    ({ dtype, dims, k, s }): Sample => ({ op: "EyeLike", inputs: [filled(dtype, dims, s)], attributes: { k: int(k) } }),
  );

const constant = fc
  .record({ whole: fc.boolean(), values: fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 1, maxLength: 5 }) })
  .map(
    ({ whole, values }): Sample => ({
      op: "Constant",
      inputs: [],
      attributes: whole ? { value_ints: ints(values) } : { value_floats: { kind: "floats", value: values } },
    }),
  );

const constantOfShape = shape(1, 3, 4).map(
  (dims): Sample => ({ op: "ConstantOfShape", inputs: [integers(dims)], constants: [0] }),
);

const ofShape = (op: "Shape" | "Size"): fc.Arbitrary<Sample> => anyTensor.map((x): Sample => ({ op, inputs: [x] }));

/** Operators that move no element, or say only how many there are. */
export const VIEW_SAMPLES: Samples = {
  Identity: anyTensor.map((x): Sample => ({ op: "Identity", inputs: [x] })),
  Flatten: flatten,
  Reshape: reshape,
  Squeeze: squeeze,
  Unsqueeze: unsqueeze,
  CastLike: castLike,
  BitCast: bitCast,
  EyeLike: eyeLike,
  Constant: constant,
  ConstantOfShape: constantOfShape,
  Shape: ofShape("Shape"),
  Size: ofShape("Size"),
};
