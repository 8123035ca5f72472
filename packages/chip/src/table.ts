import type { Chip } from "./chip.ts";
import { unitCounts } from "./geometry.ts";
import { PARAMETERS, parameterPaths, valuesOf } from "./parameter.ts";

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

/** Rows of the parameter table of one chip, the heading first; of those that differ from `usual` when it is given. */
export function chipParameterRows(chip: Chip, usual?: Chip): string[][] {
  const values = valuesOf(chip);
  const others = usual === undefined ? undefined : valuesOf(usual);
  const rows = parameterPaths().flatMap((path) => {
    if (others !== undefined && others[path] === values[path]) return [];
    const source = chip.sources[path];
    return [
      [`\`${path}\``, PARAMETERS[path].summary, String(values[path]), source?.confidence ?? "", source?.source ?? ""],
    ];
  });
  return [["parameter", "meaning", "value", "mark", "source"], ...rows];
}
