import { type Chip, linkBetween, linkCapacity, meshColumn, meshExtent, type Site, siteText } from "@rdu/chip";
import type { Route, Section, SectionPlacement } from "@rdu/flow";

/** What a link, or the border between two dies, carries. */
export interface LinkUse {
  readonly name: string;
  readonly from: Site;
  readonly to: Site;
  readonly bytesPerCycle: number;
  /** Streams that pass, by index. */
  readonly streams: number[];
}

export interface RouteUse {
  readonly links: readonly LinkUse[];
  /** Directed borders between dies, which carry less than all links over them together. */
  readonly crossings: readonly LinkUse[];
  /** Hops from the source of each stream to each of its destinations, and in all. */
  readonly hopsTo: (stream: number, unit: string) => number;
  readonly hops: readonly number[];
}

/** How the streams of a section use the network. Streams without a route take no links and no time. */
export function routeUse(section: Section, placement: SectionPlacement, chip: Chip): RouteUse {
  const links = new Map<number, LinkUse>();
  const crossings = new Map<string, LinkUse>();
  const depths: Map<number, number>[] = [];
  const hops: number[] = [];
  const { columns } = meshExtent(chip);
  const place = (site: Site): number => site.row * columns + meshColumn(chip, site);
  section.streams.forEach((stream, index) => {
    const route = placement.routes.get(stream.name);
    depths.push(depthsOf(route, place));
    hops.push(route?.hops.length ?? 0);
    const crossed = new Set<string>();
    for (const { from, to } of route?.hops ?? []) {
      const key = place(from) * columns * (chip.rows + 1) + place(to);
      const use = links.get(key) ?? {
        name: `link ${siteText(from)} > ${siteText(to)}`,
        from,
        to,
        bytesPerCycle: linkCapacity(chip),
        streams: [],
      };
      links.set(key, use);
      use.streams.push(index);
      if (from.tile === to.tile || linkBetween(chip, from, to) !== "crossing") continue;
      const name = `die crossing ${from.tile} > ${to.tile}`;
      if (crossed.has(name)) continue;
      crossed.add(name);
      const crossing = crossings.get(name) ?? {
        name,
        from,
        to,
        bytesPerCycle: chip.network.dieToDieBytesPerCycle,
        streams: [],
      };
      crossings.set(name, crossing);
      crossing.streams.push(index);
    }
  });
  const hopsTo = (stream: number, unit: string): number => {
    const depth = depths[stream];
    const sites = placement.sites.get(unit) ?? [];
    return Math.max(0, ...sites.map((site) => depth?.get(place(site)) ?? 0));
  };
  return { links: [...links.values()], crossings: [...crossings.values()], hopsTo, hops };
}

/** Hops from the root of a route to each switch it reaches. */
function depthsOf(route: Route | undefined, place: (site: Site) => number): Map<number, number> {
  const depths = new Map<number, number>();
  for (const { from, to } of route?.hops ?? []) {
    // A route lists its hops from the source outwards; one that does not only looks shorter.
    depths.set(place(to), (depths.get(place(from)) ?? 0) + 1);
  }
  return depths;
}
