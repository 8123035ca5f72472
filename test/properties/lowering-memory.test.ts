import { presetChip } from "@rdu/chip";
import type { Flow } from "@rdu/flow";
import { parseGraph } from "@rdu/ir";
import { emptyMemory, lower } from "@rdu/lowering";
import { expect, test } from "vitest";

const chip = presetChip("mini-4x4");

/** A product of row `row` of x in one section, and a map in another. */
const graphOf = (row: number, names: readonly [string, string] = ["s0", "s1"]) =>
  parseGraph(`graph g(%x: f32[4,8], %w: f32[8,8]) -> (%y) {
section ${names[0]} {
%p: f32[1,8] = pattern(%x, %w) for j in 8, reduce k in 8 {
r0 = %0[${row}, k]
r1 = %1[k, j]
r2 = mul.f32 r0, r1
r3 = reduce sum.f32 r2
yield r3 as f32[1,8] at [0, j]
}
}
section ${names[1]} {
%y: f32[1,8] = pattern(%p) for j in 8 {
r0 = %0[0, j]
r1 = neg.f32 r0
yield r1 as f32[1,8] at [0, j]
}
}
}
`);
const startOf = (flow: Flow): number[] =>
  flow.sections.flatMap(({ units }) =>
    units.flatMap((unit) => (unit.kind === "load" && unit.symbol === "x" ? [unit.program.address.base] : [])),
  );

test("another try takes over unchanged sections, under the names they have now", () => {
  const memory = emptyMemory();
  const first = lower(graphOf(1), chip, { memory });
  const again = lower(graphOf(1, ["s4", "s5"]), chip, { memory });
  expect(again.sections.map(({ name }) => name)).toEqual(["s4", "s5"]);
  expect(again.sections.map(({ units }) => units)).toEqual(first.sections.map(({ units }) => units));
  expect(again.sections[0]?.units).toBe(first.sections[0]?.units);
});

test("a section that reads another slice is alike, and still made for its own", () => {
  const memory = emptyMemory();
  expect(startOf(lower(graphOf(1), chip, { memory }))).toEqual([8]);
  expect(startOf(lower(graphOf(3), chip, { memory }))).toEqual([24]);
  expect([memory.fits.size, memory.sections.size]).toEqual([2, 3]);
  expect(lower(graphOf(3), chip, { memory })).toEqual(lower(graphOf(3), chip));
});

test("with another microbatch nothing is taken over", () => {
  const memory = emptyMemory();
  const graph = parseGraph(`graph g(%x: f32[12,8]) -> (%y) {
section s0 {
%y: f32[12,8] = pattern(%x) for i in 12, j in 8 {
r0 = %0[i, j]
r1 = neg.f32 r0
yield r1 as f32[12,8] at [i, j]
}
}
}
`);
  for (const most of [6, 3]) {
    const microbatch = { samples: 12, most };
    expect(lower(graph, chip, { microbatch, memory })).toEqual(lower(graph, chip, { microbatch }));
  }
  expect(memory.sections.size).toBe(2);
});
