export { type Compiled, compile, compileSource, compileTo } from "./compile.ts";
export { fileLength, readFile, readRange, writeFile } from "./files.ts";
export { type LoadOptions, load, type Program, programOf, type RunOptions, type RunResult } from "./load.ts";
export { type Model, type ModelSource, modelSource } from "./model-source.ts";
export { evaluateSource, importSource, type ReferenceOptions, reference } from "./reference.ts";
export { VERSION } from "./version.ts";
