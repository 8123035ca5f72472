import type { LaneValue } from "@rdu/arithmetic";
import fc from "fast-check";
import {
  affine,
  counter,
  domain,
  program,
  type SectionCase,
  type Source,
  sectionBuilder,
  tileByTile,
} from "../section-builder.ts";
import { range } from "./fold.ts";
import { depth, inputOf, lanes, seed, simd, valuesFor } from "./values.ts";

/**
 * y = -(-x) with its columns mirrored: units in parallel over blocks of columns, each with its own read of a shared buffer; their results go to a
 * joined buffer, which each unit writes its part of, and to a store each; one unit reads the joined rows backwards.
 */
export const partitionSection: fc.Arbitrary<SectionCase> = fc
  .record({
    rows: fc.integer({ min: 1, max: 6 }),
    columns: fc.integer({ min: 2, max: 40 }),
    units: fc.integer({ min: 2, max: 4 }),
    buffers: fc.integer({ min: 1, max: 3 }),
    lanes,
    depth,
    seed,
  })
  .map((p) => {
    const build = sectionBuilder(p.depth);
    const x = valuesFor("float32", p.rows * p.columns, p.seed);
    build.input("x", "float32", x);
    build.output(
      "parts",
      "float32",
      x.length,
      x.map((value) => -Number(value)),
    );
    const mirrored: LaneValue[] = range(p.rows).flatMap((row) =>
      x.slice(row * p.columns, (row + 1) * p.columns).reverse(),
    );
    build.output("y", "float32", x.length, mirrored);

    const part = Math.ceil(p.columns / p.units);
    const blocks = range(p.units)
      .map((unit) => ({ from: unit * part, width: Math.min(part, p.columns - unit * part) }))
      .filter(({ width }) => width > 0);
    const rowwise = domain([counter(p.rows), counter(p.columns, p.lanes)], 1, 1);
    const forward = program(rowwise, affine([p.columns, 1], 1));
    const ofBlock = ({ from, width }: (typeof blocks)[number]) =>
      program(domain([counter(p.rows), counter(width, p.lanes)], 1, 1), affine([p.columns, 1], 1, from));
    const sizes = { elements: x.length, capacity: Math.min(p.rows, p.buffers) * p.columns };
    const negate = (name: string, read: typeof forward, source: Source) =>
      build.compute(
        name,
        simd({
          domain: read.domain,
          inputs: [inputOf("float32")],
          instructions: [{ op: "neg", type: "f32", operands: [0] }],
          outputs: [{ register: 1, dtype: "float32" }],
        }),
        [source],
      );

    const sources = build.memory(
      "x.buffer",
      "float32",
      sizes,
      [[forward, build.load("x.load", "x", forward)]],
      blocks.map(ofBlock),
      blocks.map((_, read) => tileByTile(0, read, p.buffers)),
    );
    const negated = blocks.map((block, unit) => {
      const [source] = sources.slice(unit);
      const [result] = source === undefined ? [] : negate(`negate${unit}`, ofBlock(block), source);
      if (result === undefined) throw new Error("a unit without a result");
      build.store(`parts.store${unit}`, "parts", ofBlock(block), result);
      return result;
    });
    const backward = program(rowwise, affine([p.columns, -1], -1, p.columns - 1));
    const [joined] = build.memory(
      "joined",
      "float32",
      sizes,
      blocks.map((block, unit) => [ofBlock(block), negated[unit] as Source] as const),
      [backward],
      blocks.map((_, write) => tileByTile(write, 0, p.buffers)),
    );
    const [result] = joined === undefined ? [] : negate("again", backward, joined);
    if (result !== undefined) build.store("y.store", "y", forward, result);
    return build.build(`partition of ${p.columns} columns over ${blocks.length} units`);
  });
