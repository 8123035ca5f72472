import type { Immediate, Instruction, LaneType } from "@rdu/arithmetic";
import { invariant } from "@rdu/diagnostics";
import { DTYPES, integerRange } from "@rdu/tensor";
import { hostFunction } from "../host-functions.ts";
import type { Code } from "../wasm/code.ts";
import { OP, TRUNC, type WasmType } from "../wasm/opcodes.ts";
import { roundScalar } from "./round-scalar.ts";

/** The WebAssembly type of a lane. */
export function wasmType(type: LaneType): WasmType {
  switch (type) {
    case "f32":
    case "f64":
      return type;
    case "i64":
    case "u64":
      return "i64";
    default:
      return "i32";
  }
}

export function pushImmediate(code: Code, { type, value }: Immediate) {
  switch (wasmType(type)) {
    case "f32":
      return code.f32(Number(value));
    case "f64":
      return code.f64(Number(value));
    case "i64":
      return code.i64(BigInt(value));
    default:
      return code.i32(Number(value) | 0);
  }
}

/** Puts operand `position` on the stack. */
export type Push = (position: number) => void;

// biome-ignore format: a table
const BINARY: Readonly<Record<"f32" | "f64" | "i32" | "u32" | "i64" | "u64", Readonly<Partial<Record<string, number>>>>> = {
  f32: { add: OP.f32Add, sub: OP.f32Sub, mul: OP.f32Mul, div: OP.f32Div, min: OP.f32Min, max: OP.f32Max,
         eq: OP.f32Eq, ne: OP.f32Ne, lt: OP.f32Lt, le: OP.f32Le, gt: OP.f32Gt, ge: OP.f32Ge },
  f64: { add: OP.f64Add, sub: OP.f64Sub, mul: OP.f64Mul, div: OP.f64Div, min: OP.f64Min, max: OP.f64Max,
         eq: OP.f64Eq, ne: OP.f64Ne, lt: OP.f64Lt, le: OP.f64Le, gt: OP.f64Gt, ge: OP.f64Ge },
  i32: { add: OP.i32Add, sub: OP.i32Sub, mul: OP.i32Mul, and: OP.i32And, or: OP.i32Or, xor: OP.i32Xor, shl: OP.i32Shl, shr: OP.i32ShrS,
         eq: OP.i32Eq, ne: OP.i32Ne, lt: OP.i32LtS, le: OP.i32LeS, gt: OP.i32GtS, ge: OP.i32GeS },
  u32: { add: OP.i32Add, sub: OP.i32Sub, mul: OP.i32Mul, and: OP.i32And, or: OP.i32Or, xor: OP.i32Xor, shl: OP.i32Shl, shr: OP.i32ShrU,
         eq: OP.i32Eq, ne: OP.i32Ne, lt: OP.i32LtU, le: OP.i32LeU, gt: OP.i32GtU, ge: OP.i32GeU },
  i64: { add: OP.i64Add, sub: OP.i64Sub, mul: OP.i64Mul, and: OP.i64And, or: OP.i64Or, xor: OP.i64Xor, shl: OP.i64Shl, shr: OP.i64ShrS,
         eq: OP.i64Eq, ne: OP.i64Ne, lt: OP.i64LtS, le: OP.i64LeS, gt: OP.i64GtS, ge: OP.i64GeS },
  u64: { add: OP.i64Add, sub: OP.i64Sub, mul: OP.i64Mul, and: OP.i64And, or: OP.i64Or, xor: OP.i64Xor, shl: OP.i64Shl, shr: OP.i64ShrU,
         eq: OP.i64Eq, ne: OP.i64Ne, lt: OP.i64LtU, le: OP.i64LeU, gt: OP.i64GtU, ge: OP.i64GeU },
};

// biome-ignore format: a table
const UNARY: Readonly<Record<"f32" | "f64", Readonly<Partial<Record<string, number>>>>> = {
  f32: { neg: OP.f32Neg, abs: OP.f32Abs, sqrt: OP.f32Sqrt, floor: OP.f32Floor, ceil: OP.f32Ceil, trunc: OP.f32Trunc, nearest: OP.f32Nearest },
  f64: { neg: OP.f64Neg, abs: OP.f64Abs, sqrt: OP.f64Sqrt, floor: OP.f64Floor, ceil: OP.f64Ceil, trunc: OP.f64Trunc, nearest: OP.f64Nearest },
};

