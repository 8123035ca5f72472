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
