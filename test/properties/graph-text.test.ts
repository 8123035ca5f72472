import { CompileError } from "@rdu/diagnostics";
import { parseGraph, payloadsOf, printGraph } from "@rdu/ir";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { arbitraryGraph } from "../support/arbitrary-graphs.ts";

describe("the .graph form", () => {
  test("parse(print(g)) equals g, and the text is a fixed point", () => {
    fc.assert(
      fc.property(arbitraryGraph(2), (graph) => {
        const text = printGraph(graph, { payload: true });
        const again = parseGraph(text);
        expect(again).toEqual(graph);
        expect(printGraph(again, { payload: true })).toBe(text);
      }),
      { numRuns: 1500 },
    );
  });

  test("a name that a subgraph defines without a type has none, whatever is called so around it", () => {
    const text = `graph g(%c: bool) -> (%z) {
  %z = If@21(%c) [] {
    then_branch = graph t(%y: i32[1]) -> (%y) {
    }
    else_branch = graph e(%x) -> (%y) {
      %y: i64[3] = pattern(%x) for i in 3 {  // at a
        r0 = %0[i] else 4
        yield r0 as i64[3] at [i]
      }
    }
  }
  %x: f32[2] = Neg@13(%z)
}
`;
    const again = printGraph(parseGraph(text));
    expect(again).toContain("else 4\n");
    expect(parseGraph(again)).toEqual(parseGraph(text));
  });

  test("bytes by digest come back from a table of payloads", () => {
    fc.assert(
      fc.property(arbitraryGraph(1), (graph) => {
        const payloads = payloadsOf(graph);
        const text = printGraph(graph);
        expect(parseGraph(text, { findPayload: (digest) => payloads.get(digest) })).toEqual(graph);
      }),
      { numRuns: 300 },
    );
  });

  test("an edited text is read or refused with a CompileError, never a crash", () => {
    fc.assert(
      fc.property(arbitraryGraph(1), fc.nat(), fc.nat(20), fc.string({ maxLength: 3 }), (graph, at, cut, insert) => {
        const text = printGraph(graph, { payload: true });
        const place = at % (text.length + 1);
        const edited = text.slice(0, place) + insert + text.slice(place + cut);
        try {
          parseGraph(edited, { file: "edited.graph" });
        } catch (error) {
          expect(error).toBeInstanceOf(CompileError);
        }
      }),
      { numRuns: 1500 },
    );
  });
});
