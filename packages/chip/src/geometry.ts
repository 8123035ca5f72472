import type { Chip } from "./chip.ts";
import type { Site } from "./site.ts";

/**
 * Where things are on a chip.
 *
 * - unit sites of a tile: rows x columns; a PCU where row + column is even, else a PMU;
 * - switches of a tile: (rows + 1) x (columns + 1), at the corners of the unit sites; a unit is attached to the switch at its
 *   top left corner, which has the same row and column;
 * - AGCUs of a tile: on its right and bottom edges, where no unit uses the switch. Number k < ceil(n / 2) sits at column
 *   `columns`, the others at row `rows`, evenly spread; each is attached to the switch with its row and column;
 * - tiles stand in one row, dies side by side, `tilesPerDie` of them on each: the switches of all tiles form one mesh of
 *   (rows + 1) x tiles * (columns + 1), in which neighbours have links in both directions.
 */
export type SiteKind = "compute" | "memory" | "agcu";

/** What sits at a site, or undefined when nothing does (or the coordinates are no integers). */
export function siteKind(chip: Chip, { tile, row, column }: Site): SiteKind | undefined {
  if (!within(tile, chip.tiles) || !within(row, chip.rows + 1) || !within(column, chip.columns + 1)) return undefined;
  if (row < chip.rows && column < chip.columns) return (row + column) % 2 === 0 ? "compute" : "memory";
  return agcuRows(chip).some((at) => at.row === row && at.column === column) ? "agcu" : undefined;
}

/** All sites of one kind, tile by tile, row by row. */
export function sitesOf(chip: Chip, kind: SiteKind): Site[] {
  const sites: Site[] = [];
  for (let tile = 0; tile < chip.tiles; tile += 1) {
    if (kind === "agcu") {
      for (const { row, column } of agcuRows(chip)) sites.push({ tile, row, column });
      continue;
    }
    for (let row = 0; row < chip.rows; row += 1) {
      const first = kind === "compute" ? row % 2 : (row + 1) % 2;
      for (let column = first; column < chip.columns; column += 2) sites.push({ tile, row, column });
    }
  }
  return sites;
}

export interface UnitCounts {
  readonly pcus: number;
  readonly pmus: number;
  readonly agcus: number;
  readonly agcuStreams: number;
  readonly sramBytes: number;
}

/** How much of everything the chip has. */
export function unitCounts(chip: Chip): UnitCounts {
  const pcus = chip.tiles * Math.ceil((chip.rows * chip.columns) / 2);
  const pmus = chip.tiles * Math.floor((chip.rows * chip.columns) / 2);
  const agcus = chip.tiles * chip.agcusPerTile;
  return { pcus, pmus, agcus, agcuStreams: agcus * chip.agcu.streams, sramBytes: pmus * chip.pmu.bytes };
}

/** The switch that what sits at `site` is attached to. */
export function switchOf(site: Site): Site {
  return site;
}

export function isSwitch(chip: Chip, { tile, row, column }: Site): boolean {
  return within(tile, chip.tiles) && within(row, chip.rows + 1) && within(column, chip.columns + 1);
}

/** Rows and columns of the mesh that the switches of all tiles form. */
export function meshExtent(chip: Chip): { readonly rows: number; readonly columns: number } {
  return { rows: chip.rows + 1, columns: chip.tiles * (chip.columns + 1) };
}

/** Column of a switch in the mesh of the whole chip; its row there is its row. */
export function meshColumn(chip: Chip, { tile, column }: Site): number {
  return tile * (chip.columns + 1) + column;
}

/** The switch at a place of the mesh of the whole chip. */
export function switchAt(chip: Chip, row: number, meshColumnNumber: number): Site {
  const width = chip.columns + 1;
  const tile = Math.floor(meshColumnNumber / width);
  return { tile, row, column: meshColumnNumber - tile * width };
}

/** Links that a stream may need: inside a tile, between tiles of a die, or between dies. */
export type LinkKind = "tile" | "die" | "crossing";

/** What joins two switches, or undefined unless they are neighbours in the mesh. */
export function linkBetween(chip: Chip, from: Site, to: Site): LinkKind | undefined {
  if (!isSwitch(chip, from) || !isSwitch(chip, to)) return undefined;
  const across = Math.abs(meshColumn(chip, from) - meshColumn(chip, to));
  const down = Math.abs(from.row - to.row);
  if (across + down !== 1) return undefined;
  if (from.tile === to.tile) return "tile";
  return Math.floor(from.tile / chip.tilesPerDie) === Math.floor(to.tile / chip.tilesPerDie) ? "die" : "crossing";
}

/** Bytes per cycle that one direction of a pair of neighbours carries. */
export function linkCapacity(chip: Chip): number {
  return chip.network.linkBytesPerCycle * chip.network.linksPerNeighbour;
}

/** Streams that may share one direction of a pair of neighbours: a packet names its flow in 8 bits, on each link. */
export function flowsPerLink(chip: Chip): number {
  return 256 * chip.network.linksPerNeighbour;
}

/** Hops between two switches. */
export function distance(chip: Chip, a: Site, b: Site): number {
  return Math.abs(meshColumn(chip, a) - meshColumn(chip, b)) + Math.abs(a.row - b.row);
}

function within(value: number, bound: number): boolean {
  return Number.isSafeInteger(value) && value >= 0 && value < bound;
}

/** Rows and columns of the AGCUs of any tile. */
function agcuRows(chip: Chip): { row: number; column: number }[] {
  const right = Math.ceil(chip.agcusPerTile / 2);
  const bottom = chip.agcusPerTile - right;
  return [
    ...spread(right, chip.rows).map((row) => ({ row, column: chip.columns })),
    ...spread(bottom, chip.columns).map((column) => ({ row: chip.rows, column })),
  ];
}

/** `count` different positions below `extent`, evenly apart; `count` is at most `extent`. */
function spread(count: number, extent: number): number[] {
  return Array.from({ length: count }, (_, k) => Math.floor(((2 * k + 1) * extent) / (2 * count)));
}
