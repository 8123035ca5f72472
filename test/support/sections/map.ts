import { evaluate, type Instruction, type LaneType, type LaneValue, resultType, signatureOf } from "@rdu/arithmetic";
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
import { depth, dtypes, inputOf, lanes, laneTypeOf, STORE_AS, seed, simd, valuesFor } from "./values.ts";
import { whole } from "./whole-tensor.ts";

const MAP_OPS = [
  "add",
  "sub",
  "mul",
  "div",
  "rem",
  "min",
  "max",
  "neg",
  "abs",
  "sqrt",
  "floor",
  "ceil",
  "trunc",
  "nearest",
  "eq",
  "ne",
  "lt",
  "le",
  "gt",
  "ge",
  "and",
  "or",
  "xor",
  "not",
  "shl",
  "shr",
  "select",
  "convert",
  "mod",
  "sign",
  "exp",
  "log",
  "tanh",
  "erf",
  "sigmoid",
  "pow",
  "sin",
  "isnan",
] as const;

/** A random straight-line body over registers of these types, well typed by construction. */
function randomBody(
  inputs: readonly LaneType[],
  choices: readonly number[],
): { instructions: Instruction[]; types: LaneType[] } {
  const types = [...inputs];
  const instructions: Instruction[] = [];
  let position = 0;
  const choose = (count: number): number => (choices[position++ % choices.length] ?? 0) % count;
  for (let step = 0; step < Math.min(choices.length, 8); step += 1) {
    const op = MAP_OPS[choose(MAP_OPS.length)] ?? "add";
    const signature = signatureOf(op);
    const candidates = signature.types.filter((type) => types.includes(type));
    const type = candidates[choose(Math.max(1, candidates.length))];
    if (type === undefined) continue;
    const wanted = signature.operands.map((operand) => (operand === "bool" ? "bool" : type));
    if (wanted.some((each) => !types.includes(each))) continue;
    const operands = wanted.map((each) => {
      const registers = [...types.keys()].filter((register) => types[register] === each);
      return registers[choose(registers.length)] ?? 0;
    });
    const to = (["f32", "i32", "bool", "i64", "f64", "u32"] as const)[choose(6)];
    const instruction: Instruction = { op, type, operands, ...(op === "convert" && to !== undefined ? { to } : {}) };
    instructions.push(instruction);
    types.push(resultType(instruction));
  }
  return { instructions, types };
}

/** y[i,j] = body(x[i,j], b[j], s, i, j): tiles of rows through a circular buffer, a row kept whole, a broadcast scalar. */
export const mapSection: fc.Arbitrary<SectionCase> = fc
  .record({
    rows: fc.integer({ min: 1, max: 7 }),
    columns: fc.integer({ min: 1, max: 37 }),
    tileRows: fc.integer({ min: 1, max: 3 }),
    lanes,
    depth,
    seed,
    buffers: fc.integer({ min: 1, max: 3 }),
    x: dtypes,
    b: dtypes,
    s: dtypes,
    choices: fc.array(fc.nat({ max: 999 }), { minLength: 4, maxLength: 40 }),
    chained: fc.boolean(),
  })
  .map((k) => {
    const build = sectionBuilder(k.depth);
    const chain = domain([counter(k.rows, k.tileRows), counter(k.tileRows, 1, 0), counter(k.columns, k.lanes)], 1, 2);
    const x = valuesFor(k.x, k.rows * k.columns, k.seed);
    const b = valuesFor(k.b, k.columns, k.seed + 1);
    const s = valuesFor(k.s, 1, k.seed + 2);
    build.input("x", k.x, x);
    build.input("b", k.b, b);
    build.input("s", k.s, s);
    const byElement = affine([k.columns, k.columns, 1], 1);
    const tiles = Math.ceil(k.rows / k.tileRows);
    const sources: Source[] = [
      ...build.memory(
        "x.buffer",
        k.x,
        { elements: k.rows * k.columns, capacity: Math.min(k.rows, k.buffers * k.tileRows) * k.columns },
        [[program(chain, byElement), build.load("x.load", "x", program(chain, byElement))]],
        [program(chain, byElement)],
        [tileByTile(0, 0, k.buffers)],
      ),
      ...whole(build, "b", k.b, k.columns, k.lanes, [program(chain, affine([0, 0, 1], 1))]),
      ...whole(build, "s", k.s, 1, 1, [program(scalar(chain), affine([0, 0, 0], 0))]),
    ];
    const types: LaneType[] = [laneTypeOf(k.x), laneTypeOf(k.b), laneTypeOf(k.s), "i32", "i32"];
    const { instructions, types: all } = randomBody(types, k.choices);
    const register = all.length - 1;
    const dtype = STORE_AS[all[register] ?? "f32"];
    let [result] = build.compute(
      "map",
      simd({
        domain: chain,
        inputs: [inputOf(k.x), inputOf(k.b), inputOf(k.s, true)],
        counters: [
          { counter: 1, base: 3, scale: 2 },
          { counter: 2, base: -1, scale: 1 },
        ],
        instructions,
        outputs: [{ register, dtype }],
      }),
      sources,
    );
    if (k.chained && result !== undefined) {
      const type = laneTypeOf(dtype);
      [result] = build.compute(
        "again",
        simd({
          domain: chain,
          inputs: [inputOf(dtype)],
          instructions: [{ op: "eq", type, operands: [0, 0] }],
          outputs: [{ register: 0, dtype }],
        }),
        [result],
      );
    }
    const expected: LaneValue[] = [];
    for (let i = 0; i < k.rows; i += 1) {
      for (let j = 0; j < k.columns; j += 1) {
        const registers: LaneValue[] = [
          x[i * k.columns + j] ?? 0,
          b[j] ?? 0,
          s[0] ?? 0,
          3 + 2 * (i % k.tileRows),
          j - 1,
        ];
        for (const instruction of instructions) registers.push(apply(instruction, registers));
        expected.push(registers[register] ?? 0);
      }
    }
    build.output("y", dtype, expected.length, expected);
    if (result !== undefined) build.store("y.store", "y", program(chain, byElement), result);
    return build.build(`map of ${k.rows}x${k.columns} in ${tiles} tiles`);
  });

function apply(instruction: Instruction, registers: readonly LaneValue[]): LaneValue {
  const values = instruction.operands.map((operand) =>
    typeof operand === "number" ? (registers[operand] ?? 0) : operand.value,
  );
  return evaluate(instruction, values);
}