/** Executes a primitive on scalars; leaves the result on the stack. Bools are 0 or 1. */
export function scalarOperation(code: Code, instruction: Instruction, push: Push) {
  const { op, type, to, storage } = instruction;
  switch (op) {
    case "select":
      push(1);
      push(2);
      push(0);
      return code.op(OP.select);
    case "convert":
      invariant(to !== undefined, "convert has a type to convert to");
      push(0);
      return convertScalar(code, type, to);
    case "reinterpret":
      invariant(to !== undefined, "reinterpret has a type to read the bits as");
      push(0);
      return reinterpretScalar(code, wasmType(type), wasmType(to));
    case "round":
      invariant(storage !== undefined, "round has a storage type");
      push(0);
      return roundScalar(code, storage);
    case "wrap": {
      invariant(storage !== undefined, "wrap has a storage type");
      push(0);
      const unused = 32 - DTYPES[storage].bits;
      if (unused === 0) return;
      code.i32(unused);
      code.op(OP.i32Shl);
      code.i32(unused);
      return code.op(DTYPES[storage].class === "int" ? OP.i32ShrS : OP.i32ShrU);
    }
    case "saturate":
      invariant(storage !== undefined, "saturate has a storage type");
      push(0);
      if (type === "f32") {
        if (storage !== "float32") code.call(hostFunction(`saturate_${storage}`));
        return;
      }
      return saturateInteger(code, type === "u32", storage);
    default:
      break;
  }
  if (type === "bool") return boolOperation(code, op, push);
  const binary = BINARY[type][op];
  if (binary !== undefined) {
    push(0);
    push(1);
    return code.op(binary);
  }
  const unary = type === "f32" || type === "f64" ? UNARY[type][op] : undefined;
  if (unary !== undefined) {
    push(0);
    return code.op(unary);
  }
  if (type === "f32" || type === "f64") return floatCall(code, op, type, push);
  integerOperation(code, op, type, push);
}

function boolOperation(code: Code, op: string, push: Push) {
  push(0);
  if (op === "not") return code.op(OP.i32Eqz);
  push(1);
  const opcode = { and: OP.i32And, or: OP.i32Or, xor: OP.i32Xor, ne: OP.i32Xor, eq: OP.i32Eq }[op];
  invariant(opcode !== undefined, () => `${op}.bool is no primitive`);
  code.op(opcode);
}

/** rem, and in f64 the functions of the host. */
function floatCall(code: Code, op: string, type: "f32" | "f64", push: Push) {
  const operands = op === "rem" || op === "pow" ? 2 : 1;
  for (let position = 0; position < operands; position += 1) {
    push(position);
    if (type === "f32") code.op(OP.f64PromoteF32);
  }
  code.call(hostFunction(op));
  if (type === "f32") code.op(OP.f32DemoteF64);
}

/** Integer operations that WebAssembly lacks or traps on. */
function integerOperation(code: Code, op: string, type: "i32" | "u32" | "i64" | "u64", push: Push) {
  const wide = type === "i64" || type === "u64";
  const signed = type === "i32" || type === "i64";
  const zero = (): void => (wide ? code.i64(0n) : code.i32(0));
  const minusOne = (): void => (wide ? code.i64(-1n) : code.i32(-1));
  const sub = wide ? OP.i64Sub : OP.i32Sub;
  const result = wasmType(type);
  push(0);
  const a = code.keep(result);
  switch (op) {
    case "neg":
      zero();
      code.get(a);
      return code.op(sub);
    case "not":
      code.get(a);
      minusOne();
      return code.op(wide ? OP.i64Xor : OP.i32Xor);
    case "abs":
      if (!signed) return code.get(a);
      zero();
      code.get(a);
      code.op(sub);
      code.get(a);
      code.get(a);
      zero();
      code.op(wide ? OP.i64LtS : OP.i32LtS);
      return code.op(OP.select);
    default:
      break;
  }
  push(1);
  const b = code.keep(result);
  const less = { i32: OP.i32LtS, u32: OP.i32LtU, i64: OP.i64LtS, u64: OP.i64LtU }[type];
  switch (op) {
    case "min":
    case "max":
      code.get(a);
      code.get(b);
      code.get(op === "min" ? a : b);
      code.get(op === "min" ? b : a);
      code.op(less);
      return code.op(OP.select);
    case "div":
    case "rem": {
      const opcode = {
        i32: [OP.i32DivS, OP.i32RemS],
        u32: [OP.i32DivU, OP.i32RemU],
        i64: [OP.i64DivS, OP.i64RemS],
        u64: [OP.i64DivU, OP.i64RemU],
      }[type][op === "div" ? 0 : 1]!;
      const divide = (): void => {
        code.get(a);
        code.get(b);
        code.op(opcode);
      };
      const byMinusOne = (): void => {
        code.get(b);
        minusOne();
        code.op(wide ? OP.i64Eq : OP.i32Eq);
        code.if(
          () => {
            zero();
            if (op === "rem") return;
            code.get(a);
            code.op(sub);
          },
          divide,
          result,
        );
      };
      code.get(b);
      code.op(wide ? OP.i64Eqz : OP.i32Eqz);
      return code.if(zero, signed ? byMinusOne : divide, result);
    }
    default:
      invariant(false, () => `${op}.${type} is no primitive`);
  }
}

