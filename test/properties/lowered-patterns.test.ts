import { presetChip } from "@rdu/chip";
import { parseGraph } from "@rdu/ir";
import { lower } from "@rdu/lowering";
import { fromNumbers, type Tensor } from "@rdu/tensor";
import { describe, expect, test } from "vitest";
import { runFlow } from "../support/lower-and-run.ts";
import { interpretNodes } from "../support/pattern-interpreter.ts";

const ramp = (...shape: number[]): Tensor => {
  const count = shape.reduce((product, extent) => product * extent, 1);
  return fromNumbers(
    "float32",
    shape,
    Array.from({ length: count }, (_, i) => (((i * 37) % 23) - 11) * 0.125),
  );
};

interface Case {
  readonly inputs: Readonly<Record<string, Tensor>>;
  readonly text: string;
}

/** Patterns that fusion makes of operators, and no operator is by itself. */
const CASES: Readonly<Record<string, Case>> = {
  // Without counting the rows within a block, every row of a block takes the place of its first.
  "the epilogue of a product looks at its row and column": {
    inputs: { a: ramp(20, 8), b: ramp(21, 8) },
    text: `graph g(%a: f32[20,8], %b: f32[21,8]) -> (%y) {
      section s {
        %y: f32[20,21] = pattern(%a, %b) for i in 20, j in 21, reduce k in 8 {
          r0 = %0[i, k]
          r1 = %1[j, k]
          r2 = mul.f32 r0, r1
          r3 = reduce sum.f32 r2
          r4 = loop i
          r5 = loop j
          r6 = ge.i32 r4, r5
          r7 = select.f32 r6, r3, -1.0
          yield r7 as f32[20,21] at [i, j]
        }
      }
    }`,
  },
  // Without taking in what an earlier unit of the chain made, the one that folds both lacks the first.
  "two values folded together, made by a chain of units": {
    inputs: { a: ramp(6, 30), b: ramp(6, 30), c: ramp(6, 30), d: ramp(6, 30), e: ramp(6, 30) },
    text: `graph g(%a: f32[6,30], %b: f32[6,30], %c: f32[6,30], %d: f32[6,30], %e: f32[6,30]) -> (%y) {
      section s {
        %y: f32[6] = pattern(%a, %b, %c, %d, %e) for i in 6, reduce k in 30 {
          r0 = %0[i, k]
          r1 = %1[i, k]
          r2 = max.f32 r0, r1
          r3 = %2[i, k]
          r4 = %3[i, k]
          r5 = %4[i, k]
          r6 = max.f32 r3, r4
          r7 = min.f32 r6, r5
          r8 = neg.f32 r7
          r9 = abs.f32 r8
          r10 = max.f32 r9, r3
          r11 = min.f32 r10, r4
          r12 = neg.f32 r11
          r13 = reduce max.f32 r2
          r14 = reduce min.f32 r12
          r15 = add.f32 r13, r14
          yield r15 as f32[6] at [i]
        }
      }
    }`,
  },
  // An accumulator is free in its own unit and an input of every later one.
  "an accumulator used far down the chain": {
    inputs: { a: ramp(4, 7), b: ramp(4, 9, 7), p: ramp(4, 9), q: ramp(4, 9), r: ramp(4, 9), s: ramp(4, 9) },
    text: `graph g(%a: f32[4,7], %b: f32[4,9,7], %p: f32[4,9], %q: f32[4,9], %r: f32[4,9], %s: f32[4,9]) -> (%y) {
      section s {
        %y: f32[4,9] = pattern(%a, %b, %p, %q, %r, %s) for i in 4, j in 9, reduce k in 7 {
          r0 = %0[i, k]
          r1 = %1[i, j, k]
          r2 = mul.f32 r0, r1
          r3 = reduce sum.f32 r2
          r4 = %2[i, j]
          r5 = add.f32 r3, r4
          r6 = %3[i, j]
          r7 = max.f32 r5, r6
          r8 = %4[i, j]
          r9 = min.f32 r7, r8
          r10 = %5[i, j]
          r11 = add.f32 r9, r10
          r12 = sub.f32 r11, r3
          r13 = max.f32 r12, r4
          yield r13 as f32[4,9] at [i, j]
        }
      }
    }`,
  },
};

describe("lowered patterns agree with their meaning, bit by bit", () => {
  for (const chip of ["sn40l", "mini-4x4"]) {
    for (const [name, { inputs, text }] of Object.entries(CASES)) {
      test(`${name} on ${chip}`, () => {
        const graph = parseGraph(text);
        const given = new Map(Object.entries(inputs));
        const wanted = interpretNodes(graph.nodes, given, () => []);
        const found = runFlow(lower(graph, presetChip(chip)), given);
        expect(found.get("y")).toEqual(wanted.get("y"));
      });
    }
  }
});
