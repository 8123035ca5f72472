import { type Diagnostic, type DiagnosticCode, diagnostic } from "@rdu/diagnostics";

/** Beyond this many findings nothing is learnt, and a hostile file could make millions. */
const MOST = 100;

/** Collects what is wrong, with the place it was found at. */
export class Report {
  readonly found: Diagnostic[] = [];
  readonly #at: readonly string[];
  readonly #code: DiagnosticCode;

  constructor(code: DiagnosticCode, at: readonly string[], found: Diagnostic[] = []) {
    this.#code = code;
    this.#at = at;
    this.found = found;
  }

  /** A report of the same findings from further in. */
  within(...at: string[]): Report {
    return new Report(this.#code, [...this.#at, ...at], this.found);
  }

  add(message: string, code = this.#code, notes: readonly string[] = []): void {
    if (this.found.length < MOST) this.found.push(diagnostic(code, message, { at: this.#at, notes }));
  }

  get full(): boolean {
    return this.found.length >= MOST;
  }
}
