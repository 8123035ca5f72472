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
  const written = cases.map(({ title, input, run }) => {
    const found = refusal(run);
    expect(found, title).toContain(`error[${code}]`);
    return `=== ${title}\n${input === undefined ? "" : `${input.trimEnd()}\n`}--->\n${found}\n`;
  });
  await expect(written.join("\n")).toMatchFileSnapshot(new URL(`../errors/${code}.golden`, import.meta.url).pathname);
}
