import type { Chip } from "@rdu/chip";
import { CompileError } from "@rdu/diagnostics";
import { type Flow, type Placement, type Section, type SectionPlacement, trafficOf } from "@rdu/flow";
import { assignAddresses } from "./assign-addresses.ts";
import { overBudget } from "./budget.ts";
import { type Grids, gridsOf } from "./grids.ts";
import { placeUnits } from "./place-units.ts";
import { randomOf } from "./random.ts";
import { routeStreams } from "./route-streams.ts";

export interface PlaceOptions {
  /** Another seed gives another placement; the same seed always the same one. */
  readonly seed: number;
}

export interface PlacedFlow {
  /** The flow with every symbol addressed. */
  readonly flow: Flow;
  readonly placement: Placement;
}

/**
 * Places and routes every section of a verified flow, and addresses its tensors. Rejects with E0503 for all sections that
 * do not fit the chip, E0504 when the tensors do not fit its memory, E0602 when streams find no way.
 */
export function place(flow: Flow, chip: Chip, { seed }: PlaceOptions): PlacedFlow {
  const misfits = flow.sections.flatMap((section) => overBudget(section, chip) ?? []);
  if (misfits.length > 0) throw new CompileError(misfits);
  const grids = gridsOf(chip);
  const sections = flow.sections.map((section, index) => placeSection(section, chip, grids, seed + index));
  return { flow: assignAddresses(flow, chip), placement: { chip: chip.name, seed, sections } };
}

/** Placements tried before a section counts as unroutable. */
const MOST_TRIES = 4;

function placeSection(section: Section, chip: Chip, grids: Grids, seed: number): SectionPlacement {
  const traffic = trafficOf(section, chip);
  for (let attempt = 1; ; attempt += 1) {
    const sites = placeUnits(section, chip, grids, traffic, randomOf(seed + attempt * 0x10001));
    try {
      return { section: section.name, sites, routes: routeStreams(section, chip, sites, traffic) };
    } catch (error) {
      if (!(error instanceof CompileError) || attempt === MOST_TRIES) throw error;
    }
  }
}
