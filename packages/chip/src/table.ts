import type { Chip } from "./chip.ts";
import { unitCounts } from "./geometry.ts";
import { CONFIDENCES, PARAMETERS, parameterPaths, valuesOf } from "./parameter.ts";

export interface ChipRow {
  readonly name: string;
  readonly grid: string;
  readonly pcus: number;
  readonly pmus: number;
  readonly agcus: number;
  readonly sramBytes: number;
  readonly hbmBytes: number;
  readonly ddrBytes: number;
  readonly clockGigahertz: number;
  /** Peak of all systolic arrays in 16-bit floats, 10^12 multiplications and additions a second. */
  readonly bf16Teraflops: number;
}

/** One row a chip, for `rdu chips`. */
export function chipTable(chips: readonly Chip[]): ChipRow[] {
  return chips.map((chip) => {
    const { pcus, pmus, agcus, sramBytes } = unitCounts(chip);
    const { systolicRows, systolicColumns, systolicCyclesBf16 } = chip.pcu;
    const flopsPerCycle = (pcus * systolicRows * systolicColumns * 2) / systolicCyclesBf16;
    return {
      name: chip.name,
      grid: `${chip.tiles} x ${chip.rows} x ${chip.columns}`,
      pcus,
      pmus,
      agcus,
      sramBytes,
      hbmBytes: chip.hbm.bytes,
      ddrBytes: chip.ddr.bytes,
      clockGigahertz: chip.clockGigahertz,
      bf16Teraflops: (flopsPerCycle * chip.clockGigahertz) / 1000,
    };
  });
}

/** The parameter tables of docs/chip.md: all of the first chip, then what each other chip has different. */
export function chipParametersMarkdown(chips: readonly Chip[]): string {
  const lines: string[] = ["| mark | meaning |", "|---|---|"];
  for (const [mark, meaning] of Object.entries(CONFIDENCES)) lines.push(`| ${mark} | ${meaning} |`);
  const first = chips[0];
  for (const chip of chips) {
    const values = valuesOf(chip);
    const usual = first === undefined || chip === first ? undefined : valuesOf(first);
    lines.push("", usual === undefined ? `## ${chip.name}` : `## ${chip.name}: what differs from ${first?.name}`, "");
    lines.push("| parameter | meaning | value | mark | source |", "|---|---|---|---|---|");
    for (const path of parameterPaths()) {
      if (usual !== undefined && usual[path] === values[path]) continue;
      const source = chip.sources[path];
      const { summary } = PARAMETERS[path];
      lines.push(`| ${path} | ${summary} | ${values[path]} | ${source?.confidence} | ${source?.source} |`);
    }
  }
  return `${lines.join("\n")}\n`;
}
