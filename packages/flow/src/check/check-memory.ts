import { elementAt } from "@rdu/diagnostics";
import type { AddressProgram, Handshake, MemoryUnit } from "../flow.ts";
import { tilesBefore } from "../tile-map.ts";
import type { Report } from "../verify/report.ts";
import type { Budget } from "./budget.ts";
import { neverMeet, neverMeetInAnyTile } from "./disjoint.ts";
import { type TileRanges, tileCounters, tileRanges } from "./tile-ranges.ts";

/** A program of a memory unit with the bounds of its tiles. */
interface Access {
  readonly program: AddressProgram;
  readonly ranges: TileRanges;
  /** Bounds of all tiles up to each. */
  readonly upTo: { readonly low: Float64Array; readonly high: Float64Array };
  /** Lowest address of all tiles from each on. */
  readonly lowestFrom: Float64Array;
}

/** Of one write and one read program: tiles of the write that read tile i waits for, and of the read that write tile j waits for. */
interface Order {
  readonly need: Float64Array;
  readonly grant: Float64Array;
}

const UNORDERED: Order = { need: new Float64Array(), grant: new Float64Array() };
const TOO_MUCH = "has more tiles than can be checked";

/**
 * The handshakes of a memory unit order its programs so that every read finds what was meant for it, however fast or slow the others are:
 *
 * - a read tile finds its addresses written by the tiles that it waits for, or an initial value;
 * - a write tile and a read tile that no handshake orders touch different places of the circular store;
 * - when a write tile starts, nothing that unfinished readers still need lies where it writes;
 * - two write programs never touch the same address, and none falls a whole round behind another.
 *
 * Judged by the bounds of each tile's addresses, and by the strides where bounds overlap: what passes is ordered, though a
 * program that leaves holes in what it writes is only found when a run reads them.
 */
export function checkMemory(unit: MemoryUnit, budget: Budget, report: Report): void {
  const writes = accessesOf(unit.writes, budget);
  const reads = accessesOf(unit.reads, budget);
  const orders = writes === null || reads === null ? null : ordersOf(unit, writes, reads, budget, report);
  if (
    writes === null ||
    reads === null ||
    orders === null ||
    !budget.spend(writes.length * (reads.length + writes.length))
  ) {
    report.add(TOO_MUCH);
    return;
  }
  if (orders === "impossible") return;
  const orderOf = (write: number, read: number): Order => orders.get(write * reads.length + read) ?? UNORDERED;
  if (unit.initial === undefined) checkCovered(writes, reads, orderOf, budget, report);
  for (const [w, write] of writes.entries()) {
    reads.forEach((read, r) => {
      const fault = faultOfPair(unit, write, read, orderOf(w, r), budget);
      if (fault !== undefined) report.within(`write ${w}, read ${r}`).add(fault);
    });
    writes.forEach((behind, other) => {
      const faults: (string | undefined)[] = [];
      if (unit.capacity < unit.elements) {
        const waits = reads.map((_, r) => ({ grant: orderOf(w, r).grant, need: orderOf(other, r).need }));
        faults.push(faultOfRounds(unit, write, behind, { waits, same: w === other }, budget));
      }
      if (other > w && !apart(write, behind) && !neverMeetInAnyTile(write.program, behind.program, budget)) {
        faults.push("cannot be shown to write different addresses");
      }
      for (const fault of faults) if (fault !== undefined) report.within(`write ${w}, write ${other}`).add(fault);
    });
    if (report.full) return;
  }
}

function accessesOf(programs: readonly AddressProgram[], budget: Budget): Access[] | null {
  const found: Access[] = [];
  for (const program of programs) {
    const ranges = tileRanges(program, budget);
    if (ranges === null) return null;
    const { tiles, low, high } = ranges;
    const upTo = { low: low.slice(), high: high.slice() };
    const lowestFrom = low.slice();
    for (let tile = 1; tile < tiles; tile += 1) {
      upTo.low[tile] = Math.min(elementAt(upTo.low, tile), elementAt(upTo.low, tile - 1));
      upTo.high[tile] = Math.max(elementAt(upTo.high, tile), elementAt(upTo.high, tile - 1));
    }
    for (let tile = tiles - 2; tile >= 0; tile -= 1) {
      lowestFrom[tile] = Math.min(elementAt(lowestFrom, tile), elementAt(lowestFrom, tile + 1));
    }
    found.push({ program, ranges, upTo, lowestFrom });
  }
  return found;
}

/** null when the budget does not allow it; "impossible", and reported, when one side waits for more than the other has. */
function ordersOf(
  unit: MemoryUnit,
  writes: readonly Access[],
  reads: readonly Access[],
  budget: Budget,
  report: Report,
): Map<number, Order> | "impossible" | null {
  const orders = new Map<number, Order>();
  let possible = true;
  for (const handshake of unit.handshakes) {
    const written = writes[handshake.write]?.ranges.tiles ?? 0;
    const read = reads[handshake.read]?.ranges.tiles ?? 0;
    if (!budget.spend(written + read)) return null;
    const key = handshake.write * reads.length + handshake.read;
    const order = orders.get(key) ?? { need: new Float64Array(read), grant: new Float64Array(written) };
    orders.set(key, order);
    possible = fill(order, handshake, report) && possible;
  }
  return possible ? orders : "impossible";
}

