import { readFileSync } from "node:fs";
import { chipParameterRows, chipTable, DEFAULT_CHIP, PRESETS } from "@rdu/chip";
import { expect, test } from "vitest";
import { withTables } from "./tables.ts";

const PAGE = new URL("../../docs/chip.md", import.meta.url).pathname;

test("the tables of docs/chip.md are those of the presets", async () => {
  const mebibytes = (bytes: number): string => String(bytes / 2 ** 20);
  const presets = chipTable(PRESETS).map((row) => [
    `\`${row.name}\``,
    row.grid,
    String(row.pcus),
    String(row.pmus),
    String(row.agcus),
    mebibytes(row.sramBytes),
    mebibytes(row.hbmBytes),
    mebibytes(row.ddrBytes),
    String(row.clockGigahertz),
    row.bf16Teraflops.toFixed(1),
  ]);
  const text = withTables(readFileSync(PAGE, "utf8"), {
    presets: [
      [
        "chip",
        "tiles x rows x columns",
        "PCUs",
        "PMUs",
        "AGCUs",
        "SRAM, MiB",
        "HBM, MiB",
        "DDR, MiB",
        "GHz",
        "bf16 TFLOPS",
      ],
      ...presets,
    ],
    ...Object.fromEntries(
      PRESETS.map((chip) => [chip.name, chipParameterRows(chip, chip === DEFAULT_CHIP ? undefined : DEFAULT_CHIP)]),
    ),
  });
  await expect(text).toMatchFileSnapshot(PAGE);
});
