import type { BoolDecoder } from "./bool-decoder.ts";

/** Kinds of blocks, in the order of the probability tables: RFC 6386, section 13.3. */
export const BLOCK_KINDS = { lumaAfterDc: 0, second: 1, chroma: 2, luma: 3 } as const;

/** The band of each place in zigzag order, and the place itself. */
const BANDS = [0, 1, 2, 3, 6, 4, 5, 6, 6, 6, 6, 6, 6, 6, 6, 7];
const ZIGZAG = [0, 1, 4, 8, 5, 2, 3, 6, 9, 12, 13, 10, 7, 11, 14, 15];
/** Sizes of the tables: contexts of 11 probabilities, bands of 3 contexts, kinds of 8 bands. */
const [CONTEXT, BAND, KIND] = [11, 33, 264];
/** Least value and probabilities of the extra bits of each category: section 13.2. */
const CATEGORIES: readonly (readonly [least: number, bits: readonly number[]])[] = [
  [5, [159]],
  [7, [165, 145]],
  [11, [173, 148, 140]],
  [19, [176, 155, 140, 135]],
  [35, [180, 157, 141, 134, 130]],
  [67, [254, 254, 243, 230, 196, 177, 153, 140, 133, 130, 129]],
];

/**
 * Reads the coefficients of one 4 x 4 block, times their quantiser steps, into `block` at `at`. Gives whether any was coded.
 * `context`: how many of the neighbours above and on the left have some.
 */
export function readBlock(
  from: BoolDecoder,
  probabilities: Uint8Array,
  kind: number,
  context: number,
  steps: readonly [dc: number, ac: number],
  block: Int16Array,
  at: number,
): boolean {
  const first = kind === BLOCK_KINDS.lumaAfterDc ? 1 : 0;
  let node = kind * KIND + BANDS[first]! * BAND + context * CONTEXT;
  const p = (index: number): number => probabilities[node + index]!;
  if (from.bit(p(0)) === 0) return false;
  for (let n = first; n < 16; n += 1) {
    const zero = from.bit(p(1)) === 0;
    const magnitude = zero ? 0 : readMagnitude(from, p);
    if (!zero) {
      const value = magnitude * steps[n === 0 ? 0 : 1];
      block[at + ZIGZAG[n]!] = from.bit() === 1 ? -value : value;
    }
    if (n === 15) break;
    node = kind * KIND + BANDS[n + 1]! * BAND + Math.min(2, magnitude) * CONTEXT;
    // A zero is followed by another coefficient for sure.
    if (!zero && from.bit(p(0)) === 0) break;
  }
  return true;
}

/** 1 or more: the tree of section 13.2. */
function readMagnitude(from: BoolDecoder, p: (index: number) => number): number {
  if (from.bit(p(2)) === 0) return 1;
  if (from.bit(p(3)) === 0) return from.bit(p(4)) === 0 ? 2 : 3 + from.bit(p(5));
  const category = readCategory(from, p);
  const [least, bits] = CATEGORIES[category]!;
  return least + bits.reduce((value, probability) => 2 * value + from.bit(probability), 0);
}

function readCategory(from: BoolDecoder, p: (index: number) => number): number {
  if (from.bit(p(6)) === 0) return from.bit(p(7));
  const high = from.bit(p(8));
  return 2 + 2 * high + from.bit(p(9 + high));
}
