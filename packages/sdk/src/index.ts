export { type Chip, type ChipRow, PRESETS, parseChip, presetChip, printChip, unitCounts } from "@rdu/chip";
export {
  type Compilation,
  type CompileOptions,
  type CompileReport,
  type CompileSink,
  LEVELS,
  type LevelName,
} from "@rdu/compiler";
export { PRECISIONS, type Precision, parseRules } from "@rdu/fusion";
export type { Pef } from "@rdu/pef";
export type { EngineName, Parameter } from "@rdu/runtime";
export type { ProgramTiming } from "@rdu/simulator";
export {
  DEFAULT_TOLERANCE,
  type DType,
  isTensor,
  numberAt,
  readNpz,
  type Tensor,
  type Tolerance,
  type Value,
} from "@rdu/tensor";
export { type CheckReport, check, type OperatorCheck } from "./check.ts";
export { compareOutputs, type OutputComparison } from "./compare-values.ts";
export { type Compiled, compile, compileSource, compileTo } from "./compile.ts";
export * from "./conformance/index.ts";
export { type ExplainedUnit, type Explanation, explain } from "./explain.ts";
export { fileLength, readFile, readRange, readText, writeFile } from "./files.ts";
export { type GoldenFile, runGoldens } from "./golden.ts";
export { INSPECT_FORMATS, type InspectFormat, type InspectOptions, inspect, levelOfFile } from "./inspect.ts";
export { programPage } from "./inspect-page.ts";
export {
  compileFile,
  type FileKind,
  type FileOptions,
  levelPayloads,
  levelText,
  payloadFinder,
  writePayloads,
} from "./level-files.ts";
export { type LoadOptions, load, type Program, programOf, type RunOptions, type RunResult } from "./load.ts";
export { type Model, type ModelSource, modelSource } from "./model-source.ts";
export { type PassedText, runPassesOn } from "./passes.ts";
export { rememberedPrecision, toleranceOf } from "./precision-tolerance.ts";
export { evaluateSource, importSource, type ReferenceOptions, reference } from "./reference.ts";
export { type ProgramSummary, summarise } from "./summarise.ts";
export {
  chipsTable,
  type KernelRow,
  kernelsTable,
  type OperatorsTableRow,
  operatorsTable,
  type PassRow,
  passesTable,
} from "./tables.ts";
export { type ExpectedTensor, randomTensor, readInput, writeOutput } from "./tensor-files.ts";
export { type DataSet, readDataFolder, readDataSets, typeOfParameter } from "./test-sets.ts";
export { timingOf } from "./timing.ts";
export { type Divergence, type Verification, type VerifiedSet, type VerifyOptions, verify } from "./verify.ts";
export { VERSION } from "./version.ts";
