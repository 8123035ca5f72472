import type { Immediate, Instruction, LaneType } from "@rdu/arithmetic";
import { invariant } from "@rdu/diagnostics";
import { DTYPES, integerRange } from "@rdu/tensor";
import type { Code, Local } from "../wasm/code.ts";
import { OP, V } from "../wasm/opcodes.ts";
import { roundVector } from "./round-vector.ts";
import { type Push, pushImmediate, scalarOperation, wasmType } from "./scalar-arithmetic.ts";

/** Lane types that four lanes of a v128 hold. Bools are masks there: all ones or all zeros. */
export function isVectorLane(type: LaneType): boolean {
  return type === "f32" || type === "i32" || type === "u32" || type === "bool";
}

export function pushVectorImmediate(code: Code, { type, value }: Immediate) {
  const number = Number(value);
  if (type === "f32") return code.v128(Float32Array.of(number, number, number, number));
  const bits = type === "bool" ? (number === 0 ? 0 : -1) : number | 0;
  code.v128(Int32Array.of(bits, bits, bits, bits));
}

// biome-ignore format: a table
const BINARY: Readonly<Record<"f32" | "i32" | "u32" | "bool", Readonly<Partial<Record<string, number>>>>> = {
  f32: { add: V.f32x4Add, sub: V.f32x4Sub, mul: V.f32x4Mul, div: V.f32x4Div, min: V.f32x4Min, max: V.f32x4Max,
         eq: V.f32x4Eq, ne: V.f32x4Ne, lt: V.f32x4Lt, le: V.f32x4Le, gt: V.f32x4Gt, ge: V.f32x4Ge },
  i32: { add: V.i32x4Add, sub: V.i32x4Sub, mul: V.i32x4Mul, min: V.i32x4MinS, max: V.i32x4MaxS, and: V.and, or: V.or, xor: V.xor,
         eq: V.i32x4Eq, ne: V.i32x4Ne, lt: V.i32x4LtS, le: V.i32x4LeS, gt: V.i32x4GtS, ge: V.i32x4GeS },
  u32: { add: V.i32x4Add, sub: V.i32x4Sub, mul: V.i32x4Mul, min: V.i32x4MinU, max: V.i32x4MaxU, and: V.and, or: V.or, xor: V.xor,
         eq: V.i32x4Eq, ne: V.i32x4Ne, lt: V.i32x4LtU, le: V.i32x4LeU, gt: V.i32x4GtU, ge: V.i32x4GeU },
  bool: { and: V.and, or: V.or, xor: V.xor, ne: V.xor, eq: V.i32x4Eq },
};

// biome-ignore format: a table
const UNARY: Readonly<Record<"f32" | "i32" | "u32" | "bool", Readonly<Partial<Record<string, number>>>>> = {
  f32: { neg: V.f32x4Neg, abs: V.f32x4Abs, sqrt: V.f32x4Sqrt, floor: V.f32x4Floor, ceil: V.f32x4Ceil, trunc: V.f32x4Trunc, nearest: V.f32x4Nearest },
  i32: { neg: V.i32x4Neg, abs: V.i32x4Abs, not: V.not },
  u32: { neg: V.i32x4Neg, not: V.not },
  bool: { not: V.not },
};

