import { basename, dirname, resolve } from "node:path";
import { type CompileOptions, runPasses } from "@rdu/compiler";
import type { Diagnostic } from "@rdu/diagnostics";
import { payloadsOf, printGraph } from "@rdu/ir";
import { environmentOf } from "./compile.ts";
import { fileLength, readRange, readText } from "./files.ts";
import { payloadFinder } from "./level-files.ts";
import { externalPath } from "./model-source.ts";

export interface PassedText {
  readonly text: string;
  /** Bytes that the text names by digest. */
  readonly payloads: ReadonlyMap<string, Uint8Array>;
  readonly warnings: readonly Diagnostic[];
}

/** Runs passes, by name and in order, on a .graph file. */
export function runPassesOn(path: string, passes: readonly string[], options: CompileOptions = {}): PassedText {
  const folder = dirname(resolve(path));
  const files = {
    readExternal: (location: string, offset: number, length: number) =>
      readRange(externalPath(folder, location), offset, length),
    externalLength: (location: string) => fileLength(externalPath(folder, location)),
  };
  const request = { text: readText(path), passes, findPayload: payloadFinder(folder) };
  const { graph, report } = runPasses(request, { source: basename(path), ...options }, environmentOf(files));
  return { text: printGraph(graph), payloads: payloadsOf(graph), warnings: report.warnings };
}
