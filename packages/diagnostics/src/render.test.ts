import { expect, test } from "vitest";
import { CODES } from "./codes.ts";
import { CompileError, locating, reject, rejectErrors } from "./compile-error.ts";
import { diagnostic } from "./diagnostic.ts";
import { inPass } from "./in-pass.ts";
import { InvariantError, invariant } from "./invariant.ts";
import { diagnosticToJson, render, renderAll } from "./render.ts";
import { didYouMean, listed, suggest } from "./wording.ts";

test("a diagnostic shows code, place, excerpt, pass, notes and hint", () => {
  const text = "%h = matmul(%x: f32[8,784], %w: f32[768,128])";
  const subject = diagnostic("E0201", "inner dimensions differ: 784 and 768", {
    at: ["mlp.onnx", "encoder", "/fc1/MatMul"],
    source: {
      text,
      spans: [
        { column: text.indexOf("784") + 1, length: 3 },
        { column: text.indexOf("768") + 1, length: 3 },
      ],
    },
    pass: "infer-shapes",
    notes: ['%w is the initializer "fc1.weight"'],
    hint: "exported with transB=1? use Gemm, or transpose the weight",
  });
  expect(render(subject)).toMatchInlineSnapshot(`
    "error[E0201]: shapes do not agree: inner dimensions differ: 784 and 768
      at mlp.onnx > encoder > /fc1/MatMul
       | %h = matmul(%x: f32[8,784], %w: f32[768,128])
       |                       ^^^           ^^^
      in pass infer-shapes
      note: %w is the initializer "fc1.weight"
      hint: exported with transB=1? use Gemm, or transpose the weight"
  `);
  expect(diagnosticToJson(subject)).toMatchObject({ code: "E0201", class: "model", title: "shapes do not agree" });
});

test("long paths, long lines and long lists are elided", () => {
  const at = Array.from({ length: 40 }, (_, depth) => `n${depth}`);
  expect(render(diagnostic("E0403", "x", { at }))).toContain("n9 > … 20 more … > n30");
  const source = { text: `${" ".repeat(400)}X`, spans: [{ column: 401, length: 1 }] };
  const [, , excerpt, carets] = render(diagnostic("E0403", "x", { at: ["a"], source })).split("\n");
  expect(excerpt?.indexOf("X")).toBe(carets?.indexOf("^"));
  expect(excerpt?.length).toBeLessThan(200);
  const many = Array.from({ length: 30 }, () => diagnostic("E0301", "Foo"));
  expect(renderAll(many, 2).split("\n\n").at(-1)).toBe("and 28 more: 28 × E0301");
  expect(listed(["a", "b", "c"], 2)).toBe("a, b and 1 more");
});

test("errors carry their place outwards; warnings alone do not stop", () => {
  const work = () => locating(["m.onnx"], () => reject("E0301", "Foo", { at: ["n"] }));
  expect(() => inPass("check-operators", () => "graph", work)).toThrow(CompileError);
  try {
    inPass("check-operators", () => "graph", work);
  } catch (error) {
    expect((error as CompileError).diagnostics[0]).toMatchObject({ at: ["m.onnx", "n"], pass: "check-operators" });
    expect((error as CompileError).message).toBe("E0301: unknown operator: Foo");
  }
  rejectErrors([diagnostic("W0906", "rule 3")]);
  expect(() => rejectErrors([diagnostic("W0906", "rule 3"), diagnostic("E0301", "Foo")])).toThrow(CompileError);
});

test("a crash in a pass names the pass and keeps its input", () => {
  const crash = () =>
    inPass(
      "fold-constants",
      () => "the text",
      () => {
        invariant(1 > 2, () => "one is not more than two");
      },
    );
  try {
    crash();
    expect.unreachable();
  } catch (error) {
    expect(error).toBeInstanceOf(InvariantError);
    expect(error).toMatchObject({
      message: "fold-constants: one is not more than two",
      pass: "fold-constants",
      reproducer: "the text",
    });
  }
});

test("suggestions need to be near", () => {
  expect(suggest("Sofmax", ["Softmax", "Softplus", "Max"])).toBe("Softmax");
  expect(suggest("sotfmax", ["Softmax"])).toBe("Softmax");
  expect(suggest("Quux", ["Softmax", "Max"])).toBeUndefined();
  expect(didYouMean("Quux", ["Softmax", "Max"])).toBe("known: Softmax, Max");
});

test("titles and hints are worded alike", () => {
  for (const [code, { title, hint }] of Object.entries(CODES)) {
    expect(code).toMatch(/^[EW]\d{4}$/);
    for (const text of [title, hint ?? title]) {
      expect(text, code).not.toMatch(/[.]$/);
      expect(text, code).toMatch(/^[a-z]|^PEF|^FIFO/);
    }
  }
});
