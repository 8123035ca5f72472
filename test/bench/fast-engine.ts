import { setFlagsFromString } from "node:v8";
import type { Instruction } from "@rdu/arithmetic";
import type { SystolicBody } from "@rdu/flow";
import { compileFast } from "@rdu/simulator";
import {
  affine,
  counter,
  domain,
  program,
  type SectionCase,
  scalar,
  sectionBuilder,
} from "../support/section-builder.ts";
import { inputOf, simd } from "../support/sections/values.ts";
import { whole } from "../support/sections/whole-tensor.ts";

/** A section of one kind of work, and what it does per run. */
interface Bench {
  readonly subject: SectionCase;
  readonly amount: number;
  readonly unit: "GFLOP/s" | "ns/element" | "GB/s";
}

const LANES = 16;
const ROWS = 6;

/** Speeds of the fast engine on sections of one kernel each: the best of several runs, one line a kernel. */
export function benchFastEngine(print: (line: string) => void): void {
  // A long call would run in the baseline tier to its end.
  setFlagsFromString("--no-liftoff");
  for (const { subject, amount, unit } of benches()) {
    const compiled = compileFast(subject.section, subject.symbols);
    const memory = subject.memory();
    let best = Number.POSITIVE_INFINITY;
    for (let run = 0; run < 9; run += 1) {
      const start = performance.now();
      compiled.run(memory);
      if (run > 0) best = Math.min(best, performance.now() - start);
    }
    const speed = unit === "ns/element" ? (best * 1e6) / amount : amount / best / 1e6;
    print(`${subject.title.padEnd(36)} ${speed.toFixed(2).padStart(8)} ${unit}`);
  }
}

function benches(): Bench[] {
  return [
    gemm(512, 512, 512),
    gemm(1, 4096, 1024),
    convolution(64, 56, 64, 3),
    convolution(256, 14, 256, 3),
    map("copy", []),
    map("relu", [{ op: "max", type: "f32", operands: [0, { type: "f32", value: 0 }] }]),
    map("exp", [{ op: "exp", type: "f32", operands: [0] }]),
    map("tanh", [{ op: "tanh", type: "f32", operands: [0] }]),
    map("erf", [{ op: "erf", type: "f32", operands: [0] }]),
    map("bf16 rounding", [{ op: "round", type: "f32", operands: [0], storage: "bfloat16" }]),
    rowSums(1024, 1024),
    pool(64, 112),
    transposed(2048, 2048),
  ];
}

function ramp(count: number): number[] {
  return Array.from({ length: count }, (_, index) => Math.fround(Math.sin(index)));
}

function gemm(m: number, n: number, k: number): Bench {
  const build = sectionBuilder(4);
  build.input("x", "float32", ramp(m * k));
  build.input("w", "float32", ramp(k * n));
  const chain = domain([counter(m, ROWS), counter(n, LANES), counter(k)], 0, 1);
  const column = whole(build, "x", "float32", m * k, LANES, [
    program({ ...chain, vector: 0, lanes: ROWS }, affine([k, 0, 1], k)),
  ]);
  const row = whole(build, "w", "float32", k * n, LANES, [program(chain, affine([0, 1, n], 1))]);
  const drain = domain([counter(m, ROWS), counter(n, LANES), counter(ROWS, 1, 0)], 0, 1);
  const [result] = build.compute("gemm", systolic(chain, 0), [...column, ...row]);
  build.output("y", "float32", m * n, []);
  if (result !== undefined) build.store("y.store", "y", program(drain, affine([n, 1, n], 1)), result);
  return { subject: build.build(`gemm ${m}x${n}x${k}`), amount: 2 * m * n * k, unit: "GFLOP/s" };
}

/** Of an image [channels, size, size] with a margin of one, results laid out alike. */
function convolution(channels: number, size: number, outputs: number, taps: number): Bench {
  const build = sectionBuilder(4);
  const area = size * size;
  const counters = [
    counter(size),
    counter(size, ROWS),
    counter(outputs, LANES),
    counter(channels),
    counter(taps),
    counter(taps),
  ];
  build.input("x", "float32", ramp(channels * area));
  build.input("f", "float32", ramp(outputs * channels * taps * taps));
  const chain = domain(counters, 0, 2);
  const column = whole(build, "x", "float32", channels * area, LANES, [
    program({ ...chain, vector: 1, lanes: ROWS }, affine([size, 1, 0, area, size, 1], 1, -size - 1), {
      guards: [
        { form: affine([1, 0, 0, 0, 1, 0], 0, -1), bound: size },
        { form: affine([0, 1, 0, 0, 0, 1], 1, -1), bound: size },
      ],
    }),
  ]);
  const row = whole(build, "f", "float32", outputs * channels * taps * taps, LANES, [
    program(chain, affine([0, 0, 1, taps * taps * outputs, taps * outputs, outputs], 1)),
  ]);
  const drain = domain([...counters.slice(0, 3), counter(ROWS, 1, 1)], 0, 2);
  const [result] = build.compute("conv", systolic(chain, 1), [...column, ...row]);
  build.output("y", "float32", outputs * area, []);
  if (result !== undefined) build.store("y.store", "y", program(drain, affine([size, 1, area, 1], area)), result);
  const amount = 2 * outputs * area * channels * taps * taps;
  return { subject: build.build(`conv ${taps}x${taps} ${channels}x${size}x${size}`), amount, unit: "GFLOP/s" };
}