function reinterpretScalar(code: Code, from: WasmType, to: WasmType) {
  if (from === to) return;
  const opcode = {
    f32: OP.i32ReinterpretF32,
    f64: OP.i64ReinterpretF64,
    i32: OP.f32ReinterpretI32,
    i64: OP.f64ReinterpretI64,
    v128: undefined,
  }[from];
  invariant(opcode !== undefined, () => `${from} is not reinterpreted`);
  code.op(opcode);
}

function convertScalar(code: Code, from: LaneType, to: LaneType) {
  if (from === to) return;
  const source = wasmType(from);
  const target = wasmType(to);
  const unsigned = from === "u32" || from === "u64" || from === "bool";
  if (to === "bool") {
    if (source === "f32") code.f32(0);
    else if (source === "f64") code.f64(0);
    else if (source === "i64") code.i64(0n);
    else code.i32(0);
    return code.op({ f32: OP.f32Ne, f64: OP.f64Ne, i64: OP.i64Ne, i32: OP.i32Ne, v128: 0 }[source]);
  }
  if (source === target) return;
  if (target === "f32" || target === "f64") {
    const opcodes =
      target === "f32"
        ? {
            f32: [0, 0],
            f64: [OP.f32DemoteF64, OP.f32DemoteF64],
            i32: [OP.f32ConvertI32S, OP.f32ConvertI32U],
            i64: [OP.f32ConvertI64S, OP.f32ConvertI64U],
            v128: [0, 0],
          }
        : {
            f64: [0, 0],
            f32: [OP.f64PromoteF32, OP.f64PromoteF32],
            i32: [OP.f64ConvertI32S, OP.f64ConvertI32U],
            i64: [OP.f64ConvertI64S, OP.f64ConvertI64U],
            v128: [0, 0],
          };
    return code.op(opcodes[source][unsigned ? 1 : 0]!);
  }
  if (source === "f32" || source === "f64") {
    const place = { i32: 0, u32: 1, i64: 4, u64: 5 }[to as "i32" | "u32" | "i64" | "u64"];
    return code.truncate(place + (source === "f32" ? TRUNC.i32F32S : TRUNC.i32F64S));
  }
  if (target === "i32") return code.op(OP.i32WrapI64);
  code.op(unsigned ? OP.i64ExtendI32U : OP.i64ExtendI32S);
}

function saturateInteger(code: Code, unsigned: boolean, storage: Parameters<typeof integerRange>[0]) {
  const { least, most } = integerRange(storage);
  const value = code.keep("i32");
  const clamp = (bound: bigint, opcode: number): void => {
    code.get(value);
    code.i32(Number(BigInt.asIntN(32, bound)));
    code.get(value);
    code.i32(Number(BigInt.asIntN(32, bound)));
    code.op(opcode);
    code.op(OP.select);
    code.set(value);
  };
  const reachesBelow = unsigned ? least > 0n : least > -(2n ** 31n);
  const reachesAbove = unsigned ? most < 2n ** 32n - 1n : most < 2n ** 31n - 1n;
  if (reachesAbove) clamp(most, unsigned ? OP.i32LtU : OP.i32LtS);
  if (reachesBelow) clamp(least, unsigned ? OP.i32GtU : OP.i32GtS);
  code.get(value);
}
