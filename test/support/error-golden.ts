import { CompileError, type DiagnosticCode, renderAll } from "@rdu/diagnostics";
import { expect } from "vitest";

export interface ErrorCase {
  readonly title: string;
  /** What is at fault, when it is a text. */
  readonly input?: string;
  readonly run: () => unknown;
}

/** What a piece of work is refused with. */
export function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof CompileError) return renderAll(error.diagnostics);
    throw error;
  }
  return "nothing was refused";
}

/** Compares all that the cases are refused with to `test/errors/<code>.golden`; each must give the code. */
export async function expectErrors(code: DiagnosticCode, cases: readonly ErrorCase[]): Promise<void> {
  await expectSaid(
    code,
    cases.map(({ title, input, run }) => ({ title, ...(input === undefined ? {} : { input }), said: refusal(run) })),
  );
}

export interface SaidCase {
  readonly title: string;
  /** What is at fault, when it is a text. */
  readonly input?: string;
  /** The diagnostics, rendered. */
  readonly said: string;
}

/** The same for work that has been done. */
export async function expectSaid(code: DiagnosticCode, cases: readonly SaidCase[]): Promise<void> {
  const written = cases.map(({ title, input, said }) => {
    expect(said, title).toContain(`[${code}]`);
    return `=== ${title}\n${input === undefined ? "" : `${input.trimEnd()}\n`}--->\n${said}\n`;
  });
  await expect(written.join("\n")).toMatchFileSnapshot(new URL(`../errors/${code}.golden`, import.meta.url).pathname);
}

/** What work that takes its time is refused with. */
export async function refusalOf(work: () => Promise<unknown>): Promise<string> {
  try {
    await work();
  } catch (error) {
    if (error instanceof CompileError) return renderAll(error.diagnostics);
    throw error;
  }
  return "nothing was refused";
}
