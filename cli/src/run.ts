import { CommanderError } from "commander";
import { normaliseArguments } from "./arguments.ts";
import { usageError } from "./command.ts";
import { reportFailure } from "./failure.ts";
import { buildProgram } from "./program.ts";

/** Runs one command line and gives its exit code: 0 ok, 1 the model or input is at fault, 2 usage, 70 our bug. */
export async function run(words: readonly string[]): Promise<number> {
  if (words.length === 0) {
    await run(["--help"]);
    return 2;
  }
  let code = 0;
  const program = buildProgram((worse) => {
    code = Math.max(code, worse);
  });
  try {
    await program.parseAsync(normaliseArguments(words), { from: "user" });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return 0;
      return reportFailure(usageError(error), words);
    }
    return reportFailure(error, words);
  }
}