function systolic(chain: SystolicBody["domain"], m: number): SystolicBody {
  return {
    kind: "systolic",
    domain: chain,
    m,
    rows: ROWS,
    accumulate: "f32",
    inputs: [inputOf("float32"), inputOf("float32")],
    epilogue: [],
    outputs: [{ register: 0, dtype: "float32" }],
  };
}

function map(title: string, instructions: readonly Instruction[]): Bench {
  const elements = 1 << 20;
  const build = sectionBuilder(4);
  build.input("x", "float32", ramp(elements));
  const chain = domain([counter(1024), counter(1024, LANES)], 1, 1);
  const all = program(chain, affine([1024, 1], 1));
  const sources = whole(build, "x", "float32", elements, LANES, [all]);
  const body = simd({
    domain: chain,
    inputs: [inputOf("float32")],
    instructions,
    outputs: [{ register: instructions.length, dtype: "float32" }],
  });
  const [result] = build.compute("map", body, sources);
  build.output("y", "float32", elements, []);
  if (result !== undefined) build.store("y.store", "y", all, result);
  return { subject: build.build(title), amount: elements, unit: "ns/element" };
}

function rowSums(rows: number, columns: number): Bench {
  const build = sectionBuilder(4);
  build.input("x", "float32", ramp(rows * columns));
  const chain = domain([counter(rows), counter(columns, LANES)], 1, 1);
  const sources = whole(build, "x", "float32", rows * columns, LANES, [program(chain, affine([columns, 1], 1))]);
  const body = simd({
    domain: chain,
    reduceFrom: 1,
    inputs: [inputOf("float32")],
    reductions: [{ combiner: "sum", type: "f32", register: 0, gives: "value" }],
    outputs: [{ register: 0, dtype: "float32" }],
  });
  const [result] = build.compute("sum", body, sources);
  build.output("y", "float32", rows, []);
  const perRow = scalar(domain([counter(rows)], 1, -1));
  if (result !== undefined) build.store("y.store", "y", program(perRow, affine([1], 0)), result);
  return { subject: build.build(`row sums ${rows}x${columns}`), amount: rows * columns, unit: "ns/element" };
}

/** Largest of 3x3, stride 2, margin 1. */
function pool(channels: number, size: number): Bench {
  const build = sectionBuilder(4);
  const half = size / 2;
  build.input("x", "float32", ramp(channels * size * size));
  const chain = domain([counter(channels), counter(half), counter(half, LANES), counter(3), counter(3)], 1, 2);
  const sources = whole(build, "x", "float32", channels * size * size, LANES, [
    program(chain, affine([size * size, 2 * size, 2, size, 1], 2, -size - 1), {
      fill: Number.NEGATIVE_INFINITY,
      guards: [
        { form: affine([0, 2, 0, 1, 0], 0, -1), bound: size },
        { form: affine([0, 0, 2, 0, 1], 2, -1), bound: size },
      ],
    }),
  ]);
  const body = simd({
    domain: chain,
    reduceFrom: 3,
    inputs: [inputOf("float32")],
    reductions: [{ combiner: "max", type: "f32", register: 0, gives: "value" }],
    outputs: [{ register: 0, dtype: "float32" }],
  });
  const [result] = build.compute("pool", body, sources);
  build.output("y", "float32", channels * half * half, []);
  const out = domain(chain.counters.slice(0, 3), 1, 2);
  if (result !== undefined) build.store("y.store", "y", program(out, affine([half * half, half, 1], 1)), result);
  return {
    subject: build.build(`max pool 3x3 ${channels}x${size}x${size}`),
    amount: channels * half * half * 9,
    unit: "ns/element",
  };
}

function transposed(rows: number, columns: number): Bench {
  const build = sectionBuilder(4);
  build.input("x", "float32", ramp(rows * columns));
  const chain = domain([counter(columns), counter(rows, LANES)], 1, 1);
  const [result] = whole(build, "x", "float32", rows * columns, LANES, [program(chain, affine([1, columns], columns))]);
  build.output("y", "float32", rows * columns, []);
  if (result !== undefined) build.store("y.store", "y", program(chain, affine([rows, 1], 1)), result);
  return { subject: build.build(`transposed copy ${rows}x${columns}`), amount: rows * columns, unit: "ns/element" };
}
