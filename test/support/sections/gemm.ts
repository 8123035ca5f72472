import { evaluate, type LaneValue } from "@rdu/arithmetic";
import type { SystolicBody } from "@rdu/flow";
import type { DType } from "@rdu/tensor";
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
import { depth, inputOf, lanes, laneTypeOf, STORE_AS, seed, valuesFor } from "./values.ts";
import { whole } from "./whole-tensor.ts";

/** y = max(x w + b, 0) on a systolic array: x through a circular buffer by blocks of rows, w kept whole, as it is or transposed. */
export const gemmSection: fc.Arbitrary<SectionCase> = fc
  .record({
    m: fc.integer({ min: 1, max: 15 }),
    n: fc.integer({ min: 1, max: 37 }),
    k: fc.integer({ min: 1, max: 9 }),
    rows: fc.integer({ min: 1, max: 6 }),
    lanes,
    depth,
    seed,
    transposed: fc.boolean(),
    bias: fc.boolean(),
    dtype: fc.constantFrom<DType>("float32", "bfloat16", "int8", "int32", "uint8", "int64", "float64"),
  })
  .map((p) => {
    const build = sectionBuilder(p.depth);
    const type = laneTypeOf(p.dtype);
    const wide = STORE_AS[type];
    const x = valuesFor(p.dtype, p.m * p.k, p.seed);
    const w = valuesFor(p.dtype, p.k * p.n, p.seed + 1);
    const b = valuesFor(wide, p.n, p.seed + 2);
    build.input("x", p.dtype, x);
    build.input("w", p.dtype, w);
    const blocks = counter(p.m, p.rows);
    const columns = counter(p.n, p.lanes);
    const chain = domain([blocks, columns, counter(p.k)], 1, 1);
    const fill = domain([blocks, counter(p.rows, 1, 0), counter(p.k, p.lanes)], 1, 2);
    const byRow = program(fill, affine([p.k, p.k, 1], 1));
    const drain = domain([blocks, columns, counter(p.rows, 1, 0)], 1, 1);
    const [column] = build.memory(
      "x.buffer",
      p.dtype,
      { elements: p.m * p.k, capacity: 2 * p.rows * p.k },
      [[byRow, build.load("x.load", "x", byRow)]],
      [program(domain(chain.counters, 1, 0), affine([p.k, 0, 1], p.k))],
      [tileByTile(0, 0, 2)],
    );
    const [row] = whole(build, "w", p.dtype, p.k * p.n, p.lanes, [
      program(chain, p.transposed ? affine([0, p.k, 1], p.k) : affine([0, 1, p.n], 1)),
    ]);
    const later: Source[] = [];
    if (p.bias) {
      build.input("b", wide, b);
      later.push(...whole(build, "b", wide, p.n, p.lanes, [program(drain, affine([0, 1, 0], 1))]));
    }
    const zero = { type, value: type === "i64" ? 0n : 0 } as const;
    const body: SystolicBody = {
      kind: "systolic",
      domain: chain,
      m: 0,
      rows: p.rows,
      accumulate: type as SystolicBody["accumulate"],
      inputs: [inputOf(p.dtype), inputOf(p.dtype), ...(p.bias ? [inputOf(wide)] : [])],
      epilogue: p.bias
        ? [
            { op: "add", type, operands: [0, 1] },
            { op: "max", type, operands: [2, zero] },
          ]
        : [{ op: "max", type, operands: [0, zero] }],
      outputs: [{ register: p.bias ? 3 : 1, dtype: wide }],
    };
    const [result] =
      column === undefined || row === undefined ? [] : build.compute("gemm", body, [column, row, ...later]);
    const op = (name: "add" | "mul" | "max", left: LaneValue, right: LaneValue) =>
      evaluate({ op: name, type, operands: [0, 1] }, [left, right]);
    const expected: LaneValue[] = [];
    for (let i = 0; i < p.m; i += 1) {
      for (let j = 0; j < p.n; j += 1) {
        let sum: LaneValue = zero.value;
        for (let k = 0; k < p.k; k += 1) {
          sum = op("add", sum, op("mul", x[i * p.k + k] ?? 0, (p.transposed ? w[j * p.k + k] : w[k * p.n + j]) ?? 0));
        }
        expected.push(op("max", p.bias ? op("add", sum, b[j] ?? 0) : sum, zero.value));
      }
    }
    build.output("y", wide, expected.length, expected);
    if (result !== undefined) build.store("y.store", "y", program(drain, affine([p.n, 1, p.n], 1)), result);
    return build.build(`gemm ${p.m}x${p.k}x${p.n} of ${p.dtype}`);
  });
