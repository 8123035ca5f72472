import { elementAt } from "@rdu/diagnostics";
import type { TileMap } from "@rdu/flow";
import type { Box } from "./address.ts";
import type { TileAxis } from "./choose-tiles.ts";

/** How the tiles of a reader walk one axis of a buffer: tile i touches [i x step + low, i x step + high]. */
export interface WalkedAxis {
  readonly axis: number;
  readonly count: number;
  readonly step: number;
  readonly low: number;
  readonly high: number;
}

/** The tiles of one side of a buffer: their number, and the axes they walk in order; null when they follow no axes. */
export interface Tiles<Axis> {
  readonly count: number;
  readonly axes: readonly Axis[] | null;
}

/** What a writer and a reader of a buffer agree on, and the elements of circular store that lets both go on. */
export interface Agreement {
  readonly need: TileMap;
  /** Given the capacity that the buffer ends up with. */
  readonly grant: (capacity: number) => TileMap;
  readonly capacity: number;
}

export const NO_WAIT: TileMap = { period: 1, quantum: 0, scale: 0, divisor: 1, offset: 0 };

/**
 * Leading axes that both sides walk one to one form groups. Within a group the next axis may be walked with a window (a convolution's rows):
 * then the buffer holds a few rows; else a group is handed over whole and the buffer holds two. Without groups the reader waits for all.
 */
export function agree(writer: Tiles<TileAxis>, reader: Tiles<WalkedAxis>, box: Box): Agreement {
  const prefix = commonPrefix(writer, reader, box);
  const groups = prefix.reduce((product, axis) => product * axis.count, 1);
  const next = windowAfter(writer, reader, prefix.length, box);
  if (
    next !== null &&
    elementAt(box.strides, next.write.axis) * next.write.count * next.write.within * groups === box.elements
  )
    return windowed(writer, reader, groups, next.write, next.read, box);
  const readerGroup = reader.count / groups;
  const writerGroup = writer.count / groups;
  const need: TileMap = { period: readerGroup, quantum: writerGroup, scale: 0, divisor: 1, offset: writerGroup };
  const elements = box.elements / groups;
  if (groups === 1) return { need, grant: () => NO_WAIT, capacity: box.elements };
  return {
    need,
    grant: (capacity) =>
      capacity >= box.elements
        ? NO_WAIT
        : {
            period: writerGroup,
            quantum: readerGroup,
            scale: 0,
            divisor: 1,
            offset: 0,
            delay: (Math.floor(capacity / elements) - 1) * readerGroup,
          },
    capacity: Math.min(box.elements, 2 * elements),
  };
}

function commonPrefix(writer: Tiles<TileAxis>, reader: Tiles<WalkedAxis>, box: Box): TileAxis[] {
  const prefix: TileAxis[] = [];
  let groups = 1;
  if (writer.axes === null || reader.axes === null) return prefix;
  for (const [position, write] of writer.axes.entries()) {
    const read = reader.axes[position];
    if (read === undefined || read.axis !== write.axis || read.count !== write.count) break;
    if (read.step !== write.within || read.low !== 0 || read.high !== write.within - 1) break;
    groups *= write.count;
    // A group has to be one run of memory, or a circular store would tear it.
    if (elementAt(box.strides, write.axis) * write.within * groups !== box.elements) break;
    prefix.push(write);
  }
  return prefix;
}

function windowAfter(
  writer: Tiles<TileAxis>,
  reader: Tiles<WalkedAxis>,
  position: number,
  box: Box,
): { write: TileAxis; read: WalkedAxis } | null {
  const write = writer.axes?.[position];
  const read = reader.axes?.[position];
  if (write === undefined || read === undefined || write.axis !== read.axis || read.step < 1) return null;
  // Further tile axes on either side would make one row's tiles many.
  if (writer.axes?.length !== position + 1 || reader.axes?.length !== position + 1) return null;
  return box.low[write.axis] === 0 && write.count * write.within === box.extents[write.axis] ? { write, read } : null;
}

function windowed(
  writer: Tiles<TileAxis>,
  reader: Tiles<WalkedAxis>,
  groups: number,
  write: TileAxis,
  read: WalkedAxis,
  box: Box,
): Agreement {
  const { within } = write;
  const { step, low, high } = read;
  const readerGroup = reader.count / groups;
  const writerGroup = writer.count / groups;
  const row = elementAt(box.strides, write.axis);
  const rows = write.count * within;
  const exact = step % within === 0;
  const need: TileMap = {
    period: readerGroup,
    quantum: writerGroup,
    scale: step,
    divisor: within,
    offset: (exact ? Math.floor(high / within) : Math.ceil(high / within)) + 1,
  };
  const held = high - low + 1 + 2 * step + 2 * within + Math.max(0, -low);
  const capacity = held >= rows ? box.elements : held * row;
  const grant = (granted: number): TileMap => {
    if (granted >= box.elements) return NO_WAIT;
    const lag = within - Math.floor(granted / row) - low + step - 1;
    return {
      period: writerGroup,
      quantum: readerGroup,
      scale: within,
      divisor: step,
      offset: within % step === 0 ? Math.floor(lag / step) : Math.ceil(lag / step),
    };
  };
  return { need, grant, capacity };
}
