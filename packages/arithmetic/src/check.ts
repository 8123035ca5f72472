import { sameWidth } from "./convert.ts";
import type { Instruction, LaneType } from "./instruction.ts";
import { isLaneValue } from "./lane.ts";
import { isOpcode, operandType, resultType, signatureOf } from "./signature.ts";
import { isIntegerStorage, isRoundingStorage } from "./storage.ts";

export interface CheckedBody {
  /** Lane types of all registers: the inputs, then one per instruction. */
  readonly types: readonly LaneType[];
  /** What is wrong, one line each; empty when the body is well typed. */
  readonly messages: readonly string[];
}

/**
 * Types a body whose first registers are `inputs`. Every operand must be an earlier register or a literal of the type that its place asks
 * for; `to` stands with convert and reinterpret only, `storage` with round, wrap and saturate only.
 */
export function checkInstructions(instructions: readonly Instruction[], inputs: readonly LaneType[]): CheckedBody {
  const types: LaneType[] = [...inputs];
  const messages: string[] = [];
  for (const instruction of instructions) {
    const register = types.length;
    for (const message of checkInstruction(instruction, types)) messages.push(`r${register}: ${message}`);
    types.push(isOpcode(instruction.op) ? resultType(instruction) : instruction.type);
  }
  return { types, messages };
}

function* checkInstruction(instruction: Instruction, types: readonly LaneType[]): Generator<string> {
  const { op, type, operands, to, storage } = instruction;
  if (!isOpcode(op)) {
    yield `unknown operation ${String(op)}`;
    return;
  }
  const signature = signatureOf(op);
  if (!signature.types.includes(type)) yield `${op} does not work in ${type} lanes`;
  if (operands.length !== signature.operands.length) {
    yield `${op} takes ${signature.operands.length} operands, found ${operands.length}`;
  }
  for (const [position, operand] of operands.slice(0, signature.operands.length).entries()) {
    const wanted = operandType(instruction, position);
    if (typeof operand === "number") {
      const found = types[operand];
      if (found === undefined) yield `r${operand} is not an earlier register`;
      else if (found !== wanted)
        yield `operand ${position} of ${op}.${type} must be ${wanted}, r${operand} is ${found}`;
    } else if (operand.type !== wanted) {
      yield `operand ${position} of ${op}.${type} must be ${wanted}, the literal is ${operand.type}`;
    } else if (!isLaneValue(operand.type, operand.value)) {
      yield `${operand.value} is not a value of ${operand.type}`;
    }
  }
  if (op === "convert" || op === "reinterpret") {
    if (to === undefined) yield `${op} needs the lane type to give`;
    else if (op === "reinterpret" && !sameWidth(type, to)) yield `${type} and ${to} differ in width`;
  } else if (to !== undefined) {
    yield `${op} gives no other lane type`;
  }
  if (op === "round" || op === "wrap" || op === "saturate") {
    const legal = type === "f32" ? isRoundingStorage : isIntegerStorage;
    if (storage === undefined) yield `${op} needs a storage type`;
    else if (!legal(storage)) yield `${op}.${type} does not give ${storage}`;
  } else if (storage !== undefined) {
    yield `${op} takes no storage type`;
  }
}
