import { expect, test } from "vitest";
import initWabt from "wabt";
import { evaluate } from "./evaluate.ts";
import type { Instruction, LaneType, Primitive } from "./instruction.ts";
import type { LaneValue } from "./lane.ts";

/** The machine's own arithmetic as the independent truth: WebAssembly's scalar instructions, by their text. */
// biome-ignore format: a table
const WASM: Readonly<Partial<Record<LaneType, { readonly type: string; readonly ops: Readonly<Partial<Record<Primitive, string>>> }>>> = {
  f32: { type: "f32", ops: { add: "add", sub: "sub", mul: "mul", div: "div", min: "min", max: "max", neg: "neg", abs: "abs", sqrt: "sqrt", floor: "floor", ceil: "ceil", trunc: "trunc", nearest: "nearest", eq: "eq", ne: "ne", lt: "lt", le: "le", gt: "gt", ge: "ge" } },
  f64: { type: "f64", ops: { add: "add", sub: "sub", mul: "mul", div: "div", min: "min", max: "max", neg: "neg", abs: "abs", sqrt: "sqrt", floor: "floor", ceil: "ceil", trunc: "trunc", nearest: "nearest", eq: "eq", ne: "ne", lt: "lt", le: "le", gt: "gt", ge: "ge" } },
  i32: { type: "i32", ops: { add: "add", sub: "sub", mul: "mul", rem: "rem_s", eq: "eq", ne: "ne", lt: "lt_s", le: "le_s", gt: "gt_s", ge: "ge_s", and: "and", or: "or", xor: "xor", shl: "shl", shr: "shr_s" } },
  u32: { type: "i32", ops: { add: "add", sub: "sub", mul: "mul", div: "div_u", rem: "rem_u", eq: "eq", ne: "ne", lt: "lt_u", le: "le_u", gt: "gt_u", ge: "ge_u", and: "and", or: "or", xor: "xor", shl: "shl", shr: "shr_u" } },
  i64: { type: "i64", ops: { add: "add", sub: "sub", mul: "mul", rem: "rem_s", eq: "eq", ne: "ne", lt: "lt_s", le: "le_s", gt: "gt_s", ge: "ge_s", and: "and", or: "or", xor: "xor", shl: "shl", shr: "shr_s" } },
  u64: { type: "i64", ops: { add: "add", sub: "sub", mul: "mul", div: "div_u", rem: "rem_u", eq: "eq", ne: "ne", lt: "lt_u", le: "le_u", gt: "gt_u", ge: "ge_u", and: "and", or: "or", xor: "xor", shl: "shl", shr: "shr_u" } },
};

// biome-ignore format: a table
const CONVERSIONS: readonly (readonly [from: LaneType, to: LaneType, instruction: string])[] = [
  ["f32", "i32", "i32.trunc_sat_f32_s"], ["f32", "u32", "i32.trunc_sat_f32_u"], ["f32", "i64", "i64.trunc_sat_f32_s"], ["f32", "u64", "i64.trunc_sat_f32_u"],
  ["f64", "i32", "i32.trunc_sat_f64_s"], ["f64", "u32", "i32.trunc_sat_f64_u"], ["f64", "i64", "i64.trunc_sat_f64_s"], ["f64", "u64", "i64.trunc_sat_f64_u"],
  ["i32", "f32", "f32.convert_i32_s"], ["u32", "f32", "f32.convert_i32_u"], ["i64", "f32", "f32.convert_i64_s"], ["u64", "f32", "f32.convert_i64_u"],
  ["i32", "f64", "f64.convert_i32_s"], ["u32", "f64", "f64.convert_i32_u"], ["i64", "f64", "f64.convert_i64_s"], ["u64", "f64", "f64.convert_i64_u"],
  ["f64", "f32", "f32.demote_f64"], ["i64", "i32", "i32.wrap_i64"], ["i32", "i64", "i64.extend_i32_s"], ["u32", "i64", "i64.extend_i32_u"],
];

const wasmType = (type: LaneType): string => WASM[type]?.type ?? "i32";
const COMPARE = new Set<Primitive>(["eq", "ne", "lt", "le", "gt", "ge"]);
const UNARY = new Set<Primitive>(["neg", "abs", "sqrt", "floor", "ceil", "trunc", "nearest"]);

