import type { DiagnosticCode } from "@rdu/diagnostics";
import { parseGraph, rejectInvalid } from "@rdu/ir";
import { test } from "vitest";
import { expectErrors } from "../support/error-golden.ts";

const CASES = {
  E0401: {
    "a type without its colon": "graph g(%x f32[2]) -> (%x) {\n}",
    "an element type that does not exist": "graph g(%x: f23[2]) -> (%x) {\n}",
    "a node without an operator": "graph g(%x: f32[2]) -> (%y) {\n  %y: f32[2] = (%x)\n}",
    "an instruction that does not exist":
      "graph g(%x: f32[2]) -> (%y) {\n  %y: f32[2] = pattern(%x) for i in 2 {\n    r0 = %0[i]\n    r1 = multiply.f32 r0, r0\n    yield r1 as f32[2] at [i]\n  }\n}",
    "an empty list of nothing": "graph g(%x: f32[2]) -> (%y) {\n  %y = Sum@13(%x) [axes=[]]\n}",
    "a type without end": `graph g(%x: ${"seq(".repeat(100)}`,
    "text behind the end": "graph g() -> () {\n}\n}",
  },
  E0402: { "an open string": 'graph g() -> () {\n  const %w: f32[2] = file("w.bin, 0, 8)\n}' },
  E0403: {
    "a value": "graph g(%weight: f32[2]) -> (%y) {\n  %y = Relu@13(%wieght)\n}",
    "a value used before it is defined": "graph g() -> (%b) {\n  %b = Relu@13(%a)\n  %a = Relu@13(%b)\n}",
    "an output": "graph g(%x: f32[2]) -> (%z) {\n}",
    "a loop":
      "graph g(%x: f32[2]) -> (%y) {\n  %y: f32[2] = pattern(%x) for row in 2 {\n    r0 = %0[rows]\n    yield r0 as f32[2] at [row]\n  }\n}",
    "an operand":
      "graph g(%x: f32[2]) -> (%y) {\n  %y: f32[2] = pattern(%x) for i in 2 {\n    r0 = %1[i]\n    yield r0 as f32[2] at [i]\n  }\n}",
    "bytes by digest": 'graph g() -> () {\n  const %w: f32[2] = inline("00ff", 8)\n}',
  },
  E0404: {
    "a value": "graph g(%x: f32[2]) -> (%x) {\n  %x = Relu@13(%x)\n}",
    "a loop": "graph g() -> (%y) {\n  %y: f32[2,2] = pattern() for i in 2, i in 2 {\n  }\n}",
    "an attribute": "graph g(%x: f32[2]) -> () {\n  %y = Sum@13(%x) [a=1, a=2]\n}",
  },
  E0405: {
    "elements of a constant": "graph g() -> () {\n  const %w: f32[2] = [1.0, 2.0, 3.0]\n}",
    "an extent": "graph g() -> (%y) {\n  %y: f32[0] = pattern() for i in 0 {\n  }\n}",
    "a literal":
      "graph g(%x: i32[2]) -> (%y) {\n  %y: i32[2] = pattern(%x) for i in 2 {\n    r0 = %0[i]\n    r1 = add.i32 r0, 4294967296\n    yield r1 as i32[2] at [i]\n  }\n}",
  },
  E0406: { "a stray character": "graph g() -> () {\n  `\n}" },
  E0407: {
    "registers out of order":
      "graph g(%x: f32[2]) -> (%y) {\n  %y: f32[2] = pattern(%x) for i in 2 {\n    r1 = %0[i]\n    yield r1 as f32[2] at [i]\n  }\n}",
    "a pattern that reads and writes out of bounds":
      "graph g(%x: f32[2]) -> (%y) {\n  section s0 {\n    %y: f32[2] = pattern(%x) for i in 3 {\n      r0 = %0[i]\n      yield r0 as f32[2] at [i]\n    }\n  }\n}",
    "an operator where patterns are expected": "graph g(%x: f32[2]) -> (%y) {\n  %y: f32[2] = Relu@13(%x)\n}",
  },
} as const satisfies Partial<Record<DiagnosticCode, Readonly<Record<string, string>>>>;

test.each(Object.keys(CASES) as (keyof typeof CASES)[])("%s", (code) =>
  expectErrors(
    code,
    Object.entries<string>(CASES[code]).map(([title, input]) => ({
      title,
      input,
      run: () => rejectInvalid(parseGraph(input, { file: "edited.graph" }), "sections"),
    })),
  ),
);
