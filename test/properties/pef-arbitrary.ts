import { COMBINERS, type Combiner, LANE_TYPES, OPCODES } from "@rdu/arithmetic";
import { PRESETS } from "@rdu/chip";
import type {
  AddressProgram,
  Affine,
  Domain,
  Section,
  SectionPlacement,
  TensorSymbol,
  TileMap,
  Unit,
  WriteProgram,
} from "@rdu/flow";
import type { Pef } from "@rdu/pef";
import { ALL_DTYPES, type DType } from "@rdu/tensor";
import fc from "fast-check";

/*
 * PEF values of every shape that the format can hold. They are well formed (names exist and are distinct) but their programs make no
 * sense: the codec must not care.
 */

const integer = fc.oneof(
  fc.integer({ min: -3, max: 200 }),
  fc.maxSafeInteger().map((value) => Math.trunc(value / 4)),
);
const natural = fc.oneof(fc.nat(40), fc.nat());
const text = fc.string({ unit: "grapheme", maxLength: 12 });
const literal = fc.oneof(
  fc.double(),
  fc.constantFrom(0, -0, 1, -1),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }),
);
const storage = fc.constantFrom(...ALL_DTYPES.filter((dtype): dtype is DType => dtype !== "string"));
const lane = fc.constantFrom(...LANE_TYPES);
const word = fc.array(text, { maxLength: 3 });

const affine: fc.Arbitrary<Affine> = fc
  .record({ base: integer, strides: fc.array(integer, { maxLength: 6 }), laneStride: integer })
  .map(({ base, strides, laneStride }) => ({
    base: base + 0,
    strides: strides.map(plus),
    laneStride: plus(laneStride),
  }));

/** Rows hold integers, which have one zero. */
function plus(value: number): number {
  return value === 0 ? 0 : value;
}

const domain: fc.Arbitrary<Domain> = fc.record({
  counters: fc.array(
    fc.record({ extent: natural, step: natural, within: natural }, { requiredKeys: ["extent", "step"] }),
    { maxLength: 6 },
  ),
  tileDepth: fc.nat(6),
  vector: fc.integer({ min: -1, max: 5 }),
  lanes: fc.integer({ min: 1, max: 64 }),
});

const program: fc.Arbitrary<AddressProgram> = fc.record(
  {
    domain,
    address: affine,
    guards: fc.array(fc.record({ form: affine, bound: integer.map(plus) }), { maxLength: 3 }),
    fill: literal,
    index: fc.record({ stride: integer.map(plus), bound: natural, perLane: fc.boolean(), clip: fc.boolean() }),
  },
  { requiredKeys: ["domain", "address", "guards", "fill"] },
);
const write: fc.Arbitrary<WriteProgram> = fc.tuple(program, fc.nat(3)).map(([rest, fifo]) => ({ ...rest, fifo }));

const tileMap: fc.Arbitrary<TileMap> = fc.record(
  { period: natural, quantum: natural, scale: natural, divisor: natural, offset: integer.map(plus), delay: natural },
  { requiredKeys: ["period", "quantum", "scale", "divisor", "offset"] },
);

