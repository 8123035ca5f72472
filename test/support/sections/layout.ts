import type { LaneValue } from "@rdu/arithmetic";
import fc from "fast-check";
import { affine, counter, domain, program, type SectionCase, sectionBuilder, wholeTensor } from "../section-builder.ts";
import { depth, dtypes, lanes, laneTypeOf, seed, valuesFor } from "./values.ts";

/** z = transposed (x beside y, padded): two writers into one memory, read along the other axis behind guards; border of the store kept. */
export const layoutSection: fc.Arbitrary<SectionCase> = fc
  .record({
    rows: fc.integer({ min: 1, max: 6 }),
    left: fc.integer({ min: 1, max: 9 }),
    right: fc.integer({ min: 1, max: 9 }),
    lanes,
    depth,
    seed,
    pad: fc.integer({ min: 0, max: 3 }),
    dtype: dtypes,
    initial: fc.boolean(),
  })
  .map((p) => {
    const build = sectionBuilder(p.depth);
    const type = laneTypeOf(p.dtype);
    const one = type === "i64" || type === "u64" ? 1n : 1;
    const x = valuesFor(p.dtype, p.rows * p.left, p.seed);
    const y = valuesFor(p.dtype, p.rows * p.right, p.seed + 1);
    const columns = p.left + p.right;
    build.input("x", p.dtype, x);
    build.input("y", p.dtype, y);
    const writer = (name: string, width: number, base: number) => {
      const chain = domain([counter(p.rows), counter(width, p.lanes)], 1, 1);
      const source = build.load(`${name}.load`, name, program(chain, affine([width, 1], 1)));
      return [program(chain, affine([columns, 1], 1, base)), source] as const;
    };
    const tall = p.rows + 2 * p.pad;
    const chain = domain([counter(columns), counter(tall, p.lanes)], 1, 1);
    const guard = { form: affine([0, 1], 1, -p.pad), bound: p.rows };
    const [result] = build.memory(
      "joined",
      p.dtype,
      { elements: p.rows * columns, ...(p.initial ? { initial: one } : {}) },
      p.initial ? [writer("x", p.left, 0)] : [writer("x", p.left, 0), writer("y", p.right, p.left)],
      [program(chain, affine([1, columns], columns, -p.pad * columns), { guards: [guard], fill: one })],
      [wholeTensor(0, 0, p.rows), ...(p.initial ? [] : [wholeTensor(1, 0, p.rows)])],
    );
    const expected: LaneValue[] = [];
    for (let j = 0; j < columns; j += 1) {
      for (let i = -p.pad; i < p.rows + p.pad; i += 1) {
        if (i < 0 || i >= p.rows) expected.push(one);
        else if (j < p.left) expected.push(x[i * p.left + j] ?? 0);
        else expected.push(p.initial ? one : (y[i * p.right + j - p.left] ?? 0));
      }
      expected.push(one);
    }
    build.output("z", p.dtype, expected.length, expected);
    if (result !== undefined) build.store("z.store", "z", program(chain, affine([tall + 1, 1], 1)), result, one);
    return build.build("layout");
  });
