import { type Chip, meshColumn, type Site } from "@rdu/chip";
import { elementAt, invariant } from "@rdu/diagnostics";
import type { Section, Traffic, Unit } from "@rdu/flow";
import type { Grid, Grids } from "./grids.ts";
import { refineSites, type Seats } from "./refine-sites.ts";

/**
 * Gives every unit of a section its sites. Compute and memory units go, in the order of the streams, to the free site of their kind
 * nearest to the units they already talk to; then sites are swapped while that shortens the streams. Loads and stores take the AGCU stream
 * nearest to what they serve, and the others are refined once more around them. The section fits the chip.
 */
export function placeUnits(
  section: Section,
  chip: Chip,
  grids: Grids,
  traffic: Traffic,
  random: () => number,
): Map<string, Site[]> {
  const nets = netsOf(section, traffic);
  const seats = seatsOf(section, grids, nets);
  seatGreedily(seats, inStreamOrder(section, seats));
  refineSites(seats, 2, random);
  // Where the loads are depends on where their readers are, and the other way round: once more, with the loads in place.
  anchorAt(seats, nets, chip, placeOnAgcus(section, chip, grids, nets, sitesOfSeats(seats)));
  refineSites(seats, 0.5, random);
  const sites = sitesOfSeats(seats);
  for (const [unit, site] of placeOnAgcus(section, chip, grids, nets, sites)) sites.set(unit, [site]);
  return new Map(section.units.map(({ name }) => [name, sites.get(name) ?? []]));
}

function sitesOfSeats(seats: Seats): Map<string, Site[]> {
  const sites = new Map<string, Site[]>();
  for (const [seat, { unit, kind }] of seats.owners.entries()) {
    const site = seats.grids[kind].sites[elementAt(seats.siteOf, seat)];
    invariant(site !== undefined, () => `unit ${unit} has no site`);
    const list = sites.get(unit);
    if (list === undefined) sites.set(unit, [site]);
    else list.push(site);
  }
  return sites;
}

/** Draws seats to the AGCUs of the loads and stores that they talk to. */
function anchorAt(seats: Seats, nets: readonly Net[], chip: Chip, agcus: ReadonlyMap<string, Site>): void {
  const seatsOfUnit = new Map<string, number[]>();
  for (const [seat, { unit }] of seats.owners.entries()) {
    seatsOfUnit.set(unit, [...(seatsOfUnit.get(unit) ?? []), seat]);
  }
  for (const { units, weight } of nets) {
    const anchors = units.flatMap((unit) => {
      const site = agcus.get(unit);
      return site === undefined ? [] : [{ row: site.row, column: meshColumn(chip, site), weight }];
    });
    if (anchors.length === 0) continue;
    for (const seat of units.flatMap((unit) => seatsOfUnit.get(unit) ?? [])) {
      seats.anchors[seat] = [...(seats.anchors[seat] ?? []), ...anchors];
    }
  }
}

/** The units that one stream joins, the source first, and how much their distance matters. */
interface Net {
  readonly units: readonly string[];
  /** Bytes a cycle, on average. */
  readonly rate: number;
  readonly weight: number;
}

function netsOf(section: Section, traffic: Traffic): Net[] {
  return section.streams.map(({ name, from, to }) => ({
    units: [...new Set([from.unit, ...to.map(({ unit }) => unit)])],
    rate: traffic.rates.get(name) ?? 0,
    // Latency counts for every stream, congestion for the busy ones.
    weight: 1 + (traffic.rates.get(name) ?? 0) / 16,
  }));
}

function isSeated(unit: Unit): boolean {
  return unit.kind === "compute" || unit.kind === "memory";
}

/** One seat for each site that a compute or memory unit needs. */
function seatsOf(section: Section, grids: Grids, nets: readonly Net[]): Seats {
  const owners: { unit: string; kind: "compute" | "memory" }[] = [];
  const seatsOfUnit = new Map<string, number[]>();
  for (const unit of section.units) {
    if (!isSeated(unit)) continue;
    const kind = unit.kind === "memory" ? "memory" : "compute";
    const span = unit.kind === "memory" ? unit.span : 1;
    const seats: number[] = [];
    for (let i = 0; i < span; i += 1) {
      seats.push(owners.length);
      owners.push({ unit: unit.name, kind });
    }
    seatsOfUnit.set(unit.name, seats);
  }
  const links: { a: number; b: number; weight: number }[] = [];
  for (const { units, weight } of nets) {
    const [source, ...others] = units.map((unit) => seatsOfUnit.get(unit));
    for (const other of others) {
      const seat = source?.[0];
      if (seat === undefined) continue;
      for (const b of other ?? []) links.push({ a: seat, b, weight });
    }
  }
  // The sites of a unit that spans several keep together.
  for (const [first, ...rest] of seatsOfUnit.values()) {
    let before = first;
    for (const seat of rest) {
      if (before !== undefined) links.push({ a: before, b: seat, weight: 1 });
      before = seat;
    }
  }
  const neighbours: { seat: number; weight: number }[][] = owners.map(() => []);
  for (const { a, b, weight } of links) {
    neighbours[a]?.push({ seat: b, weight });
    neighbours[b]?.push({ seat: a, weight });
  }
  return {
    owners,
    neighbours,
    anchors: owners.map(() => []),
    grids,
    siteOf: new Int32Array(owners.length).fill(-1),
  };
}

