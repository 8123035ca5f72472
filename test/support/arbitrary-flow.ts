import type { LaneType } from "@rdu/arithmetic";
import type {
  AddressProgram,
  Affine,
  Call,
  Domain,
  Flow,
  Placement,
  Section,
  SectionPlacement,
  Stream,
  TensorSymbol,
  TileMap,
  Unit,
} from "@rdu/flow";
import { ALL_DTYPES, type DType } from "@rdu/tensor";
import fc from "fast-check";

/**
 * Flows and placements of any form, without sense: what the text forms must carry. Numbers are integers that a double
 * holds; names are any strings.
 */
const name = fc.oneof(
  fc.string({ minLength: 1, maxLength: 6 }),
  fc.constantFrom("/fc1/MatMul", "a.b", "none", 'q"x', "x:0"),
);
const natural = fc.oneof(fc.nat({ max: 40 }), fc.constantFrom(2 ** 31, 2 ** 53 - 1));
const integer = fc.oneof(fc.integer({ min: -9, max: 9 }), fc.constantFrom(-(2 ** 40), 2 ** 53 - 1));
const dtype = fc.constantFrom<DType>(...ALL_DTYPES);
const lane = fc.constantFrom<LaneType>("f32", "f64", "i32", "u32", "i64", "u64", "bool");
const element = fc.oneof(fc.double(), fc.bigInt());
const origin = fc.array(fc.oneof(name, fc.string({ unit: "binary" })), { maxLength: 3 });

function optional<Key extends string, Value>(key: Key, value: fc.Arbitrary<Value>) {
  return fc
    .option(value, { nil: undefined })
    .map((found) => (found === undefined ? {} : { [key]: found })) as fc.Arbitrary<{ [K in Key]?: Value }>;
}

const domain: fc.Arbitrary<Domain> = fc
  .array(
    fc
      .tuple(
        fc.record({ extent: natural, step: fc.integer({ min: 1, max: 32 }) }),
        optional("within", fc.nat({ max: 3 })),
      )
      .map(([counter, extra]) => ({ ...counter, ...extra })),
    { maxLength: 4 },
  )
  .chain((counters) =>
    fc.record({
      counters: fc.constant(counters),
      tileDepth: fc.nat({ max: counters.length }),
      vector: fc.integer({ min: -1, max: counters.length - 1 }),
      lanes: fc.integer({ min: 1, max: 64 }),
    }),
  );

function affine(counters: number): fc.Arbitrary<Affine> {
  const strides = fc.array(integer, { minLength: counters, maxLength: counters });
  return fc.record({ base: integer, strides, laneStride: integer });
}

const program: fc.Arbitrary<AddressProgram> = domain.chain((chain) => {
  const form = affine(chain.counters.length);
  const index = fc.record({ stride: integer, bound: integer, perLane: fc.boolean(), clip: fc.boolean() });
  const parts = fc.record({
    domain: fc.constant(chain),
    address: form,
    guards: fc.array(fc.record({ form, bound: integer }), { maxLength: 2 }),
    fill: element,
  });
  return fc.tuple(parts, optional("index", index)).map(([rest, extra]) => ({ ...rest, ...extra }));
});

const tileMap: fc.Arbitrary<TileMap> = fc
  .tuple(
    fc.record({ period: integer, quantum: integer, scale: integer, divisor: integer, offset: integer }),
    optional("delay", integer),
  )
  .map(([map, extra]) => ({ ...map, ...extra }));

const input = fc.record({ dtype, type: lane, broadcast: fc.boolean() });
const output = fc.record({ register: fc.nat({ max: 20 }), dtype });
const counterValue = fc.record({ counter: fc.nat({ max: 9 }), base: integer, scale: integer });
const instruction = fc.oneof(
  fc.constant({ op: "add", type: "f32", operands: [0, { type: "f32", value: Math.fround(0.1) }] } as const),
  fc.constant({ op: "select", type: "i64", operands: [2, 1, { type: "i64", value: -(2n ** 62n) }] } as const),
  fc.constant({ op: "round", type: "f32", operands: [3], storage: "bfloat16" } as const),
  fc.constant({ op: "convert", type: "f32", operands: [1], to: "i32" } as const),
);
const instructions = fc.array(instruction, { maxLength: 3 });
const reduction = fc
  .tuple(
    fc.record({
      combiner: fc.constantFrom("sum", "max", "argmax-first"),
      type: lane,
      register: fc.nat({ max: 9 }),
      gives: fc.constantFrom("value", "index"),
    }),
    optional("index", fc.nat({ max: 9 })),
  )
  .map(([rest, extra]) => ({ ...rest, ...extra }));

