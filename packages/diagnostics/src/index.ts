export { CODES, type CodeRow, type DiagnosticCode, documentationOf, exitCodeOf, type FaultClass } from "./codes.ts";
export { CompileError, locating, reject, rejectErrors } from "./compile-error.ts";
export {
  type Diagnostic,
  type DiagnosticDetails,
  diagnostic,
  faultOf,
  type Severity,
  type SourceExcerpt,
  type SourceSpan,
  within,
} from "./diagnostic.ts";
export { elementAt } from "./element-at.ts";
export { inPass } from "./in-pass.ts";
export { InvariantError, invariant, unreachable } from "./invariant.ts";
export { diagnosticToJson, render, renderAll } from "./render.ts";
export { type LexedText, lex } from "./text/lex.ts";
export { Parser } from "./text/parser.ts";
export { Printer } from "./text/printer.ts";
export { describeToken, type Token, type TokenKind } from "./text/token.ts";
export { writeFloat, writeName, writeString, writeValueName } from "./text/write.ts";
export { alternatives, counted, didYouMean, listed, suggest } from "./wording.ts";
