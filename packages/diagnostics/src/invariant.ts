/** We are at fault: something that must hold does not. Shown with its stack; a command ends with exit code 70. */
export class InvariantError extends Error {
  override readonly name = "InvariantError";
  /** The pass or stage that was running. */
  readonly pass?: string;
  /** The input of that pass as text, enough to repeat the failure. */
  readonly reproducer?: string;

  constructor(message: string, details: { pass?: string; reproducer?: string; cause?: unknown } = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    if (details.pass !== undefined) this.pass = details.pass;
    if (details.reproducer !== undefined) this.reproducer = details.reproducer;
  }
}

/** Throws an InvariantError unless `condition` holds. Pass a function when the message is costly to make. */
export function invariant(condition: unknown, message: string | (() => string)): asserts condition {
  if (!condition) throw new InvariantError(typeof message === "string" ? message : message());
}

/** For the end of a switch over a union: not to be reached, and a type error when a case is missing. */
export function unreachable(value: never, what = "case"): never {
  throw new InvariantError(`${what} is not handled: ${JSON.stringify(value) ?? String(value)}`);
}