const instruction = fc.record(
  {
    op: fc.constantFrom(...OPCODES),
    type: lane,
    operands: fc.array(fc.oneof(natural, fc.record({ type: lane, value: literal })), { maxLength: 3 }),
    storage,
    to: lane,
  },
  { requiredKeys: ["op", "type", "operands"] },
);
const instructions = fc.array(instruction, { maxLength: 4 });
const inputs = fc.array(fc.record({ dtype: storage, type: lane, broadcast: fc.boolean() }), { maxLength: 4 });
const outputs = fc.array(fc.record({ register: natural, dtype: storage }), { maxLength: 3 });
const counters = fc.array(fc.record({ counter: natural, base: integer.map(plus), scale: integer.map(plus) }), {
  maxLength: 3,
});
const body = fc.oneof(
  fc.record({
    kind: fc.constant("simd" as const),
    domain,
    reduceFrom: natural,
    scan: fc.constantFrom("none" as const, "inclusive" as const, "exclusive" as const),
    inputs,
    bodyInputs: natural,
    counters,
    instructions,
    reductions: fc.array(
      fc.record(
        {
          combiner: fc.constantFrom(...(Object.keys(COMBINERS) as Combiner[])),
          type: lane,
          register: natural,
          index: natural,
          gives: fc.constantFrom("value" as const, "index" as const),
        },
        { requiredKeys: ["combiner", "type", "register", "gives"] },
      ),
      { maxLength: 2 },
    ),
    epilogueCounters: counters,
    epilogue: instructions,
    outputs,
  }),
  fc.record({
    kind: fc.constant("systolic" as const),
    domain,
    m: natural,
    rows: natural,
    accumulate: fc.constantFrom("f32" as const, "f64" as const, "i32" as const, "u64" as const),
    inputs,
    epilogue: instructions,
    outputs,
  }),
);

function unit(symbols: readonly string[]): fc.Arbitrary<Unit> {
  const common = { name: fc.constant(""), origin: word };
  const access =
    symbols.length === 0
      ? []
      : [
          fc.record({ ...common, kind: fc.constant("load" as const), symbol: fc.constantFrom(...symbols), program }),
          fc.record(
            {
              ...common,
              kind: fc.constant("store" as const),
              symbol: fc.constantFrom(...symbols),
              program,
              initial: literal,
            },
            { requiredKeys: ["name", "origin", "kind", "symbol", "program"] },
          ),
        ];
  return fc.oneof(
    ...access,
    fc.record(
      {
        ...common,
        kind: fc.constant("memory" as const),
        dtype: storage,
        elements: fc.maxSafeInteger().map(Math.abs),
        capacity: natural,
        span: natural,
        initial: literal,
        writes: fc.array(write, { maxLength: 3 }),
        reads: fc.array(program, { maxLength: 3 }),
        handshakes: fc.array(fc.record({ write: natural, read: natural, need: tileMap, grant: tileMap }), {
          maxLength: 2,
        }),
      },
      {
        requiredKeys: [
          "name",
          "origin",
          "kind",
          "dtype",
          "elements",
          "capacity",
          "span",
          "writes",
          "reads",
          "handshakes",
        ],
      },
    ),
    fc.record({ ...common, kind: fc.constant("compute" as const), template: text, body }),
  );
}

const site = fc.record({ tile: fc.nat(4095), row: fc.nat(1023), column: fc.nat(1023) });

function section(name: string, symbols: readonly string[]): fc.Arbitrary<[Section, SectionPlacement | undefined]> {
  return fc
    .array(unit(symbols), { maxLength: 5 })
    .map((units) => units.map((made, index) => ({ ...made, name: `unit ${index}` })))
    .chain((units) => {
      const port =
        units.length === 0
          ? fc.constant({ unit: "", port: 0 })
          : fc.record(
              { unit: fc.constantFrom(...units.map((made) => made.name)), port: fc.nat(5), index: fc.constant(true) },
              { requiredKeys: ["unit", "port"] },
            );
      const stream = fc.record({
        name: fc.constant(""),
        from: port,
        to: fc.array(port, { maxLength: 3 }),
        dtype: storage,
        lanes: fc.nat(64),
        depth: natural,
      });
      return fc
        .tuple(
          fc.array(stream, { maxLength: units.length === 0 ? 0 : 5 }),
          fc.option(fc.array(fc.array(site, { maxLength: 3 }), { minLength: 5, maxLength: 5 }), { nil: undefined }),
          fc.array(fc.array(fc.record({ from: site, to: site }), { maxLength: 4 }), { minLength: 5, maxLength: 5 }),
        )
        .map(([made, sites, routes]): [Section, SectionPlacement | undefined] => {
          const streams = made.map((one, index) => ({ ...one, name: `stream ${index}` }));
          const placement = sites && {
            section: name,
            sites: new Map(units.flatMap((one, index) => (index === 3 ? [] : [[one.name, sites[index]!] as const]))),
            routes: new Map(
              streams.flatMap((one, index) => (index === 2 ? [] : [[one.name, { hops: routes[index]! }] as const])),
            ),
          };
          return [{ name, units, streams }, placement];
        });
    });
}

