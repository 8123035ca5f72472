import type { Dim } from "@rdu/ir";
import { elementCount, tensor } from "@rdu/tensor";
import { numbersOf, scalarOf, tensorOf } from "../numeric/numbers.ts";
import { type EvaluateContext, operator } from "../operator.ts";

interface Sample {
  readonly at: readonly number[];
  readonly weights: readonly number[];
}

/** Bilinear reading at a real position; nothing beyond one element outside, nor where the position is no number. */
function sampleAt(y: number, x: number, height: number, width: number): Sample {
  if (!(y >= -1 && y <= height && x >= -1 && x <= width)) return { at: [], weights: [] };
  const [top, left] = [Math.max(0, y), Math.max(0, x)];
  const [y0, x0] = [Math.min(height - 1, Math.floor(top)), Math.min(width - 1, Math.floor(left))];
  const [y1, x1] = [Math.min(height - 1, y0 + 1), Math.min(width - 1, x0 + 1)];
  const [dy, dx] = [y0 === y1 ? 0 : top - y0, x0 === x1 ? 0 : left - x0];
  return {
    at: [y0 * width + x0, y0 * width + x1, y1 * width + x0, y1 * width + x1],
    weights: [(1 - dy) * (1 - dx), (1 - dy) * dx, dy * (1 - dx), dy * dx],
  };
}

/** Of one cell, when their number follows from the size of the region: beyond it the region is a mistake, or not finite. */
const MOST_SAMPLES = 2 ** 16;

/** The image that a region lies in: the chip too cuts a fraction off. */
function imageOf(c: Pick<EvaluateContext, "reject">, given: number, images: number): number {
  const image = Math.trunc(given);
  return image >= 0 && image < images ? image : c.reject(`image ${given} of ${images}`, "E0307");
}

export const roiAlign = operator({
  name: "RoiAlign",
  summary: "regions of an image pooled at interpolated points",
  infer: (c) => [
    [c.shape(1)[0] as Dim, c.shape(0)[1] as Dim, c.attributes.int("output_height"), c.attributes.int("output_width")],
  ],
  evaluate(c) {
    const x = c.tensor(0);
    const [count, channels, height, width] = x.shape as [number, number, number, number];
    const [values, boxes, images] = [numbersOf(x), numbersOf(c.tensor(1)), c.integers(2)];
    const [rows, columns] = [c.attributes.int("output_height"), c.attributes.int("output_width")];
    const scale = c.attributes.float("spatial_scale");
    const shifted = c.version >= 16 && c.attributes.string("coordinate_transformation_mode") === "half_pixel";
    const ratio = c.attributes.int("sampling_ratio");
    const greatest = c.attributes.string("mode") === "max";
    const result = new Float64Array(elementCount(c.shape()));
    images.forEach((given, n) => {
      const image = imageOf(c, given, count);
      const [x1, y1, x2, y2] = [0, 1, 2, 3].map((i) => boxes[n * 4 + i]! * scale - (shifted ? 0.5 : 0)) as [
        number,
        number,
        number,
        number,
      ];
      // Without the shift, malformed regions count as one element.
      const [high, wide] = shifted ? [y2 - y1, x2 - x1] : [Math.max(1, y2 - y1), Math.max(1, x2 - x1)];
      const down = ratio > 0 ? ratio : Math.ceil(high / rows);
      const across = ratio > 0 ? ratio : Math.ceil(wide / columns);
      if (!(down * across <= MOST_SAMPLES)) c.reject(`region ${n} is ${high} by ${wide} elements`, "E0307");
      for (let bin = 0; bin < rows * columns; bin += 1) {
        const [row, column] = [Math.floor(bin / columns), bin % columns];
        const samples = Array.from({ length: Math.max(0, down) * Math.max(0, across) }, (_, i) =>
          sampleAt(
            y1 + ((row + (Math.floor(i / across) + 0.5) / down) * high) / rows,
            x1 + ((column + ((i % across) + 0.5) / across) * wide) / columns,
            height,
            width,
          ),
        );
        for (let channel = 0; channel < channels; channel += 1) {
          const start = (image * channels + channel) * height * width;
          const parts = samples.map(({ at, weights }) =>
            at.length === 0 ? [0] : at.map((place, i) => weights[i]! * values[start + place]!),
          );
          result[(n * channels + channel) * rows * columns + bin] = greatest
            ? parts.flat().reduce((a, b) => Math.max(a, b), parts.length === 0 ? 0 : Number.NEGATIVE_INFINITY)
            : parts.flat().reduce((sum, value) => sum + value, 0) / Math.max(1, samples.length);
        }
      }
    });
    return [tensorOf(x.dtype, c.shape(), result)];
  },
});

/** To the nearest whole number; halfway to the one further from 0, as C rounds and the regions of Fast R-CNN were first cut. */
function roundAwayFromZero(x: number): number {
  return x < 0 ? Math.ceil(x - 0.5) : Math.floor(x + 0.5);
}

