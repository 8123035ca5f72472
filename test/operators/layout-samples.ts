import { broadcastShapes, type DType, elementCount, fromBigints, type Tensor } from "@rdu/tensor";
import * as fc from "fast-check";
import {
  broadcastPair,
  type Flavour,
  filled,
  float,
  indices,
  int,
  integers,
  ints,
  random,
  type Sample,
  scalar,
  seed,
  shape,
  text,
} from "./sample.ts";

type Samples = Readonly<Record<string, fc.Arbitrary<Sample>>>;

const anyType = fc.constantFrom<DType>("float32", "int64", "uint8", "bool", "float16");

const transpose = shape(1, 4, 4, 0).chain((dims) =>
  fc
    .record({
      dtype: anyType,
      order: fc.shuffledSubarray(
        dims.map((_, axis) => axis),
        { minLength: dims.length },
      ),
      s: seed,
    })
    .map(
      ({ dtype, order, s }): Sample => ({
        op: "Transpose",
        inputs: [filled(dtype, dims, s)],
        attributes: { perm: ints(order) },
      }),
    ),
);

const slice = shape(1, 4, 5).chain((dims) => {
  const bound = fc.integer({ min: -7, max: 7 });
  return fc
    .record({
      dtype: anyType,
      starts: fc.array(bound, { minLength: dims.length, maxLength: dims.length }),
      ends: fc.array(bound, { minLength: dims.length, maxLength: dims.length }),
      steps: fc.array(fc.constantFrom(1, 2, 3, -1, -2), { minLength: dims.length, maxLength: dims.length }),
      s: seed,
    })
    .map(
      ({ dtype, starts, ends, steps, s }): Sample => ({
        op: "Slice",
        inputs: [
          filled(dtype, dims, s),
          integers(starts),
          integers(ends),
          integers(dims.map((_, axis) => axis)),
          integers(steps),
        ],
        constants: s % 2 === 0 ? [1, 2, 3, 4] : [],
      }),
    );
});

const concat = shape(1, 3).chain((dims) =>
  fc
    .record({
      dtype: anyType,
      axis: fc.integer({ min: -dims.length, max: dims.length - 1 }),
      lengths: fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 4 }),
      s: seed,
    })
    .map(({ dtype, axis, lengths, s }): Sample => {
      const at = (axis + dims.length) % dims.length;
      return {
        op: "Concat",
        inputs: lengths.map((length, i) =>
          filled(
            dtype,
            dims.map((d, a) => (a === at ? length : d)),
            s + i,
          ),
        ),
        attributes: { axis: int(axis) },
      };
    }),
);

const split = shape(1, 3).chain((dims) =>
  fc
    .record({
      axis: fc.integer({ min: 0, max: dims.length - 1 }),
      lengths: fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 3 }),
      s: seed,
    })
    .map(({ axis, lengths, s }): Sample => {
      const total = lengths.reduce((a, b) => a + b, 0);
      return {
        op: "Split",
        inputs: [
          filled(
            "float32",
            dims.map((d, a) => (a === axis ? total : d)),
            s,
          ),
          integers(lengths),
        ],
        constants: s % 2 === 0 ? [1] : [],
        attributes: { axis: int(axis) },
        outputs: lengths.length,
      };
    }),
);

const pad = shape(1, 3, 4, 2).chain((dims) =>
  fc
    .record({
      mode: fc.constantFrom("constant", "reflect", "edge", "wrap"),
      pads: fc.array(fc.integer({ min: -1, max: 3 }), { minLength: 2 * dims.length, maxLength: 2 * dims.length }),
      value: fc.boolean(),
      known: fc.boolean(),
      s: seed,
    })
    .map(({ mode, pads, value, known, s }): Sample => {
      const kept = pads.map((p, i) =>
        mode === "constant"
          ? p
          : mode === "reflect"
            ? Math.min(Math.max(p, 0), dims[i % dims.length]! - 1)
            : Math.max(p, 0),
      );
      return {
        op: "Pad",
        inputs: [
          filled("float32", dims, s),
          integers(kept),
          value && mode === "constant" ? scalar("float32", 1.5) : null,
        ],
        constants: known ? [1, 2] : s % 2 === 0 ? [1] : [],
        attributes: { mode: text(mode) },
      };
    }),
);

const expand = broadcastPair().chain(([a, b]) =>
  fc.record({ dtype: anyType, s: seed }).map(
    ({ dtype, s }): Sample => ({
      op: "Expand",
      inputs: [filled(dtype, a, s), integers(broadcastShapes(a, b) ?? [])],
      constants: [1],
    }),
  ),
);

const tile = shape(1, 3).chain((dims) =>
  fc
    .record({
      repeats: fc.array(fc.integer({ min: 0, max: 3 }), { minLength: dims.length, maxLength: dims.length }),
      s: seed,
    })
    .map(
      ({ repeats, s }): Sample => ({
        op: "Tile",
        inputs: [filled("float32", dims, s), integers(repeats)],
        constants: [1],
      }),
    ),
);

