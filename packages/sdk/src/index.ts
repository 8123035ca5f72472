export { compareOutputs, type OutputComparison } from "./compare-values.ts";
export { type Compiled, compile, compileSource, compileTo } from "./compile.ts";
export {
  type CaseResult,
  type ConformanceOptions,
  type ConformanceReport,
  conformance,
  type VerdictCounts,
} from "./conformance/conformance.ts";
export { type ConformanceCase, findCases } from "./conformance/find-cases.ts";
export { type Backend, type CaseOptions, type CaseOutcome, runCase, type Verdict } from "./conformance/run-case.ts";
export { conformanceTable } from "./conformance/table.ts";
export { serveCases, type WorkerProgram } from "./conformance/worker-pool.ts";
export { type DataSet, readDataSets } from "./data-sets.ts";
export { fileLength, readFile, readRange, writeFile } from "./files.ts";
export { type LoadOptions, load, type Program, programOf, type RunOptions, type RunResult } from "./load.ts";
export { type Model, type ModelSource, modelSource } from "./model-source.ts";
export { evaluateSource, importSource, type ReferenceOptions, reference } from "./reference.ts";
export { type ExpectedTensor, randomTensor, readInput, writeOutput } from "./tensor-files.ts";
export { type Divergence, type Verification, type VerifiedSet, type VerifyOptions, verify } from "./verify.ts";
export { VERSION } from "./version.ts";
