import { CompileError } from "@rdu/diagnostics";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { siteKind, sitesOf, unitCounts } from "./geometry.ts";
import { chipOf, PARAMETERS, type ParameterPath, parameterPaths, valuesOf } from "./parameter.ts";
import { PRESETS, presetChip } from "./presets.ts";
import { chipTable } from "./table.ts";
import { parseChip, printChip } from "./text.ts";
import { verifyChip } from "./verify.ts";

describe("presets", () => {
  test.each(PRESETS.map((chip) => [chip.name, chip] as const))("%s is valid and reads back", (_, chip) => {
    expect(verifyChip(chip)).toEqual([]);
    const text = printChip(chip);
    expect(parseChip(text)).toEqual(chip);
    expect(printChip(parseChip(text))).toBe(text);
    for (const kind of ["compute", "memory", "agcu"] as const) {
      expect(sitesOf(chip, kind).every((site) => siteKind(chip, site) === kind)).toBe(true);
    }
    const { pcus, pmus, agcus } = unitCounts(chip);
    const keys = (kind: "compute" | "memory" | "agcu") =>
      new Set(sitesOf(chip, kind).map(({ tile, row, column }) => `${tile} ${row} ${column}`)).size;
    expect([pcus, pmus, agcus]).toEqual([keys("compute"), keys("memory"), keys("agcu")]);
  });

  test("both readings of the SN40L give the published totals", () => {
    const [default_, alternative] = chipTable([presetChip("sn40l"), presetChip("sn40l-16x8")]);
    expect(default_).toMatchObject({ pcus: 1040, pmus: 1040, agcus: 32, sramBytes: 520 * 2 ** 20 });
    expect(default_?.bf16Teraflops).toBeCloseTo(638.98, 1);
    expect(alternative?.bf16Teraflops).toBeCloseTo(638.98, 1);
  });
});

test("any valid numbers read back; sources too", () => {
  const values = fc.record(
    Object.fromEntries(
      parameterPaths().map((path) => {
        const { least, most, whole } = PARAMETERS[path];
        return [
          path,
          whole ? fc.integer({ min: least, max: most }) : fc.double({ min: least, max: most, noNaN: true }),
        ];
      }),
    ) as Record<ParameterPath, fc.Arbitrary<number>>,
  );
  fc.assert(
    fc.property(values, (numbers) => {
      const sources = presetChip("sn40l").sources;
      const chip = chipOf("any", { ...numbers, tilesPerDie: numbers.tiles, agcusPerTile: 1, "pmu.banks": 1 }, sources);
      expect(parseChip(printChip(chip))).toEqual(chip);
    }),
  );
});

test("wrong numbers are named, whatever they are", () => {
  const wild = fc.oneof(fc.double(), fc.constantFrom(Number.NaN, -1, 0.5, 2 ** 53));
  fc.assert(
    fc.property(fc.constantFrom(...parameterPaths()), wild, (path, value) => {
      const { least, most, whole } = PARAMETERS[path];
      const good = value >= least && value <= most && (!whole || Number.isInteger(value));
      const base = presetChip("mini-4x4");
      const chip = chipOf("wild", { ...valuesOf(base), [path]: value }, base.sources);
      const found = verifyChip(chip);
      if (!good) expect(found.map(({ at }) => at.at(-1))).toEqual([path]);
    }),
  );
});

test("mistakes in a text have a place and a hint", () => {
  const messageOf = (text: string): string => {
    try {
      parseChip(text, "x.chip");
    } catch (error) {
      if (error instanceof CompileError)
        return error.diagnostics.map((d) => `${d.code} ${d.message} | ${d.hint}`).join("\n");
      throw error;
    }
    return "accepted";
  };
  expect(messageOf("chip x {\n  pcu.sytolicRows = 6\n}")).toBe(
    'E0403 pcu.sytolicRows | did you mean "pcu.systolicRows"?',
  );
  expect(messageOf("chip x {\n  rows = 0\n}")).toBe("E0405 rows must be a whole number from 1 to 256 | undefined");
  expect(messageOf("chip x {\n  rows = 2\n rows = 2\n}")).toBe("E0404 rows | undefined");
  expect(() => presetChip("sn40")).toThrow(/E0501/);
});
