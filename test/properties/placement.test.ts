import { presetChip } from "@rdu/chip";
import { checkPlacement, verifyFlow } from "@rdu/flow";
import { place } from "@rdu/placement";
import fc from "fast-check";
import { expect, test } from "vitest";
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

test("a section of 2000 units is placed and routed in seconds", () => {
  const stages = Array.from({ length: 780 }, (_, i) => 1 + 4 * ((i * 7919) % 4096));
  const flow = randomProgram({ tiles: 4, elements: 64, stages, depth: 2, span: 1 });
  const start = performance.now();
  const { placement } = place(flow, presetChip("sn40l"), { seed: 1 });
  expect(placement.sections[0]?.sites.size).toBeGreaterThan(1800);
  expect(performance.now() - start).toBeLessThan(5000);
});

test("what the placer makes, the checker accepts", () => {
  fc.assert(
    fc.property(shapes, fc.nat({ max: 9 }), (shape, seed) => {
      const { flow, placement } = place(randomProgram(shape), chip, { seed });
      expect(checkPlacement(flow, chip, placement)).toEqual([]);
    }),
  );
});
