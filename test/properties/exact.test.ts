import { exact } from "@rdu/simulator";
import fc from "fast-check";
import { expect, test } from "vitest";
import { valuesOf } from "../support/section-builder.ts";
import { SECTION_KINDS } from "../support/sections.ts";

test.each(Object.entries(SECTION_KINDS))("%s sections store what plain loops compute", (_, sections) => {
  fc.assert(
    fc.property(sections, (subject) => {
      const memory = subject.memory();
      exact(subject.section, subject.symbols, memory);
      for (const [name, expected] of subject.expected) expect(valuesOf(subject, memory, name)).toEqual(expected);
    }),
    { numRuns: 60 },
  );
});
