import { type Chip, flowsPerLink, linkBetween, linkCapacity, type Site, sameSite, siteText, switchOf } from "@rdu/chip";
import { elementAt } from "@rdu/diagnostics";
import type { Section, Stream } from "../flow.ts";
import type { Hop, Route, SectionPlacement } from "../placement.ts";
import { trafficOf } from "../traffic.ts";
import type { Report } from "../verify/report.ts";
import type { Budget } from "./budget.ts";

/** Sums of average rates may differ in the last digits from how another program sums them. */
const ROUNDING = 1 + 1e-9;

/**
 * Every stream has a route of links between neighbouring switches, no link twice, on which every site of every destination is reached from
 * every site of the source. With one source site the route is a tree without loose ends. The packets of a site take the shortest way
 * along the route; the sites of a memory unit each send their share.
 *
 * By the average rates of `trafficOf`, no link carries more bytes a cycle than it can, nor more streams than it can tell apart; the links
 * between two dies share the capacity of the crossing.
 */
export function checkRoutes(
  section: Section,
  chip: Chip,
  { sites, routes }: SectionPlacement,
  budget: Budget,
  report: Report,
): void {
  const { rates } = trafficOf(section, chip);
  const loads = new Map<number, { rate: number; streams: number; hop: Hop }>();
  const names = new Set(section.streams.map(({ name }) => name));
  for (const name of routes.keys()) if (!names.has(name)) report.add(`routes stream ${name}, which does not exist`);
  for (const stream of section.streams) {
    if (report.full) return;
    const at = report.within(`stream ${stream.name}`);
    const route = routes.get(stream.name);
    if (route === undefined) {
      at.add("has no route");
      continue;
    }
    const shares = sharesOf(stream, route, chip, sites, budget, at);
    if (shares === undefined) continue;
    const rate = rates.get(stream.name) ?? 0;
    for (const [number, hop] of route.hops.entries()) {
      const key = linkNumber(chip, hop);
      const load = loads.get(key) ?? { rate: 0, streams: 0, hop };
      load.rate += rate * elementAt(shares, number);
      load.streams += 1;
      loads.set(key, load);
    }
  }
  const capacity = linkCapacity(chip);
  const flows = flowsPerLink(chip);
  const crossings = new Map<string, number>();
  for (const { rate, streams, hop } of loads.values()) {
    const link = `link ${siteText(hop.from)} > ${siteText(hop.to)}`;
    if (rate > capacity * ROUNDING) report.add(`${link} needs ${rate.toFixed(2)} bytes a cycle, has ${capacity}`);
    if (streams > flows) report.add(`${link} carries ${streams} streams, can tell ${flows} apart`);
    if (linkBetween(chip, hop.from, hop.to) !== "crossing") continue;
    const crossing = `${hop.from.tile}>${hop.to.tile}`;
    crossings.set(crossing, (crossings.get(crossing) ?? 0) + rate);
  }
  const between = chip.network.dieToDieBytesPerCycle;
  for (const [key, rate] of crossings) {
    if (rate > between * ROUNDING) {
      report.add(`the dies of tiles ${key} exchange ${rate.toFixed(2)} bytes a cycle, can ${between}`);
    }
  }
}

/** A number of its own for each switch of the chip. Hops have been found to join switches. */
function switchNumber(chip: Chip, { tile, row, column }: Site): number {
  return (tile * (chip.rows + 1) + row) * (chip.columns + 1) + column;
}

function linkNumber(chip: Chip, { from, to }: Hop): number {
  return switchNumber(chip, from) * chip.tiles * (chip.rows + 1) * (chip.columns + 1) + switchNumber(chip, to);
}

/** For each hop, the share of the stream's vectors that pass it. Empty when the route is wrong. */
function sharesOf(
  stream: Stream,
  { hops }: Route,
  chip: Chip,
  sites: SectionPlacement["sites"],
  budget: Budget,
  report: Report,
): number[] | undefined {
  const before = report.found.length;
  const ends: { from: number; to: number }[] = [];
  const leaving = new Map<number, number[]>();
  const entered = new Map<number, number>();
  for (const [number, hop] of hops.entries()) {
    if (linkBetween(chip, hop.from, hop.to) === undefined) {
      report.add(`has a hop from ${siteText(hop.from)} to ${siteText(hop.to)}, which are no neighbours`);
      return undefined;
    }
    const from = switchNumber(chip, hop.from);
    const to = switchNumber(chip, hop.to);
    const list = leaving.get(from) ?? [];
    if (list.some((other) => ends[other]?.to === to)) {
      report.add(`passes ${siteText(hop.from)} > ${siteText(hop.to)} twice`);
    }
    list.push(number);
    ends.push({ from, to });
    leaving.set(from, list);
    entered.set(to, (entered.get(to) ?? 0) + 1);
  }
  const sources = (sites.get(stream.from.unit) ?? []).map(switchOf);
  const destinations = stream.to.flatMap(({ unit }) => (sites.get(unit) ?? []).map(switchOf));
  if (!budget.spend(sources.length * (hops.length + destinations.length))) {
    report.add("takes more work to follow than any sensible route");
    return undefined;
  }
  const goals = destinations.map((site) => switchNumber(chip, site));
  const uses = new Array<number>(hops.length).fill(0);
  for (const source of sources) {
    const used = hopsUsed(switchNumber(chip, source), goals, ends, leaving);
    if (typeof used === "number") {
      const missed = destinations[used];
      report.add(`does not reach ${missed === undefined ? "" : siteText(missed)} from ${siteText(source)}`);
      return undefined;
    }
    for (const hop of used) uses[hop] = elementAt(uses, hop) + 1;
  }
  const [root] = sources;
  if (sources.length === 1 && root !== undefined) {
    for (const { to } of hops) {
      const count = entered.get(switchNumber(chip, to)) ?? 0;
      if (count > 1) report.add(`enters ${siteText(to)} ${count} times, a tree enters a switch once`);
      else if (sameSite(to, root)) report.add(`comes back to its source at ${siteText(to)}`);
    }
    const loose = hops.find((_, number) => uses[number] === 0);
    if (loose !== undefined) report.add(`has a loose end at ${siteText(loose.to)}`);
  }
  return report.found.length > before ? undefined : uses.map((count) => count / sources.length);
}

/** Hops on the shortest ways from a switch to all goals, or the index of the goal that is not reached. */
function hopsUsed(
  source: number,
  goals: readonly number[],
  ends: readonly { readonly from: number; readonly to: number }[],
  leaving: ReadonlyMap<number, readonly number[]>,
): Set<number> | number {
  const arrivedBy = new Map<number, number>();
  const queue = [source];
  for (let next = 0; next < queue.length; next += 1) {
    for (const hop of leaving.get(queue[next] ?? -1) ?? []) {
      const to = ends[hop]?.to ?? source;
      if (to === source || arrivedBy.has(to)) continue;
      arrivedBy.set(to, hop);
      queue.push(to);
    }
  }
  const used = new Set<number>();
  for (const [index, goal] of goals.entries()) {
    let at = goal;
    while (at !== source) {
      const hop = arrivedBy.get(at);
      if (hop === undefined) return index;
      if (used.has(hop)) break;
      used.add(hop);
      at = ends[hop]?.from ?? source;
    }
  }
  return used;
}
