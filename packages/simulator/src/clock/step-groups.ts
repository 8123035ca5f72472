import { type TileMap, tilesBefore } from "@rdu/flow";
import type { Constraint, Group, GroupGraph } from "./group.ts";

/** When everything is done, and what each group waited for. */
export interface Stepped {
  readonly cycles: number;
  /** Cycles between tiles, by group: whom it waited for, and on which side. */
  readonly gaps: readonly ReadonlyMap<string, Gap>[];
  /** Cycles that its tiles took beyond the group's own pace, by group and resource. */
  readonly delays: readonly ReadonlyMap<string, number>[];
  readonly tiles: number;
}

export interface Gap {
  readonly on: string;
  readonly input: boolean;
  cycles: number;
}

/** Tiles that are stepped one by one in one section; beyond, the steady state is extrapolated. */
const MOST_TILES = 1 << 20;

/**
 * Local-time simulation: every group has a clock of its own; its next tile starts when the group is free and all tiles it waits for are
 * done, and tiles are taken in the order of their starting times, so that shared resources are handed out first come, first served.
 */
export function stepGroups(graph: GroupGraph): Stepped {
  const total = graph.groups.reduce((sum, { tiles }) => sum + tiles, 0);
  if (total <= MOST_TILES) return step(graph, 1);
  // After the pipeline has filled, time grows evenly with tiles: the slope between two shortened runs tells the rest.
  const share = MOST_TILES / total;
  const half = step(graph, share / 2);
  const run = step(graph, share);
  const cycles = run.cycles + ((run.cycles - half.cycles) / (share / 2)) * (1 - share);
  const factor = cycles / Math.max(1, run.cycles);
  return {
    cycles,
    gaps: run.gaps.map(
      (gaps) => new Map([...gaps].map(([key, gap]) => [key, { ...gap, cycles: gap.cycles * factor }])),
    ),
    delays: run.delays.map((delays) => new Map([...delays].map(([key, delay]) => [key, delay * factor]))),
    tiles: run.tiles,
  };
}

interface State {
  readonly group: Group;
  readonly tiles: number;
  /** When each finished tile ended. */
  readonly ends: Float64Array;
  done: number;
  /** What the next tile waits for. */
  cause: Pick<Constraint, "on" | "input"> | undefined;
  readonly gaps: Map<string, Gap>;
  readonly delays: Map<string, number>;
  /** Groups to look at again once this many tiles are done. */
  waiters: { readonly state: State; readonly tiles: number }[];
}

function step({ groups, resources }: GroupGraph, share: number): Stepped {
  const states = groups.map((group): State => {
    const tiles = share >= 1 ? group.tiles : Math.max(Math.min(group.tiles, 16), Math.ceil(group.tiles * share));
    return {
      group,
      tiles,
      ends: new Float64Array(tiles),
      done: 0,
      cause: undefined,
      gaps: new Map(),
      delays: new Map(),
      waiters: [],
    };
  });
  const free = new Float64Array(resources.length);
  const queue = new TimeQueue();
  const indexOf = new Map(states.map((state, index) => [state, index]));
  const offer = (state: State, insist = false): void => {
    if (state.done >= state.tiles) return;
    const start = startOf(state, states, insist);
    if (start !== undefined) queue.push(start, indexOf.get(state)!);
  };
  for (const state of states) offer(state);
  let stepped = 0;
  for (;;) {
    const next = queue.pop();
    if (next === undefined) {
      // Groups that wait for each other's present tile can only be out of step by what their FIFOs hold: let the first go on.
      const stuck = states.find(({ done, tiles }) => done < tiles);
      if (stuck === undefined) break;
      for (const state of states) state.waiters = state.waiters.filter((waiter) => waiter.state !== stuck);
      offer(stuck, true);
      continue;
    }
    const state = states[next.item]!;
    stepped += 1;
    finishTile(state, next.time, free, resources);
    const ready = state.waiters.filter(({ tiles }) => tiles <= state.done);
    if (ready.length > 0) {
      state.waiters = state.waiters.filter(({ tiles }) => tiles > state.done);
      for (const waiter of ready) offer(waiter.state);
    }
    offer(state);
  }
  let cycles = 0;
  for (const { ends, tiles, group } of states) cycles = Math.max(cycles, ends[tiles - 1]! + group.tailCycles);
  return { cycles, gaps: states.map(({ gaps }) => gaps), delays: states.map(({ delays }) => delays), tiles: stepped };
}

