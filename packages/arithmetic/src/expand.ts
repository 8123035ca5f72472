import { laneEmitter } from "./emitter.ts";
import { EXPANSIONS } from "./expansions.ts";
import type { Instruction, Operand } from "./instruction.ts";
import { isFunction } from "./signature.ts";
import { mathOf } from "./wide-functions.ts";

export interface ExpandedBody {
  readonly instructions: readonly Instruction[];
  /** For each register of the body given (inputs, then instructions): the register of the expanded body that holds its value. */
  readonly registers: readonly number[];
}

/**
 * The same body in primitives only, except the functions of f64 that stay opcodes (those `mathOf` knows). Every engine executes this
 * form, so functions have the same bits everywhere.
 */
export function expand(instructions: readonly Instruction[], inputCount: number): ExpandedBody {
  const expanded: Instruction[] = [];
  const registers: number[] = Array.from({ length: inputCount }, (_, register) => register);
  const emit = (instruction: Instruction): number => {
    expanded.push(instruction);
    return inputCount + expanded.length - 1;
  };
  for (const instruction of instructions) {
    const { op, type } = instruction;
    const operands = instruction.operands.map(
      (operand): Operand => (typeof operand === "number" ? registers[operand]! : operand),
    );
    if (!isFunction(op) || (type === "f64" && mathOf(op) !== undefined)) {
      registers.push(emit({ ...instruction, operands }));
      continue;
    }
    registers.push(EXPANSIONS[op](laneEmitter(type, emit), operands));
  }
  return { instructions: expanded, registers };
}