/** Seats in an order in which streams lead from the units before: depth first, so that a chain stays together. */
function inStreamOrder(section: Section, seats: Seats): number[] {
  const next = new Map<string, string[]>();
  const waiting = new Map<string, number>(section.units.map(({ name }) => [name, 0]));
  for (const { from, to } of section.streams) {
    for (const { unit } of to) {
      next.set(from.unit, [...(next.get(from.unit) ?? []), unit]);
      waiting.set(unit, (waiting.get(unit) ?? 0) + 1);
    }
  }
  const stack = section.units.filter(({ name }) => waiting.get(name) === 0).map(({ name }) => name);
  stack.reverse();
  const order = new Map<string, number>();
  for (let unit = stack.pop(); unit !== undefined; unit = stack.pop()) {
    order.set(unit, order.size);
    for (const consumer of next.get(unit) ?? []) {
      const left = (waiting.get(consumer) ?? 0) - 1;
      waiting.set(consumer, left);
      if (left === 0) stack.push(consumer);
    }
  }
  const rank = (seat: number): number => order.get(seats.owners[seat]?.unit ?? "") ?? order.size;
  return Array.from(seats.owners.keys()).sort((a, b) => rank(a) - rank(b) || a - b);
}

function seatGreedily(seats: Seats, order: readonly number[]): void {
  const free = { compute: freeSites(seats.grids.compute), memory: freeSites(seats.grids.memory) };
  let last = { row: 0, column: 0 };
  for (const seat of order) {
    const kind = seats.owners[seat]?.kind ?? "compute";
    const seated = (seats.neighbours[seat] ?? []).flatMap(({ seat: other, weight }) => {
      const { rows, columns } = seats.grids[seats.owners[other]?.kind ?? "compute"];
      const site = elementAt(seats.siteOf, other);
      return site < 0 ? [] : [{ row: elementAt(rows, site), column: elementAt(columns, site), weight }];
    });
    if (seated.length === 0) seated.push({ ...last, weight: 1 });
    const site = takeNearest(free[kind], seated);
    seats.siteOf[seat] = site;
    last = { row: elementAt(free[kind].rows, site), column: elementAt(free[kind].columns, site) };
  }
}

/** Sites of a kind that nobody has taken, in the first `count` places of `sites`. */
interface FreeSites {
  readonly sites: Int32Array;
  readonly rows: Float64Array;
  readonly columns: Float64Array;
  count: number;
}

function freeSites({ sites, rows, columns }: Grid): FreeSites {
  return { sites: Int32Array.from(sites.keys()), rows, columns, count: sites.length };
}

function takeNearest(
  free: FreeSites,
  seated: readonly { readonly row: number; readonly column: number; readonly weight: number }[],
): number {
  const { sites, rows, columns, count } = free;
  let best = -1;
  let least = Number.POSITIVE_INFINITY;
  for (let position = 0; position < count; position += 1) {
    // Read straight, for every site of the chip and every unit: the free sites are numbers of sites, which have rows and columns.
    const site = sites[position] as number;
    const row = rows[site] as number;
    const column = columns[site] as number;
    let cost = 0;
    for (let other = 0; other < seated.length && cost < least; other += 1) {
      const at = seated[other];
      if (at !== undefined) cost += at.weight * (Math.abs(row - at.row) + Math.abs(column - at.column));
    }
    if (cost < least) {
      least = cost;
      best = position;
    }
  }
  const site = sites[best];
  invariant(site !== undefined, "a section that fits leaves a site for every unit");
  sites.copyWithin(best, best + 1, count);
  free.count = count - 1;
  return site;
}

/** Loads and stores: the AGCU nearest to what they serve, its load counting as distance. */
function placeOnAgcus(
  section: Section,
  chip: Chip,
  grids: Grids,
  nets: readonly Net[],
  sites: ReadonlyMap<string, readonly Site[]>,
): Map<string, Site> {
  const agcus = grids.agcu.sites.map((site) => ({ site, streams: 0, rate: 0 }));
  const partners = new Map<string, { readonly sites: readonly Site[]; readonly rate: number }>();
  for (const { units, rate } of nets) {
    const places = units.flatMap((unit) => sites.get(unit)?.slice(0, 1) ?? []);
    for (const unit of units) if (!sites.has(unit)) partners.set(unit, { sites: places, rate });
  }
  const placed = new Map<string, Site>();
  for (const unit of section.units) {
    if (isSeated(unit)) continue;
    const { sites: served, rate } = partners.get(unit.name) ?? { sites: [], rate: 0 };
    let best: (typeof agcus)[number] | undefined;
    let least = Number.POSITIVE_INFINITY;
    for (const agcu of agcus) {
      if (agcu.streams >= chip.agcu.streams) continue;
      // An AGCU at its full rate counts as far away as a tile is high and wide.
      let cost = ((agcu.rate + rate) / chip.agcu.bytesPerCycle) * (chip.rows + chip.columns);
      for (const place of served) {
        const away =
          Math.abs(place.row - agcu.site.row) + Math.abs(meshColumn(chip, place) - meshColumn(chip, agcu.site));
        cost += away / served.length;
      }
      if (cost < least) {
        least = cost;
        best = agcu;
      }
    }
    invariant(best !== undefined, "a section that fits leaves an AGCU stream for every load and store");
    best.streams += 1;
    best.rate += rate;
    placed.set(unit.name, best.site);
  }
  return placed;
}