async function machine(): Promise<Record<string, (...operands: LaneValue[]) => LaneValue>> {
  const functions: string[] = [];
  for (const [lane, row] of Object.entries(WASM)) {
    for (const [op, name] of Object.entries(row.ops)) {
      const result = COMPARE.has(op as Primitive) ? "i32" : row.type;
      const operands = UNARY.has(op as Primitive) ? 1 : 2;
      const parameters = `(param ${Array(operands).fill(row.type).join(" ")})`;
      const pushes = Array.from({ length: operands }, (_, index) => `local.get ${index}`).join(" ");
      functions.push(`(func (export "${op}.${lane}") ${parameters} (result ${result}) ${pushes} ${row.type}.${name})`);
    }
  }
  for (const [from, to, instruction] of CONVERSIONS) {
    functions.push(
      `(func (export "${from}-${to}") (param ${wasmType(from)}) (result ${wasmType(to)}) local.get 0 ${instruction})`,
    );
  }
  const wabt = await initWabt();
  const { buffer } = wabt.parseWat("arithmetic", `(module ${functions.join("\n")})`).toBinary({});
  const { instance } = await WebAssembly.instantiate(new Uint8Array(buffer));
  return instance.exports as Record<string, (...operands: LaneValue[]) => LaneValue>;
}

function interesting(type: LaneType): LaneValue[] {
  const small = [0, 1, 2, 3, 5, 7, 31, 32, 33, 63, 64, 100];
  switch (type) {
    case "f32":
    case "f64": {
      const values = [
        ...small,
        -0,
        0.5,
        1.5,
        2.5,
        -0.4999999701976776,
        1e-40,
        5e-45,
        2 ** 24,
        2 ** 31,
        2 ** 32,
        2 ** 63,
        2 ** 64,
        3e9,
        1e19,
        1e38,
        8388609.5,
        0.1,
        Number.NaN,
        Number.POSITIVE_INFINITY,
      ];
      return [...values, ...values.map((value) => -value)].map((value) =>
        type === "f32" ? Math.fround(value) : value,
      );
    }
    case "i32":
      return [
        ...small,
        ...small.map((value) => -value | 0),
        2 ** 31 - 1,
        -(2 ** 31),
        1 - 2 ** 31,
        0x55555555,
        123456789,
      ];
    case "u32":
      return [...small, 2 ** 31, 2 ** 31 - 1, 2 ** 32 - 1, 2 ** 32 - 2, 0xaaaaaaaa, 3000000001];
    case "i64":
      return [...small, ...small.map((value) => -value), 2 ** 53]
        .map(BigInt)
        .concat([
          2n ** 63n - 1n,
          -(2n ** 63n),
          2n ** 53n + 1n,
          2n ** 54n + 2n,
          (2n ** 24n + 1n) << 30n,
          ((2n ** 24n + 1n) << 30n) + 1n,
          -((2n ** 24n + 1n) << 30n) - 1n,
          0x123456789abcdefn,
        ]);
    case "u64":
      return [...small, 2 ** 53]
        .map(BigInt)
        .concat([
          2n ** 64n - 1n,
          2n ** 63n,
          2n ** 63n + 2n ** 39n,
          2n ** 63n + 2n ** 39n + 1n,
          2n ** 53n + 1n,
          0xfedcba987654321n,
        ]);
    case "bool":
      return [0, 1];
  }
}

/** WebAssembly hands unsigned integers over as signed ones. */
function unsigned(value: LaneValue, type: LaneType): LaneValue {
  if (type === "u32") return Number(value) >>> 0;
  return type === "u64" ? BigInt.asUintN(64, BigInt(value)) : value;
}

const instance = await machine();

test.each(Object.entries(WASM).flatMap(([type, { ops }]) => Object.keys(ops).map((op) => [op, type] as const)))(
  "%s.%s agrees with the machine",
  (op, type) => {
    const lane = type as LaneType;
    const instruction: Instruction = {
      op: op as Primitive,
      type: lane,
      operands: UNARY.has(op as Primitive) ? [0] : [0, 1],
    };
    const values = interesting(lane);
    for (const a of values) {
      for (const b of UNARY.has(op as Primitive) ? [0] : values) {
        if ((op === "div" || op === "rem") && (b === 0 || b === 0n) && lane !== "f32" && lane !== "f64") continue;
        const operands = UNARY.has(op as Primitive) ? [a] : [a, b];
        const truth = instance[`${op}.${type}`]?.(...operands) ?? 0;
        const result = COMPARE.has(op as Primitive) ? truth : unsigned(truth, lane);
        expect(evaluate(instruction, operands), `${op}.${type} ${operands}`).toBe(result);
      }
    }
  },
);

