import { type Chip, flowsPerLink, linkBetween, linkCapacity, meshExtent, switchAt } from "@rdu/chip";
import { elementAt } from "@rdu/diagnostics";

/** Directions a link may lead from a switch, in the order of link numbers. */
const DIRECTIONS = ["right", "left", "down", "up"] as const;

/** The switches of a chip as nodes `row * columns + column`, links as `4 * node + direction`, with what passes them. */
export interface Mesh {
  readonly rows: number;
  readonly columns: number;
  from(link: number): number;
  to(link: number): number;
  /** The link from a node in a direction (0 right, 1 left, 2 down, 3 up), or -1 at the edge. */
  link(node: number, direction: number): number;
  distance(a: number, b: number): number;
  load(link: number): number;
  occupy(link: number, rate: number, streams: number): void;
  /** Cost of sending `rate` more over a link; `impatience` rises with the rounds. */
  cost(link: number, rate: number, impatience: number): number;
  /** Whether the link has room for `rate` more. */
  fits(link: number, rate: number): boolean;
  /** The links beyond their capacity; each costs more from now on. */
  raiseCrowded(): ReadonlySet<number>;
}

export function meshOf(chip: Chip): Mesh {
  const { rows, columns } = meshExtent(chip);
  const steps = [1, -1, columns, -columns];
  const loads = new Float64Array(rows * columns * DIRECTIONS.length);
  const streams = new Int32Array(loads.length);
  const history = new Float64Array(loads.length);
  /** Links between dies share one capacity for each direction of each crossing; 0 for all others, else 1 + the crossing. */
  const crossing = new Int32Array(loads.length);
  const crossingLoads: number[] = [];
  for (let tile = 0; tile + 1 < chip.tiles; tile += 1) {
    const column = (tile + 1) * (chip.columns + 1) - 1;
    if (linkBetween(chip, switchAt(chip, 0, column), switchAt(chip, 0, column + 1)) !== "crossing") continue;
    for (let row = 0; row < rows; row += 1) {
      crossing[4 * (row * columns + column)] = 1 + crossingLoads.length;
      crossing[4 * (row * columns + column + 1) + 1] = 2 + crossingLoads.length;
    }
    crossingLoads.push(0, 0);
  }
  const capacity = linkCapacity(chip);
  const flows = flowsPerLink(chip);
  const crossingCapacity = chip.network.dieToDieBytesPerCycle;
  // Sums of rates in another order differ in their last bits. The checker allows ten times as much.
  const margin = 1 + 1e-10;
  const over = (link: number, rate: number, more: number): number => {
    let excess = (elementAt(loads, link) + rate) / (capacity * margin) - 1;
    excess = Math.max(excess, (elementAt(streams, link) + more) / flows - 1);
    const shared = elementAt(crossing, link);
    if (shared > 0) {
      excess = Math.max(excess, (elementAt(crossingLoads, shared - 1) + rate) / (crossingCapacity * margin) - 1);
    }
    return excess;
  };
  const from = (link: number): number => link >> 2;
  const to = (link: number): number => (link >> 2) + elementAt(steps, link & 3);
  return {
    rows,
    columns,
    from,
    to,
    link(node, direction) {
      const column = node % columns;
      if (direction === 0 && column + 1 >= columns) return -1;
      if (direction === 1 && column === 0) return -1;
      if (direction === 2 && node + columns >= rows * columns) return -1;
      if (direction === 3 && node < columns) return -1;
      return 4 * node + direction;
    },
    distance: (a, b) =>
      Math.abs((a % columns) - (b % columns)) + Math.abs(Math.floor(a / columns) - Math.floor(b / columns)),
    load: (link) => elementAt(loads, link),
    occupy(link, rate, more) {
      streams[link] = elementAt(streams, link) + more;
      // An empty link carries nothing, whatever rounding left behind.
      loads[link] = streams[link] === 0 ? 0 : elementAt(loads, link) + rate;
      const shared = elementAt(crossing, link);
      if (shared > 0) crossingLoads[shared - 1] = elementAt(crossingLoads, shared - 1) + rate;
    },
    cost(link, rate, impatience) {
      const excess = over(link, rate, 1);
      return 1 + elementAt(history, link) + (excess > 0 ? (1 + excess) * impatience : 0);
    },
    fits: (link, rate) => over(link, rate, 1) <= 0 && elementAt(history, link) === 0,
    raiseCrowded() {
      const crowded = new Set<number>();
      for (let link = 0; link < loads.length; link += 1) {
        if (elementAt(streams, link) > 0 && over(link, 0, 0) > 0) {
          crowded.add(link);
          history[link] = elementAt(history, link) + 1;
        }
      }
      return crowded;
    },
  };
}
