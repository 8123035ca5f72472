import { elementAt } from "@rdu/diagnostics";
import type { Grids } from "./grids.ts";

/** Units as seats: one for each site that a unit needs. Sites are numbered by kind; a grid gives their row and column in the mesh. */
export interface Seats {
  readonly owners: readonly { readonly unit: string; readonly kind: "compute" | "memory" }[];
  readonly neighbours: readonly (readonly { readonly seat: number; readonly weight: number }[])[];
  /** Places that a seat is drawn to and that do not move: the AGCUs of its loads and stores. */
  readonly anchors: (readonly { readonly row: number; readonly column: number; readonly weight: number }[])[];
  readonly grids: Grids;
  /** Site of each seat, -1 while it has none. */
  readonly siteOf: Int32Array;
}

/** Moves tried for each seat, and in all: a section of 2000 units takes a tenth of a second. */
const MOVES_PER_SEAT = 60;
const MOST_MOVES = 200_000;

/**
 * Simulated annealing: moves a seat to a site near the middle of its neighbours, swapping with whoever sits there, when that
 * shortens the weighted distances or, early on and the more the hotter, when chance allows a lengthening.
 */
export function refineSites(seats: Seats, heatAtStart: number, random: () => number): void {
  const { owners, neighbours, anchors, grids, siteOf } = seats;
  const rows = new Float64Array(owners.length);
  const columns = new Float64Array(owners.length);
  const nobody = (kind: "compute" | "memory"): Int32Array => new Int32Array(grids[kind].sites.length).fill(-1);
  const occupants = { compute: nobody("compute"), memory: nobody("memory") };
  const sit = (seat: number, site: number): void => {
    const kind = owners[seat]?.kind ?? "compute";
    siteOf[seat] = site;
    rows[seat] = elementAt(grids[kind].rows, site);
    columns[seat] = elementAt(grids[kind].columns, site);
    occupants[kind][site] = seat;
  };
  for (const seat of owners.keys()) sit(seat, elementAt(siteOf, seat));
  const lengthAt = (seat: number, row: number, column: number, without: number): number => {
    let length = 0;
    for (const { seat: other, weight } of neighbours[seat] ?? []) {
      if (other === without) continue;
      // Read straight, here where placement spends its time: seats are numbered 0, 1, ... as rows and columns are.
      length += weight * (Math.abs((rows[other] as number) - row) + Math.abs((columns[other] as number) - column));
    }
    for (const anchor of anchors[seat] ?? []) {
      length += anchor.weight * (Math.abs(anchor.row - row) + Math.abs(anchor.column - column));
    }
    return length;
  };
  const moves = Math.min(MOST_MOVES, MOVES_PER_SEAT * owners.length);
  for (let move = 0; move < moves; move += 1) {
    const seat = Math.floor(random() * owners.length);
    const owner = owners[seat];
    const around = neighbours[seat] ?? [];
    const fixed = anchors[seat] ?? [];
    if (owner === undefined || around.length + fixed.length === 0) continue;
    const chosen = Math.floor(random() * (around.length + fixed.length));
    const other = around[chosen]?.seat;
    const grid = grids[owner.kind];
    const reach = 1 + 5 * (1 - move / moves);
    const target = grid.nearest(
      (other === undefined ? elementAt(fixed, chosen - around.length).row : elementAt(rows, other)) +
        (random() * 2 - 1) * reach,
      (other === undefined ? elementAt(fixed, chosen - around.length).column : elementAt(columns, other)) +
        (random() * 2 - 1) * reach,
    );
    const here = elementAt(siteOf, seat);
    if (target < 0 || target === here) continue;
    const row = elementAt(grid.rows, target);
    const column = elementAt(grid.columns, target);
    const fromRow = elementAt(grid.rows, here);
    const fromColumn = elementAt(grid.columns, here);
    const occupant = occupants[owner.kind][target] ?? -1;
    let change = lengthAt(seat, row, column, occupant) - lengthAt(seat, fromRow, fromColumn, occupant);
    if (occupant >= 0) change += lengthAt(occupant, fromRow, fromColumn, seat) - lengthAt(occupant, row, column, seat);
    const heat = heatAtStart * (1 - move / moves) ** 2;
    if (change > 0 && random() >= Math.exp(-change / Math.max(heat, 1e-3))) continue;
    sit(seat, target);
    if (occupant >= 0) sit(occupant, here);
    else occupants[owner.kind][here] = -1;
  }
}
