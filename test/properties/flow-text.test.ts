import { CompileError } from "@rdu/diagnostics";
import { flowToJson, parseFlow, parsePlacement, payloadsOf, printFlow, printPlacement, sectionToDot } from "@rdu/flow";
import fc from "fast-check";
import { expect, test } from "vitest";
import { arbitraryFlow, arbitraryPlacement } from "../support/arbitrary-flow.ts";

test("every flow reads back from its text, and canonical text is a fixed point", () => {
  fc.assert(
    fc.property(arbitraryFlow, (flow) => {
      const text = printFlow(flow);
      const again = parseFlow(text, { payloads: payloadsOf(flow) });
      expect(again).toEqual(flow);
      expect(printFlow(again)).toBe(text);
      const whole = printFlow(flow, { payload: true });
      expect(parseFlow(whole)).toEqual(flow);
      const digestOf = (bytes: Uint8Array): string => bytes.join("-");
      const findPayload = (digest: string) => payloadsOf(flow).find((bytes) => digestOf(bytes) === digest);
      expect(parseFlow(printFlow(flow, { digestOf }), { findPayload })).toEqual(flow);
      JSON.stringify(flowToJson(flow));
      for (const section of flow.sections) expect(sectionToDot(section)).toMatch(/^digraph/);
    }),
    { numRuns: 200 },
  );
});

test("every placement reads back from its text", () => {
  fc.assert(
    fc.property(arbitraryPlacement, (placement) => {
      const text = printPlacement(placement);
      expect(parsePlacement(text)).toEqual(placement);
      expect(printPlacement(parsePlacement(text))).toBe(text);
    }),
    { numRuns: 200 },
  );
});

test("damaged text is a flow or a CompileError, never anything else", () => {
  fc.assert(
    fc.property(arbitraryFlow, fc.nat(), fc.nat({ max: 20 }), fc.string({ maxLength: 3 }), (flow, at, cut, put) => {
      const text = printFlow(flow);
      const from = at % (text.length + 1);
      try {
        parseFlow(text.slice(0, from) + put + text.slice(from + cut), { payloads: payloadsOf(flow) });
      } catch (error) {
        expect(error).toBeInstanceOf(CompileError);
      }
    }),
    { numRuns: 200 },
  );
});
