import { type Chip, flowsPerLink, linkBetween, linkCapacity, type Site, sameSite, siteText, switchOf } from "@rdu/chip";
import type { Section, Stream } from "../flow.ts";
import type { Route, SectionPlacement } from "../placement.ts";
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
  const loads = new Map<string, { rate: number; streams: number; hop: { from: Site; to: Site } }>();
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
    const rate = rates.get(stream.name) ?? 0;
    for (const [number, hop] of route.hops.entries()) {
      const key = `${siteText(hop.from)}>${siteText(hop.to)}`;
      const load = loads.get(key) ?? { rate: 0, streams: 0, hop };
      load.rate += rate * (shares[number] ?? 0);
      load.streams += 1;
      loads.set(key, load);
    }
  }
  const capacity = linkCapacity(chip);
  const flows = flowsPerLink(chip);
  const crossings = new Map<string, number>();
  for (const [key, { rate, streams, hop }] of loads) {
    if (rate > capacity * ROUNDING) report.add(`link ${key} needs ${rate.toFixed(2)} bytes a cycle, has ${capacity}`);
    if (streams > flows) report.add(`link ${key} carries ${streams} streams, can tell ${flows} apart`);
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

/** For each hop, the share of the stream's vectors that pass it. Empty when the route is wrong. */
function sharesOf(
  stream: Stream,
  { hops }: Route,
  chip: Chip,
  sites: SectionPlacement["sites"],
  budget: Budget,
  report: Report,
): number[] {
  const before = report.found.length;
  const leaving = new Map<string, { hop: number; to: string }[]>();
  const entered = new Map<string, number>();
  for (const [number, { from, to }] of hops.entries()) {
    if (linkBetween(chip, from, to) === undefined) {
      report.add(`has a hop from ${siteText(from)} to ${siteText(to)}, which are no neighbours`);
      return [];
    }
    const list = leaving.get(siteText(from)) ?? [];
    if (list.some((other) => other.to === siteText(to))) report.add(`passes ${siteText(from)} > ${siteText(to)} twice`);
    list.push({ hop: number, to: siteText(to) });
    leaving.set(siteText(from), list);
    entered.set(siteText(to), (entered.get(siteText(to)) ?? 0) + 1);
  }
  const sources = (sites.get(stream.from.unit) ?? []).map(switchOf);
  const destinations = stream.to.flatMap(({ unit }) => (sites.get(unit) ?? []).map(switchOf));
  if (!budget.spend(sources.length * (hops.length + destinations.length))) {
    report.add("takes more work to follow than any sensible route");
    return [];
  }
  const uses = new Array<number>(hops.length).fill(0);
  for (const source of sources) {
    const used = hopsUsed(source, destinations, hops, leaving);
    if (typeof used === "string") {
      report.add(`does not reach ${used} from ${siteText(source)}`);
      return [];
    }
    for (const hop of used) uses[hop] = (uses[hop] ?? 0) + 1;
  }
  const [root] = sources;
  if (sources.length === 1 && root !== undefined) {
    for (const [node, count] of entered) {
      if (count > 1) report.add(`enters ${node} ${count} times, a tree enters a switch once`);
      else if (node === siteText(root)) report.add(`comes back to its source at ${node}`);
    }
    const loose = hops.find((_, number) => uses[number] === 0);
    if (loose !== undefined) report.add(`has a loose end at ${siteText(loose.to)}`);
  }
  return report.found.length > before ? [] : uses.map((count) => count / sources.length);
}

/** Hops on the shortest ways from a switch to all destinations, or the destination that is not reached. */
function hopsUsed(
  source: Site,
  destinations: readonly Site[],
  hops: Route["hops"],
  leaving: ReadonlyMap<string, readonly { readonly hop: number; readonly to: string }[]>,
): Set<number> | string {
  const arrivedBy = new Map<string, number>();
  const queue = [siteText(source)];
  for (let next = 0; next < queue.length; next += 1) {
    for (const { hop, to } of leaving.get(queue[next] ?? "") ?? []) {
      if (arrivedBy.has(to) || to === siteText(source)) continue;
      arrivedBy.set(to, hop);
      queue.push(to);
    }
  }
  const used = new Set<number>();
  for (const destination of destinations) {
    let at = destination;
    while (!sameSite(at, source)) {
      const hop = arrivedBy.get(siteText(at));
      const from = hop === undefined ? undefined : hops[hop]?.from;
      if (hop === undefined || from === undefined) return siteText(destination);
      if (used.has(hop)) break;
      used.add(hop);
      at = from;
    }
  }
  return used;
}
