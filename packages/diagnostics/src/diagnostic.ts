import { CODES, type DiagnosticCode, type FaultClass } from "./codes.ts";

export type Severity = "error" | "warning";

/** A part of a source line that carets point at. Column is 1-based, in UTF-16 units; length at least 1. */
export interface SourceSpan {
  readonly column: number;
  readonly length: number;
}

/** One line of a text that a diagnostic shows, with the spans that it is about. */
export interface SourceExcerpt {
  /** The whole line, without its line end. */
  readonly text: string;
  /** 1-based, absent when the line was printed for the occasion and stands in no file. */
  readonly line?: number;
  readonly spans: readonly SourceSpan[];
}

export interface Diagnostic {
  readonly code: DiagnosticCode;
  readonly severity: Severity;
  /** What was found and what was expected; follows the title of the code. May be empty. */
  readonly message: string;
  /** Path from the file to the node or the field, outermost first, names as the user wrote them. */
  readonly at: readonly string[];
  readonly source?: SourceExcerpt;
  /** The pass that found it. */
  readonly pass?: string;
  readonly notes: readonly string[];
  readonly hint?: string;
}

export interface DiagnosticDetails {
  readonly at?: readonly string[];
  readonly source?: SourceExcerpt;
  readonly pass?: string;
  readonly notes?: readonly string[];
  /** Replaces the hint of the code. */
  readonly hint?: string;
}

/** Builds a diagnostic; severity follows the letter of the code, the hint defaults to the code's. */
export function diagnostic(code: DiagnosticCode, message: string, details: DiagnosticDetails = {}): Diagnostic {
  const hint = details.hint ?? CODES[code].hint;
  return {
    code,
    severity: code.startsWith("W") ? "warning" : "error",
    message,
    at: details.at ?? [],
    ...(details.source === undefined ? {} : { source: details.source }),
    ...(details.pass === undefined ? {} : { pass: details.pass }),
    notes: details.notes ?? [],
    ...(hint === undefined ? {} : { hint }),
  };
}

/** The same diagnostic seen from further out: `outer` goes in front of its path. */
export function within(outer: readonly string[], inner: Diagnostic): Diagnostic {
  return { ...inner, at: [...outer, ...inner.at] };
}

export function faultOf(subject: Diagnostic): FaultClass {
  return CODES[subject.code].class;
}
