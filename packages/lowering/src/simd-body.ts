import { type Instruction, type LaneType, laneOf, type Operand, resultType, STORAGE_OF } from "@rdu/arithmetic";
import { elementAt, invariant } from "@rdu/diagnostics";
import type { CounterValue } from "@rdu/flow";
import type { DType } from "@rdu/tensor";
import type { Source } from "./body.ts";
import type { StagePart, StagePlan } from "./plan.ts";

/** Registers of one phase of a unit: its inputs, the counters it looks at, its instructions. */
export interface Phase {
  readonly counters: readonly CounterValue[];
  readonly instructions: readonly Instruction[];
  /** The register a source is in. */
  readonly registerOf: (source: Source) => number;
}

/** Lane type of what a source holds. `dtypeOf` gives the storage type of an operand. */
export function laneTypeOf(source: Source, dtypeOf: (operand: number) => DType): LaneType {
  switch (source.kind) {
    case "read": {
      const lane = laneOf(dtypeOf(source.read.operand));
      invariant(lane !== undefined, "a pattern reads a tensor that no lane holds");
      return lane;
    }
    case "loop":
      return "i32";
    case "immediate":
      return source.immediate.type;
    case "reduction":
      return source.type;
    case "compute":
      return resultType(source.instruction);
  }
}

/** The storage type of a stream between two units of a chain. */
export function streamTypeOf(source: Source, dtypeOf: (operand: number) => DType): DType {
  return STORAGE_OF[laneTypeOf(source, dtypeOf)];
}

/**
 * Numbers the registers of a phase: `inputs` first, then the counters of the loops in use, then instructions. Outputs that are literals get an
 * instruction of their own, since only registers leave a unit. With `drain` the domain is that of a systolic stage's results, whose rows are
 * counted by block and, in the counter after all others, within it.
 */
export function phaseOf(
  plan: StagePlan,
  part: StagePart,
  inputs: readonly Source[],
  computes: readonly Source[],
  outputs: readonly Source[],
  drain = false,
): Phase {
  const registers = new Map<Source, number>(inputs.map((source, index) => [source, index]));
  const loops = loopsUsed(inputs, computes, outputs);
  const counters: CounterValue[] = [];
  const parts = loops.map((loop) => {
    const own = plan.counters.flatMap((counter, index) =>
      counter.loop === loop.loop ? [{ counter: index, scale: counter.scale }] : [],
    );
    if (drain && plan.counters[plan.m]?.loop === loop.loop) own.push({ counter: plan.reduceFrom, scale: 1 });
    const first = counters.length;
    own.forEach(({ counter, scale }, position) => {
      counters.push({ counter, scale, base: position === 0 ? elementAt(part.offsets, loop.loop) : 0 });
    });
    return { loop, first, count: own.length };
  });
  const instructions: Instruction[] = [];
  const base = inputs.length + counters.length;
  const emit = (instruction: Instruction): number => base + instructions.push(instruction) - 1;
  const loopRegisters = new Map<number, number>();
  for (const { loop, first, count } of parts) {
    let register = inputs.length + first;
    for (let index = 1; index < count; index += 1)
      register = emit({ op: "add", type: "i32", operands: [register, inputs.length + first + index] });
    loopRegisters.set(loop.loop, register);
  }
  const operandOf = (source: Source): Operand => {
    if (source.kind === "immediate") return source.immediate;
    if (source.kind === "loop") return loopRegisters.get(source.loop) ?? missing(source);
    return registers.get(source) ?? missing(source);
  };
  for (const source of computes) {
    if (source.kind === "compute")
      registers.set(source, emit({ ...source.instruction, operands: source.operands.map(operandOf) }));
  }
  for (const source of outputs) {
    const operand = operandOf(source);
    if (typeof operand === "number") registers.set(source, operand);
    else
      registers.set(
        source,
        emit({
          op: operand.type === "bool" ? "or" : "add",
          type: operand.type,
          operands: [operand, nothing(operand.type)],
        }),
      );
  }
  return { counters, instructions, registerOf: (source) => registers.get(source) ?? missing(source) };
}

/** What added to a literal leaves it as it is: -0 for floats, since -0 + -0 = -0. */
function nothing(type: LaneType): Operand {
  if (type === "f32" || type === "f64") return { type, value: -0 };
  return { type, value: type === "i64" || type === "u64" ? 0n : 0 };
}

function loopsUsed(
  inputs: readonly Source[],
  computes: readonly Source[],
  outputs: readonly Source[],
): { kind: "loop"; loop: number }[] {
  const found = new Map<number, { kind: "loop"; loop: number }>();
  const add = (source: Source): void => {
    if (source.kind === "loop" && !inputs.includes(source)) found.set(source.loop, source);
  };
  for (const source of computes) if (source.kind === "compute") source.operands.forEach(add);
  outputs.forEach(add);
  return [...found.values()];
}

function missing(source: Source): never {
  invariant(false, `a ${source.kind} is used by a unit that it does not reach`);
}
