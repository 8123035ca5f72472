import type { Dim } from "@rdu/ir";
import { allocate, elementCount, isWide, roundTiesToEven, tensor } from "@rdu/tensor";
import { takeElements } from "../numeric/copy.ts";
import { type BigintArray, bigintsOf, numbersOf, tensorOf } from "../numeric/numbers.ts";
import { saturated } from "../numeric/saturate.ts";
import { eachIndex, span } from "../numeric/walk.ts";
import { type EvaluateContext, operator } from "../operator.ts";
import { addPerChannel, kernelOf } from "../window/convolution.ts";
import { listOf } from "../window/window.ts";

/** Reads one channel at whole coordinates, padding as the mode says. */
type Pixel = (at: readonly number[]) => number;

/** A position from -1 to 1 in elements: the extremes are centres of the corner elements, or their outer edges. */
function denormalized(x: number, extent: number, aligned: boolean): number {
  return aligned ? ((x + 1) / 2) * (extent - 1) : ((x + 1) * extent - 1) / 2;
}

/** Mirrored into [low, high] again and again. */
function reflectedBetween(x: number, low: number, high: number): number {
  const width = high - low;
  if (width === 0) return low;
  const distance = Math.abs(x - low) % (2 * width);
  return low + (distance > width ? 2 * width - distance : distance);
}

/** Keys' cubic weights of the four elements around a fraction; a = -0.75 as in PyTorch. */
function cubicWeights(t: number): readonly number[] {
  const a = -0.75;
  const near = (d: number): number => ((a + 2) * d - (a + 3)) * d * d + 1;
  const far = (d: number): number => ((a * d - 5 * a) * d + 8 * a) * d - 4 * a;
  return [far(t + 1), near(t), near(1 - t), far(2 - t)];
}

/** Interpolates at real coordinates, axis after axis. */
function interpolate(mode: string, at: readonly number[], pixel: Pixel): number {
  const whole = at.map((x) => (mode === "nearest" ? roundTiesToEven(x) : Math.floor(x)));
  if (mode === "nearest") return pixel(whole);
  const cubic = mode === "cubic";
  const taps = at.map((x, axis) => {
    const t = x - whole[axis]!;
    const weights = cubic ? cubicWeights(t) : [1 - t, t];
    return weights.map((weight, i) => [whole[axis]! + i - (cubic ? 1 : 0), weight] as const);
  });
  let sum = 0;
  eachIndex(
    taps.map(({ length }) => length),
    (index) => {
      let weight = 1;
      const place = index.map((tap, axis) => {
        const [coordinate, own] = taps[axis]![tap]!;
        weight *= own;
        return coordinate;
      });
      if (weight !== 0) sum += weight * pixel(place);
    },
  );
  return sum;
}

/** The channel of `values` that starts at `start`, zero outside. */
function zeroPadded(values: ArrayLike<number>, start: number, extents: readonly number[]): Pixel {
  return (at) => {
    let offset = 0;
    for (let axis = 0; axis < extents.length; axis += 1) {
      const x = at[axis]!;
      if (x < 0 || x >= extents[axis]!) return 0;
      offset = offset * extents[axis]! + x;
    }
    return values[start + offset]!;
  };
}

