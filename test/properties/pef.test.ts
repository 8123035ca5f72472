import { CompileError } from "@rdu/diagnostics";
import { decode, encode, joined } from "@rdu/pef";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { arbitraryPef } from "./pef-arbitrary.ts";

describe("a PEF file", () => {
  test("decodes to what was encoded", () => {
    fc.assert(
      fc.property(arbitraryPef, (pef) => {
        expect(decode(joined(encode(pef)))).toEqual(pef);
      }),
      { numRuns: 300 },
    );
  });

  test("has the same bytes for equal values", () => {
    fc.assert(
      fc.property(arbitraryPef, (pef) => {
        const bytes = joined(encode(pef));
        expect(Buffer.compare(joined(encode(decode(bytes))), bytes)).toBe(0);
      }),
      { numRuns: 200 },
    );
  });

  test("that is cut short is refused", () => {
    fc.assert(
      fc.property(arbitraryPef, fc.nat(), (pef, cut) => {
        const bytes = joined(encode(pef));
        expect(() => decode(bytes.subarray(0, cut % bytes.length))).toThrow(CompileError);
      }),
      { numRuns: 500 },
    );
  });

  test("with any byte changed is refused or, in the padding, the same", () => {
    fc.assert(
      fc.property(arbitraryPef, fc.nat(), fc.integer({ min: 1, max: 255 }), (pef, at, change) => {
        const bytes = joined(encode(pef));
        const index = at % bytes.length;
        bytes[index] = bytes[index]! ^ change;
        const outcome = outcomeOf(() => decode(bytes));
        if (outcome !== undefined) expect(outcome).toEqual(pef);
      }),
      { numRuns: 1000 },
    );
  });

  test("with changed contents under good checksums is a value or refused, quickly", () => {
    // A checksum that is always 0 lets every change through to the decoder.
    const checksum = () => 0;
    fc.assert(
      fc.property(
        arbitraryPef,
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 8 }),
        (pef, changes) => {
          const bytes = joined(encode(pef, { checksum }));
          for (const [at, value] of changes) bytes[64 + (at % (bytes.length - 64))] = value;
          outcomeOf(() => decode(bytes, { checksum }));
        },
      ),
      { numRuns: 1500 },
    );
  });

  test("of any bytes at all is refused", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(() => decode(bytes)).toThrow(CompileError);
      }),
    );
  });
});

/** The value, or undefined for a CompileError; anything else thrown is a failure. */
function outcomeOf<Value>(work: () => Value): Value | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof CompileError) return undefined;
    throw error;
  }
}
