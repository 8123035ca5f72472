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

test("the outcome does not depend on the order of units and streams", () => {
  const cases = fc.oneof(...Object.values(SECTION_KINDS));
  fc.assert(
    fc.property(cases, fc.array(fc.nat(), { minLength: 30, maxLength: 30 }), (subject, order) => {
      const shuffled = <Item>(items: readonly Item[]): Item[] =>
        items
          .map((item, index) => ({ item, key: order[index % order.length] ?? 0 }))
          .sort((a, b) => a.key - b.key)
          .map(({ item }) => item);
      const { units, streams } = subject.section;
      const memory = subject.memory();
      exact({ ...subject.section, units: shuffled(units), streams: shuffled(streams) }, subject.symbols, memory);
      for (const [name, expected] of subject.expected) expect(valuesOf(subject, memory, name)).toEqual(expected);
    }),
    { numRuns: 60 },
  );
});
