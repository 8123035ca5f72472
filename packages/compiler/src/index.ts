export { type Compilation, type CompileSource, compileModel } from "./compile.ts";
export { type GoldenCase, type GoldenResult, runGolden } from "./golden.ts";
export { hashConstants, LEVELS, type LevelName } from "./levels.ts";
export { type CompileEnvironment, type CompileOptions, type CompileSink, settingsOf } from "./options.ts";
export { type CompileReport, type HostCallReport, type PassReport, reportOf, type SectionReport } from "./report.ts";
export { type PassRequest, runPasses } from "./run-passes.ts";