/** Several handshakes of one pair all hold. Whether they can. */
function fill({ need, grant }: Order, handshake: Handshake, report: Report): boolean {
  const at = report.within(`handshake ${handshake.write} -> ${handshake.read}`);
  for (let tile = 0; tile < need.length; tile += 1) {
    need[tile] = Math.max(elementAt(need, tile), tilesBefore(handshake.need, tile));
  }
  for (let tile = 0; tile < grant.length; tile += 1) {
    grant[tile] = Math.max(elementAt(grant, tile), tilesBefore(handshake.grant, tile));
  }
  const needed = need.at(-1) ?? 0;
  const granted = grant.at(-1) ?? 0;
  if (needed > grant.length) at.add(`the reader waits for ${needed} tiles of a writer that has ${grant.length}`);
  if (granted > need.length) at.add(`the writer waits for ${granted} tiles of a reader that has ${need.length}`);
  return needed <= grant.length && granted <= need.length;
}

function checkCovered(
  writes: readonly Access[],
  reads: readonly Access[],
  orderOf: (write: number, read: number) => Order,
  budget: Budget,
  report: Report,
): void {
  for (const [r, { ranges }] of reads.entries()) {
    if (!budget.spend(ranges.tiles * writes.length)) {
      report.add(TOO_MUCH);
      return;
    }
    const orders = writes.map((_, w) => orderOf(w, r));
    for (let tile = 0; tile < ranges.tiles; tile += 1) {
      let low = elementAt(ranges.low, tile);
      const high = elementAt(ranges.high, tile);
      if (low > high) continue;
      const spans = writes.flatMap(({ upTo }, w) => {
        const before = orders[w]?.need[tile] ?? 0;
        return before === 0 ? [] : [{ low: elementAt(upTo.low, before - 1), high: elementAt(upTo.high, before - 1) }];
      });
      spans.sort((a, b) => a.low - b.low);
      for (const span of spans) if (span.low <= low) low = Math.max(low, span.high + 1);
      if (low <= high) {
        report
          .within(`read ${r}`)
          .add(`tile ${tile} reads address ${low} before the tiles it waits for have written it`);
        break;
      }
    }
  }
}

/** What is wrong between a write and a read program; undefined when nothing is. */
function faultOfPair(unit: MemoryUnit, write: Access, read: Access, order: Order, budget: Budget): string | undefined {
  const circular = unit.capacity < unit.elements;
  if (order === UNORDERED && !circular && (apart(write, read) || neverMeet(write.program, read.program)))
    return undefined;
  let tilesOfWrite: number[][] | undefined;
  let tilesOfRead: number[][] | undefined;
  let firstWaiting = 0;
  if (!budget.spend(write.ranges.tiles)) return TOO_MUCH;
  for (let j = 0; j < write.ranges.tiles; j += 1) {
    const low = elementAt(write.ranges.low, j);
    const high = elementAt(write.ranges.high, j);
    const granted = elementAt(order.grant, j);
    while (firstWaiting < read.ranges.tiles && elementAt(order.need, firstWaiting) <= j) firstWaiting += 1;
    if (low > high) continue;
    const still = read.lowestFrom[granted] ?? Number.POSITIVE_INFINITY;
    if (circular && high - still >= unit.capacity) {
      return `write tile ${j} reaches address ${high} while ${still}, which shares its place, is still to be read`;
    }
    for (let i = granted; i < firstWaiting; i += 1) {
      const from = elementAt(read.ranges.low, i);
      const to = elementAt(read.ranges.high, i);
      if (!budget.spend(1)) return TOO_MUCH;
      if (from > to || to < low || from > high) continue;
      tilesOfWrite ??= listTiles(write.program);
      tilesOfRead ??= listTiles(read.program);
      if (neverMeet(write.program, read.program, tilesOfWrite[j], tilesOfRead[i])) continue;
      return `nothing orders write tile ${j} and read tile ${i}, which may touch the same addresses`;
    }
  }
  return undefined;
}

function listTiles({ domain }: AddressProgram): number[][] {
  return Array.from(tileCounters(domain), (values) => [...values]);
}

/** What the start of a tile of one write program says about another: the readers it waits for had waited for the other. */
interface Waits {
  readonly waits: readonly { readonly grant: Float64Array; readonly need: Float64Array }[];
  /** Both are the same program. */
  readonly same: boolean;
}

/** In a circular store, a write tile that may still be outstanding when another one starts must not lie a round before it. */
function faultOfRounds(
  unit: MemoryUnit,
  ahead: Access,
  behind: Access,
  { waits, same }: Waits,
  budget: Budget,
): string | undefined {
  if (!budget.spend(ahead.ranges.tiles * (waits.length + 1))) return TOO_MUCH;
  for (let tile = 0; tile < ahead.ranges.tiles; tile += 1) {
    let done = same ? tile : 0;
    for (const { grant, need } of waits) {
      const granted = elementAt(grant, tile);
      if (granted > 0) done = Math.max(done, elementAt(need, granted - 1));
    }
    const high = elementAt(ahead.ranges.high, tile);
    const still = behind.lowestFrom[done] ?? Number.POSITIVE_INFINITY;
    if (high - still >= unit.capacity) {
      return `tile ${tile} writes address ${high} while ${still}, which shares its place, may still be written`;
    }
  }
  return undefined;
}

/** Whether the bounds of all of one and all of the other do not overlap. */
function apart(a: Access, b: Access): boolean {
  const low = (access: Access): number => access.upTo.low.at(-1) ?? 0;
  const high = (access: Access): number => access.upTo.high.at(-1) ?? -1;
  return low(a) > high(a) || low(b) > high(b) || high(a) < low(b) || high(b) < low(a);
}
