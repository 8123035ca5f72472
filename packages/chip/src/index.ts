export type { Chip, Confidence } from "./chip.ts";
export {
  distance,
  flowsPerLink,
  isSwitch,
  type LinkKind,
  linkBetween,
  linkCapacity,
  meshColumn,
  meshExtent,
  type SiteKind,
  siteKind,
  sitesOf,
  switchAt,
  switchOf,
  type UnitCounts,
  unitCounts,
} from "./geometry.ts";
export {
  CONFIDENCES,
  chipOf,
  isParameter,
  PARAMETERS,
  type ParameterPath,
  type ParameterRow,
  type ParameterValues,
  parameterPaths,
  valuesOf,
} from "./parameter.ts";
export { DEFAULT_CHIP, PRESETS, presetChip } from "./presets.ts";
export { type Site, sameSite, siteText } from "./site.ts";
export { type ChipRow, chipParameterRows, chipTable } from "./table.ts";
export { parseChip, printChip } from "./text.ts";
export { verifyChip } from "./verify.ts";
