import { CompileError } from "./compile-error.ts";
import { InvariantError } from "./invariant.ts";

/**
 * Runs one pass so that whatever goes wrong in it names the pass: a CompileError has `pass` set on each diagnostic
 * that lacks it, anything else becomes an InvariantError that carries the pass and the text of its input.
 *
 * @param reproducer prints the input of the pass; called only on failure.
 */
export function inPass<Result>(pass: string, reproducer: () => string, run: () => Result): Result {
  try {
    return run();
  } catch (error) {
    if (error instanceof CompileError) {
      throw new CompileError(error.diagnostics.map((found) => ({ ...found, pass: found.pass ?? pass })));
    }
    if (error instanceof InvariantError && error.pass !== undefined) throw error;
    const message = error instanceof Error ? error.message : String(error);
    throw new InvariantError(`${pass}: ${message}`, { pass, ...reproduced(reproducer), cause: error });
  }
}

/** Printing may itself fail on a broken value; the first failure is the one worth reporting. */
function reproduced(reproducer: () => string): { reproducer?: string } {
  try {
    return { reproducer: reproducer() };
  } catch {
    return {};
  }
}
