import { elementAt } from "@rdu/diagnostics";
import { elementCount } from "@rdu/tensor";
import type { Decompose } from "./decompose.ts";
import { form, type Index } from "./index-form.ts";
import { widened } from "./lane-types.ts";
import type { NodeBuilder } from "./node-builder.ts";
import { literal, type PatternWriter, type Scalar, type TensorRef } from "./pattern-writer.ts";

/** Comparisons beyond which folding whole rows and columns for every cell is left to the host. */
const MOST_COMPARISONS = 2 ** 30;

const wide = (value: number): Scalar => literal(value, "float64");

/** Positions are compared in single precision, which holds all below this. */
const MOST_LENGTH = 2 ** 24;

/** Where the cells of each region begin and end along one axis; no numbers where that is not known. */
interface Edges {
  readonly first: TensorRef;
  readonly behind: TensorRef;
}

/**
 * The greatest element in each cell of each region: along the rows first, then along the columns, every position of the axis being compared
 * with the edges of the cell. Cells without elements give 0; a region of an image that is not there stops the run.
 */
const maxRoiPool: Decompose = (b) => {
  const [x, regions, target] = [b.input(0), b.input(1), b.output()];
  const [, channels = 1, height = 1, width = 1] = x.shape;
  const [count = 1, , rows = 1, columns = 1] = target.shape;
  if (
    Math.max(height, width) > MOST_LENGTH ||
    count * channels * rows * height * width + elementCount(target.shape) * width > MOST_COMPARISONS
  )
    return { host: "its regions would have to search too many elements" };
  const down = edgesOf(b, regions, "down", [2, 4], rows, height);
  const along = edgesOf(b, regions, "along", [1, 3], columns, width);
  const lanes = widened(x.dtype);
  const none = literal(Number.NEGATIVE_INFINITY, lanes);
  const strips = b.fresh("strips", lanes, [count, channels, rows, width]);
  b.pattern((p) => {
    const [r = 0, c = 0, row = 0, at = 0] = p.parallelOver(strips.shape, "rcyx");
    const y = p.reduceLoop("from", height);
    const image = p.gathered(p.convert(p.widen(p.read(regions, [r, 0])), "int32"));
    const element = p.widen(p.read(x, [image, c, y, at]));
    const hit = inside(p, y, p.read(down.first, [r, row]), p.read(down.behind, [r, row]));
    p.give(p.fold("max", p.select(hit, element, none)), strips, [r, c, row, at]);
  });
  b.pattern((p) => {
    const [r = 0, c = 0, row = 0, column = 0] = p.parallelOver(target.shape, "rcyx");
    const at = p.reduceLoop("from", width);
    const hit = inside(p, at, p.read(along.first, [r, column]), p.read(along.behind, [r, column]));
    const best = p.fold("max", p.select(hit, p.read(strips, [r, c, row, at]), none));
    const filled = p.apply(
      "and",
      p.test("gt", p.read(down.behind, [r, row]), p.read(down.first, [r, row])),
      p.test("gt", p.read(along.behind, [r, column]), p.read(along.first, [r, column])),
    );
    p.give(p.convert(p.select(filled, best, literal(0, lanes)), target.dtype), target, [r, c, row, column]);
  });
  return undefined;
};

function inside(p: PatternWriter, place: Index, first: Scalar, behind: Scalar): Scalar {
  const at = p.convert(p.position(place), "float32");
  return p.apply("and", p.test("ge", at, first), p.test("lt", at, behind));
}

/**
 * Cells of equal parts of the region, each grown to whole positions and cut to the image; in double precision, which holds the corners of
 * regions far beyond the image. An edge that is no number leaves its cell without elements.
 */
function edgesOf(
  b: NodeBuilder,
  regions: TensorRef,
  name: string,
  [low, high]: readonly [number, number],
  cells: number,
  length: number,
): Edges {
  const shape = [elementAt(regions.shape, 0), cells];
  const [first, behind] = [b.fresh(`${name}.first`, "float32", shape), b.fresh(`${name}.behind`, "float32", shape)];
  const scale = b.attributes.float("spatial_scale", 1);
  b.pattern((p) => {
    const [r = 0, cell = 0] = p.parallelOver(shape, "rk");
    const corner = (column: number): Scalar => {
      const given = p.convert(p.widen(p.read(regions, [r, column])), "float64");
      const scaled = p.apply("mul", given, wide(scale));
      // Halfway goes away from 0.
      const [up, down] = [
        p.apply("floor", p.apply("add", scaled, wide(0.5))),
        p.apply("ceil", p.apply("sub", scaled, wide(0.5))),
      ];
      return p.select(p.test("lt", scaled, wide(0)), down, up);
    };
    const [start, end] = [corner(low), corner(high)];
    const extent = p.apply("max", p.apply("add", p.apply("sub", end, start), wide(1)), wide(1));
    const edge = (rounding: "floor" | "ceil", before: number): Scalar => {
      const cellsBefore = p.convert(p.position({ ...form(cell), constant: form(cell).constant + before }), "float64");
      const part = p.apply(rounding, p.apply("div", p.apply("mul", cellsBefore, extent), wide(cells)));
      return p.convert(p.apply("min", p.apply("max", p.apply("add", start, part), wide(0)), wide(length)), "float32");
    };
    p.give(edge("floor", 0), first, [r, cell]);
    p.give(edge("ceil", 1), behind, [r, cell]);
  });
  return { first, behind };
}

export const REGION_POOLS: Readonly<Record<string, Decompose>> = { MaxRoiPool: maxRoiPool };
