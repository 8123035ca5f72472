import { CODES, type DiagnosticCode } from "./codes.ts";
import { type Diagnostic, type DiagnosticDetails, diagnostic, within } from "./diagnostic.ts";
import { invariant } from "./invariant.ts";

/**
 * The model, the chip description, a file or the command is at fault. Carries every diagnostic found, in the order
 * found; at least one is an error. Its stack is of no interest to anybody and is never shown.
 */
export class CompileError extends Error {
  override readonly name = "CompileError";
  readonly diagnostics: readonly Diagnostic[];

  constructor(diagnostics: readonly Diagnostic[]) {
    const first = diagnostics.find(({ severity }) => severity === "error");
    invariant(first !== undefined, "a CompileError needs at least one error");
    const more = diagnostics.length > 1 ? ` (and ${diagnostics.length - 1} more)` : "";
    super(`${first.code}: ${CODES[first.code].title}${first.message === "" ? "" : `: ${first.message}`}${more}`);
    this.diagnostics = diagnostics;
  }
}

/** Throws a CompileError with this one diagnostic. */
export function reject(code: DiagnosticCode, message: string, details?: DiagnosticDetails): never {
  throw new CompileError([diagnostic(code, message, details)]);
}

/** Throws when any of the diagnostics is an error; warnings alone pass. */
export function rejectErrors(diagnostics: readonly Diagnostic[]): void {
  if (diagnostics.some(({ severity }) => severity === "error")) throw new CompileError(diagnostics);
}

/** Runs `work`; what it rejects is reported with `outer` in front of every path. */
export function locating<Result>(outer: readonly string[], work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof CompileError)) throw error;
    throw new CompileError(error.diagnostics.map((inner) => within(outer, inner)));
  }
}
