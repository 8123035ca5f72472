import { compileModel } from "@rdu/compiler";
import { type DiagnosticCode, reject } from "@rdu/diagnostics";
import { test } from "vitest";
import { expectErrors } from "../support/error-golden.ts";

const CASES = {
  E0201: {
    "inner dimensions of a product":
      "graph g(%x: f32[8,784], %w: f32[768,128]) -> (%h) {\n  %h = MatMul@13(%x, %w)  // at /fc1/MatMul\n}",
    "operands that do not broadcast": "graph g(%a: f32[2,3], %b: f32[2,4]) -> (%y) {\n  %y = Add@14(%a, %b)\n}",
    "parts of other extents": "graph g(%a: f32[2,3], %b: f32[3,3]) -> (%y) {\n  %y = Concat@13(%a, %b) [axis=1]\n}",
  },
  E0202: {
    "a float and an integer": "graph g(%a: f32[2], %b: i64[2]) -> (%y) {\n  %y = Add@14(%a, %b)\n}",
  },
  E0204: {
    "a kernel with more axes than the image":
      "graph g(%x: f32[1,3,8], %w: f32[4,3,3,3]) -> (%y) {\n  %y = Conv@11(%x, %w)\n}",
    "a matrix product of a cube": "graph g(%a: f32[2,3,4], %b: f32[4,2]) -> (%y) {\n  %y = Gemm@13(%a, %b)\n}",
  },
  E0207: { "an input without a type": "graph g(%x) -> (%y) {\n  %y = Relu@13(%x)\n}" },
  E0301: {
    "all of them at once":
      "graph g(%x: f32[2]) -> (%c) {\n  %a = Sotfmax@13(%x)  // at /head/Softmax\n  %b = Relu@13(%a)\n  %c = com.acme.Frobnicate@1(%b)  // at /head/Frobnicate\n}",
  },
  E0302: { "a version before the operator": "graph g(%x: f32[2]) -> (%y) {\n  %y = Gelu@13(%x)\n}" },
  E0304: {
    "too few": "graph g(%x: f32[2,2]) -> (%y) {\n  %y = MatMul@13(%x)\n}",
    "too many": "graph g(%x: f32[2]) -> (%y) {\n  %y = Relu@13(%x, %x)\n}",
  },
  E0305: {
    "the exponential of integers": "graph g(%x: i64[2]) -> (%y) {\n  %y = Exp@13(%x)\n}",
    "a cast to nothing known": "graph g(%x: f32[2]) -> (%y) {\n  %y = Cast@13(%x) [to=99]\n}",
  },
  E0306: {
    "a way to pad that does not exist":
      'graph g() -> (%y) {\n  const %x: f32[2] = [1.0, 2.0]\n  const %p: i64[2] = [1, 1]\n  %y = Pad@13(%x, %p) [mode="sideways"]\n}',
  },
  E0307: {
    "an index beyond the end":
      "graph g() -> (%y) {\n  const %x: f32[2] = [1.0, 2.0]\n  const %i: i64[1] = [5]\n  %y = Gather@13(%x, %i)\n}",
    "a slice that does not move":
      "graph g(%x: f32[4]) -> (%y) {\n  const %a: i64[1] = [0]\n  const %b: i64[1] = [4]\n  const %s: i64[1] = [0]\n  %y = Slice@13(%x, %a, %b, %a, %s)\n}",
  },
} as const satisfies Partial<Record<DiagnosticCode, Readonly<Record<string, string>>>>;

test.each(Object.keys(CASES) as (keyof typeof CASES)[])("%s", (code) =>
  expectErrors(
    code,
    Object.entries<string>(CASES[code]).map(([title, input]) => ({
      title,
      input,
      run: () =>
        compileModel(
          { kind: "graph", text: input },
          { source: "model.graph" },
          { readExternal: (location) => reject("E0103", location), version: "test" },
        ),
    })),
  ),
);
