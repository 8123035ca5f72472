import {
  type Chip,
  flowsPerLink,
  linkCapacity,
  meshColumn,
  meshExtent,
  type Site,
  switchAt,
  switchOf,
} from "@rdu/chip";
import { CompileError, diagnostic, invariant, listed } from "@rdu/diagnostics";
import type { Hop, Route, Section, Traffic } from "@rdu/flow";
import { findPath } from "./find-path.ts";
import { type Mesh, meshOf } from "./mesh.ts";

/** Rounds of tearing up and routing again before giving up. */
const MOST_ROUNDS = 40;

interface Net {
  readonly name: string;
  readonly rate: number;
  /** Switches of the source's sites; the first is the root of the tree. */
  readonly sources: readonly number[];
  readonly destinations: readonly number[];
}

/**
 * Routes every stream of a placed section as a multicast tree within the capacity of the links. Streams whose tree crosses a link that
 * is too busy are torn up and routed again, with such links costing more each round (negotiated congestion, as in PathFinder).
 *
 * Rejects with E0602, naming the busiest link and its streams, when the rounds end.
 */
export function routeStreams(
  section: Section,
  chip: Chip,
  sites: ReadonlyMap<string, readonly Site[]>,
  traffic: Traffic,
): Map<string, Route> {
  const mesh = meshOf(chip);
  const nodeOf = (site: Site): number => site.row * mesh.columns + meshColumn(chip, switchOf(site));
  const nets = section.streams.map(({ name, from, to }): Net => {
    const sources = unique((sites.get(from.unit) ?? []).map(nodeOf));
    const destinations = unique(to.flatMap(({ unit }) => (sites.get(unit) ?? []).map(nodeOf)));
    return { name, rate: traffic.rates.get(name) ?? 0, sources: rooted(sources, destinations, mesh), destinations };
  });
  const trees: (readonly number[])[] = nets.map(() => []);
  const order = [...nets.keys()].sort((a, b) => (nets[b]?.rate ?? 0) - (nets[a]?.rate ?? 0) || a - b);
  const occupy = (net: Net, links: readonly number[], sign: 1 | -1): void => {
    for (const link of links) mesh.occupy(link, sign * net.rate, sign);
  };
  let again = order;
  for (let round = 0; again.length > 0; round += 1) {
    for (const index of again) {
      const net = nets[index];
      if (net === undefined) continue;
      occupy(net, trees[index] ?? [], -1);
      trees[index] = treeOf(net, mesh, round);
      occupy(net, trees[index] ?? [], 1);
    }
    const crowded = mesh.raiseCrowded();
    if (crowded.size === 0) break;
    again = order.filter((index) => trees[index]?.some((link) => crowded.has(link)));
    if (round === MOST_ROUNDS) throw crowdedError(section, chip, mesh, crowded, nets, trees);
  }
  const hop = (link: number): Hop => ({ from: siteOf(mesh.from(link)), to: siteOf(mesh.to(link)) });
  const siteOf = (node: number): Site => switchAt(chip, Math.floor(node / mesh.columns), node % mesh.columns);
  return new Map(nets.map(({ name }, index) => [name, { hops: (trees[index] ?? []).map(hop) }]));
}

/** Sources with the one nearest to the first destination in front. */
function rooted(sources: readonly number[], destinations: readonly number[], mesh: Mesh): readonly number[] {
  const [goal] = destinations;
  if (goal === undefined || sources.length < 2) return sources;
  return [...sources].sort((a, b) => mesh.distance(a, goal) - mesh.distance(b, goal) || a - b);
}

/** Links of a tree: other sources flow to the root, the root to every destination. */
function treeOf(net: Net, mesh: Mesh, round: number): number[] {
  const [root, ...others] = net.sources;
  if (root === undefined) return [];
  const links: number[] = [];
  const reached = new Set([root]);
  const near = [...net.destinations].sort((a, b) => mesh.distance(root, a) - mesh.distance(root, b) || a - b);
  for (const goal of near) {
    if (reached.has(goal)) continue;
    for (const link of findPath(mesh, reached, goal, net.rate, round, "forward")) {
      links.push(link);
      reached.add(mesh.to(link));
    }
  }
  const flowing = new Set([root]);
  const inwards: number[] = [];
  for (const source of others) {
    if (flowing.has(source)) continue;
    for (const link of findPath(mesh, flowing, source, net.rate / net.sources.length, round, "backward")) {
      inwards.push(link);
      flowing.add(mesh.from(link));
    }
  }
  const known = new Set(links);
  return [...links, ...inwards.filter((link) => !known.has(link))];
}

function unique(nodes: readonly number[]): number[] {
  return [...new Set(nodes)];
}

function crowdedError(
  section: Section,
  chip: Chip,
  mesh: Mesh,
  crowded: ReadonlySet<number>,
  nets: readonly Net[],
  trees: readonly (readonly number[])[],
): CompileError {
  const [worst] = [...crowded].sort((a, b) => mesh.load(b) - mesh.load(a) || a - b);
  invariant(worst !== undefined, "a crowded mesh has a crowded link");
  const users = nets.filter((_, index) => trees[index]?.includes(worst)).sort((a, b) => b.rate - a.rate);
  const place = (node: number): string => {
    const { tile, row, column } = switchAt(chip, Math.floor(node / mesh.columns), node % mesh.columns);
    return `${tile}:${row}:${column}`;
  };
  const { rows, columns } = meshExtent(chip);
  const message =
    `${crowded.size} links of a mesh of ${rows} x ${columns} switches are over their capacity; the busiest, from ${place(mesh.from(worst))} to ` +
    `${place(mesh.to(worst))}, needs ${mesh.load(worst).toFixed(1)} bytes a cycle for ${users.length} streams, ` +
    `has ${linkCapacity(chip)} for at most ${flowsPerLink(chip)}`;
  return new CompileError([
    diagnostic("E0602", message, {
      at: [`section ${section.name}`],
      notes: [
        `busiest streams there: ${listed(
          users.map(({ name, rate }) => `${name} (${rate.toFixed(1)})`),
          3,
        )}`,
      ],
      hint: "cut the section, try another --seed, or compile for a chip with more links",
    }),
  ]);
}