function symbolsNamed(names: readonly string[]): fc.Arbitrary<TensorSymbol[]> {
  const one = fc.record(
    {
      name: fc.constant(""),
      dtype: storage,
      shape: fc.array(natural, { maxLength: 4 }),
      role: fc.constantFrom(
        "input" as const,
        "output" as const,
        "weight" as const,
        "state" as const,
        "intermediate" as const,
      ),
      alias: fc.constantFrom(...names),
      source: fc.oneof(
        fc.record({ kind: fc.constant("inline" as const), bytes: fc.uint8Array({ maxLength: 100 }) }),
        fc.record(
          {
            kind: fc.constant("file" as const),
            location: text,
            offset: fc.maxSafeInteger().map(Math.abs),
            length: natural,
            digest: fc.string({ minLength: 1, maxLength: 5 }),
          },
          { requiredKeys: ["kind", "location", "offset", "length"] },
        ),
      ),
      tier: fc.constantFrom("hbm" as const, "ddr" as const, "host" as const),
      address: fc.maxSafeInteger().map(Math.abs),
    },
    { requiredKeys: ["name", "dtype", "shape", "role"] },
  );
  return fc.tuple(...names.map((name) => one.map((symbol) => ({ ...symbol, name }))));
}

const hostCall = fc.record({
  kind: fc.constant("host" as const),
  name: text,
  operation: text,
  reason: text,
  inputs: fc.array(fc.option(text), { maxLength: 3 }),
  outputs: fc.array(fc.option(text), { maxLength: 3 }),
  origin: word,
});

export const arbitraryPef: fc.Arbitrary<Pef> = fc
  .record({ symbols: fc.integer({ min: 1, max: 4 }), sections: fc.integer({ min: 1, max: 3 }) })
  .chain((count) => {
    const symbolNames = Array.from({ length: count.symbols }, (_, index) => `symbol/${index}`);
    const sectionNames = Array.from({ length: count.sections }, (_, index) => `s${index}`);
    const binding = fc.record({ name: text, symbol: text });
    const call = fc.oneof(
      fc.constantFrom(...sectionNames).map((name) => ({ kind: "section" as const, section: name })),
      hostCall,
    );
    return fc.record({
      chip: fc.constantFrom(...PRESETS),
      symbols: symbolsNamed(symbolNames),
      sections: fc.tuple(...sectionNames.map((name) => section(name, symbolNames))),
      schedule: fc.array(call, { maxLength: 4 }),
      name: text,
      seed: fc.double(),
      placedChip: text,
      inputs: fc.array(binding, { maxLength: 3 }),
      outputs: fc.array(binding, { maxLength: 3 }),
      options: fc.dictionary(
        fc.string({ maxLength: 8 }).filter((key) => key !== "__proto__"),
        text,
        { maxKeys: 4 },
      ),
      levels: fc.array(fc.record({ level: text, digest: text }), { maxLength: 3 }),
      texts: fc.tuple(text, text, text, text),
      ledger: fc.array(fc.record({ nodes: word, rule: text, verdict: text, reason: text }), { maxLength: 3 }),
    });
  })
  .map(({ chip, symbols, sections, schedule, name, seed, placedChip, texts, options, levels, ...rest }) => ({
    chip,
    flow: { name, symbols, sections: sections.map(([one]) => one), schedule },
    placement: { chip: placedChip, seed, sections: sections.flatMap(([, placed]) => (placed ? [placed] : [])) },
    provenance: {
      tool: texts[0],
      version: texts[1],
      source: texts[2],
      sourceDigest: texts[3],
      options: { ...options },
      levels,
    },
    ...rest,
  }));
