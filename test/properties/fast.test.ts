import { compileFast, exact } from "@rdu/simulator";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type SectionCase, valuesOf } from "../support/section-builder.ts";
import { SECTION_KINDS } from "../support/sections.ts";

const runs = 60;

/** What the outputs hold after a run, NaN being one value. */
function outputs(subject: SectionCase, run: (memory: Map<string, Uint8Array>) => void): unknown[] {
  const memory = subject.memory();
  run(memory);
  return [...subject.expected.keys()].map((name) => valuesOf(subject, memory, name));
}

describe("the fast engine stores what the exact one does", () => {
  for (const [kind, sections] of Object.entries(SECTION_KINDS)) {
    test(kind, () => {
      fc.assert(
        fc.property(sections, (subject) => {
          const { section, symbols } = subject;
          const compiled = compileFast(section, symbols);
          const expected = outputs(subject, (memory) => exact(section, symbols, memory));
          expect(outputs(subject, (memory) => compiled.run(memory))).toEqual(expected);
          // A second run finds what the first one left in linear memory.
          expect(outputs(subject, (memory) => compiled.run(memory))).toEqual(expected);
        }),
        { numRuns: runs },
      );
    });
  }
});
