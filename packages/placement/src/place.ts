import type { Chip } from "@rdu/chip";
import { CompileError, type Diagnostic, invariant } from "@rdu/diagnostics";
import { type Flow, type Placement, type Section, type SectionPlacement, type Traffic, trafficOf } from "@rdu/flow";
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
 * do not fit the chip, E0504 when the tensors do not fit its memory, E0602 for all sections whose streams find no way.
 */
export function place(flow: Flow, chip: Chip, { seed }: PlaceOptions): PlacedFlow {
  const misfits = flow.sections.flatMap((section) => overBudget(section, chip) ?? []);
  if (misfits.length > 0) throw new CompileError(misfits);
  const grids = gridsOf(chip);
  const known = new Map<string, SectionPlacement>();
  const unrouted: Diagnostic[] = [];
  const sections = flow.sections.map((section, index) => {
    const traffic = trafficOf(section, chip);
    const network = networkKey(section, traffic);
    const alike = known.get(network);
    if (alike !== undefined) return renamed(alike, section);
    try {
      const placed = placeSection(section, chip, grids, traffic, seed + index);
      known.set(network, placed);
      return placed;
    } catch (error) {
      if (!(error instanceof CompileError)) throw error;
      unrouted.push(...error.diagnostics);
      return { section: section.name, sites: new Map(), routes: new Map() };
    }
  });
  if (unrouted.length > 0) throw new CompileError(unrouted);
  return { flow: assignAddresses(flow, chip), placement: { chip: chip.name, seed, sections } };
}

/** Placements tried before a section counts as unroutable. */
const MOST_TRIES = 4;

/** Text of all that placing depends on: what units need, what streams join and carry. Repeated steps and layers have it in common. */
function networkKey({ units, streams }: Section, { rates }: Traffic): string {
  const numbers = new Map(units.map(({ name }, number) => [name, number]));
  return JSON.stringify([
    units.map((unit) => (unit.kind === "memory" ? unit.span : unit.kind)),
    streams.map(({ name, from, to }) => [
      numbers.get(from.unit),
      to.map(({ unit }) => numbers.get(unit)),
      rates.get(name),
    ]),
  ]);
}

/** The placement of a section for another one of the same network, whose units and streams come in the same order. */
function renamed({ sites, routes }: SectionPlacement, section: Section): SectionPlacement {
  const placed = [...sites.values()];
  const routed = [...routes.values()];
  invariant(placed.length === section.units.length && routed.length === section.streams.length, "networks differ");
  const byName = <Value>(parts: readonly { readonly name: string }[], values: readonly Value[]): Map<string, Value> =>
    new Map(
      parts.flatMap(({ name }, index) => {
        const value = values[index];
        return value === undefined ? [] : [[name, value] as const];
      }),
    );
  return { section: section.name, sites: byName(section.units, placed), routes: byName(section.streams, routed) };
}

function placeSection(section: Section, chip: Chip, grids: Grids, traffic: Traffic, seed: number): SectionPlacement {
  for (let attempt = 1; ; attempt += 1) {
    const sites = placeUnits(section, chip, grids, traffic, randomOf(seed + attempt * 0x10001));
    try {
      return { section: section.name, sites, routes: routeStreams(section, chip, sites, traffic) };
    } catch (error) {
      if (!(error instanceof CompileError) || attempt === MOST_TRIES) throw error;
    }
  }
}
