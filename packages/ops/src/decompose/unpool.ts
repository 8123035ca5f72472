import { elementCount, tensor } from "@rdu/tensor";
import type { Decompose } from "./decompose.ts";
import { flatten } from "./index-form.ts";
import { literal } from "./pattern-writer.ts";

/** Comparisons beyond which a search of every element among the maxima of its channel is left to the host. */
const MOST_COMPARISONS = 2 ** 30;

/**
 * Every element of the result searches the maxima of its channel for the last one whose index is its place; without one it is 0. Indices count
 * in the shape that the pooling had, which may be smaller than that of the result. One that lies in another channel, as no pooling gives it,
 * stops the run.
 */
const maxUnpool: Decompose = (b) => {
  const [x, indices, target] = [b.input(0), b.input(1), b.output()];
  const kernel = b.attributes.ints("kernel_shape");
  const strides = b.attributes.has("strides") ? b.attributes.ints("strides") : kernel.map(() => 1);
  const pads = b.attributes.has("pads") ? b.attributes.ints("pads") : new Array<number>(2 * kernel.length).fill(0);
  const own = kernel.map((size, axis) => {
    const around = pads[axis]! + pads[kernel.length + axis]!;
    return (x.shape[axis + 2]! - 1) * strides[axis]! + size - around;
  });
  const [batch = 1, channels = 1] = x.shape;
  const [maxima, plane] = [elementCount(x.shape.slice(2)), elementCount(own)];
  if (elementCount(target.shape) * maxima > MOST_COMPARISONS) return { host: "there are too many maxima to search" };
  if (plane === 0) return { host: "a pooled shape without elements has no places" };
  const given = b.reshaped(indices, "indices", [batch, channels, maxima]);
  const places = b.table(
    "places",
    tensor(
      "int32",
      [plane],
      Int32Array.from({ length: plane }, (_, i) => i),
    ),
  );
  const place = b.fresh("place", "int32", given.shape);
  b.pattern((p) => {
    const [n = 0, c = 0, t = 0] = p.parallelOver(given.shape, "nct");
    const first = p.apply(
      "mul",
      p.convert(p.position(flatten([n, c], [batch, channels])), "int64"),
      literal(plane, "int64"),
    );
    const within = p.apply("sub", p.convert(p.read(given, [n, c, t]), "int64"), first);
    const bounded = p.apply("min", p.apply("max", within, literal(-1, "int64")), literal(plane, "int64"));
    p.give(p.read(places, [p.gathered(p.convert(bounded, "int32"))]), place, [n, c, t]);
  });
  const last = b.fresh("last", "int32", target.shape);
  b.pattern((p) => {
    const [n = 0, c = 0, ...at] = p.parallelOver(target.shape);
    const t = p.reduceLoop("t", maxima);
    let hit = p.test("eq", p.read(place, [n, c, t]), p.position(flatten(at, own)));
    at.forEach((i, axis) => {
      if (target.shape[axis + 2]! > own[axis]!)
        hit = p.apply("and", hit, p.test("lt", p.position(i), literal(own[axis]!, "int32")));
    });
    p.give(p.fold("max", p.select(hit, p.position(t), literal(-1, "int32"))), last, [n, c, ...at]);
  });
  const flat = b.reshaped(x, "maxima", [batch, channels, maxima]);
  b.pattern((p) => {
    const [n = 0, c = 0, ...at] = p.parallelOver(target.shape);
    p.give(p.read(flat, [n, c, p.gathered(p.read(last, [n, c, ...at]))], 0), target, [n, c, ...at]);
  });
  return undefined;
};

export const UNPOOLINGS: Readonly<Record<string, Decompose>> = { MaxUnpool: maxUnpool };
