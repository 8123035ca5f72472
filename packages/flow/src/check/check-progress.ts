import { elementAt } from "@rdu/diagnostics";
import type { Section } from "../flow.ts";
import { tilesBefore } from "../tile-map.ts";
import type { Report } from "../verify/report.ts";
import type { Budget } from "./budget.ts";
import { type Cluster, type Clusters, clustersOf } from "./clusters.ts";
import { flowsWithinTile } from "./tile-flow.ts";

/**
 * Shows that a section cannot deadlock, by running it tile by tile with the buffers that it has.
 *
 * Programs and compute units joined by streams that do not hold a whole tile must work on the same tile together: they are a *cluster*. A
 * cluster finishes a tile when the memory tiles that its reads need are written, those that its writes need are read, the streams that enter
 * it from other clusters hold the tile, and those that leave it have room for it. If all clusters come to their end this way, so does every
 * other order of events, for a unit that may go on never loses that right. Inside a cluster `flowsWithinTile` shows that a
 * tile passes.
 */
export function checkProgress(section: Section, budget: Budget, report: Report): void {
  const clusters = clustersOf(section);
  if (clusters === null) {
    report.add("has streams whose ends do not count the same tiles");
    return;
  }
  for (const cluster of clusters.all) {
    const stuck = flowsWithinTile(cluster, budget);
    if (stuck === null) continue;
    report.add(
      stuck === "budget"
        ? `the units around ${nameOf(cluster)} hand on vectors in a pattern too long to check`
        : `deadlock within a tile: ${stuck.join("; ")}`,
    );
  }
  const conditions = conditionsOf(section, clusters);
  const finished = new Int32Array(clusters.all.length);
  const waiting = new Map<number, Set<number>>();
  const queue = clusters.all.map((_, number) => number);
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    const cluster = clusters.all[next];
    const own = conditions[next];
    if (cluster === undefined || own === undefined) continue;
    const before = elementAt(finished, next);
    let tile = before;
    for (; tile < cluster.tiles; tile += 1) {
      if (!budget.spend(own.length + 1)) {
        report.add("has more tiles than can be checked");
        return;
      }
      // Its own progress counts while it goes on: tile `tile` starts when `tile` are finished.
      finished[next] = tile;
      const missing = own.find((condition) => elementAt(finished, condition.on) < condition.atLeast(tile));
      if (missing === undefined) continue;
      waiting.set(missing.on, (waiting.get(missing.on) ?? new Set()).add(next));
      break;
    }
    finished[next] = tile;
    if (tile === before) continue;
    const woken = waiting.get(next);
    waiting.delete(next);
    for (const other of woken ?? []) queue.push(other);
  }
  const stuck = clusters.all.flatMap((cluster, number) =>
    elementAt(finished, number) < cluster.tiles ? [number] : [],
  );
  if (stuck.length > 0) report.add(`deadlock: ${circleText(stuck, clusters, conditions, finished)}`);
}

/** Tile `tile` of a cluster may go on when cluster `on` has finished so many. */
interface Condition {
  readonly on: number;
  readonly reason: string;
  atLeast(tile: number): number;
}

function conditionsOf(section: Section, clusters: Clusters): Condition[][] {
  const conditions: Condition[][] = clusters.all.map(() => []);
  for (const unit of section.units) {
    if (unit.kind !== "memory") continue;
    for (const { write, read, need, grant } of unit.handshakes) {
      const writer = clusters.ofWrite(unit.name, write);
      const reader = clusters.ofRead(unit.name, read);
      if (writer === undefined || reader === undefined) continue;
      conditions[reader]?.push({
        on: writer,
        reason: `${unit.name} to be written`,
        atLeast: (tile) => tilesBefore(need, tile),
      });
      conditions[writer]?.push({
        on: reader,
        reason: `${unit.name} to be read`,
        atLeast: (tile) => tilesBefore(grant, tile),
      });
    }
  }
  for (const { from, to, tilesHeld, stream } of clusters.loose) {
    if (from === to) continue;
    conditions[to]?.push({ on: from, reason: `stream ${stream} to fill`, atLeast: (tile) => tile + 1 });
    conditions[from]?.push({ on: to, reason: `room in stream ${stream}`, atLeast: (tile) => tile + 1 - tilesHeld });
  }
  return conditions;
}

function nameOf(cluster: Cluster | undefined): string {
  return cluster?.nodes.find(({ unit }) => unit.kind === "compute")?.name ?? cluster?.nodes[0]?.name ?? "?";
}

/** Who waits for whom, from a stuck cluster round to one already named. */
function circleText(
  stuck: readonly number[],
  clusters: Clusters,
  conditions: readonly (readonly Condition[])[],
  finished: Int32Array,
): string {
  const parts: string[] = [];
  const seen = new Set<number>();
  let at = stuck[0];
  while (at !== undefined && !seen.has(at)) {
    seen.add(at);
    const tile = elementAt(finished, at);
    const missing = conditions[at]?.find(({ on, atLeast }) => elementAt(finished, on) < atLeast(tile));
    if (missing === undefined) break;
    parts.push(
      `tile ${tile} of ${nameOf(clusters.all[at])} waits for ${missing.reason} by ${nameOf(clusters.all[missing.on])} ` +
        `(${missing.atLeast(tile)} tiles, has ${finished[missing.on]})`,
    );
    at = missing.on;
  }
  return parts.join("; ");
}
