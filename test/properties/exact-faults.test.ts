import { CompileError } from "@rdu/diagnostics";
import type { Section } from "@rdu/flow";
import { exact } from "@rdu/simulator";
import fc from "fast-check";
import { expect, test } from "vitest";
import { copySection, edited, editMemory, shifted } from "../support/copy-section.ts";
import { counter, domain, type SectionCase, valuesOf, wholeTensor } from "../support/section-builder.ts";
import { gemmSection } from "../support/sections/gemm.ts";
import { softmaxSection } from "../support/sections/softmax.ts";

function run(section: Section): string {
  const { symbols, memory } = copySection();
  try {
    exact(section, symbols, memory());
    return "ok";
  } catch (error) {
    if (!(error instanceof CompileError)) throw error;
    return error.message;
  }
}

test("the section as it should be", () => {
  expect(run(copySection().section)).toBe("ok");
});

test("a writer that waits for its own reader is a deadlock, and the circle is named", () => {
  const section = editMemory((unit) => ({
    handshakes: unit.handshakes.map((each) => ({ ...each, need: { ...each.need, offset: 2, quantum: 2 } })),
  }));
  expect(run(section)).toMatchInlineSnapshot(
    `"E0805: the program deadlocks: buffer.read0 waits for tile 1 of "buffer" from buffer.write0, buffer.write0 waits for room for tile 3 in "buffer" from buffer.read0"`,
  );
});

test("a reader whose writer never comes", () => {
  const { section } = copySection();
  expect(run({ ...section, units: section.units.filter(({ name }) => name !== "load") })).toMatchInlineSnapshot(
    `"E0705: the PEF is not valid: stream to unknown unit "load""`,
  );
});

test("reading before the writer", () => {
  const section = editMemory((unit) => ({
    handshakes: unit.handshakes.map((each) => ({ ...each, need: { ...each.need, offset: 0 } })),
  }));
  expect(run(section)).toMatchInlineSnapshot(
    `"E0806: the program reads memory that nothing wrote: element 8 of "buffer""`,
  );
});

test("a writer that laps its reader is caught by the element in place", () => {
  expect(run(editMemory(() => ({ handshakes: [wholeTensor(0, 0, 4)] })))).toMatchInlineSnapshot(
    `"E0806: the program reads memory that nothing wrote: element 0 of "buffer": its place holds element 16"`,
  );
});

test("an address beyond the unit, the tensor", () => {
  expect(run(editMemory(({ reads }) => ({ reads: reads.map((each) => shifted(each, -1)) })))).toMatchInlineSnapshot(
    `"E0807: the program leaves its address range: address -1 is outside 0 .. 31 in buffer.read0"`,
  );
  const section = edited(copySection().section, "store", (unit) =>
    unit.kind === "store" ? { ...unit, program: shifted(unit.program, -1) } : unit,
  );
  expect(run(section)).toMatchInlineSnapshot(
    `"E0807: the program leaves its address range: address -1 is outside 0 .. 31 in store"`,
  );
});

test("units that disagree about vectors", () => {
  const shorter = domain([counter(4), counter(6, 4)], 1, 1);
  const section = edited(copySection().section, "store", (unit) =>
    unit.kind === "store" ? { ...unit, program: { ...unit.program, domain: shorter } } : unit,
  );
  expect(run(section)).toMatchInlineSnapshot(
    `"E0812: units disagree about a stream: store expects 2 elements of stream "buffer.0", found 4"`,
  );
  const fewer = domain([counter(3), counter(8, 4)], 1, 1);
  const early = edited(copySection().section, "store", (unit) =>
    unit.kind === "store" ? { ...unit, program: { ...unit.program, domain: fewer } } : unit,
  );
  expect(run(early)).toMatchInlineSnapshot(
    `"E0812: units disagree about a stream: store ended with 2 vectors left in stream "buffer.0""`,
  );
});

/** What the run of a damaged section shows: an error, or stored values that differ. */
function isNoticed(subject: SectionCase, section: Section): boolean {
  const memory = subject.memory();
  try {
    exact(section, subject.symbols, memory);
  } catch (error) {
    if (error instanceof CompileError) return true;
    throw error;
  }
  return [...subject.expected].some(([name, expected]) =>
    valuesOf(subject, memory, name).some((value, index) => !Object.is(value, expected[index])),
  );
}

test.each([
  ["gemm", gemmSection],
  ["softmax", softmaxSection],
] as const)("deleting any unit of a %s section is noticed", (_, sections) => {
  fc.assert(
    fc.property(sections, fc.nat(), (subject, pick) => {
      const { units } = subject.section;
      const damaged = units.filter((_, index) => index !== pick % units.length);
      expect(isNoticed(subject, { ...subject.section, units: damaged })).toBe(true);
    }),
    { numRuns: 40 },
  );
});
