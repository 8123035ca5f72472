import { FUNCTIONS } from "./functions.ts";
import type { Instruction, Function as LaneFunction, LaneType, Opcode, Primitive } from "./instruction.ts";
import { type Cost, type OperandType, PRIMITIVES, type ResultType } from "./primitives.ts";

/** What is the same for every use of an opcode. */
export interface Signature {
  readonly operands: readonly OperandType[];
  readonly types: readonly LaneType[];
  readonly result: ResultType;
  readonly cost: Cost;
}

export const OPCODES: readonly Opcode[] = [
  ...(Object.keys(PRIMITIVES) as Primitive[]),
  ...(Object.keys(FUNCTIONS) as LaneFunction[]),
];

export function isOpcode(name: string): name is Opcode {
  return Object.hasOwn(PRIMITIVES, name) || Object.hasOwn(FUNCTIONS, name);
}

export function isFunction(op: Opcode): op is LaneFunction {
  return Object.hasOwn(FUNCTIONS, op);
}

export function signatureOf(op: Opcode): Signature {
  if (!isFunction(op)) return PRIMITIVES[op];
  const { operands, types, result, cost } = FUNCTIONS[op];
  return { operands: operands === 1 ? ["same"] : ["same", "same"], types, result, cost };
}

/** The lane type that an operand must have. */
export function operandType(instruction: Pick<Instruction, "op" | "type">, position: number): LaneType {
  return signatureOf(instruction.op).operands[position] === "bool" ? "bool" : instruction.type;
}

/** The lane type of the register that an instruction defines. */
export function resultType({ op, type, to }: Pick<Instruction, "op" | "type" | "to">): LaneType {
  const { result } = signatureOf(op);
  return result === "bool" ? "bool" : result === "to" ? (to ?? type) : type;
}

/** SIMD stages and tail passes of a straight-line body, as its functions are written, not expanded. */
export function costOf(instructions: readonly Instruction[]): Cost {
  let stages = 0;
  let tail = 0;
  for (const { op } of instructions) {
    const { cost } = signatureOf(op);
    stages += cost.stages;
    tail += cost.tail;
  }
  return { stages, tail };
}
