import { counterSteps } from "../domain.ts";
import type { AddressProgram } from "../flow.ts";

/**
 * Whether two programs are sure to touch different addresses although their bounds overlap: modulo some stride of theirs they stay in
 * different places, as when each has its own columns of a matrix. Of whole programs, or of one tile each when the values of the tile counters
 * are given. Modulo `capacity` too, when that is not a multiple of the stride nothing is shown.
 */
export function neverMeet(
  a: AddressProgram,
  b: AddressProgram,
  capacity: number | undefined,
  tileOfA?: readonly number[],
  tileOfB?: readonly number[],
): boolean {
  if (a.index !== undefined || b.index !== undefined) return false;
  const strides = new Set([...a.address.strides, ...b.address.strides].map(Math.abs).filter((stride) => stride > 1));
  for (const stride of strides) {
    if (capacity !== undefined && capacity % stride !== 0) continue;
    const arcOfA = residues(a, stride, tileOfA);
    const arcOfB = residues(b, stride, tileOfB);
    if (arcOfA === null || arcOfB === null) continue;
    const gap = modulo(arcOfB.from - arcOfA.from, stride);
    if (gap > arcOfA.length && gap + arcOfB.length < stride) return true;
  }
  return false;
}

/** Addresses modulo a stride: from `from`, `length` further; null when they may be anywhere. */
function residues(
  { domain, address }: AddressProgram,
  modulus: number,
  tile: readonly number[] | undefined,
): { from: number; length: number } | null {
  const { counters, vector, lanes } = domain;
  let low = address.base;
  let high = address.base;
  const add = (stride: number, least: number, most: number): void => {
    if (stride % modulus === 0) return;
    low += stride * (stride >= 0 ? least : most);
    high += stride * (stride >= 0 ? most : least);
  };
  for (const [index, counter] of counters.entries()) {
    const stride = address.strides[index] ?? 0;
    const fixed = index < domain.tileDepth ? tile?.[index] : undefined;
    const last = (counterSteps(counter) - 1) * counter.step;
    const joined = index === vector && address.laneStride === stride;
    const end = fixed ?? last;
    add(stride, fixed ?? 0, joined ? Math.min(counter.extent, end + lanes) - 1 : end);
  }
  if (vector < 0 || address.laneStride !== address.strides[vector])
    add(address.laneStride, 0, vector < 0 ? 0 : lanes - 1);
  return high - low < modulus ? { from: modulo(low, modulus), length: high - low } : null;
}

function modulo(value: number, modulus: number): number {
  return ((value % modulus) + modulus) % modulus;
}
