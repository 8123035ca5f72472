import { chipOf, parseChip, presetChip, printChip, valuesOf } from "@rdu/chip";
import { rejectErrors } from "@rdu/diagnostics";
import { checkPlacement, type Flow, parseFlow, printFlow, verifyFlow } from "@rdu/flow";
import { place } from "@rdu/placement";
import { test } from "vitest";
import { expectErrors } from "../support/error-golden.ts";
import { type ProgramShape, randomProgram } from "../support/random-program.ts";

const chip = presetChip("mini-4x4");
const shape: ProgramShape = { tiles: 4, elements: 32, stages: [17, 33], depth: 2, span: 1 };
const flow = randomProgram(shape);
const flowText = printFlow(flow);

/** A placed program with one thing changed. */
function placedWith(change: (placed: ReturnType<typeof place>) => ReturnType<typeof place>): void {
  const placed = change(place(flow, chip, { seed: 1 }));
  rejectErrors(checkPlacement(placed.flow, chip, placed.placement));
}

function placed(of: Flow, on = chip): void {
  place(of, on, { seed: 1 });
}

test("E0501", () =>
  expectErrors("E0501", [{ title: "a preset misspelt", input: "mini-4x5", run: () => presetChip("mini-4x5") }]));

test("E0502", () => {
  const text = printChip(chip);
  const cases = {
    "a parameter less": text.replace(/ {2}pcu\.simdStages.*\n/, ""),
    "dies that do not come out even": text.replace("tilesPerDie = 1", "tilesPerDie = 3"),
    "more AGCUs than edges have room for": text.replace("agcusPerTile = 2", "agcusPerTile = 40"),
  };
  return expectErrors(
    "E0502",
    Object.entries(cases).map(([title, input]) => ({
      title,
      input: "chip mini-4x4, edited",
      run: () => parseChip(input, "edited.chip"),
    })),
  );
});

test("E0503", () =>
  expectErrors("E0503", [
    {
      title: "more stages than PCUs and PMUs",
      input: "12 stages on mini-4x4",
      run: () => placed(randomProgram({ ...shape, stages: Array.from({ length: 12 }, (_, i) => 1 + 16 * i) })),
    },
  ]));

test("E0504", () =>
  expectErrors("E0504", [
    {
      title: "two inputs and an output larger than HBM and DDR together",
      input: "f32[8192,65536] on mini-4x4",
      run: () => placed(randomProgram({ ...shape, tiles: 8192, elements: 65536 })),
    },
  ]));

test("E0505", () => {
  const cases = {
    "a FIFO that a PMU does not have": { from: "write fifo 0", to: "write fifo 9" },
    "a buffer too large for the PMU": { from: "elements 128 capacity 64", to: "elements 128000 capacity 64000" },
  };
  return expectErrors(
    "E0505",
    Object.entries(cases).map(([title, { from, to }]) => ({
      title,
      input: `${from} -> ${to}`,
      run: () => rejectErrors(verifyFlow(parseFlow(flowText.replace(from, to)), chip)),
    })),
  );
});

test("E0602", () => {
  const base = presetChip("mini-8x8");
  const narrow = chipOf(
    "narrow",
    { ...valuesOf(base), "network.linksPerNeighbour": 1, "pmu.readBytesPerCycle": 1024, "hbm.bytesPerCycle": 4096 },
    base.sources,
  );
  const fan = randomProgram({ ...shape, tiles: 64, elements: 256, stages: Array.from({ length: 12 }, () => 1) });
  return expectErrors("E0602", [
    {
      title: "twelve readers of one PMU with wide ports and single links",
      input: "12 readers",
      run: () => placed(fan, narrow),
    },
  ]);
});

test("E0603", () =>
  expectErrors("E0603", [
    {
      title: "a unit on another one's site",
      input: "unit s1 @ the site of s0",
      run: () =>
        placedWith(({ flow: of, placement }) => ({
          flow: of,
          placement: {
            ...placement,
            sections: placement.sections.map((section) => ({
              ...section,
              sites: new Map([...section.sites, ["s1", section.sites.get("s0") ?? []]]),
            })),
          },
        })),
    },
    {
      title: "a route cut short",
      input: "route x.write without its last hop",
      run: () =>
        placedWith(({ flow: of, placement }) => ({
          flow: of,
          placement: {
            ...placement,
            sections: placement.sections.map((section) => ({
              ...section,
              routes: new Map([
                ...section.routes,
                ["x.write", { hops: section.routes.get("x.write")?.hops.slice(0, -1) ?? [] }],
              ]),
            })),
          },
        })),
    },
    {
      title: "a writer that waits for more than its reader has done",
      input: "grant without delay",
      run: () =>
        placedWith(({ flow: of, placement }) => ({
          flow: parseFlow(printFlow(of).replaceAll(/grant \(1, 1, 0, 1, 1, 2\)/g, "grant (1, 1, 0, 1, 1, 0)")),
          placement,
        })),
    },
  ]));
