import { type Chip, meshColumn, meshExtent, type Site, type SiteKind, sitesOf } from "@rdu/chip";
import { elementAt } from "@rdu/diagnostics";

/** The sites of one kind, numbered, by row and column of the mesh of the whole chip. */
export interface Grid {
  readonly sites: readonly Site[];
  readonly rows: Float64Array;
  readonly columns: Float64Array;
  /** The site at or next to a place of the mesh, which need not be a whole one or inside; -1 where none is near. */
  nearest(row: number, column: number): number;
}

export type Grids = Readonly<Record<SiteKind, Grid>>;

export function gridsOf(chip: Chip): Grids {
  return { compute: gridOf(chip, "compute"), memory: gridOf(chip, "memory"), agcu: gridOf(chip, "agcu") };
}

function gridOf(chip: Chip, kind: SiteKind): Grid {
  const sites = sitesOf(chip, kind);
  const rows = Float64Array.from(sites, ({ row }) => row);
  const columns = Float64Array.from(sites, (site) => meshColumn(chip, site));
  const { rows: height, columns: width } = meshExtent(chip);
  const numbers = new Int32Array(height * width).fill(-1);
  for (const number of sites.keys()) numbers[elementAt(rows, number) * width + elementAt(columns, number)] = number;
  return {
    sites,
    rows,
    columns,
    nearest(row, column) {
      const nearRow = Math.min(height - 1, Math.max(0, Math.round(row)));
      const nearColumn = Math.min(width - 1, Math.max(0, Math.round(column)));
      for (const [down, across] of AROUND) {
        const atRow = nearRow + down;
        const atColumn = nearColumn + across;
        if (atRow < 0 || atColumn < 0 || atRow >= height || atColumn >= width) continue;
        const number = elementAt(numbers, atRow * width + atColumn);
        if (number >= 0) return number;
      }
      return -1;
    },
  };
}

/** A PCU or PMU is at most one step away, two at the seam between tiles. */
const AROUND: readonly (readonly [number, number])[] = [
  [0, 0],
  [0, 1],
  [0, -1],
  [1, 0],
  [-1, 0],
  [0, 2],
  [0, -2],
];
