import type { DType } from "@rdu/tensor";
import fc from "fast-check";
import { affine, counter, domain, program, type SectionCase, scalar, sectionBuilder } from "../section-builder.ts";
import { range } from "./fold.ts";
import { depth, dtypes, lanes, laneTypeOf, seed, valuesFor } from "./values.ts";
import { whole } from "./whole-tensor.ts";

/** y[i,j] = t[index[i], j], or y[j] = t[index[j]] lane by lane; indices out of range are clipped to the fill value. */
export const gatherSection: fc.Arbitrary<SectionCase> = fc
  .record({
    entries: fc.integer({ min: 1, max: 9 }),
    width: fc.integer({ min: 1, max: 20 }),
    count: fc.integer({ min: 1, max: 11 }),
    lanes,
    depth,
    seed,
    perLane: fc.boolean(),
    clip: fc.boolean(),
    dtype: dtypes,
    index: fc.constantFrom<DType>("int32", "int64"),
    byLoad: fc.boolean(),
  })
  .map((p) => {
    const build = sectionBuilder(p.depth);
    const width = p.perLane ? 1 : p.width;
    const table = valuesFor(p.dtype, p.entries * width, p.seed);
    const whichever = range(p.count).map(
      (i) => ((p.seed + i * 7919) % (p.entries + (p.clip ? 3 : 0))) - (p.clip ? 1 : 0),
    );
    build.input("t", p.dtype, table);
    build.input(
      "i",
      p.index,
      whichever.map((value) => (p.index === "int64" ? BigInt(value) : value)),
    );
    const chain = p.perLane
      ? domain([counter(p.count, p.lanes)], 0, 0)
      : domain([counter(p.count), counter(width, p.lanes)], 1, 1);
    const indices = whole(build, "i", p.index, p.count, p.lanes, [
      p.perLane ? program(chain, affine([1], 1)) : program(scalar(chain), affine([1, 0], 0)),
    ]);
    const fill = laneTypeOf(p.dtype).endsWith("64") && laneTypeOf(p.dtype) !== "f64" ? 1n : 1;
    const read = program(chain, p.perLane ? affine([0], 0) : affine([0, 1], 1), {
      fill,
      index: { stride: width, bound: p.entries, perLane: p.perLane, clip: p.clip },
    });
    const [gathered] = p.byLoad
      ? [build.load("t.load", "t", read, indices[0])]
      : whole(build, "t", p.dtype, table.length, p.lanes, [read], indices);
    const expected = whichever.flatMap((entry) =>
      range(width).map((j) => (entry < 0 || entry >= p.entries ? fill : (table[entry * width + j] ?? 0))),
    );
    build.output("y", p.dtype, expected.length, expected);
    if (gathered !== undefined) {
      build.store("y.store", "y", program(chain, p.perLane ? affine([1], 1) : affine([width, 1], 1)), gathered);
    }
    return build.build(`gather ${p.perLane ? "by lanes" : "of rows"}`);
  });
