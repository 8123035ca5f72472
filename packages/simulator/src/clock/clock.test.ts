import { DEFAULT_CHIP } from "@rdu/chip";
import type { AddressProgram, ComputeUnit, Domain, LoadUnit, MemoryUnit, Section, StoreUnit, TileMap } from "@rdu/flow";
import { describe, expect, test } from "vitest";
import { clock } from "./clock.ts";

const chip = DEFAULT_CHIP;
const nowhere = { section: "s", sites: new Map(), routes: new Map() };

describe("the clock", () => {
  test("gives a systolic unit a cycle per k step of each 6 x 32 block of bf16", () => {
    const domain: Domain = {
      counters: [
        { extent: 12, step: 6 },
        { extent: 64, step: 32 },
        { extent: 100, step: 1 },
      ],
      tileDepth: 0,
      vector: 1,
      lanes: 32,
    };
    const gemm: ComputeUnit = {
      name: "gemm",
      kind: "compute",
      template: "systolic",
      origin: ["/MatMul"],
      body: {
        kind: "systolic",
        domain,
        m: 0,
        rows: 6,
        accumulate: "f32",
        inputs: [
          { dtype: "bfloat16", type: "f32", broadcast: false },
          { dtype: "bfloat16", type: "f32", broadcast: false },
        ],
        epilogue: [],
        outputs: [{ register: 0, dtype: "bfloat16" }],
      },
    };
    const section: Section = { name: "s", units: [gemm], streams: [] };
    const timing = clock(section, nowhere, chip, new Map());
    expect(timing.units[0]).toMatchObject({ busy: 4 * 100, stalledOnInput: 0, stalledOnOutput: 0 });
    expect(timing.cycles).toBe(400 + (4 + 6 + 6) + 5 + 31 + 6);
  });

  test("bounds a streaming sum by the memory: 1024 bytes a cycle at 98 %", () => {
    const elements = 1 << 16;
    const lanes = 32;
    const units = Array.from({ length: lanes }, (_, lane) => adder(lane, elements));
    const section: Section = {
      name: "s",
      units: units.flatMap((one) => one.units),
      streams: units.flatMap((one) => one.streams),
    };
    const timing = clock(section, nowhere, chip, new Map());
    const bytes = lanes * elements * 4 * 3;
    expect(timing.traffic.hbm).toEqual({ read: (bytes * 2) / 3, written: bytes / 3 });
    expect(timing.cycles / (bytes / (1024 * 0.98))).toBeCloseTo(1, 1);
    const [load] = timing.units;
    expect(load?.waits[0]?.on).toBe("hbm");
  });

  test("bounds one stream by its AGCU: 64 bytes a cycle", () => {
    const elements = 1 << 16;
    const { units, streams } = adder(0, elements);
    const timing = clock({ name: "s", units, streams }, nowhere, chip, new Map());
    expect(timing.cycles).toBeGreaterThan(elements / 16);
    expect(timing.cycles).toBeLessThan(elements / 16 + 700);
  });

  test("overlaps the stages of a pipeline tile by tile", () => {
    const tiles = 50;
    const firings = 1000;
    const section = pipeline(4, tiles, firings, 2);
    const { cycles, units, simulatedTiles } = clock(section, nowhere, chip, new Map());
    // Stages 1 to 4 start one tile after another; then all run at once.
    expect(cycles).toBeGreaterThan((tiles + 4) * firings);
    expect(cycles).toBeLessThan((tiles + 4) * firings * 1.05);
    expect(simulatedTiles).toBe(5 * tiles);
    expect(units.find(({ unit }) => unit === "stage 3")?.busy).toBe(tiles * firings);
  });

  test("lets stages take turns when a stage buffer holds a single tile", () => {
    const single = clock(pipeline(2, 20, 1000, 1), nowhere, chip, new Map());
    const double = clock(pipeline(2, 20, 1000, 2), nowhere, chip, new Map());
    expect(single.cycles / double.cycles).toBeGreaterThan(1.8);
    const stage = single.units.find(({ unit }) => unit === "stage 1");
    expect((stage?.stalledOnInput ?? 0) + (stage?.stalledOnOutput ?? 0)).toBeGreaterThan(19 * 1000);
  });

  test("runs at the pace of the slowest stage and says who held the others up", () => {
    const section = pipeline(3, 30, 100, 2);
    const slow = section.units.map((unit) =>
      unit.name === "stage 2" && unit.kind === "compute" && unit.body.kind === "simd"
        ? { ...unit, body: { ...unit.body, instructions: manyInstructions(24) } }
        : unit,
    );
    const timing = clock({ ...section, units: slow }, nowhere, chip, new Map());
    expect(timing.cycles / (30 * 400)).toBeCloseTo(1, 0);
    const [first] = timing.units.filter(({ unit }) => unit === "stage 1");
    expect(first?.stalledOnOutput).toBeGreaterThan(20 * 300);
    const [third] = timing.units.filter(({ unit }) => unit === "stage 3");
    expect(third?.stalledOnInput).toBeGreaterThan(20 * 300);
    expect(third?.waits[0]?.on).toBe("buffer 2");
  });

  test("charges every busy cycle to an ONNX node", () => {
    const { units, charged } = clock(pipeline(3, 30, 100, 2), nowhere, chip, new Map());
    const busy = units.reduce((sum, unit) => sum + unit.busy, 0);
    expect([...charged.values()].reduce((sum, cycles) => sum + cycles, 0)).toBeCloseTo(busy, 6);
  });

  test("extrapolates the steady state of a million tiles", () => {
    const tiles = 3_000_000;
    const { cycles, simulatedTiles } = clock(pipeline(2, tiles, 10, 2), nowhere, chip, new Map());
    expect(simulatedTiles).toBeLessThan(1.1e6);
    expect(cycles / perTile(tiles, 10)).toBeCloseTo(1, 3);
  });

  test("gives the same cycles every time", () => {
    const section = pipeline(4, 100, 77, 3);
    expect(clock(section, nowhere, chip, new Map())).toEqual(clock(section, nowhere, chip, new Map()));
  });
});

