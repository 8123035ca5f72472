/** Units as seats: one for each site that a unit needs. Sites are numbered by kind; a grid gives their row and column in the mesh. */
export interface Seats {
  readonly owners: readonly { readonly unit: string; readonly kind: "compute" | "memory" }[];
  readonly neighbours: readonly (readonly { readonly seat: number; readonly weight: number }[])[];
  /** Places that a seat is drawn to and that do not move: the AGCUs of its loads and stores. */
  readonly anchors: (readonly { readonly row: number; readonly column: number; readonly weight: number }[])[];
  readonly grids: Readonly<Record<"compute" | "memory", readonly (readonly [row: number, column: number])[]>>;
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
  const occupants = { compute: new Int32Array(grids.compute.length), memory: new Int32Array(grids.memory.length) };
  occupants.compute.fill(-1);
  occupants.memory.fill(-1);
  const sit = (seat: number, site: number): void => {
    const kind = owners[seat]?.kind ?? "compute";
    const at = grids[kind][site];
    siteOf[seat] = site;
    rows[seat] = at?.[0] ?? 0;
    columns[seat] = at?.[1] ?? 0;
    occupants[kind][site] = seat;
  };
  for (const seat of owners.keys()) sit(seat, siteOf[seat] ?? -1);
  const lengthAt = (seat: number, row: number, column: number, without: number): number => {
    let length = 0;
    for (const { seat: other, weight } of neighbours[seat] ?? []) {
      if (other === without) continue;
      length += weight * (Math.abs((rows[other] ?? 0) - row) + Math.abs((columns[other] ?? 0) - column));
    }
    for (const anchor of anchors[seat] ?? []) {
      length += anchor.weight * (Math.abs(anchor.row - row) + Math.abs(anchor.column - column));
    }
    return length;
  };
  const nearest = { compute: siteFinder(grids.compute), memory: siteFinder(grids.memory) };

  const moves = Math.min(MOST_MOVES, MOVES_PER_SEAT * owners.length);
  for (let move = 0; move < moves; move += 1) {
    const seat = Math.floor(random() * owners.length);
    const owner = owners[seat];
    const around = neighbours[seat] ?? [];
    const fixed = anchors[seat] ?? [];
    if (owner === undefined || around.length + fixed.length === 0) continue;
    const chosen = Math.floor(random() * (around.length + fixed.length));
    const other = around[chosen]?.seat;
    const anchor = fixed[chosen - around.length];
    const grid = grids[owner.kind];
    const reach = 1 + 5 * (1 - move / moves);
    const target = nearest[owner.kind](
      (other === undefined ? (anchor?.row ?? 0) : (rows[other] ?? 0)) + (random() * 2 - 1) * reach,
      (other === undefined ? (anchor?.column ?? 0) : (columns[other] ?? 0)) + (random() * 2 - 1) * reach,
    );
    const at = grid[target];
    const here = siteOf[seat] ?? -1;
    const from = grid[here];
    if (at === undefined || from === undefined || target === here) continue;
    const occupant = occupants[owner.kind][target] ?? -1;
    let change = lengthAt(seat, at[0], at[1], occupant) - lengthAt(seat, from[0], from[1], occupant);
    if (occupant >= 0) change += lengthAt(occupant, from[0], from[1], seat) - lengthAt(occupant, at[0], at[1], seat);
    const heat = heatAtStart * (1 - move / moves) ** 2;
    if (change > 0 && random() >= Math.exp(-change / Math.max(heat, 1e-3))) continue;
    sit(seat, target);
    if (occupant >= 0) sit(occupant, here);
    else occupants[owner.kind][here] = -1;
  }
}

/** A function that gives the site at or next to a place of the mesh. */
function siteFinder(grid: readonly (readonly [number, number])[]): (row: number, column: number) => number {
  const height = Math.max(0, ...grid.map(([row]) => row)) + 1;
  const width = Math.max(0, ...grid.map(([, column]) => column)) + 1;
  const sites = new Int32Array(height * width).fill(-1);
  for (const [site, [row, column]] of grid.entries()) sites[row * width + column] = site;
  return (row, column) => {
    const nearRow = Math.min(height - 1, Math.max(0, Math.round(row)));
    const nearColumn = Math.min(width - 1, Math.max(0, Math.round(column)));
    for (const [down, across] of AROUND) {
      const atRow = nearRow + down;
      const atColumn = nearColumn + across;
      if (atRow < 0 || atColumn < 0 || atRow >= height || atColumn >= width) continue;
      const site = sites[atRow * width + atColumn] ?? -1;
      if (site >= 0) return site;
    }
    return -1;
  };
}

/** A site of either kind is at most one step away, two at the seam between tiles. */
const AROUND: readonly (readonly [number, number])[] = [
  [0, 0],
  [0, 1],
  [0, -1],
  [1, 0],
  [-1, 0],
  [0, 2],
  [0, -2],
];
