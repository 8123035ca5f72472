import { elementAt, invariant } from "@rdu/diagnostics";
import type { AddressProgram, Affine, Domain, Guard } from "@rdu/flow";
import { elementCount } from "@rdu/tensor";
import { layOut } from "./address.ts";
import type { TileAxis } from "./choose-tiles.ts";
import type { TensorPiece } from "./pieces.ts";
import { type BufferDraft, plainProgram, type SectionDraft } from "./section-draft.ts";

/** One counter of a load: what a step moves in the tensor, in each buffer, and along the axis it counts (none when it counts several as one). */
interface LoadCounter {
  readonly extent: number;
  readonly from: number;
  readonly to: readonly number[];
  readonly axis: number | null;
  readonly scale: number;
}

/** The range of an axis that a load reads, in the coordinates of the whole value. */
interface Range {
  readonly low: number;
  readonly extent: number;
}

/**
 * A load unit that fills what buffers hold of a tensor, in the order that the reader of the first one walks it. Several buffers share one load when
 * streams to memory are scarce: each keeps what is its own by guards.
 */
export function connectLoad(draft: SectionDraft, buffers: readonly BufferDraft[], piece: TensorPiece): void {
  const [first] = buffers;
  invariant(first !== undefined, "a load has a buffer to fill");
  const { extents } = first.coordinates;
  // A whole tensor lies in memory row by row, in whatever coordinates the buffers have it; a part of a join has those of the join.
  const isWhole = elementCount(piece.shape) === elementCount(extents);
  invariant(isWhole || extents.length === piece.shape.length, "a joined tensor is read through a view");
  const shape = isWhole ? extents : piece.shape;
  const offsets = isWhole ? extents.map(() => 0) : piece.offsets;
  const ranges = shape.map((extent, axis) => rangeOf(buffers, axis, elementAt(offsets, axis), extent));
  if (ranges.some(({ extent }) => extent <= 0)) return;
  const memory = layOut(
    shape.map(() => 0),
    shape,
    shape.map((_, axis) => axis),
  );
  const tiles = tilesOf(buffers, ranges);
  const counters = countersOf(buffers, ranges, memory.strides, tiles);
  const { domain, vector } = domainOf(draft, first, counters, tiles.length);
  const affine = (base: number, step: (counter: LoadCounter) => number): Affine => ({
    base,
    strides: counters.map(step),
    laneStride: vector === undefined ? 0 : step(vector),
  });
  const start = ranges.reduce(
    (sum, { low }, axis) => sum + (low - elementAt(offsets, axis)) * elementAt(memory.strides, axis),
    0,
  );
  const load = draft.load({
    symbol: piece.symbol,
    origin: first.origin,
    program: plainProgram(
      domain,
      affine(start, (counter) => counter.from),
    ),
  });
  const count = tiles.reduce((product, tile) => product * tile.count, 1);
  buffers.forEach((buffer, index) => {
    const { box } = buffer;
    const base = ranges.reduce(
      (sum, { low }, axis) => sum + (low - elementAt(box.low, axis)) * elementAt(box.strides, axis),
      0,
    );
    const program: AddressProgram = plainProgram(
      domain,
      affine(base, (counter) => elementAt(counter.to, index)),
      guardsOf(buffer, ranges, affine),
    );
    draft.connect(
      { unit: load, port: 0 },
      { unit: buffer.name, port: buffer.writes.length },
      buffer.dtype,
      domain.lanes,
    );
    const axes = isRestricted(buffer, ranges) ? null : tiles;
    buffer.writes.push({ program: { ...program, fifo: buffer.writes.length % 4 }, tiles: { count, axes } });
  });
}

/** What the buffers together take of an axis of a piece. */
function rangeOf(buffers: readonly BufferDraft[], axis: number, offset: number, extent: number): Range {
  const lows = buffers.map(({ box }) => elementAt(box.low, axis));
  const highs = buffers.map(({ box }) => elementAt(box.low, axis) + elementAt(box.extents, axis));
  const low = Math.max(offset, Math.min(...lows));
  return { low, extent: Math.min(offset + extent, Math.max(...highs)) - low };
}

/** Whether a load over the ranges reads elements along an axis that the buffer does not hold. */
function isRestrictedAlong({ box }: BufferDraft, ranges: readonly Range[], axis: number): boolean {
  const { low, extent } = ranges[axis] ?? { low: 0, extent: 1 };
  const first = elementAt(box.low, axis);
  return low < first || low + extent > first + elementAt(box.extents, axis);
}

function isRestricted(buffer: BufferDraft, ranges: readonly Range[]): boolean {
  return ranges.some((_, axis) => isRestrictedAlong(buffer, ranges, axis));
}