test.each(CONVERSIONS)("%s to %s agrees with the machine", (from, to) => {
  for (const value of interesting(from)) {
    const truth = unsigned(instance[`${from}-${to}`]?.(value) ?? 0, to);
    expect(evaluate({ op: "convert", type: from, operands: [0], to }, [value]), `${value}`).toBe(truth);
  }
});

const INT_MIN = -(2 ** 31);
// biome-ignore format: a table
const STATED: readonly (readonly [string, Instruction, readonly LaneValue[], LaneValue])[] = [
  ["division by zero gives 0", { op: "div", type: "i32", operands: [0, 1] }, [7, 0], 0],
  ["division by zero gives 0", { op: "div", type: "u64", operands: [0, 1] }, [7n, 0n], 0n],
  ["remainder by zero gives 0", { op: "rem", type: "i64", operands: [0, 1] }, [7n, 0n], 0n],
  ["the least integer over -1 wraps", { op: "div", type: "i32", operands: [0, 1] }, [INT_MIN, -1], INT_MIN],
  ["the least integer over -1 wraps", { op: "div", type: "i64", operands: [0, 1] }, [-(2n ** 63n), -1n], -(2n ** 63n)],
  ["division truncates", { op: "div", type: "i32", operands: [0, 1] }, [-7, 2], -3],
  ["the least integer has no absolute value", { op: "abs", type: "i32", operands: [0] }, [INT_MIN], INT_MIN],
  ["negation wraps", { op: "neg", type: "u32", operands: [0] }, [1], 2 ** 32 - 1],
  ["complement", { op: "not", type: "u64", operands: [0] }, [0n], 2n ** 64n - 1n],
  ["complement of bool", { op: "not", type: "bool", operands: [0] }, [1], 0],
  ["remainder has the sign of the dividend", { op: "rem", type: "f32", operands: [0, 1] }, [-7, 3], -1],
  ["mod has the sign of the divisor", { op: "mod", type: "i32", operands: [0, 1] }, [-7, 3], 2],
  ["mod has the sign of the divisor", { op: "mod", type: "i64", operands: [0, 1] }, [7n, -3n], -2n],
  ["mod by zero gives 0", { op: "mod", type: "i32", operands: [0, 1] }, [7, 0], 0],
  ["NaN is true", { op: "convert", type: "f32", operands: [0], to: "bool" }, [Number.NaN], 1],
  ["-0 is false", { op: "convert", type: "f32", operands: [0], to: "bool" }, [-0], 0],
  ["integers wrap to narrower ones", { op: "wrap", type: "i32", operands: [0], storage: "int8" }, [200], -56],
  ["four bits", { op: "wrap", type: "u32", operands: [0], storage: "uint4" }, [31], 15],
  ["and saturate", { op: "saturate", type: "i32", operands: [0], storage: "uint8" }, [-5], 0],
  ["bfloat16 ties to even", { op: "round", type: "f32", operands: [0], storage: "bfloat16" }, [1 + 2 ** -8], 1],
  ["bfloat16 ties to even", { op: "round", type: "f32", operands: [0], storage: "bfloat16" }, [1 + 3 * 2 ** -8], 1 + 2 ** -6],
  ["float16 overflows to infinity", { op: "round", type: "f32", operands: [0], storage: "float16" }, [65520], Number.POSITIVE_INFINITY],
  ["an 8-bit float saturates when asked", { op: "saturate", type: "f32", operands: [0], storage: "float8e4m3fn" }, [1e6], 448],
  ["else it has NaN", { op: "round", type: "f32", operands: [0], storage: "float8e4m3fn" }, [1e6], Number.NaN],
  ["bits of one", { op: "reinterpret", type: "f32", operands: [0], to: "i32" }, [1], 0x3f800000],
  ["bits of one", { op: "reinterpret", type: "f64", operands: [0], to: "u64" }, [1], 0x3ff0000000000000n],
  ["select", { op: "select", type: "i64", operands: [0, 1, 2] }, [0, 1n, 2n], 2n],
  ["sign of an integer", { op: "sign", type: "i64", operands: [0] }, [-5n], -1n],
  ["sign of an unsigned integer", { op: "sign", type: "u32", operands: [0] }, [5], 1],
];

test.each(STATED)("%s", (_, instruction, operands, result) => {
  expect(evaluate(instruction, operands)).toBe(result);
});
