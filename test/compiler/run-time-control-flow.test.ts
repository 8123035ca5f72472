import type { Tensor } from "@rdu/tensor";
import { describe, expect, test } from "vitest";
import { filled, integers, scalar } from "../operators/sample.ts";
import { compiled, differences, type Inputs } from "../support/run-graph.ts";

const bool = (value: boolean): Tensor => scalar("bool", value ? 1 : 0);
const x = filled("float32", [2, 3], 1);

interface Case {
  readonly title: string;
  readonly text: string;
  readonly inputs: readonly Inputs[];
  /** Inputs that stop the run. */
  readonly refused?: readonly Inputs[];
}

const ON_THE_CHIP: readonly Case[] = [
  {
    title: "both branches, one of them chosen",
    text: `graph g(%c: bool[1], %x: f32[2,3], %i: i64[2]) -> (%y, %z) {
  %y, %z = If@16(%c) {
    else_branch = graph e() -> (%a, %b) {
      %a = Exp@13(%x)
      %b = Div@14(%i, %i)
    }
    then_branch = graph t() -> (%p, %i) {
      %p = Log@13(%x)
    }
  }
}`,
    inputs: [true, false].map((c) => ({ c: { ...bool(c), shape: [1] }, x, i: integers([0, 3]) })),
  },
  {
    title: "branches of one operator",
    text: `graph g(%c: bool[], %x: f32[2,3]) -> (%y) {
  %y = If@16(%c) {
    else_branch = graph e() -> (%a) {
      %a = Neg@13(%x)
    }
    then_branch = graph t() -> (%b) {
      %b = Abs@13(%x)
    }
  }
}`,
    inputs: [true, false].map((c) => ({ c: bool(c), x })),
  },
  {
    title: "as many iterations as the body wants, five at most",
    text: `graph g(%go: bool[], %x: f32[], %limit: f32[]) -> (%y, %n) {
  const %most: i64[] = [5]
  const %zero: i64[] = [0]
  const %one: i64[] = [1]
  %y: f32[], %n: i64[] = Loop@16(%most, %go, %x, %zero) {
    body = graph b(%i: i64[], %in: bool[], %v: f32[], %k: i64[]) -> (%on, %w, %l) {
      %w = Add@14(%v, %v)
      %l = Add@14(%i, %one)
      %on = Less@13(%w, %limit)
    }
  }
}`,
    inputs: [
      { go: bool(true), x: scalar("float32", 1), limit: scalar("float32", 7) },
      { go: bool(true), x: scalar("float32", 1), limit: scalar("float32", 1e9) },
      { go: bool(true), x: scalar("float32", 1), limit: scalar("float32", 0) },
      { go: bool(false), x: scalar("float32", 1), limit: scalar("float32", 7) },
    ],
  },
  {
    title: "as many iterations as the declared length says",
    text: `graph g(%n: i64[], %go: bool[], %x: f32[2]) -> (%last, %all) {
  %last: f32[2], %all: f32[3,2] = Loop@16(%n, %go, %x) {
    body = graph b(%i: i64[], %in: bool[], %v: f32[2]) -> (%on, %w, %s) {
      %on = Identity@16(%in)
      %w = Add@14(%v, %v)
      %s = Neg@13(%v)
    }
  }
}`,
    inputs: [{ n: scalar("int64", 3), go: bool(true), x: filled("float32", [2], 3) }],
    refused: [
      { n: scalar("int64", 4), go: bool(true), x: filled("float32", [2], 3) },
      { n: scalar("int64", 1), go: bool(true), x: filled("float32", [2], 3) },
      { n: scalar("int64", 3), go: bool(false), x: filled("float32", [2], 3) },
      { n: scalar("int64", -3), go: bool(true), x: filled("float32", [2], 3) },
    ],
  },
  {
    title: "a scan over a batch, backwards in one operand",
    text: `graph g(%h: f32[2,2], %x: f32[2,3,2], %z: f32[2,3,1]) -> (%last, %all) {
  %last, %all = Scan@8(_, %h, %x, %z) [num_scan_inputs=2, directions=[0, 1]] {
    body = graph b(%s: f32[2], %e: f32[2], %f: f32[1]) -> (%t, %o) {
      %u = Mul@7(%e, %f)
      %t = Add@7(%s, %u)
      %o = Neg@6(%t)
    }
  }
}`,
    inputs: [
      { h: filled("float32", [2, 2], 4), x: filled("float32", [2, 3, 2], 5), z: filled("float32", [2, 3, 1], 6) },
    ],
  },
  {
    title: "attention with subgraphs on scores and weights, heads in groups",
    text: `graph g(%q: f32[1,4,3,2], %k: f32[1,2,5,2], %v: f32[1,2,5,3]) -> (%y) {
  const %half: f32[] = [0.5]
  %y = ai.onnx.preview.FlexAttention@1(%q, %k, %v) [scale=0.7] {
    prob_mod = graph p(%w: f32[?,?,?,?]) -> (%u) {
      %u = Mul@14(%w, %half)
    }
    score_mod = graph m(%s: f32[?,?,?,?]) -> (%t) {
      %t = Tanh@13(%s)
    }
  }
}`,
    inputs: [
      {
        q: filled("float32", [1, 4, 3, 2], 1),
        k: filled("float32", [1, 2, 5, 2], 2),
        v: filled("float32", [1, 2, 5, 3], 3),
      },
    ],
  },
];

describe("control flow that the run decides, on the chip", () => {
  for (const { title, text, inputs, refused = [] } of ON_THE_CHIP)
    test(title, () => {
      for (const optimize of [0, 1, 3] as const) {
        const { run, hostCalls } = compiled(text, optimize);
        expect(hostCalls).toEqual([]);
        for (const engine of ["fast", "exact"] as const) {
          for (const given of inputs) expect(differences(text, given, run(given, engine))).toEqual([]);
          for (const given of refused) expect(() => run(given, engine)).toThrow(/^E0807: .*shape_as_declared/);
        }
      }
    });
});

/** An index outside stops the run, so only the branch that is taken may look it up. */
test("a branch that could stop the run stays on the host", () => {
  const text = `graph g(%c: bool[], %x: f32[2], %i: i64[1]) -> (%y) {
  const %one: i64[1] = [1]
  %y: f32[1] = If@16(%c) {
    else_branch = graph e() -> (%a) {
      %a = Gather@13(%x, %one)
    }
    then_branch = graph t() -> (%b) {
      %b = Gather@13(%x, %i)
    }
  }
}`;
  expect(compiled(text, 1).hostCalls).toEqual(["its way is known only at run time"]);
});