function guardsOf(
  buffer: BufferDraft,
  ranges: readonly Range[],
  affine: (base: number, step: (counter: LoadCounter) => number) => Affine,
): Guard[] {
  return ranges.flatMap(({ low }, axis) =>
    isRestrictedAlong(buffer, ranges, axis)
      ? [
          {
            form: affine(low - elementAt(buffer.box.low, axis), (counter) =>
              counter.axis === axis ? counter.scale : 0,
            ),
            bound: elementAt(buffer.box.extents, axis),
          },
        ]
      : [],
  );
}

/** A load that a window follows gives row by row. So many rows are those of no image: elements of a tensor taken as one axis, which are loaded whole. */
const MOST_WINDOWED_ROWS = 2 ** 14;

/**
 * Tiles that follow the first reader of the first buffer: axis by axis where it walks one to one, and at most one axis that it walks with a window.
 * None where the load gives a buffer less than its box, or the buffers want different ones.
 */
function tilesOf(buffers: readonly BufferDraft[], ranges: readonly Range[]): TileAxis[] {
  const wanted = buffers.map((buffer) => wantedTiles(buffer));
  const [first] = wanted;
  if (first === undefined || wanted.some((tiles) => JSON.stringify(tiles) !== JSON.stringify(first))) return [];
  const covered = first.every(({ axis }) =>
    buffers.every(({ box }) => ranges[axis]?.low === box.low[axis] && ranges[axis]?.extent === box.extents[axis]),
  );
  const whole = buffers.length > 1 || ranges.every(({ extent }, axis) => extent === buffers[0]?.box.extents[axis]);
  return covered && whole ? first : [];
}

function wantedTiles(buffer: BufferDraft): TileAxis[] {
  const walked = buffer.reads[0]?.tiles.axes ?? [];
  const tiles: TileAxis[] = [];
  for (const { axis, count, step, low, high } of walked) {
    const extent = elementAt(buffer.box.extents, axis);
    if (step >= 1 && low === 0 && high === step - 1 && count * step === extent) {
      tiles.push({ axis, count, within: step });
      if (step > 1) break;
      continue;
    }
    const within = step >= 1 && extent % step === 0 ? step : 1;
    const rows = extent / within;
    if (step >= 1 && rows > 1 && rows <= MOST_WINDOWED_ROWS) tiles.push({ axis, count: rows, within });
    break;
  }
  return tiles;
}

/** Tile counters, then the rest in the order of the first buffer's memory; neighbours that are one run everywhere become one counter. */
function countersOf(
  buffers: readonly BufferDraft[],
  ranges: readonly Range[],
  from: readonly number[],
  tiles: readonly TileAxis[],
): LoadCounter[] {
  const counterOf = (axis: number, extent: number, scale: number): LoadCounter => ({
    extent,
    from: elementAt(from, axis) * scale,
    to: buffers.map(({ box }) => elementAt(box.strides, axis) * scale),
    axis,
    scale,
  });
  const outer = tiles.map((tile) => counterOf(tile.axis, tile.count, tile.within));
  const inner = (buffers[0]?.order ?? []).flatMap((axis) => {
    const extent = tiles.find((tile) => tile.axis === axis)?.within ?? ranges[axis]?.extent ?? 1;
    return extent > 1 ? [counterOf(axis, extent, 1)] : [];
  });
  const restricted = (axis: number | null): boolean =>
    axis !== null && buffers.some((buffer) => isRestrictedAlong(buffer, ranges, axis));
  const merged: LoadCounter[] = [];
  for (const counter of inner) {
    const last = merged.at(-1);
    const run =
      last !== undefined &&
      !restricted(last.axis) &&
      !restricted(counter.axis) &&
      last.from === counter.from * counter.extent &&
      last.to.every((step, index) => step === elementAt(counter.to, index) * counter.extent);
    if (last !== undefined && run)
      merged[merged.length - 1] = { ...counter, extent: last.extent * counter.extent, axis: null };
    else merged.push(counter);
  }
  return [...outer, ...merged];
}

/** Vectors run along the tensor's most contiguous axis within a tile: whole bursts from memory. */
function domainOf(
  draft: SectionDraft,
  buffer: BufferDraft,
  counters: readonly LoadCounter[],
  tileDepth: number,
): { domain: Domain; vector: LoadCounter | undefined } {
  const inner = counters.slice(tileDepth);
  const vector = inner.reduce<LoadCounter | undefined>(
    (best, counter) => (best === undefined || counter.from < best.from ? counter : best),
    undefined,
  );
  const position = vector === undefined ? -1 : counters.indexOf(vector);
  const lanes = vector === undefined ? 1 : draft.lanesOf(buffer.dtype);
  return {
    domain: {
      counters: counters.map(({ extent }, index) => ({ extent, step: index === position ? lanes : 1 })),
      tileDepth,
      vector: position,
      lanes,
    },
    vector,
  };
}