const blocks = (op: string): fc.Arbitrary<Sample> =>
  fc
    .record({
      block: fc.integer({ min: 1, max: 3 }),
      c: fc.integer({ min: 1, max: 2 }),
      h: fc.integer({ min: 1, max: 3 }),
      w: fc.integer({ min: 1, max: 3 }),
      mode: fc.constantFrom("DCR", "CRD"),
      s: seed,
    })
    .map(
      ({ block, c, h, w, mode, s }): Sample =>
        op === "DepthToSpace"
          ? {
              op,
              inputs: [filled("float32", [1, c * block * block, h, w], s)],
              attributes: { blocksize: int(block), mode: text(mode) },
            }
          : { op, inputs: [filled("float32", [1, c, h * block, w * block], s)], attributes: { blocksize: int(block) } },
    );

const gather = shape(1, 3, 4, 1).chain((dims) =>
  fc
    .record({
      dtype: anyType,
      axis: fc.integer({ min: -dims.length, max: dims.length - 1 }),
      at: shape(0, 2),
      s: seed,
      known: fc.boolean(),
      kind: fc.constantFrom<DType>("int64", "int32"),
    })
    .map(
      ({ dtype, axis, at, s, known, kind }): Sample => ({
        op: "Gather",
        inputs: [filled(dtype, dims, s), indices(at, dims[(axis + dims.length) % dims.length]!, s + 1, kind)],
        constants: known ? [1] : [],
        attributes: { axis: int(axis) },
      }),
    ),
);

const gatherElements = shape(1, 3, 4, 1).chain((dims) =>
  fc
    .record({
      axis: fc.integer({ min: 0, max: dims.length - 1 }),
      taken: fc.integer({ min: 1, max: 5 }),
      s: seed,
      known: fc.boolean(),
    })
    .map(
      ({ axis, taken, s, known }): Sample => ({
        op: "GatherElements",
        inputs: [
          filled("float32", dims, s),
          indices(
            dims.map((d, a) => (a === axis ? taken : d)),
            dims[axis]!,
            s + 1,
          ),
        ],
        constants: known ? [1] : [],
        attributes: { axis: int(axis) },
      }),
    ),
);

/** Index vectors: component k below lengths[k]. */
function vectors(outer: readonly number[], lengths: readonly number[], s: number): Tensor {
  const next = random(s);
  const count = elementCount(outer);
  const values = Array.from({ length: count * lengths.length }, (_, i) => {
    const limit = lengths[i % lengths.length]!;
    return BigInt(Math.floor(next() * 2 * limit) - limit);
  });
  return fromBigints("int64", [...outer, lengths.length], values);
}

const gatherND = shape(2, 4, 3, 1).chain((dims) =>
  fc
    .record({ batch: fc.integer({ min: 0, max: 1 }), outer: shape(1, 2, 3), s: seed, known: fc.boolean() })
    .chain(({ batch, outer, s, known }) =>
      fc.integer({ min: 1, max: dims.length - batch }).map(
        (depth): Sample => ({
          op: "GatherND",
          inputs: [
            filled("float32", dims, s),
            vectors([...dims.slice(0, batch), ...outer], dims.slice(batch, batch + depth), s + 1),
          ],
          constants: known ? [1] : [],
          attributes: { batch_dims: int(batch) },
        }),
      ),
    ),
);

const REDUCTIONS = ["none", "add", "mul", "min", "max"];

const scatterND = shape(1, 3, 3, 1).chain((dims) =>
  fc
    .record({
      dtype: fc.constantFrom<DType>("float32", "int64", "int8"),
      depth: fc.integer({ min: 1, max: dims.length }),
      count: fc.integer({ min: 1, max: 4 }),
      reduction: fc.constantFrom(...REDUCTIONS),
      s: seed,
      known: fc.boolean(),
    })
    .map(({ dtype, depth, count, reduction, s, known }): Sample => {
      // Of several updates of one element the last counts, or all do.
      const at = vectors([count], dims.slice(0, depth), s);
      return {
        op: "ScatterND",
        inputs: [
          filled(dtype, dims, s + 1, "small"),
          at,
          filled(dtype, [at.shape[0]!, ...dims.slice(depth)], s + 2, "small"),
        ],
        constants: known ? [1] : [],
        attributes: { reduction: text(reduction) },
      };
    }),
);

const scatterElements = shape(1, 3, 4, 1).chain((dims) =>
  fc
    .record({
      dtype: fc.constantFrom<DType>("float32", "int64", "uint8"),
      axis: fc.integer({ min: 0, max: dims.length - 1 }),
      reduction: fc.constantFrom(...REDUCTIONS),
      s: seed,
      known: fc.boolean(),
      shorter: fc.boolean(),
      count: fc.integer({ min: 1, max: 5 }),
    })
    .map(({ dtype, axis, reduction, s, known, shorter, count }): Sample => {
      const at = dims.map((d, a) => (a === axis ? count : shorter ? Math.max(1, d - 1) : d));
      return {
        op: "ScatterElements",
        inputs: [filled(dtype, dims, s, "small"), indices(at, dims[axis]!, s + 1), filled(dtype, at, s + 2, "small")],
        constants: known ? [1] : [],
        attributes: { axis: int(axis), reduction: text(reduction) },
      };
    }),
);

