import { type Mapping, type Nest, type NestRead, readUsesLoop, usesLoop } from "@rdu/kernels";

/** A tile loop: the whole loop counts tiles, or each tile holds `within` of its iterations. */
export interface TileLoop {
  readonly loop: number;
  readonly within: number;
}

/** The axes of a tensor in the order its producer fills them, tile by tile. */
export interface TileAxis {
  readonly axis: number;
  readonly count: number;
  /** Elements along the axis in one tile. */
  readonly within: number;
}

/** More tiles than this cost the clock model and the checker more than finer overlap gains. */
const MOST_TILES = 1024;
/** Tiles of a stage that no producer sets the pace for: enough to overlap its loads, its work and its stores. */
const OWN_TILES = 128;
/** Tile counters that a stage takes for the sake of overlap; those that the chain within a tile has no room for come on top. */
const MOST_TILE_LOOPS = 4;
/** Rows of a tile when a single loop has to be cut: several systolic blocks, few enough to overlap. */
const TILE_ROWS = 48;

/** Follows the producer of a streamed operand; without one, tiles run over the outer loops of the result. */
export function chooseTiles(
  nest: Nest,
  mapping: Mapping,
  streamed: readonly { readonly read: NestRead; readonly axes: readonly TileAxis[] }[],
): TileLoop[] {
  for (const { read, axes } of streamed) {
    const tiles = followProducer(nest, mapping, read, axes);
    if (tiles.length > 0) return tiles;
  }
  return mapping.kind === "systolic" ? systolicTiles(nest, mapping) : outerTiles(nest, mapping);
}

/** The loops that walk the operand in the order it is produced; stops at the first axis that they do not walk one to one. */
function followProducer(nest: Nest, mapping: Mapping, read: NestRead, axes: readonly TileAxis[]): TileLoop[] {
  const tiles: TileLoop[] = [];
  for (const { axis, count, within } of axes) {
    const access = read.axes[axis];
    const loop = nest.loops.findIndex(
      (candidate, index) =>
        candidate.kind === "parallel" &&
        access !== undefined &&
        usesLoop(access.form, index) &&
        !tiles.some((tile) => tile.loop === index),
    );
    const found = nest.loops[loop];
    if (found === undefined || access === undefined) break;
    const coefficient = access.form.coefficients[loop];
    if (coefficient === undefined || coefficient < 1) break;
    const same = coefficient === 1 && found.extent === count * within;
    if (loop === mapping.m || loop === mapping.vector) {
      const rows = same && within > 1 ? within : divisorNear(found.extent, TILE_ROWS);
      if (rows < found.extent) tiles.push({ loop, within: rows });
      break;
    }
    tiles.push({ loop, within: same ? within : 1 });
    if (!(same && within === 1 && access.form.constant === 0)) break;
  }
  return withinLimit(nest, tiles);
}

/** Convolution: image, then output row. Matrix product: batch, then blocks of rows. */
function systolicTiles(nest: Nest, mapping: Mapping): TileLoop[] {
  const { a, b } = mapping;
  if (a === undefined || b === undefined) return [];
  const tiles: TileLoop[] = mapping.outer.filter((loop) => readUsesLoop(a, loop)).map((loop) => ({ loop, within: 1 }));
  const rows = nest.loops[mapping.m];
  if (rows !== undefined && !tiles.some((tile) => !readUsesLoop(b, tile.loop))) {
    const within = divisorNear(rows.extent, TILE_ROWS);
    if (within < rows.extent) tiles.push({ loop: mapping.m, within });
  }
  return withinLimit(nest, tiles);
}

/** The tiles, and outer loops besides that a unit has no counter left for within a tile. */
export function withinCounters(mapping: Mapping, tiles: readonly TileLoop[], most: number): readonly TileLoop[] {
  const whole = (loop: number): boolean => tiles.some((tile) => tile.loop === loop && tile.within === 1);
  const split = (loop: number): boolean => tiles.some((tile) => tile.loop === loop);
  const inner =
    mapping.outer.filter((loop) => !whole(loop)).length +
    (mapping.kind === "systolic" ? 1 : 0) +
    (mapping.vector >= 0 ? 1 : 0) +
    mapping.reduce.length;
  const free = mapping.outer.filter((loop) => !split(loop)).slice(0, Math.max(0, inner - most));
  return [...tiles, ...free.map((loop) => ({ loop, within: 1 }))];
}

/** The leading loops of the result, outermost first. */
function outerTiles(nest: Nest, mapping: Mapping): TileLoop[] {
  const order = (nest.results[0]?.axes ?? []).flatMap((axis) =>
    mapping.outer.filter((loop) => usesLoop(axis.form, loop)),
  );
  return withinLimit(
    nest,
    [...new Set(order)].map((loop) => ({ loop, within: 1 })),
    OWN_TILES,
  );
}

function withinLimit(nest: Nest, tiles: readonly TileLoop[], most = MOST_TILES): TileLoop[] {
  const kept: TileLoop[] = [];
  let count = 1;
  for (const tile of tiles) {
    count *= (nest.loops[tile.loop]?.extent ?? 1) / tile.within;
    if (count > most || kept.length === MOST_TILE_LOOPS) break;
    kept.push(tile);
  }
  return kept;
}

/** The divisor of `extent` nearest to `target` within a factor of three, or `extent` itself. */
export function divisorNear(extent: number, target: number): number {
  if (extent <= target) return extent;
  for (let distance = 0; distance < target * 2; distance += 1) {
    for (const candidate of [target + distance, target - distance]) {
      if (candidate * 3 >= target && candidate < extent && extent % candidate === 0) return candidate;
    }
  }
  return extent;
}
