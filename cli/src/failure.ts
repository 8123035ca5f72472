import { mkdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CompileError, diagnosticToJson, exitCodeOf, faultOf, InvariantError, renderAll } from "@rdu/diagnostics";
import { VERSION } from "@rdu/sdk";
import { printJson } from "./command.ts";

/** Tells what went wrong and gives the exit code: diagnostics without a stack, a fault of ours with stack and reproducer. */
export function reportFailure(error: unknown, words: readonly string[]): number {
  if (error instanceof CompileError) {
    if (words.includes("--json")) printJson({ diagnostics: error.diagnostics.map(diagnosticToJson) });
    else process.stderr.write(`${renderAll(error.diagnostics)}\n`);
    const errors = error.diagnostics.filter(({ severity }) => severity === "error");
    return Math.max(...errors.map((found) => exitCodeOf(faultOf(found))));
  }
  const shown = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`rdu has a bug: ${shown}\n`);
  const path = writeReproducer(error, shown, words);
  process.stderr.write(`Please report it with this file, which holds what was being worked on:\n  ${path}\n`);
  return 70;
}

/** Writes the text that the failing pass was given, with the command line and the stack, into a new folder of its own. */
function writeReproducer(error: unknown, stack: string, words: readonly string[]): string {
  const folder = join(tmpdir(), `rdu-reproducer-${process.pid}`);
  const path = join(folder, "reproducer.txt");
  const pass = error instanceof InvariantError ? error.pass : undefined;
  const input = error instanceof InvariantError ? (error.reproducer ?? "") : "";
  const comment = [
    `rdu ${VERSION}, Node ${process.version}, ${process.platform} ${process.arch}`,
    `rdu ${words.join(" ")}`,
    ...(pass === undefined ? [] : [`in ${pass}; repeat with: rdu opt reproducer.txt --passes ${pass}`]),
    ...stack.split("\n"),
  ];
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(path, `${comment.map((line) => `// ${line}`).join("\n")}\n${input}`);
    return path;
  } catch {
    return "(it could not be written)";
  }
}