const simd = fc.array(input, { maxLength: 4 }).chain((inputs) =>
  fc.record({
    kind: fc.constant("simd"),
    domain,
    reduceFrom: fc.nat({ max: 4 }),
    scan: fc.constantFrom("none", "inclusive", "exclusive"),
    inputs: fc.constant(inputs),
    bodyInputs: fc.nat({ max: inputs.length }),
    counters: fc.array(counterValue, { maxLength: 2 }),
    instructions,
    reductions: fc.array(reduction, { maxLength: 2 }),
    epilogueCounters: fc.array(counterValue, { maxLength: 2 }),
    epilogue: instructions,
    outputs: fc.array(output, { maxLength: 2 }),
  }),
);
const systolic = fc.record({
  kind: fc.constant("systolic"),
  domain,
  m: fc.nat({ max: 4 }),
  rows: fc.integer({ min: 1, max: 16 }),
  accumulate: fc.constantFrom("f32", "i32", "u64"),
  inputs: fc.array(input, { minLength: 2, maxLength: 4 }),
  epilogue: instructions,
  outputs: fc.array(output, { maxLength: 2 }),
});

const unit = fc.oneof(
  fc.record({ kind: fc.constant("load"), name, origin, symbol: name, program }),
  fc
    .tuple(fc.record({ kind: fc.constant("store"), name, origin, symbol: name, program }), optional("initial", element))
    .map(([rest, extra]) => ({ ...rest, ...extra })),
  fc
    .tuple(
      fc.record({
        kind: fc.constant("memory"),
        name,
        origin,
        dtype,
        elements: natural,
        capacity: natural,
        span: natural,
        writes: fc.array(
          fc.tuple(program, fc.nat({ max: 3 })).map(([found, fifo]) => ({ ...found, fifo })),
          { maxLength: 2 },
        ),
        reads: fc.array(program, { maxLength: 2 }),
        handshakes: fc.array(fc.record({ write: natural, read: natural, need: tileMap, grant: tileMap }), {
          maxLength: 2,
        }),
      }),
      optional("initial", element),
    )
    .map(([rest, extra]) => ({ ...rest, ...extra })),
  fc.record({ kind: fc.constant("compute"), name, origin, template: fc.string(), body: fc.oneof(simd, systolic) }),
) as fc.Arbitrary<Unit>;

const port = fc
  .tuple(fc.record({ unit: name, port: fc.nat({ max: 9 }) }), fc.boolean())
  .map(([rest, index]) => (index ? { ...rest, index } : rest));
const stream: fc.Arbitrary<Stream> = fc.record({
  name,
  from: port,
  to: fc.array(port, { minLength: 1, maxLength: 3 }),
  dtype,
  lanes: fc.integer({ min: 1, max: 64 }),
  depth: natural,
});
const section: fc.Arbitrary<Section> = fc.record({
  name,
  units: fc.array(unit, { maxLength: 3 }),
  streams: fc.array(stream, { maxLength: 3 }),
});

const source = fc.oneof(
  fc.record({ kind: fc.constant("inline"), bytes: fc.uint8Array({ maxLength: 100 }) }),
  fc
    .tuple(
      fc.record({ kind: fc.constant("file"), location: fc.string(), offset: natural, length: natural }),
      optional("digest", fc.string()),
    )
    .map(([rest, extra]) => ({ ...rest, ...extra })),
);
const symbol = fc
  .tuple(
    fc.record({
      name,
      dtype,
      shape: fc.array(natural, { maxLength: 3 }),
      role: fc.constantFrom("input", "output", "weight", "state", "intermediate"),
    }),
    optional("alias", name),
    optional("source", source),
    optional("tier", fc.constantFrom("hbm", "ddr", "host")),
    optional("address", natural),
  )
  .map((parts) => Object.assign({}, ...parts)) as fc.Arbitrary<TensorSymbol>;

const call = fc.oneof(
  fc.record({ kind: fc.constant("section"), section: name }),
  fc.record({
    kind: fc.constant("host"),
    name,
    operation: fc.string(),
    reason: fc.string(),
    inputs: fc.array(fc.option(name), { maxLength: 3 }),
    outputs: fc.array(fc.option(name), { maxLength: 3 }),
    origin,
  }),
) as fc.Arbitrary<Call>;

export const arbitraryFlow: fc.Arbitrary<Flow> = fc.record({
  name,
  symbols: fc.array(symbol, { maxLength: 4 }),
  sections: fc.array(section, { maxLength: 2 }),
  schedule: fc.array(call, { maxLength: 3 }),
});

const site = fc.record({ tile: natural, row: natural, column: natural });
const placed: fc.Arbitrary<SectionPlacement> = fc
  .record({
    section: name,
    sites: fc.uniqueArray(fc.tuple(name, fc.array(site, { minLength: 1, maxLength: 3 })), { selector: ([key]) => key }),
    routes: fc.uniqueArray(
      fc.tuple(name, fc.record({ hops: fc.array(fc.record({ from: site, to: site }), { maxLength: 3 }) })),
      { selector: ([key]) => key },
    ),
  })
  .map(({ section: of, sites, routes }) => ({ section: of, sites: new Map(sites), routes: new Map(routes) }));

export const arbitraryPlacement: fc.Arbitrary<Placement> = fc.record({
  chip: name,
  seed: integer,
  sections: fc.array(placed, { maxLength: 2 }),
});
