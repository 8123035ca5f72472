export type { Parameter } from "./check-inputs.ts";
export type { WeightFile, WeightReader } from "./device-tensors.ts";
export type { EngineName } from "./engine.ts";
export type { HostCall, HostEvaluator } from "./host-call.ts";
export { type LoadOptions, load, Program, type RunOptions, type RunResult } from "./program.ts";
