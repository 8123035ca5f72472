import { type Combiner, evaluate, type Instruction, type LaneValue } from "@rdu/arithmetic";
import fc from "fast-check";
import {
  affine,
  counter,
  domain,
  program,
  type SectionCase,
  type Source,
  scalar,
  sectionBuilder,
  tileByTile,
} from "../section-builder.ts";
import { acrossLanes, folder, range } from "./fold.ts";
import { depth, inputOf, lanes, seed, simd, valuesFor } from "./values.ts";

/** Softmax over the rows of x: four units, x and the exponentials buffered by rows, one value a row broadcast back. */
export const softmaxSection: fc.Arbitrary<SectionCase> = fc
  .record({
    rows: fc.integer({ min: 1, max: 5 }),
    columns: fc.integer({ min: 1, max: 40 }),
    lanes,
    depth,
    seed,
    buffers: fc.integer({ min: 3, max: 5 }),
  })
  .map((p) => {
    const build = sectionBuilder(p.depth);
    const x = valuesFor("float32", p.rows * p.columns, p.seed).map((value) =>
      Number.isFinite(Number(value)) ? value : 1,
    );
    build.input("x", "float32", x);
    const chain = domain([counter(p.rows), counter(p.columns, p.lanes)], 1, 1);
    const rowwise = program(chain, affine([p.columns, 1], 1));
    const perRow = domain([counter(p.rows)], 1, -1);
    const one = program(perRow, affine([1], 0));
    const again = program(scalar(chain), affine([1, 0], 0));
    const f32 = inputOf("float32");
    const buffer = (name: string, source: Source, reads: number) =>
      build.memory(
        name,
        "float32",
        { elements: p.rows * p.columns, capacity: p.buffers * p.columns },
        [[rowwise, source]],
        Array(reads).fill(rowwise),
        range(reads).map((read) => tileByTile(0, read, p.buffers)),
      );
    const scalarBuffer = (name: string, source: Source) =>
      build.memory(
        name,
        "float32",
        { elements: p.rows, capacity: p.buffers },
        [[one, source]],
        [again],
        [tileByTile(0, 0, p.buffers)],
      );
    const reduce = (name: string, combiner: Combiner, source: Source) =>
      build.compute(
        name,
        simd({
          domain: chain,
          reduceFrom: 1,
          inputs: [f32],
          reductions: [{ combiner, type: "f32", register: 0, gives: "value" }],
          outputs: [{ register: 0, dtype: "float32" }],
        }),
        [source],
      );
    const map = (name: string, instructions: readonly Instruction[], sources: readonly Source[]) =>
      build.compute(
        name,
        simd({
          domain: chain,
          inputs: [f32, inputOf("float32", true)],
          instructions,
          outputs: [{ register: 1 + instructions.length, dtype: "float32" }],
        }),
        sources,
      );
    const take = ([source]: readonly Source[]): Source => {
      if (source === undefined) throw new Error("a unit without outputs");
      return source;
    };
    const [first, second] = buffer("x.buffer", build.load("x.load", "x", rowwise), 2);
    if (first === undefined || second === undefined) throw new Error("a buffer without reads");
    const most = take(scalarBuffer("max.buffer", take(reduce("max", "max", first))));
    const exponentials = take(
      map(
        "exp",
        [
          { op: "sub", type: "f32", operands: [0, 1] },
          { op: "exp", type: "f32", operands: [2] },
        ],
        [second, most],
      ),
    );
    const [third, fourth] = buffer("exp.buffer", exponentials, 2);
    if (third === undefined || fourth === undefined) throw new Error("a buffer without reads");
    const total = take(scalarBuffer("sum.buffer", take(reduce("sum", "sum", third))));
    const result = take(map("divide", [{ op: "div", type: "f32", operands: [0, 1] }], [fourth, total]));
    const expected: LaneValue[] = [];
    for (let i = 0; i < p.rows; i += 1) {
      const row = x.slice(i * p.columns, (i + 1) * p.columns);
      const largest = folder("max", "f32", false, "value")([row.map((value) => [value, 0])]);
      const exps = row.map((value) =>
        evaluate({ op: "exp", type: "f32", operands: [0] }, [Math.fround(Number(value) - Number(largest))]),
      );
      const sum = folder("sum", "f32", false, "value")(acrossLanes(p.lanes, [exps.map((value) => [value, 0])]));
      for (const value of exps) expected.push(Math.fround(Number(value) / Number(sum)));
    }
    build.output("y", "float32", expected.length, expected);
    build.store("y.store", "y", rowwise, result);
    return build.build(`softmax ${p.rows}x${p.columns}`);
  });