export const maxRoiPool = operator({
  name: "MaxRoiPool",
  summary: "the greatest element in each cell of each region",
  infer: (c) => [[c.shape(1)[0] as Dim, c.shape(0)[1] as Dim, ...c.attributes.ints("pooled_shape")]],
  evaluate(c) {
    const x = c.tensor(0);
    const [count, channels, height, width] = x.shape as [number, number, number, number];
    const [values, boxes] = [numbersOf(x), numbersOf(c.tensor(1))];
    const [rows, columns] = c.attributes.ints("pooled_shape") as [number, number];
    const scale = c.attributes.float("spatial_scale");
    const result = new Float64Array(elementCount(c.shape()));
    for (let n = 0; n < c.tensor(1).shape[0]!; n += 1) {
      const image = imageOf(c, boxes[n * 5]!, count);
      const [x1, y1, x2, y2] = [1, 2, 3, 4].map((i) => roundAwayFromZero(boxes[n * 5 + i]! * scale)) as [
        number,
        number,
        number,
        number,
      ];
      const [high, wide] = [Math.max(1, y2 - y1 + 1), Math.max(1, x2 - x1 + 1)];
      for (let bin = 0; bin < rows * columns; bin += 1) {
        const [row, column] = [Math.floor(bin / columns), bin % columns];
        const within = (at: number, most: number): number => Math.min(most, Math.max(0, at));
        const [top, bottom] = [
          within(y1 + Math.floor((row * high) / rows), height),
          within(y1 + Math.ceil(((row + 1) * high) / rows), height),
        ];
        const [left, right] = [
          within(x1 + Math.floor((column * wide) / columns), width),
          within(x1 + Math.ceil(((column + 1) * wide) / columns), width),
        ];
        for (let channel = 0; channel < channels; channel += 1) {
          const start = (image * channels + channel) * height * width;
          let best = bottom > top && right > left ? Number.NEGATIVE_INFINITY : 0;
          for (let y = top; y < bottom; y += 1)
            for (let at = left; at < right; at += 1) best = Math.max(best, values[start + y * width + at]!);
          result[(n * channels + channel) * rows * columns + bin] = best;
        }
      }
    }
    return [tensorOf(x.dtype, c.shape(), result)];
  },
});

type Box = readonly [y1: number, x1: number, y2: number, x2: number];

function overlap(a: Box, b: Box): number {
  const area = ([y1, x1, y2, x2]: Box): number => (y2 - y1) * (x2 - x1);
  const [high, wide] = [Math.min(a[2], b[2]) - Math.max(a[0], b[0]), Math.min(a[3], b[3]) - Math.max(a[1], b[1])];
  const shared = Math.max(0, high) * Math.max(0, wide);
  return shared === 0 ? 0 : shared / (area(a) + area(b) - shared);
}

export const nonMaxSuppression = operator({
  name: "NonMaxSuppression",
  summary: "boxes that do not overlap a better one too much",
  host: "the shape of the result depends on the values",
  infer: () => [[null, 3]],
  evaluate(c) {
    const [boxes, scores] = [numbersOf(c.tensor(0)), numbersOf(c.tensor(1))];
    const [batches, classes, count] = c.tensor(1).shape as [number, number, number];
    const most = c.has(2) ? c.integers(2)[0]! : 0;
    const threshold = c.has(3) ? scalarOf(c.tensor(3)) : 0;
    const least = c.has(4) ? scalarOf(c.tensor(4)) : Number.NEGATIVE_INFINITY;
    const centred = c.attributes.int("center_point_box") !== 0;
    const boxOf = (batch: number, at: number): Box => {
      const [a, b, d, e] = [0, 1, 2, 3].map((i) => boxes[(batch * count + at) * 4 + i]!) as [
        number,
        number,
        number,
        number,
      ];
      if (centred) return [b - e / 2, a - d / 2, b + e / 2, a + d / 2];
      return [Math.min(a, d), Math.min(b, e), Math.max(a, d), Math.max(b, e)];
    };
    const chosen: number[] = [];
    for (let batch = 0; batch < batches; batch += 1)
      for (let kind = 0; kind < classes; kind += 1) {
        const score = (at: number): number => scores[(batch * classes + kind) * count + at]!;
        const order = Array.from({ length: count }, (_, at) => at).filter((at) => score(at) > least || !c.has(4));
        order.sort((a, b) => score(b) - score(a) || a - b);
        const kept: number[] = [];
        for (const at of order) {
          if (kept.length >= most) break;
          if (kept.every((other) => overlap(boxOf(batch, at), boxOf(batch, other)) <= threshold)) kept.push(at);
        }
        for (const at of kept) chosen.push(batch, kind, at);
      }
    return [tensor("int64", [chosen.length / 3, 3], BigInt64Array.from(chosen, BigInt))];
  },
});
