import {
  checkInstructions,
  type Evaluator,
  evaluatorOf,
  type Instruction,
  type LaneType,
  type LaneValue,
  storable,
  toStorage,
} from "@rdu/arithmetic";
import { reject } from "@rdu/diagnostics";
import type { CounterValue, Domain, Input, Output } from "@rdu/flow";
import type { Vector } from "./channel.ts";
import type { Ports } from "./network.ts";
import type { Wait } from "./process.ts";
import type { Firing } from "./walk.ts";

/** A straight-line program with the lane types of all its registers. */
export interface Body {
  readonly types: readonly LaneType[];
  readonly run: Evaluator;
}

/** Rejects with E0705 instructions that are not well typed. */
export function prepareBody(instructions: readonly Instruction[], inputs: readonly LaneType[], unit: string): Body {
  const { types, messages } = checkInstructions(instructions, inputs);
  if (messages.length > 0) reject("E0705", `unit "${unit}": ${messages.join("; ")}`);
  return { types, run: evaluatorOf(instructions, inputs.length) };
}

/** Takes one vector from each input port in `ports`; lane l of the result is element l, or the only element of a broadcast input. */
export function* takeLanes(
  inputs: readonly Input[],
  firstPort: number,
  lanes: number,
  ports: Ports,
): Generator<Wait, LaneValue[][]> {
  const vectors: Vector[] = [];
  for (const [position, input] of inputs.entries()) {
    vectors.push(yield* ports.take(firstPort + position, input.broadcast ? 1 : lanes));
  }
  return Array.from({ length: lanes }, (_, lane) =>
    inputs.map(({ broadcast }, position) => vectors[position]![broadcast ? 0 : lane]!),
  );
}

/** The i32 value of a counter register in one lane; the vector counter counts on through the lanes. */
export function counterValue(
  { counter, base, scale }: CounterValue,
  domain: Domain,
  firing: Firing,
  lane: number,
): number {
  const value = firing.values[counter]! + (counter === domain.vector ? lane : 0);
  return (base + scale * value) | 0;
}

/** Puts the result registers of all lanes on the output ports, rounded or wrapped to storage. */
export function* putOutputs(
  outputs: readonly Output[],
  lanes: readonly (readonly LaneValue[])[],
  types: readonly LaneType[],
  ports: Ports,
  unit: string,
): Generator<Wait, void> {
  for (const [port, { register, dtype }] of outputs.entries()) {
    const type = types[register];
    if (type === undefined || !storable(type, dtype)) {
      reject("E0705", `unit "${unit}" writes ${type ?? "no register"} as ${dtype}`);
    }
    yield* ports.put(
      port,
      lanes.map((registers) => toStorage(registers[register]!, type, dtype)),
    );
  }
}
