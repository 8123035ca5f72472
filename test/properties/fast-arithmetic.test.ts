import {
  evaluatorOf,
  type Instruction,
  LANE_TYPES,
  type LaneType,
  type LaneValue,
  PRIMITIVES,
  type Primitive,
  type PrimitiveRow,
  resultType,
  STORAGE_OF,
} from "@rdu/arithmetic";
import { compileFast } from "@rdu/simulator";
import { ALL_DTYPES, DTYPES, type DType, isSmallFloat } from "@rdu/tensor";
import { describe, expect, test } from "vitest";
import { affine, counter, domain, program, sectionBuilder, valuesOf } from "../support/section-builder.ts";
import { inputOf, simd, valuesFor } from "../support/sections/values.ts";

/** Values at which something changes: limits, halves, zeros of both signs, what is not a number. */
const SPECIAL: Readonly<Record<LaneType, readonly LaneValue[]>> = {
  f32: [
    0,
    -0,
    1,
    -1,
    0.5,
    1.5,
    2.5,
    -2.5,
    65504,
    65519,
    65520,
    2 ** -14,
    2 ** -24,
    2 ** -25,
    2 ** -149,
    3.3895313892515355e38,
    2 ** 31,
    -(2 ** 31),
    2 ** 32,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
  ].map(Math.fround),
  f64: [
    0,
    -0,
    1,
    -1,
    0.5,
    2.5,
    -2.5,
    2 ** 53,
    2 ** 63,
    -(2 ** 63),
    2 ** 64,
    1e300,
    5e-324,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
  ],
  i32: [0, 1, -1, 2, 31, 32, 33, 127, 128, -128, -129, 255, 256, 32767, 32768, 65535, 2147483647, -2147483648],
  u32: [0, 1, 2, 31, 32, 33, 127, 128, 255, 256, 65535, 65536, 2147483647, 2147483648, 4294967295],
  i64: [0n, 1n, -1n, 2n, 31n, 63n, 64n, 65n, 2n ** 53n + 1n, -(2n ** 53n) - 1n, 2n ** 63n - 1n, -(2n ** 63n)],
  u64: [0n, 1n, 2n, 31n, 63n, 64n, 65n, 2n ** 53n + 1n, 2n ** 63n, 2n ** 64n - 1n],
  bool: [0, 1],
};

/** Every pair of special values, and as many others. Rows of 64 go through vectors, of 3 one by one. */
function operandsOf(types: readonly LaneType[]): LaneValue[][] {
  const [first, second] = types.map((type) => SPECIAL[type]);
  const pairs = (first ?? []).flatMap((a) => (second ?? [0]).map((b) => [a, b] as const));
  return types.map((type, position) => [
    ...pairs.map(([a, b]) => (position === 0 ? a : position === 1 ? b : (SPECIAL[type][1] as LaneValue))),
    ...valuesFor(STORAGE_OF[type], 512, position + 7),
  ]);
}

/** Runs one instruction on lists of operands, as a map of rows of `width` elements. */
function run(instruction: Instruction, types: readonly LaneType[], operands: readonly LaneValue[][], width: number) {
  const rows = Math.floor((operands[0]?.length ?? 0) / width);
  const chain = domain([counter(rows), counter(width, 16)], 0, 1);
  const build = sectionBuilder(2);
  const all = program(chain, affine([width + 1, 1], 1));
  const sources = types.map((type, position) => {
    const padded = Array.from({ length: rows }, (_, row) => [
      ...(operands[position] ?? []).slice(row * width, (row + 1) * width),
      0,
    ]);
    const wide = type === "i64" || type === "u64";
    build.input(
      `x${position}`,
      STORAGE_OF[type],
      padded.flat().map((value) => (wide ? BigInt(value) : value)),
    );
    return build.load(`x${position}.load`, `x${position}`, all);
  });
  const dtype = STORAGE_OF[resultType(instruction)];
  const body = simd({
    domain: chain,
    inputs: types.map((type) => inputOf(STORAGE_OF[type])),
    instructions: [instruction],
    outputs: [{ register: types.length, dtype }],
  });
  const [result] = build.compute("map", body, sources);
  build.output("y", dtype, rows * width, []);
  if (result !== undefined) build.store("y.store", "y", program(chain, affine([width, 1], 1)), result);
  const subject = build.build("one instruction");
  const memory = subject.memory();
  compileFast(subject.section, subject.symbols).run(memory);
  return valuesOf(subject, memory, "y");
}

function variants(op: Primitive, type: LaneType): Instruction[] {
  const row: PrimitiveRow = PRIMITIVES[op];
  const plain: Instruction = { op, type, operands: row.operands.map((_, position) => position) };
  const storages = (chosen: (dtype: DType) => boolean): Instruction[] =>
    ALL_DTYPES.filter(chosen).map((storage) => ({ ...plain, storage }));
  const isNarrow = (dtype: DType): boolean => ["int", "uint"].includes(DTYPES[dtype].class) && DTYPES[dtype].bits <= 32;
  switch (op) {
    case "convert":
      return LANE_TYPES.filter((to) => to !== type).map((to) => ({ ...plain, to }));
    case "reinterpret":
      return LANE_TYPES.filter(
        (to) => DTYPES[STORAGE_OF[to]].bits === DTYPES[STORAGE_OF[type]].bits && to !== "bool",
      ).map((to) => ({ ...plain, to }));
    case "round":
      return storages((dtype) => isSmallFloat(dtype) || dtype === "float32");
    case "wrap":
      // Only results that the lane can hold: not u32 as a signed type, nor i32 as uint32.
      return storages(
        (dtype) => isNarrow(dtype) && DTYPES[dtype].bits < 32 && (type === "i32" || DTYPES[dtype].class === "uint"),
      );
    case "saturate":
      return storages(type === "f32" ? (dtype) => isSmallFloat(dtype) || dtype === "float32" : isNarrow);
    default:
      return [plain];
  }
}

describe("the fast engine computes what arithmetic says, four elements at a time and one by one", () => {
  for (const op of Object.keys(PRIMITIVES) as Primitive[]) {
    test(op, () => {
      const row: PrimitiveRow = PRIMITIVES[op];
      for (const type of row.types) {
        for (const instruction of variants(op, type)) {
          const types = row.operands.map((operand): LaneType => (operand === "bool" ? "bool" : type));
          const operands = operandsOf(types);
          const evaluator = evaluatorOf([instruction], types.length);
          const expected = (operands[0] ?? []).map(
            (_, index) => evaluator(operands.map((list) => list[index] as LaneValue))[types.length],
          );
          for (const width of [64, 3]) {
            const results = run(instruction, types, operands, width);
            expect(results, JSON.stringify(instruction)).toEqual(expected.slice(0, results.length));
          }
        }
      }
    });
  }
});
