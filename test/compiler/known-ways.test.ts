import { fromNumbers } from "@rdu/tensor";
import { expect, test } from "vitest";
import { filled } from "../operators/sample.ts";
import { compiled, differences } from "../support/run-graph.ts";

const CASES = {
  "items of sequences whose makers are known": {
    text: `graph g(%a: f32[2,3], %b: f32[2,3], %x: f32[5,2]) -> (%y, %z, %n, %w) {
  const %last: i64[] = [-1]
  const %two: i64[] = [2]
  %pair = SequenceConstruct@11(%a, %b)
  %y = ConcatFromSequence@11(%pair) [axis=-1]
  %more = SequenceInsert@11(%pair, %a, %last)
  %z = ConcatFromSequence@11(%more) [axis=-1, new_axis=1]
  %less = SequenceErase@11(%more, %last)
  %n = SequenceLength@11(%less)
  %parts = SplitToSequence@11(%x, %two) [axis=0]
  %w = SequenceAt@11(%parts, %last)
}`,
    inputs: { a: filled("float32", [2, 3], 1), b: filled("float32", [2, 3], 2), x: filled("float32", [5, 2], 3) },
  },
  "a loop of no iterations whose body would change what it carries": {
    text: `graph g(%x: f32[2], %go: bool[]) -> (%y, %all) {
  const %none: i64[] = [0]
  %y, %all = Loop@16(%none, %go, %x) {
    body = graph b(%i: i64[], %on: bool[], %v: f32[2]) -> (%next, %w, %s) {
      %next = Not@1(%on)
      %w = Neg@13(%v)
      %s = Exp@13(%v)
    }
  }
}`,
    inputs: { x: filled("float32", [2], 1), go: fromNumbers("bool", [], [1]) },
  },
  "a loop that counts in floats, within a limit, and a loop inside that counts what the one around has reached": {
    text: `graph g(%x: f32[3,2]) -> (%n, %y, %all) {
  const %first: f32[] = [0.5]
  const %limit: i64[] = [9]
  const %go: bool[] = [true]
  %n, %y, %all = Loop@16(%limit, %go, %first, %x) {
    body = graph b(%i: i64[], %in: bool[], %c: f32[], %v: f32[3,2]) -> (%on, %next, %w, %s) {
      const %step: f32[] = [0.75]
      const %end: f32[] = [2.5]
      const %none: i64[] = [0]
      %next = Add@14(%c, %step)
      %less = Less@13(%next, %end)
      %on = And@7(%less, %in)
      %s = Gather@13(%v, %i)
      %k, %w = Loop@16(_, %in, %none, %v) {
        body = graph c(%j: i64[], %ij: bool[], %d: i64[], %u: f32[3,2]) -> (%further, %e, %t) {
          const %one: i64[] = [1]
          %e = Add@14(%d, %one)
          %further = LessOrEqual@16(%e, %i)
          %t = Tanh@13(%u)
        }
      }
    }
  }
}`,
    inputs: { x: filled("float32", [3, 2], 1) },
  },
} as const;

for (const [title, { text, inputs }] of Object.entries(CASES)) {
  test(`${title}, without a host call`, () => {
    for (const optimize of [0, 1, 3] as const) {
      const { run, hostCalls } = compiled(text, optimize);
      expect(hostCalls).toEqual([]);
      expect(differences(text, inputs, run(inputs, "exact"))).toEqual([]);
    }
  });
}
