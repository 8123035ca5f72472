import { compileModel } from "@rdu/compiler";
import { tileCount } from "@rdu/flow";
import { expect, test } from "vitest";
import { compiled, differences } from "../support/run-graph.ts";

/** Scores of heads that a product gave as one batch and a scale reads as two axes, each operator a section of its own. */
const scores = (length: number): string => `graph g(%a: f32[4,${length},${length}]) -> (%y) {
  const %c: f32[1] = [0.5]
  const %s: i64[4] = [2, 2, ${length}, ${length}]
  %t: f32[4,${length},${length}] = Mul@14(%a, %c)
  %v: f32[2,2,${length},${length}] = Reshape@14(%t, %s)
  %y: f32[2,2,${length},${length}] = Mul@14(%v, %c)
}
`;

test("a view of a tensor in memory is loaded along the view's axes, in as many units and tiles as the tensor itself", () => {
  const environment = {
    readExternal: () => {
      throw new Error("no files");
    },
    version: "test",
  };
  const { placed } = compileModel({ kind: "graph", text: scores(1024) }, { optimize: 0 }, environment, "placed");
  const [first, second] = (placed?.flow.sections ?? []).map(({ units }) => ({
    computes: units.filter(({ kind }) => kind === "compute").length,
    tiles: units.flatMap((unit) => (unit.kind === "load" ? [tileCount(unit.program.domain)] : [])),
  }));
  expect(second).toEqual(first);
  expect(first?.computes).toBe(64);
  expect(new Set(first?.tiles)).toEqual(new Set([4]));
});

test.each([0, 1, 3] as const)("views at -O%s give what the reference gives", (optimize) => {
  const data = Float32Array.from({ length: 4 * 24 * 24 }, (_, index) => Math.sin(index));
  const inputs = { a: { dtype: "float32", shape: [4, 24, 24], data } } as const;
  const outputs = compiled(scores(24), optimize).run(inputs, "exact");
  expect(differences(scores(24), inputs, outputs)).toEqual([]);
});
