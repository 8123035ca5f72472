import type { EdgeFilter } from "./frame-header.ts";
import { type Plane, placeOf } from "./prediction.ts";

/** What the filter must know of a macroblock. */
export interface FilteredMacroblock {
  readonly level: number;
  /** Edges between its blocks are smoothed too. */
  readonly inner: boolean;
}

interface Limits {
  readonly edge: number;
  readonly interior: number;
  readonly variance: number;
}

/** Smooths the edges of macroblocks, and of the blocks in them, one macroblock after the other: RFC 6386, section 15. */
export function smoothEdges(
  luma: Plane,
  chroma: readonly Plane[],
  filter: EdgeFilter,
  columns: number,
  macroblocks: readonly FilteredMacroblock[],
): void {
  macroblocks.forEach(({ level, inner }, index) => {
    if (level === 0) return;
    const [x, y] = [index % columns, Math.floor(index / columns)];
    const interior = interiorLimit(level, filter.sharpness);
    const variance = level < 15 ? 0 : level < 40 ? 1 : 2;
    const within: Limits = { edge: 2 * level + interior, interior, variance };
    const between: Limits = { ...within, edge: within.edge + 4 };
    const planes = filter.simple
      ? [{ plane: luma, size: 16 }]
      : [{ plane: luma, size: 16 }, ...chroma.map((plane) => ({ plane, size: 8 }))];
    for (const { plane, size } of planes) {
      const at = placeOf(plane, x * size, y * size);
      const smooth = (offset: number, across: boolean, outer: boolean): void => {
        const [step, along] = across ? [1, plane.stride] : [plane.stride, 1];
        for (let i = 0; i < size; i += 1) {
          const place = at + offset * step + i * along;
          if (filter.simple) smoothSimply(plane.samples, place, step, (outer ? between : within).edge);
          else smoothNormally(plane.samples, place, step, outer ? between : within, outer);
        }
      };
      if (x > 0) smooth(0, true, true);
      if (inner) for (let offset = 4; offset < size; offset += 4) smooth(offset, true, false);
      if (y > 0) smooth(0, false, true);
      if (inner) for (let offset = 4; offset < size; offset += 4) smooth(offset, false, false);
    }
  });
}

function interiorLimit(level: number, sharpness: number): number {
  if (sharpness === 0) return Math.max(1, level);
  return Math.max(1, Math.min(level >> (sharpness > 4 ? 2 : 1), 9 - sharpness));
}

const signed = (value: number): number => Math.min(127, Math.max(-128, value));
const byte = (value: number): number => Math.min(255, Math.max(0, value));

/** The step of the edge is small enough to be no edge of the picture. */
function isWeak(s: Uint8Array, q0: number, step: number, limit: number): boolean {
  const outer = Math.abs(s[q0 - 2 * step]! - s[q0 + step]!);
  return 2 * Math.abs(s[q0 - step]! - s[q0]!) + (outer >> 1) <= limit;
}

/** Moves the two samples at the edge towards each other; `outer` takes those behind them into account. Gives how far. */
function meet(s: Uint8Array, q0: number, step: number, outer: boolean): number {
  const [p1, p0, q, q1] = [s[q0 - 2 * step]!, s[q0 - step]!, s[q0]!, s[q0 + step]!];
  const by = 3 * (q - p0) + (outer ? signed(p1 - q1) : 0);
  const [down, up] = [signed(signed(by) + 4) >> 3, signed(signed(by) + 3) >> 3];
  s[q0] = byte(q - down);
  s[q0 - step] = byte(p0 + up);
  return down;
}

function smoothSimply(s: Uint8Array, q0: number, step: number, limit: number): void {
  if (isWeak(s, q0, step, limit)) meet(s, q0, step, true);
}

function smoothNormally(s: Uint8Array, q0: number, step: number, limits: Limits, outer: boolean): void {
  if (!isWeak(s, q0, step, limits.edge)) return;
  const difference = (i: number): number => Math.abs(s[q0 + i * step]! - s[q0 + (i + 1) * step]!);
  for (const i of [-4, -3, -2, 0, 1, 2]) if (difference(i) > limits.interior) return;
  if (difference(-2) > limits.variance || difference(0) > limits.variance) meet(s, q0, step, true);
  else if (outer) spread(s, q0, step);
  else {
    const by = (meet(s, q0, step, false) + 1) >> 1;
    s[q0 + step] = byte(s[q0 + step]! - by);
    s[q0 - 2 * step] = byte(s[q0 - 2 * step]! + by);
  }
}

/** Three samples on each side, the nearer ones more: the weights are 27, 18 and 9 of 128. */
function spread(s: Uint8Array, q0: number, step: number): void {
  const at = (i: number): number => q0 + i * step;
  const by = signed(3 * (s[q0]! - s[at(-1)]!) + signed(s[at(-2)]! - s[at(1)]!));
  [27, 18, 9].forEach((weight, i) => {
    const part = (weight * by + 63) >> 7;
    s[at(i)] = byte(s[at(i)]! - part);
    s[at(-1 - i)] = byte(s[at(-1 - i)]! + part);
  });
}
