import { type DType, fromBigints } from "@rdu/tensor";
import * as fc from "fast-check";
import { filled, float, fromSeed, int, integers, ints, type Sample, scalar, seed, shape, text } from "./sample.ts";

type Samples = Readonly<Record<string, fc.Arbitrary<Sample>>>;

const small = fc.integer({ min: 1, max: 4 });
const anyType = fc.constantFrom<DType>("float32", "int64", "uint8", "float16");

const affineGrid = fc.record({ size: shape(2, 3, 4, 1), n: small, corners: fc.boolean(), s: seed }).map(
  ({ size, n, corners, s }): Sample => ({
    op: "AffineGrid",
    inputs: [filled("float32", [n, size.length, size.length + 1], s), integers([n, 2, ...size])],
    constants: [1],
    attributes: { align_corners: int(corners ? 1 : 0) },
  }),
);

const roiAlign = fc
  .record({
    mode: fc.constantFrom("avg", "max"),
    grid: fc.constantFrom(0, 1, 2),
    half: fc.boolean(),
    rois: small,
    s: seed,
  })
  .map(
    ({ mode, grid, half, rois, s }): Sample => ({
      op: "RoiAlign",
      inputs: [
        filled("float32", [2, 2, 6, 5], s),
        // Corners in order: x1, y1 before x2, y2.
        fromSeed("float32", [rois, 4], s + 1, (value, i) => (i % 4 < 2 ? 2 * value : 2.5 + 2.5 * value)),
        fromSeed("int64", [rois], s + 2, (value) => Math.floor(2 * value)),
      ],
      constants: grid === 0 ? [1] : [],
      attributes: {
        mode: text(mode),
        sampling_ratio: int(grid === 0 ? 2 : grid),
        output_height: int(2),
        output_width: int(3),
        spatial_scale: float(1),
        coordinate_transformation_mode: text(half ? "half_pixel" : "output_half_pixel"),
      },
    }),
  );

const deformConv = fc
  .record({
    mask: fc.boolean(),
    bias: fc.boolean(),
    groups: fc.constantFrom(1, 2),
    stride: fc.constantFrom(1, 2),
    s: seed,
  })
  .map(({ mask, bias, groups, stride, s }): Sample => {
    const out = Math.floor((5 - 2) / stride) + 1;
    return {
      op: "DeformConv",
      // Positive, so that sums do not cancel: what is left of them would be rounding alone.
      inputs: [
        filled("float32", [1, 2, 5, 5], s, "positive"),
        filled("float32", [2, 2, 2, 2], s + 1, "positive"),
        filled("float32", [1, groups * 8, out, out], s + 2, "unit"),
        bias ? filled("float32", [2], s + 3, "positive") : null,
        mask ? filled("float32", [1, groups * 4, out, out], s + 4, "positive") : null,
      ],
      attributes: { offset_group: int(groups), strides: ints([stride, stride]), kernel_shape: ints([2, 2]) },
    };
  });

const upsample = fc
  .record({
    mode: fc.constantFrom("nearest", "linear"),
    x: fc.constantFrom(1, 2, 3),
    y: fc.constantFrom(1, 2),
    s: seed,
  })
  .map(
    ({ mode, x, y, s }): Sample => ({
      op: "Upsample",
      opset: 9,
      inputs: [
        filled("float32", [1, 2, 3, 2], s),
        fromSeed("float32", [4], s, (_, i) => [1, 1, y, x][i] ?? Number.NaN),
      ],
      constants: [1],
      attributes: { mode: text(mode) },
    }),
  );

const centerCropPad = fc
  .record({
    dtype: anyType,
    dims: shape(2, 3, 6),
    to: fc.array(fc.integer({ min: 0, max: 7 }), { minLength: 2, maxLength: 2 }),
    s: seed,
  })
  .map(
    ({ dtype, dims, to, s }): Sample => ({
      op: "CenterCropPad",
      inputs: [filled(dtype, dims, s), integers(to)],
      constants: [1],
      attributes: { axes: ints([-1, 0]) },
    }),
  );

const scatter = fc.record({ dtype: anyType, axis: fc.constantFrom(0, 1, -1), s: seed }).map(
  ({ dtype, axis, s }): Sample => ({
    op: "Scatter",
    opset: 9,
    // One update a row and column, so that no place is written twice.
    inputs: [
      filled(dtype, [3, 4], s),
      fromSeed("int64", axis === 0 ? [1, 4] : [3, 1], s + 1, (value) => Math.floor(3 * value)),
      filled(dtype, axis === 0 ? [1, 4] : [3, 1], s + 2),
    ],
    attributes: { axis: int(axis) },
  }),
);

const tensorScatter = fc
  .record({ steps: fc.integer({ min: 1, max: 3 }), circular: fc.boolean(), given: fc.boolean(), s: seed })
  .map(
    ({ steps, circular, given, s }): Sample => ({
      op: "TensorScatter",
      inputs: [
        filled("float32", [2, 2, 5, 3], s),
        filled("float32", [2, 2, steps, 3], s + 1),
        ...(given ? [fromSeed("int64", [2], s + 2, (value) => Math.floor((circular ? 5 : 6 - steps) * value))] : []),
      ],
      attributes: { mode: text(circular ? "circular" : "linear") },
    }),
  );

const reverseSequence = fc.record({ dtype: anyType, time: fc.constantFrom(0, 1), s: seed }).map(
  ({ dtype, time, s }): Sample => ({
    op: "ReverseSequence",
    inputs: [filled(dtype, [4, 4, 2], s), fromBigints("int64", [4], [1n, 4n, BigInt(1 + (s % 4)), 2n])],
    attributes: { time_axis: int(time), batch_axis: int(1 - time) },
  }),
);

const stft = fc
  .record({
    length: fc.integer({ min: 4, max: 12 }),
    frame: fc.integer({ min: 2, max: 4 }),
    step: small,
    window: fc.boolean(),
    onesided: fc.boolean(),
    s: seed,
  })
  .map(
    ({ length, frame, step, window, onesided, s }): Sample => ({
      op: "STFT",
      inputs: [
        filled("float32", [2, length, 1], s),
        scalar("int64", step),
        window ? filled("float32", [frame], s + 1) : null,
        scalar("int64", frame),
      ],
      constants: [1, 3],
      attributes: { onesided: int(onesided ? 1 : 0) },
    }),
  );

const window = (op: string): fc.Arbitrary<Sample> =>
  fc.record({ size: fc.integer({ min: 1, max: 12 }), periodic: fc.boolean() }).map(
    ({ size, periodic }): Sample => ({
      op,
      inputs: [scalar("int64", size)],
      constants: [0],
      attributes: { periodic: int(periodic ? 1 : 0) },
    }),
  );

export const VISION_SAMPLES: Samples = {
  AffineGrid: affineGrid,
  RoiAlign: roiAlign,
  DeformConv: deformConv,
  Upsample: upsample,
  CenterCropPad: centerCropPad,
  Scatter: scatter,
  TensorScatter: tensorScatter,
  ReverseSequence: reverseSequence,
  STFT: stft,
  HannWindow: window("HannWindow"),
  HammingWindow: window("HammingWindow"),
  BlackmanWindow: window("BlackmanWindow"),
};
