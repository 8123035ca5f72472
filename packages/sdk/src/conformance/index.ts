export {
  type CaseResult,
  type ConformanceOptions,
  type ConformanceReport,
  conformance,
  type VerdictCounts,
} from "./conformance.ts";
export { type ConformanceCase, findCases } from "./find-cases.ts";
export { type Backend, type CaseOptions, type CaseOutcome, runCase, type Verdict } from "./run-case.ts";
export { conformanceTable } from "./table.ts";
export { serveCases, type WorkerProgram } from "./worker-pool.ts";
