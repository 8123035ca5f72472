import { type Diagnostic, diagnostic } from "@rdu/diagnostics";
import type { Chip } from "./chip.ts";
import { CONFIDENCES, PARAMETERS, parameterPaths, valuesOf } from "./parameter.ts";

/**
 * All that is wrong with a chip description (E0502), empty when it is good:
 *
 * - every number is finite, within its bounds and whole where it must be;
 * - the chip has whole dies, and its AGCUs have different places on the edges of a tile;
 * - the scratchpad divides into its banks;
 * - every parameter has a confidence and a source.
 */
export function verifyChip(chip: Chip): Diagnostic[] {
  const found: Diagnostic[] = [];
  const wrong = (path: string, message: string): void => {
    found.push(diagnostic("E0502", message, { at: [`chip ${chip.name}`, path] }));
  };
  const values = valuesOf(chip);
  for (const path of parameterPaths()) {
    const { least, most, whole } = PARAMETERS[path];
    const value = values[path];
    if (!(value >= least && value <= most)) wrong(path, `must be from ${least} to ${most}, found ${value}`);
    else if (whole && !Number.isInteger(value)) wrong(path, `must be a whole number, found ${value}`);
    const source = chip.sources[path];
    if (source === undefined || !Object.hasOwn(CONFIDENCES, source.confidence)) {
      wrong(path, `has no confidence mark and source; marks are ${Object.keys(CONFIDENCES).join(", ")}`);
    }
  }
  if (found.length > 0) return found;
  if (chip.tiles % chip.tilesPerDie !== 0) {
    wrong("tilesPerDie", `${chip.tiles} tiles do not divide into dies of ${chip.tilesPerDie}`);
  }
  if (Math.ceil(chip.agcusPerTile / 2) > chip.rows || Math.floor(chip.agcusPerTile / 2) > chip.columns) {
    wrong(
      "agcusPerTile",
      `${chip.agcusPerTile} do not find room on two edges of ${chip.rows} and ${chip.columns} sites`,
    );
  }
  if (chip.pmu.bytes % chip.pmu.banks !== 0) {
    wrong("pmu.banks", `${chip.pmu.bytes} bytes do not divide into ${chip.pmu.banks} banks`);
  }
  return found;
}