/** Executes a primitive of 32-bit lanes on vectors; leaves the result on the stack. */
export function vectorOperation(code: Code, instruction: Instruction, push: Push) {
  const { op, type, to, storage, operands } = instruction;
  invariant(
    type === "f32" || type === "i32" || type === "u32" || type === "bool",
    () => `${type} is not a vector lane`,
  );
  switch (op) {
    case "select":
      push(1);
      push(2);
      push(0);
      return code.simd(V.bitselect);
    case "convert":
      invariant(to !== undefined && isVectorLane(to), "convert has a type to convert to");
      push(0);
      return convertVector(code, type, to);
    case "reinterpret":
      return push(0);
    case "round":
      invariant(storage !== undefined, "round has a storage type");
      if (roundVector(code, storage, push)) return;
      return laneByLane(code, instruction, push);
    case "wrap": {
      invariant(storage !== undefined, "wrap has a storage type");
      push(0);
      const unused = 32 - DTYPES[storage].bits;
      if (unused === 0) return;
      code.i32(unused);
      code.simd(V.i32x4Shl);
      code.i32(unused);
      return code.simd(DTYPES[storage].class === "int" ? V.i32x4ShrS : V.i32x4ShrU);
    }
    case "saturate":
      invariant(storage !== undefined, "saturate has a storage type");
      if (type === "f32") return laneByLane(code, instruction, push);
      push(0);
      return saturateVector(code, type === "u32", storage);
    case "abs":
      if (type === "u32") return push(0);
      break;
    case "shl":
    case "shr": {
      const amount = operands[1];
      if (typeof amount !== "object") return laneByLane(code, instruction, push);
      push(0);
      code.i32(Number(amount.value) | 0);
      return code.simd(op === "shl" ? V.i32x4Shl : type === "i32" ? V.i32x4ShrS : V.i32x4ShrU);
    }
    default:
      break;
  }
  const binary = BINARY[type][op];
  if (binary !== undefined) {
    push(0);
    push(1);
    return code.simd(binary);
  }
  const unary = UNARY[type][op];
  if (unary === undefined) return laneByLane(code, instruction, push);
  push(0);
  code.simd(unary);
}

/** Takes the scalar in lane `lane` out of a vector of this type; bools become 0 or 1. */
export function extractLane(code: Code, type: LaneType, lane: number) {
  code.lane(type === "f32" ? V.f32x4ExtractLane : V.i32x4ExtractLane, lane);
  if (type !== "bool") return;
  code.i32(1);
  code.op(OP.i32And);
}

/** Runs an operation that has no vector form on one lane after the other. Results of its type only. */
function laneByLane(code: Code, instruction: Instruction, push: Push) {
  const { type, operands } = instruction;
  const vectors: (Local | null)[] = operands.map((operand, position) => {
    if (typeof operand === "object") return null;
    push(position);
    return code.keep("v128");
  });
  const result = code.local("v128");
  for (let lane = 0; lane < 4; lane += 1) {
    if (lane > 0) code.get(result);
    scalarOperation(code, instruction, (position) => {
      const operand = operands[position]!;
      const vector = vectors[position];
      if (typeof operand === "object") return pushImmediate(code, operand);
      code.get(vector!);
      extractLane(code, type, lane);
    });
    const float = wasmType(type) === "f32";
    if (lane === 0) code.simd(float ? V.f32x4Splat : V.i32x4Splat);
    else code.lane(float ? V.f32x4ReplaceLane : V.i32x4ReplaceLane, lane);
    code.set(result);
  }
  code.get(result);
}

function convertVector(code: Code, from: LaneType, to: LaneType) {
  if (from === to) return;
  if (to === "bool") {
    code.v128(new Int32Array(4));
    return code.simd(from === "f32" ? V.f32x4Ne : V.i32x4Ne);
  }
  if (from === "bool") {
    if (to === "f32") code.v128(Float32Array.of(1, 1, 1, 1));
    else code.v128(Int32Array.of(1, 1, 1, 1));
    return code.simd(V.and);
  }
  if (from === "f32") return code.simd(to === "i32" ? V.i32x4TruncSatF32x4S : V.i32x4TruncSatF32x4U);
  if (to === "f32") code.simd(from === "i32" ? V.f32x4ConvertI32x4S : V.f32x4ConvertI32x4U);
}

function saturateVector(code: Code, unsigned: boolean, storage: Parameters<typeof integerRange>[0]) {
  const { least, most } = integerRange(storage);
  const clamp = (bound: bigint, opcode: number): void => {
    const bits = Number(BigInt.asIntN(32, bound));
    code.v128(Int32Array.of(bits, bits, bits, bits));
    code.simd(opcode);
  };
  const reachesBelow = unsigned ? least > 0n : least > -(2n ** 31n);
  const reachesAbove = unsigned ? most < 2n ** 32n - 1n : most < 2n ** 31n - 1n;
  if (reachesAbove) clamp(most, unsigned ? V.i32x4MinU : V.i32x4MinS);
  if (reachesBelow) clamp(least, unsigned ? V.i32x4MaxU : V.i32x4MaxS);
}
