import { CODES, documentationOf } from "./codes.ts";
import type { Diagnostic, SourceExcerpt } from "./diagnostic.ts";
import { listed } from "./wording.ts";

/** Paths longer than this are elided in the middle. */
const LONGEST_PATH = 20;
/** A longer source line is cut to this many characters around its first span. */
const LONGEST_LINE = 160;

/**
 * A diagnostic as plain text, without a final newline:
 *
 *     error[E0201]: shapes do not agree: inner dimensions differ: 784 and 768
 *       at mlp.onnx > encoder > /fc1/MatMul
 *        | %h = matmul(%x: f32[8,784], %w: f32[768,128])
 *        |                        ^^^           ^^^
 *       in pass infer-shapes
 *       note: %w is the initializer "fc1.weight"
 *       hint: exported with transB=1? use Gemm, or transpose the weight
 */
export function render(subject: Diagnostic): string {
  const { title } = CODES[subject.code];
  const lines = [
    `${subject.severity}[${subject.code}]: ${title}${subject.message === "" ? "" : `: ${subject.message}`}`,
  ];
  const place = renderPlace(subject);
  if (place !== "") lines.push(`  at ${place}`);
  if (subject.source !== undefined) lines.push(...renderExcerpt(subject.source));
  if (subject.pass !== undefined) lines.push(`  in pass ${subject.pass}`);
  for (const note of subject.notes) lines.push(...hanging("  note: ", note));
  if (subject.hint !== undefined) lines.push(...hanging("  hint: ", subject.hint));
  return lines.join("\n");
}

/** Many diagnostics, a blank line between; past `limit` the rest is counted by code. */
export function renderAll(subjects: readonly Diagnostic[], limit = 20): string {
  const shown = subjects.slice(0, limit).map(render);
  const hidden = subjects.slice(limit);
  if (hidden.length > 0) {
    const counts = new Map<string, number>();
    for (const { code } of hidden) counts.set(code, (counts.get(code) ?? 0) + 1);
    const byCode = [...counts].map(([code, count]) => `${count} × ${code}`);
    shown.push(`and ${hidden.length} more: ${listed(byCode)}`);
  }
  return shown.join("\n\n");
}

/** A diagnostic as plain data for `--json`: the fields of the diagnostic with the title, class and page of its code. */
export function diagnosticToJson(subject: Diagnostic): Readonly<Record<string, unknown>> {
  const { title, class: fault } = CODES[subject.code];
  return { ...subject, title, class: fault, documentation: documentationOf(subject.code) };
}

function renderPlace({ at, source }: Diagnostic): string {
  const half = LONGEST_PATH / 2;
  const path =
    at.length <= LONGEST_PATH ? at : [...at.slice(0, half), `… ${at.length - LONGEST_PATH} more …`, ...at.slice(-half)];
  const [first, ...rest] = path;
  if (source?.line === undefined) return path.join(" > ");
  const position = `${source.line}:${source.spans[0]?.column ?? 1}`;
  return [first === undefined ? `line ${position}` : `${first}:${position}`, ...rest].join(" > ");
}

function renderExcerpt({ text, spans }: SourceExcerpt): string[] {
  const focus = (spans[0]?.column ?? 1) - 1;
  const from =
    text.length <= LONGEST_LINE ? 0 : Math.max(0, Math.min(focus - LONGEST_LINE / 2, text.length - LONGEST_LINE));
  const shown = text.slice(from, from + LONGEST_LINE);
  const carets: string[] = [];
  for (const { column, length } of spans) {
    for (let place = column - 1; place < column - 1 + Math.max(1, length); place += 1) {
      if (place >= from && place <= from + LONGEST_LINE) carets[place - from] = "^";
    }
  }
  // Tabs stay tabs under tabs, so that the carets stand where the eye expects them.
  const under = Array.from(carets, (caret, place) => caret ?? (shown[place] === "\t" ? "\t" : " ")).join("");
  return carets.length === 0 ? [`   | ${shown}`] : [`   | ${shown}`, `   | ${under}`];
}

/** A note of several lines is indented under its first word. */
function hanging(prefix: string, text: string): string[] {
  return text.split("\n").map((line, index) => (index === 0 ? prefix : " ".repeat(prefix.length)) + line);
}
