import { presetChip } from "@rdu/chip";
import { checkPlacement, verifyFlow } from "@rdu/flow";
import { place } from "@rdu/placement";
import fc from "fast-check";
import { expect, test } from "vitest";
import { fullSection } from "../support/full-section.ts";
import { type ProgramShape, randomProgram } from "../support/random-program.ts";

const shapes: fc.Arbitrary<ProgramShape> = fc.record({
  tiles: fc.integer({ min: 1, max: 6 }),
  elements: fc.integer({ min: 1, max: 100 }),
  stages: fc.array(fc.nat({ max: 65535 }), { minLength: 1, maxLength: 8 }),
  depth: fc.integer({ min: 1, max: 4 }),
  span: fc.integer({ min: 1, max: 2 }),
});

const chip = presetChip("mini-8x8");

test("random programs are legal flows", () => {
  fc.assert(
    fc.property(shapes, (shape) => {
      expect(verifyFlow(randomProgram(shape), chip)).toEqual([]);
    }),
  );
});

test("the same seed gives the same placement", () => {
  fc.assert(
    fc.property(shapes, fc.nat(), (shape, seed) => {
      const flow = randomProgram(shape);
      expect(place(flow, chip, { seed })).toEqual(place(flow, chip, { seed }));
    }),
    { numRuns: 20 },
  );
});

test("a section that fills the chip is placed and routed, and the checker agrees", () => {
  const sn40l = presetChip("sn40l");
  const { flow, placement } = place(fullSection(), sn40l, { seed: 1 });
  expect(placement.sections[0]?.sites.size).toBeGreaterThan(1800);
  expect(checkPlacement(flow, sn40l, placement)).toEqual([]);
});

test("what the placer makes, the checker accepts", () => {
  fc.assert(
    fc.property(shapes, fc.nat({ max: 9 }), (shape, seed) => {
      const { flow, placement } = place(randomProgram(shape), chip, { seed });
      expect(checkPlacement(flow, chip, placement)).toEqual([]);
    }),
  );
});
