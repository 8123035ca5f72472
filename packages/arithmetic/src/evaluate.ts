import { invariant } from "@rdu/diagnostics";
import { expand } from "./expand.ts";
import type { Instruction } from "./instruction.ts";
import type { LaneValue } from "./lane.ts";
import { meaningOf } from "./meaning.ts";

/** Runs the instructions on one lane: takes the values of the input registers, gives those of all registers of the body. */
export type Evaluator = (inputs: readonly LaneValue[]) => LaneValue[];

/** Prepares a body (functions allowed) for repeated evaluation. The body must be well typed, see `checkInstructions`. */
export function evaluatorOf(instructions: readonly Instruction[], inputCount: number): Evaluator {
  const { instructions: primitives, registers } = expand(instructions, inputCount);
  const steps = primitives.map((instruction) => ({ meaning: meaningOf(instruction), operands: instruction.operands }));
  const kept = registers.slice(inputCount);
  return (inputs) => {
    invariant(inputs.length === inputCount, () => `body takes ${inputCount} registers, found ${inputs.length}`);
    const values = [...inputs];
    const valueAt = (step: (typeof steps)[number], position: number): LaneValue => {
      const operand = step.operands[position];
      if (operand === undefined) return 0;
      return typeof operand === "number" ? values[operand]! : operand.value;
    };
    for (const step of steps) values.push(step.meaning(valueAt(step, 0), valueAt(step, 1), valueAt(step, 2)));
    return [...inputs, ...kept.map((register) => values[register]!)];
  };
}

/** The value of one instruction for the values of its operands. */
export function evaluate(instruction: Instruction, operands: readonly LaneValue[]): LaneValue {
  const registers = { ...instruction, operands: operands.map((_, position) => position) };
  return evaluatorOf([registers], operands.length)(operands)[operands.length]!;
}
