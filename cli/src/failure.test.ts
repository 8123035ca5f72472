import { readFileSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { CompileError, diagnostic, InvariantError } from "@rdu/diagnostics";
import { expect, test, vi } from "vitest";
import { reportFailure } from "./failure.ts";

function said(error: unknown): { readonly code: number; readonly text: string } {
  const lines: string[] = [];
  const write = vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    lines.push(String(text));
    return true;
  });
  const code = reportFailure(error, ["compile", "model.onnx"]);
  write.mockRestore();
  return { code, text: lines.join("") };
}

test("whose fault it is decides the exit code", () => {
  expect(said(new CompileError([diagnostic("E0301", "Foo")])).code).toBe(1);
  expect(said(new CompileError([diagnostic("E0901", "option"), diagnostic("E0301", "Foo")])).code).toBe(2);
});

test("a fault of ours leaves the input of its pass on disk", () => {
  const graph = "graph g() -> () {\n}\n";
  const { code, text } = said(new InvariantError("one is two", { pass: "fold-views", reproducer: graph }));
  expect(code).toBe(70);
  expect(text).toContain("rdu has a bug: InvariantError: one is two");
  const path = text.trim().split("\n").at(-1)?.trim() ?? "";
  const reproducer = readFileSync(path, "utf8");
  rmSync(dirname(path), { recursive: true });
  expect(reproducer).toContain("// rdu compile model.onnx\n");
  expect(reproducer).toContain("--passes fold-views");
  expect(reproducer.endsWith(graph)).toBe(true);
});