export const gridSample = operator({
  name: "GridSample",
  summary: "the operand interpolated at the positions of a grid",
  infer(c) {
    const [x, grid] = [c.shape(0), c.shape(1)];
    return [[x[0] as Dim, x[1] as Dim, ...grid.slice(1, -1)]];
  },
  evaluate(c) {
    const [x, grid] = [c.tensor(0), c.tensor(1)];
    const extents = x.shape.slice(2);
    const [batch, channels, rank] = [x.shape[0]!, x.shape[1]!, extents.length];
    const given = c.attributes.string("mode");
    const mode = given === "bilinear" ? "linear" : given === "bicubic" ? "cubic" : given;
    const aligned = c.attributes.int("align_corners") !== 0;
    const padding = c.attributes.string("padding_mode");
    // The nearest element is copied, whatever it is: found by its number, counted from 1 as outside is 0.
    const numbers = Float64Array.from({ length: mode === "nearest" ? elementCount(x.shape) : 0 }, (_, i) => i + 1);
    const [values, positions] = [mode === "nearest" ? numbers : numbersOf(x), numbersOf(grid)];
    const [area, places] = [span(extents, 0), span(grid.shape, 1, grid.shape.length - 1)];
    const y = new Float64Array(elementCount(c.shape()));
    const inside = (at: number, axis: number): number => {
      const extent = extents[axis]!;
      if (padding === "border") return Math.min(extent - 1, Math.max(0, at));
      if (padding !== "reflection") return at;
      const mirrored = aligned ? reflectedBetween(at, 0, extent - 1) : reflectedBetween(at, -0.5, extent - 0.5);
      return Math.min(extent - 1, Math.max(0, mirrored));
    };
    // Nothing is nearest to a position that is NaN: it lies outside, or at the first element where nothing does (as in ONNX Runtime).
    const nowhere = padding === "zeros" ? -1 : 0;
    const settled = (at: number, axis: number): number => {
      const place = inside(at, axis);
      return mode === "nearest" && Number.isNaN(place) ? nowhere : place;
    };
    for (let n = 0; n < batch; n += 1)
      for (let place = 0; place < places; place += 1) {
        // The grid names the last axis first.
        const real = extents.map((extent, axis) =>
          denormalized(positions[(n * places + place) * rank + rank - 1 - axis]!, extent, aligned),
        );
        // Positions are brought inside before linear and nearest reads, single taps for cubic ones.
        const at = mode === "cubic" ? real : real.map(settled);
        for (let channel = 0; channel < channels; channel += 1) {
          const plain = zeroPadded(values, (n * channels + channel) * area, extents);
          const pixel: Pixel =
            mode === "cubic" ? (tap) => plain(tap.map((v, axis) => roundTiesToEven(inside(v, axis)))) : plain;
          y[(n * channels + channel) * places + place] = interpolate(mode, at, pixel);
        }
      }
    if (mode === "nearest")
      return [
        takeElements(
          x,
          c.shape(),
          y.map((number) => number - 1),
        ),
      ];
    // Cubic weights reach beyond the elements they mix: integers stop at the ends of their range.
    return [
      tensorOf(
        x.dtype,
        c.shape(),
        y.map((value) => saturated(x.dtype, value)),
      ),
    ];
  },
});

export const affineGrid = operator({
  name: "AffineGrid",
  summary: "a sampling grid turned by an affine matrix",
  shapeInputs: [1],
  infer(c) {
    const [theta, size] = [c.shape(0), c.lengths(1)];
    const rank = typeof theta[1] === "number" ? theta[1] : null;
    if (size === undefined) return [rank === null ? null : [theta[0] as Dim, ...new Array<Dim>(rank).fill(null), rank]];
    return [[size[0]!, ...size.slice(2), size.length - 2]];
  },
  evaluate(c) {
    const theta = c.tensor(0);
    const matrix = numbersOf(theta);
    const shape = c.shape();
    const extents = shape.slice(1, -1);
    const rank = extents.length;
    const aligned = c.attributes.int("align_corners") !== 0;
    const y = new Float64Array(elementCount(shape));
    eachIndex(shape.slice(0, -1), (index, ordinal) => {
      // Homogeneous position, last axis first.
      const position = extents.map((extent, axis) => {
        const i = index[axis + 1]!;
        return aligned ? (extent === 1 ? -1 : (2 * i) / (extent - 1) - 1) : (2 * i + 1) / extent - 1;
      });
      position.reverse();
      for (let row = 0; row < rank; row += 1) {
        const start = (index[0]! * rank + row) * (rank + 1);
        let sum = matrix[start + rank]!;
        for (let k = 0; k < rank; k += 1) sum += matrix[start + k]! * position[k]!;
        y[ordinal * rank + row] = sum;
      }
    });
    return [tensorOf(theta.dtype, shape, y)];
  },
});

export const deformConv = operator({
  name: "DeformConv",
  summary: "convolution whose taps are displaced by an operand",
  infer: (c) => [[c.shape(0)[0] as Dim, c.shape(1)[0] as Dim, ...c.shape(2).slice(2)]],
  evaluate(c) {
    const [x, w, offset] = [c.tensor(0), c.tensor(1), c.tensor(2)];
    const shape = c.shape();
    const [batch, channels, ...extents] = x.shape as [number, number, ...number[]];
    const kernel = kernelOf(c, w.shape);
    const taps = span(kernel, 0);
    const [filters, depth] = w.shape as [number, number];
    const sums = new Float64Array(elementCount(shape));
    const sampled = sampleOf(c, extents, kernel);
    const weights = numbersOf(w);
    const places = span(shape, 2);
    for (let n = 0; n < batch; n += 1)
      for (let place = 0; place < places; place += 1)
        for (let channel = 0; channel < channels; channel += 1)
          for (let tap = 0; tap < taps; tap += 1) {
            const value = sampled(n, channel, tap, place);
            const group = Math.floor(channel / depth);
            const perGroup = filters / c.attributes.int("group");
            for (let f = group * perGroup; f < (group + 1) * perGroup; f += 1)
              sums[(n * filters + f) * places + place]! +=
                weights[(f * depth + (channel % depth)) * taps + tap]! * value;
          }
    const bias = c.optional(3);
    if (bias !== undefined) addPerChannel(sums, filters, numbersOf(bias), batch);
    return [tensorOf(offset.dtype, shape, sums)];
  },
});

