import type { TileMap } from "./flow.ts";

/** Tiles of the other side that must be finished before tile `tile` of this side may start. */
export function tilesBefore(map: TileMap, tile: number): number {
  const within = Math.floor(((tile % map.period) * map.scale) / map.divisor) + map.offset;
  const whole = Math.floor(tile / map.period) * map.quantum;
  return Math.max(0, whole + Math.min(map.quantum, Math.max(0, within)) - (map.delay ?? 0));
}
