import { presetChip } from "@rdu/chip";
import { compileModel } from "@rdu/compiler";
import { indexSection, type Section } from "@rdu/flow";
import { expect, test } from "vitest";

const STEPS = 60;
const environment = {
  readExternal: () => {
    throw new Error("there are no files");
  },
  version: "test",
};
const recurrent = (
  steps: number,
): string => `graph g(%x: f32[${steps},1,4], %w: f32[1,4,4], %r: f32[1,4,4], %v: f32[4,4]) -> (%z) {
  %y: f32[${steps},1,1,4] = RNN@14(%x, %w, %r) [hidden_size=4]
  %s: f32[${steps},1,4] = Squeeze@1(%y) [axes=[1]]
  %z: f32[${steps},1,4] = MatMul@13(%s, %v)
}
`;

/** A recurrence over many steps, all of whose states a product reads: with a load for each step it would not fit, nor be placed in time. */
const compiled = compileModel(
  { kind: "graph", text: recurrent(STEPS) },
  { chip: presetChip("mini-8x8") },
  environment,
  "placed",
);
const sections = compiled.placed?.flow.sections ?? [];

test("states are stored where the sequence has them and read as one tensor", () => {
  const symbols = compiled.placed?.flow.symbols.map(({ name }) => name) ?? [];
  expect(symbols).toContain("y");
  const readers = sections.filter(({ units }) => units.some((unit) => unit.kind === "load" && unit.symbol === "y"));
  expect(readers.length).toBe(1);
  const stores = sections.flatMap(({ units }) => units.filter((unit) => unit.kind === "store" && unit.symbol === "y"));
  expect(stores.length).toBe(STEPS);
});

test("sections of steps that are alike are placed alike", () => {
  const placements = compiled.placed?.placement.sections ?? [];
  const shapes = new Map<string, Set<string>>();
  sections.forEach((section, index) => {
    const key = networkOf(section);
    const sites = JSON.stringify([...(placements[index]?.sites.values() ?? [])]);
    shapes.set(key, (shapes.get(key) ?? new Set()).add(sites));
  });
  expect(shapes.size).toBeLessThan(sections.length);
  expect([...shapes.values()].every((sites) => sites.size === 1)).toBe(true);
});

function networkOf(section: Section): string {
  const { units, leaving } = indexSection(section);
  const numbers = new Map([...units.keys()].map((name, number) => [name, number]));
  const to = [...leaving.values()].map((streams) =>
    [...streams.values()].map((stream) => stream.to.map(({ unit }) => numbers.get(unit))),
  );
  return JSON.stringify([[...units.values()].map(({ kind }) => kind), to]);
}
