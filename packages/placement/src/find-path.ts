import { elementAt, invariant } from "@rdu/diagnostics";
import type { Mesh } from "./mesh.ts";

/**
 * The cheapest links that join `goal` to a tree: forward from any node of the tree to the goal, or backward from the goal to the tree.
 * In the order in which they are added to the tree. First tries the two ways with one bend from the nearest node; then A*.
 */
export function findPath(
  mesh: Mesh,
  tree: ReadonlySet<number>,
  goal: number,
  rate: number,
  round: number,
  direction: "forward" | "backward",
): number[] {
  const start = nearest(mesh, tree, goal);
  for (const rowFirst of [false, true]) {
    const path = bend(mesh, start, goal, rowFirst, direction);
    if (path.every((link) => mesh.fits(link, rate))) {
      // A bend through the tree would enter one of its nodes a second time.
      const entered = path.map((link) => (direction === "forward" ? mesh.to(link) : mesh.from(link)));
      if (entered.every((node) => !tree.has(node))) return path;
    }
  }
  return search(mesh, tree, goal, rate, round, direction);
}

function nearest(mesh: Mesh, tree: ReadonlySet<number>, goal: number): number {
  let best = -1;
  let least = Number.POSITIVE_INFINITY;
  for (const node of tree) {
    const away = mesh.distance(node, goal);
    if (away < least) {
      least = away;
      best = node;
    }
  }
  return best;
}

/** Links outwards from `start` to `goal` with one bend; backward, the same way in the other direction of travel. */
function bend(mesh: Mesh, start: number, goal: number, rowFirst: boolean, direction: "forward" | "backward"): number[] {
  const { columns } = mesh;
  const goalColumn = goal % columns;
  const goalRow = Math.floor(goal / columns);
  const links: number[] = [];
  let node = start;
  const step = (outwards: number): void => {
    const next = node + elementAt(STEP_COLUMNS, outwards) + elementAt(STEP_ROWS, outwards) * columns;
    links.push(direction === "forward" ? mesh.link(node, outwards) : mesh.link(next, outwards ^ 1));
    node = next;
  };
  const alongRow = (): void => {
    while (node % columns !== goalColumn) step(node % columns < goalColumn ? 0 : 1);
  };
  const alongColumn = (): void => {
    while (Math.floor(node / columns) !== goalRow) step(Math.floor(node / columns) < goalRow ? 2 : 3);
  };
  if (rowFirst) {
    alongRow();
    alongColumn();
  } else {
    alongColumn();
    alongRow();
  }
  return links;
}

/** Right, left, down, up. */
const STEP_COLUMNS: readonly number[] = [1, -1, 0, 0];
const STEP_ROWS: readonly number[] = [0, 0, 1, -1];

function search(
  mesh: Mesh,
  tree: ReadonlySet<number>,
  goal: number,
  rate: number,
  round: number,
  direction: "forward" | "backward",
): number[] {
  const impatience = 4 * 1.6 ** Math.min(round, 20);
  const costs = new Map<number, number>();
  const arrivedBy = new Map<number, number>();
  const heap = heapOf();
  for (const node of tree) {
    costs.set(node, 0);
    heap.push(node, mesh.distance(node, goal));
  }
  for (let node = heap.pop(); node !== undefined; node = heap.pop()) {
    if (node === goal) break;
    const spent = costs.get(node) ?? 0;
    for (let outwards = 0; outwards < 4; outwards += 1) {
      const forward = mesh.link(node, outwards);
      if (forward < 0) continue;
      const next = mesh.to(forward);
      const link = direction === "forward" ? forward : mesh.link(next, outwards ^ 1);
      const cost = spent + mesh.cost(link, rate, impatience);
      if (cost >= (costs.get(next) ?? Number.POSITIVE_INFINITY)) continue;
      costs.set(next, cost);
      arrivedBy.set(next, link);
      heap.push(next, cost + mesh.distance(next, goal));
    }
  }
  const links: number[] = [];
  for (let node = goal; !tree.has(node); ) {
    const link = arrivedBy.get(node);
    invariant(link !== undefined, "every switch of a mesh can be reached");
    links.push(link);
    node = direction === "forward" ? mesh.from(link) : mesh.to(link);
  }
  return links.reverse();
}

/** A binary heap of nodes by rank; equal ranks come in the order they were put in. */
function heapOf(): { push(node: number, rank: number): void; pop(): number | undefined } {
  const entries: { node: number; rank: number; order: number }[] = [];
  let pushed = 0;
  const before = (a: number, b: number): boolean => {
    const left = entries[a];
    const right = entries[b];
    if (left === undefined || right === undefined) return false;
    return left.rank < right.rank || (left.rank === right.rank && left.order < right.order);
  };
  const swap = (a: number, b: number): void => {
    const left = entries[a];
    const right = entries[b];
    if (left === undefined || right === undefined) return;
    entries[a] = right;
    entries[b] = left;
  };
  return {
    push(node, rank) {
      entries.push({ node, rank, order: pushed });
      pushed += 1;
      for (let at = entries.length - 1; at > 0; ) {
        const parent = (at - 1) >> 1;
        if (!before(at, parent)) break;
        swap(at, parent);
        at = parent;
      }
    },
    pop() {
      const [first] = entries;
      const last = entries.pop();
      if (first === undefined || last === undefined) return undefined;
      if (entries.length > 0) {
        entries[0] = last;
        for (let at = 0; ; ) {
          const left = 2 * at + 1;
          let least = at;
          if (before(left, least)) least = left;
          if (before(left + 1, least)) least = left + 1;
          if (least === at) break;
          swap(at, least);
          at = least;
        }
      }
      return first.node;
    },
  };
}
