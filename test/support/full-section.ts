import type { Flow } from "@rdu/flow";
import { randomProgram } from "./random-program.ts";

const STAGES = 780;

/** A legal flow of one section, a chain of stages with a buffer behind each, that takes nine tenths of the SN40L's PCUs and PMUs. */
export function fullSection(): Flow {
  // `randomProgram` takes both operands of a stage from here, modulo the number of values: the value before it.
  const stages = Array.from({ length: STAGES }, (_, number) => 256 * (number + 1) + 16 * 15 + 1);
  return randomProgram({ tiles: 4, elements: 64, stages, depth: 2, span: 1 });
}