/** What a tap of DeformConv sees: the operand interpolated where the displaced tap lies, times its mask. */
function sampleOf(c: EvaluateContext, extents: readonly number[], kernel: readonly number[]) {
  const [x, offset] = [c.tensor(0), c.tensor(2)];
  const places = offset.shape.slice(2);
  const rank = extents.length;
  const groups = c.attributes.int("offset_group");
  const [strides, dilations] = [listOf(c, "strides", rank, 1), listOf(c, "dilations", rank, 1)];
  const pads = c.attributes.ints("pads", new Array<number>(2 * rank).fill(0));
  const [values, moves] = [numbersOf(x), numbersOf(offset)];
  const mask = c.has(4) ? numbersOf(c.tensor(4)) : undefined;
  const [taps, count, channels] = [span(kernel, 0), span(places, 0), x.shape[1]!];
  return (n: number, channel: number, tap: number, place: number): number => {
    const group = Math.floor(channel / (channels / groups));
    let [restTap, restPlace] = [tap, place];
    const at = new Array<number>(rank);
    for (let axis = rank - 1; axis >= 0; axis -= 1) {
      const move = moves[(((n * groups + group) * taps + tap) * rank + axis) * count + place]!;
      at[axis] =
        (restPlace % places[axis]!) * strides[axis]! +
        (restTap % kernel[axis]!) * dilations[axis]! -
        pads[axis]! +
        move;
      restTap = Math.floor(restTap / kernel[axis]!);
      restPlace = Math.floor(restPlace / places[axis]!);
    }
    const pixel = zeroPadded(values, (n * channels + channel) * span(extents, 0), extents);
    return interpolate("linear", at, pixel) * (mask?.[((n * groups + group) * taps + tap) * count + place] ?? 1);
  };
}

export const col2Im = operator({
  name: "Col2Im",
  summary: "overlapping blocks added back into an image",
  shapeInputs: [1, 2],
  infer(c) {
    const [n, rows] = c.shape(0) as [Dim, Dim];
    const [image, block] = [c.lengths(1), c.lengths(2)];
    if (image === undefined || block === undefined) return [null];
    return [[n, typeof rows === "number" ? rows / span(block, 0) : null, ...image]];
  },
  evaluate(c) {
    const x = c.tensor(0);
    const [image, block] = [c.integers(1), c.integers(2)];
    const rank = image.length;
    const [strides, dilations] = [listOf(c, "strides", rank, 1), listOf(c, "dilations", rank, 1)];
    const pads = c.attributes.ints("pads", new Array<number>(2 * rank).fill(0));
    const places = image.map((extent, axis) =>
      Math.floor(
        (extent + pads[axis]! + pads[rank + axis]! - (block[axis]! - 1) * dilations[axis]! - 1) / strides[axis]! + 1,
      ),
    );
    const [taps, area, count] = [span(block, 0), span(image, 0), span(places, 0)];
    const length = elementCount(c.shape());
    const images = length / area;
    // Pairs of an element of the result and one that is added to it.
    const each = (add: (target: number, from: number) => void): void =>
      eachIndex(block, (tap, tapNumber) =>
        eachIndex(places, (place, placeNumber) => {
          let target = 0;
          for (let axis = 0; axis < rank && target >= 0; axis += 1) {
            const at = place[axis]! * strides[axis]! + tap[axis]! * dilations[axis]! - pads[axis]!;
            target = at < 0 || at >= image[axis]! ? -1 : target * image[axis]! + at;
          }
          if (target < 0) return;
          for (let i = 0; i < images; i += 1) add(i * area + target, (i * taps + tapNumber) * count + placeNumber);
        }),
      );
    if (isWide(x.dtype)) {
      const [values, sums] = [bigintsOf(x), allocate(x.dtype, length) as BigintArray];
      each((target, from) => {
        sums[target]! += values[from]!;
      });
      return [tensor(x.dtype, c.shape(), sums)];
    }
    const [values, sums] = [numbersOf(x), new Float64Array(length)];
    each((target, from) => {
      sums[target]! += values[from]!;
    });
    return [tensorOf(x.dtype, c.shape(), sums)];
  },
});