/**
 * When the next tile may start; undefined when it waits for a tile that has not been stepped yet (then it is among that group's waiters).
 *
 * @param insist start even so
 */
function startOf(state: State, states: readonly State[], insist: boolean): number | undefined {
  const { group, done, ends } = state;
  let start = done === 0 ? group.leadCycles : ends[done - 1]!;
  state.cause = done === 0 && start > 0 ? { on: group.leadOn, input: true } : undefined;
  for (const constraint of group.constraints) {
    const other = states[constraint.group]!;
    const needed = tilesNeeded(constraint, done, group, other);
    if (needed > other.done) {
      // A group that needs its own present tile is held together by its FIFOs, not by tokens.
      if (insist || other === state) continue;
      other.waiters.push({ state, tiles: needed });
      return undefined;
    }
    if (needed === 0) continue;
    const time = other.ends[needed - 1]! + constraint.latency;
    if (time > start) {
      start = time;
      state.cause = constraint;
    }
  }
  return start;
}

/** Tiles of the other group that must be done, from tiles of the two processes: groups may count in larger or smaller tiles. */
function tilesNeeded({ map, ownTiles, otherTiles }: Constraint, tile: number, own: Group, other: State): number {
  const ownTile = own.tiles === ownTiles ? tile : Math.floor((tile * ownTiles) / own.tiles);
  const needed = tilesBefore(map satisfies TileMap, ownTile);
  const inGroup = other.group.tiles === otherTiles ? needed : Math.ceil((needed * other.group.tiles) / otherTiles);
  return Math.min(inGroup, other.tiles);
}

function finishTile(state: State, start: number, free: Float64Array, resources: GroupGraph["resources"]): void {
  const { group, done, ends, gaps, delays, cause } = state;
  const before = done === 0 ? 0 : ends[done - 1]!;
  if (cause !== undefined && start > before) {
    const key = `${cause.input ? "<" : ">"}${cause.on}`;
    const gap = gaps.get(key) ?? { on: cause.on, input: cause.input, cycles: 0 };
    gap.cycles += start - before;
    gaps.set(key, gap);
  }
  let end = start + group.cyclesPerTile;
  let delayedBy: string | undefined;
  for (const { resource, amount } of group.demands) {
    const turn = Math.max(start, free[resource]!) + amount / resources[resource]!.perCycle;
    free[resource] = turn;
    if (turn > end) {
      end = turn;
      delayedBy = resources[resource]!.name;
    }
  }
  if (delayedBy !== undefined) {
    delays.set(delayedBy, (delays.get(delayedBy) ?? 0) + end - start - group.cyclesPerTile);
  }
  ends[done] = end;
  state.done += 1;
}

/** A binary heap by time, then by number. */
class TimeQueue {
  readonly #times: number[] = [];
  readonly #items: number[] = [];

  push(time: number, item: number): void {
    const times = this.#times;
    const items = this.#items;
    let at = times.length;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!before(time, item, times[parent]!, items[parent]!)) break;
      times[at] = times[parent]!;
      items[at] = items[parent]!;
      at = parent;
    }
    times[at] = time;
    items[at] = item;
  }

  pop(): { readonly time: number; readonly item: number } | undefined {
    const times = this.#times;
    const items = this.#items;
    if (times.length === 0) return undefined;
    const first = { time: times[0]!, item: items[0]! };
    const time = times.pop()!;
    const item = items.pop()!;
    const length = times.length;
    if (length > 0) {
      let at = 0;
      for (;;) {
        let child = 2 * at + 1;
        if (child >= length) break;
        if (child + 1 < length && before(times[child + 1]!, items[child + 1]!, times[child]!, items[child]!))
          child += 1;
        if (!before(times[child]!, items[child]!, time, item)) break;
        times[at] = times[child]!;
        items[at] = items[child]!;
        at = child;
      }
      times[at] = time;
      items[at] = item;
    }
    return first;
  }
}

function before(time: number, item: number, otherTime: number, otherItem: number): boolean {
  return time < otherTime || (time === otherTime && item < otherItem);
}