/** Steady state of a pipeline with double buffers: latencies of hundred cycles a tile stand in the way of tiles this short. */
function perTile(tiles: number, firings: number): number {
  const some = clock(pipeline(2, 20_000, firings, 2), nowhere, chip, new Map()).cycles;
  const more = clock(pipeline(2, 40_000, firings, 2), nowhere, chip, new Map()).cycles;
  return some + ((more - some) / 20_000) * (tiles - 20_000);
}

function linear(tiles: number, firings: number): AddressProgram {
  return {
    domain: {
      counters: [
        { extent: tiles, step: 1 },
        { extent: firings * 16, step: 16 },
      ],
      tileDepth: 1,
      vector: 1,
      lanes: 16,
    },
    address: { base: 0, strides: [firings * 16, 1], laneStride: 1 },
    guards: [],
    fill: 0,
  };
}

function adder(lane: number, elements: number): Section {
  const tiles = 16;
  const program = linear(tiles, elements / 16 / tiles);
  const load = (name: string): LoadUnit => ({ kind: "load", name, origin: ["/Add"], symbol: name, program });
  const store: StoreUnit = { kind: "store", name: `y${lane}`, origin: ["/Add"], symbol: "y", program };
  const stream = (name: string, from: string, to: string, port: number) =>
    ({
      name,
      from: { unit: from, port: 0 },
      to: [{ unit: to, port }],
      dtype: "float32",
      lanes: 16,
      depth: 16,
    }) as const;
  const add: ComputeUnit = {
    name: `add${lane}`,
    kind: "compute",
    template: "map",
    origin: ["/Add"],
    body: {
      kind: "simd",
      domain: program.domain,
      reduceFrom: 2,
      scan: "none",
      inputs: [
        { dtype: "float32", type: "f32", broadcast: false },
        { dtype: "float32", type: "f32", broadcast: false },
      ],
      bodyInputs: 2,
      counters: [],
      instructions: [{ op: "add", type: "f32", operands: [0, 1] }],
      reductions: [],
      epilogueCounters: [],
      epilogue: [],
      outputs: [{ register: 2, dtype: "float32" }],
    },
  };
  return {
    name: "s",
    units: [load(`a${lane}`), load(`b${lane}`), add, store],
    streams: [
      stream(`a${lane}`, `a${lane}`, `add${lane}`, 0),
      stream(`b${lane}`, `b${lane}`, `add${lane}`, 1),
      stream(`y${lane}`, `add${lane}`, `y${lane}`, 0),
    ],
  };
}

function manyInstructions(count: number) {
  return Array.from({ length: count }, (_, index) => ({ op: "neg", type: "f32", operands: [index] }) as const);
}

/** load -> buffer 0 -> stage 1 -> buffer 1 -> ... -> store, each buffer holding `depth` tiles. */
function pipeline(stages: number, tiles: number, firings: number, depth: number): Section {
  const program = linear(tiles, firings);
  const each: TileMap = { period: 1, quantum: 1, scale: 0, divisor: 1, offset: 1 };
  const buffer = (index: number): MemoryUnit => ({
    kind: "memory",
    name: `buffer ${index}`,
    origin: [`/node${index}`],
    dtype: "float32",
    elements: tiles * firings * 16,
    capacity: depth * firings * 16,
    span: 1,
    writes: [{ ...program, fifo: 0 }],
    reads: [program],
    handshakes: [{ write: 0, read: 0, need: each, grant: { ...each, delay: depth } }],
  });
  const stage = (index: number): ComputeUnit => ({
    kind: "compute",
    name: `stage ${index}`,
    template: "map",
    origin: [`/node${index}`, "/shared"],
    body: {
      kind: "simd",
      domain: program.domain,
      reduceFrom: 2,
      scan: "none",
      inputs: [{ dtype: "float32", type: "f32", broadcast: false }],
      bodyInputs: 1,
      counters: [],
      instructions: manyInstructions(1),
      reductions: [],
      epilogueCounters: [],
      epilogue: [],
      outputs: [{ register: 1, dtype: "float32" }],
    },
  });
  const names = ["load", "buffer 0"];
  const units: Section["units"][number][] = [
    { kind: "load", name: "load", origin: ["/x"], symbol: "x", program },
    buffer(0),
  ];
  for (let index = 1; index <= stages; index += 1) {
    units.push(stage(index));
    names.push(`stage ${index}`);
    if (index < stages) {
      units.push(buffer(index));
      names.push(`buffer ${index}`);
    }
  }
  units.push({ kind: "store", name: "store", origin: ["/y"], symbol: "y", program });
  names.push("store");
  const streams = names.slice(1).map((to, index) => ({
    name: to,
    from: { unit: names[index]!, port: 0 },
    to: [{ unit: to, port: 0 }],
    dtype: "float32" as const,
    lanes: 16,
    depth: 16,
  }));
  return { name: "s", units, streams };
}
