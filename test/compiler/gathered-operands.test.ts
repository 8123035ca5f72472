import { describe, expect, test } from "vitest";
import { filled } from "../operators/sample.ts";
import { compiled, differences } from "../support/run-graph.ts";

/**
 * Values are gathered out of the operand at places that all of it must be read for: a buffer of a few rows between operand and gather would wait
 * for the places, and those for the rows behind the buffer.
 */
const CHOICES = {
  "the largest of each row": `graph g(%x: f32[9,150]) -> (%v, %i) {
  const %k: i64[1] = [5]
  %v: f32[9,5], %i: i64[9,5] = TopK@11(%x, %k) [axis=1]
}`,
  "the largest of each row of something computed": `graph g(%x: f32[9,150]) -> (%v, %i) {
  const %k: i64[1] = [5]
  %s: f32[9,150] = Softsign@1(%x)
  %v: f32[9,5], %i: i64[9,5] = TopK@11(%s, %k) [axis=1]
}`,
};

describe.each(Object.entries(CHOICES))("%s", (_, text) => {
  test.each([0, 1, 3] as const)("at O%i", (level) => {
    const inputs = { x: filled("float32", [9, 150], 7) };
    const program = compiled(text, level);
    expect(program.hostCalls).toEqual([]);
    expect(differences(text, inputs, program.run(inputs, "fast"))).toEqual([]);
  });
});