const oneHot = fc
  .record({ at: shape(0, 2), depth: fc.integer({ min: 1, max: 4 }), s: seed })
  .chain(({ at, depth, s }) =>
    fc.integer({ min: -1, max: at.length }).map(
      (axis): Sample => ({
        op: "OneHot",
        inputs: [indices(at, depth, s), scalar("int64", depth), filled("float32", [2], s + 1)],
        constants: [1],
        attributes: { axis: int(axis) },
      }),
    ),
  );

const cumulative = (op: string): fc.Arbitrary<Sample> =>
  shape(1, 3).chain((dims) =>
    fc
      .record({
        dtype: fc.constantFrom<DType>("float32", "int32", "int64", "float64"),
        axis: fc.integer({ min: -dims.length, max: dims.length - 1 }),
        exclusive: fc.boolean(),
        reverse: fc.boolean(),
        s: seed,
      })
      .map(
        ({ dtype, axis, exclusive, reverse, s }): Sample => ({
          op,
          opset: 26,
          inputs: [filled(dtype, dims, s), scalar("int64", axis)],
          constants: s % 2 === 0 ? [1] : [],
          attributes: { exclusive: int(exclusive ? 1 : 0), reverse: int(reverse ? 1 : 0) },
        }),
      ),
  );

const trilu = shape(2, 3, 4).chain((dims) =>
  fc
    .record({ dtype: anyType, k: fc.integer({ min: -3, max: 3 }), upper: fc.boolean(), known: fc.boolean(), s: seed })
    .map(
      ({ dtype, k, upper, known, s }): Sample => ({
        op: "Trilu",
        inputs: [filled(dtype, dims, s), scalar("int64", k)],
        constants: known ? [1] : [],
        attributes: { upper: int(upper ? 1 : 0) },
      }),
    ),
);

const resize = shape(1, 2, 4, 1).chain((dims) =>
  fc
    .record({
      mode: fc.constantFrom("nearest", "linear", "cubic"),
      transform: fc.constantFrom(
        "half_pixel",
        "asymmetric",
        "align_corners",
        "pytorch_half_pixel",
        "half_pixel_symmetric",
      ),
      rounding: fc.constantFrom("round_prefer_floor", "round_prefer_ceil", "floor", "ceil"),
      sizes: fc.array(fc.integer({ min: 2, max: 8 }), { minLength: dims.length, maxLength: dims.length }),
      exclude: fc.boolean(),
      antialias: fc.boolean(),
      values: fc.constantFrom<Flavour>("plain", "special"),
      s: seed,
    })
    .map(
      ({ mode, transform, rounding, sizes, exclude, antialias, values, s }): Sample => ({
        op: "Resize",
        inputs: [filled("float32", [1, 2, ...dims], s, values), null, null, integers([1, 2, ...sizes])],
        constants: s % 2 === 0 ? [3] : [],
        attributes: {
          mode: text(mode),
          coordinate_transformation_mode: text(transform),
          ...(mode === "nearest" ? { nearest_mode: text(rounding) } : { antialias: int(antialias ? 1 : 0) }),
          ...(mode === "cubic" ? { exclude_outside: int(exclude ? 1 : 0), cubic_coeff_a: float(-0.5) } : {}),
        },
      }),
    ),
);

const range = fc
  .record({
    dtype: fc.constantFrom<DType>("int32", "int64", "float32"),
    start: fc.integer({ min: -5, max: 5 }),
    count: fc.integer({ min: 0, max: 6 }),
    delta: fc.constantFrom(-2, -1, 1, 3),
    known: fc.boolean(),
  })
  .map(
    ({ dtype, start, count, delta, known }): Sample => ({
      op: "Range",
      inputs: [scalar(dtype, start), scalar(dtype, start + count * delta), scalar(dtype, delta)],
      constants: known ? [0, 1, 2] : [],
    }),
  );

/** A literal has no outside: what lies there is the fill. */
const padOne = fc
  .record({ before: fc.integer({ min: 0, max: 2 }), after: fc.integer({ min: 0, max: 2 }), s: seed })
  .map(
    ({ before, after, s }): Sample => ({
      op: "Pad",
      inputs: [filled("float32", [1], s), integers([before, after]), scalar("float32", 5)],
      constants: [0],
    }),
  );

export const LAYOUT_SAMPLES: Samples = {
  Transpose: transpose,
  Slice: slice,
  Concat: concat,
  Split: split,
  Pad: pad,
  "Pad of one known element": padOne,
  Expand: expand,
  Tile: tile,
  DepthToSpace: blocks("DepthToSpace"),
  SpaceToDepth: blocks("SpaceToDepth"),
  Gather: gather,
  GatherElements: gatherElements,
  GatherND: gatherND,
  ScatterND: scatterND,
  ScatterElements: scatterElements,
  OneHot: oneHot,
  CumSum: cumulative("CumSum"),
  CumProd: cumulative("CumProd"),
  Trilu: trilu,
  Resize: resize,
  Range: range,
};
