import { COMBINERS, type Combiner, type LaneType, type LaneValue } from "@rdu/arithmetic";
import fc from "fast-check";
import { affine, counter, domain, program, type SectionCase, sectionBuilder } from "../section-builder.ts";
import { acrossLanes, folder, range } from "./fold.ts";
import { depth, dtypes, inputOf, lanes, laneTypeOf, STORE_AS, seed, simd, valuesFor } from "./values.ts";
import { whole } from "./whole-tensor.ts";

const combiners = fc.constantFrom<Combiner>(...(Object.keys(COMBINERS) as Combiner[]));

/** Folds x[a,r,c] over r (lanes run along c), over c (across lanes) or over both; the epilogue adds b to a sum; or scans along r. */
export const reduceSection: fc.Arbitrary<SectionCase> = fc
  .record({
    a: fc.integer({ min: 1, max: 4 }),
    r: fc.integer({ min: 1, max: 6 }),
    c: fc.integer({ min: 1, max: 40 }),
    lanes,
    depth,
    seed,
    dtype: dtypes,
    combiner: combiners,
    over: fc.constantFrom("r", "c", "rc", "scan", "exclusive"),
    gives: fc.constantFrom("value", "index"),
  })
  .map((k) => {
    const { arg, types } = COMBINERS[k.combiner];
    const type = laneTypeOf(k.dtype);
    const combiner: Combiner = (types as readonly LaneType[]).includes(type)
      ? k.combiner
      : type === "bool"
        ? "or"
        : "max";
    const isArg = arg && combiner === k.combiner;
    const gives = isArg && k.gives === "index" ? "index" : "value";
    const build = sectionBuilder(k.depth);
    const x = valuesFor(k.dtype, k.a * k.r * k.c, k.seed);
    build.input("x", k.dtype, x);
    const ordered = { a: counter(k.a), r: counter(k.r), c: counter(k.c, k.lanes) };
    const strides = { a: k.r * k.c, r: k.c, c: 1 };
    const scans = k.over === "scan" || k.over === "exclusive";
    const order: ("a" | "r" | "c")[] = k.over === "c" || k.over === "rc" ? ["a", "r", "c"] : ["a", "c", "r"];
    const chain = domain(
      order.map((name) => ordered[name]),
      1,
      order.indexOf("c"),
    );
    const reduceFrom = k.over === "rc" ? 1 : 2;
    const read = program(
      chain,
      affine(
        order.map((name) => strides[name]),
        1,
      ),
    );
    const [source] = whole(build, "x", k.dtype, x.length, k.lanes, [read]);
    const dtype = gives === "index" ? "int32" : STORE_AS[type];
    const indexCounter = k.over === "c" || k.over === "rc" ? order.indexOf("c") : order.indexOf("r");
    const [result] =
      source === undefined
        ? []
        : build.compute(
            "reduce",
            simd({
              domain: chain,
              reduceFrom,
              scan: k.over === "scan" ? "inclusive" : k.over === "exclusive" ? "exclusive" : "none",
              inputs: [inputOf(k.dtype)],
              counters: [{ counter: indexCounter, base: 0, scale: 1 }],
              reductions: [{ combiner, type, register: 0, gives, ...(isArg ? { index: 1 } : {}) }],
              outputs: [{ register: 0, dtype }],
            }),
            [source],
          );
    const at = (i: number, r: number, c: number): LaneValue => x[(i * k.r + r) * k.c + c] ?? 0;
    const fold = folder(combiner, type, isArg, gives);
    const expected: LaneValue[] = [];
    for (let i = 0; i < k.a; i += 1) {
      if (k.over === "r")
        for (let c = 0; c < k.c; c += 1) expected.push(fold([range(k.r).map((r) => [at(i, r, c), r])]));
      else if (k.over === "c")
        for (let r = 0; r < k.r; r += 1)
          expected.push(fold(acrossLanes(k.lanes, [range(k.c).map((c) => [at(i, r, c), c])])));
      else if (k.over === "rc")
        expected.push(
          fold(
            acrossLanes(
              k.lanes,
              range(k.r).map((r) => range(k.c).map((c) => [at(i, r, c), c])),
            ),
          ),
        );
      else {
        for (let r = 0; r < k.r; r += 1) {
          for (let c = 0; c < k.c; c += 1) {
            const until = k.over === "scan" ? r + 1 : r;
            expected.push(fold([range(until).map((before) => [at(i, before, c), before])]));
          }
        }
      }
    }
    build.output("y", dtype, expected.length, expected);
    const parallel = scans ? order : order.slice(0, reduceFrom);
    const keeps = {
      a: k.over === "rc" ? 1 : k.over === "r" ? k.c : k.over === "c" ? k.r : k.r * k.c,
      r: scans ? k.c : 1,
      c: 1,
    };
    const target = scans ? chain : domain(chain.counters.slice(0, reduceFrom), 1, k.over === "r" ? 1 : -1);
    if (result !== undefined) {
      build.store(
        "y.store",
        "y",
        program(
          target,
          affine(
            parallel.map((name) => keeps[name]),
            1,
          ),
        ),
        result,
      );
    }
    return build.build(`${combiner} of ${k.dtype} over ${k.over}`);
  });
