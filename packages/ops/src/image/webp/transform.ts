import type { Plane } from "./prediction.ts";

/** Square root of 2 times the cosine, and the sine, of pi / 8, in 16 bits of fraction. */
const [COSINE, SINE] = [85627, 35468];

/** Adds the inverse cosine transform of 16 coefficients to a 4 x 4 block of samples: RFC 6386, section 14.3. */
export function addInverseCosine(block: Int16Array, from: number, { samples, stride }: Plane, at: number): void {
  const columns = new Int32Array(16);
  for (let i = 0; i < 4; i += 1) {
    const c = (row: number): number => block[from + 4 * row + i]!;
    columns.set(butterfly(c(0), c(1), c(2), c(3)), 4 * i);
  }
  for (let row = 0; row < 4; row += 1) {
    const c = (column: number): number => columns[4 * column + row]!;
    butterfly(c(0) + 4, c(1), c(2), c(3)).forEach((value, column) => {
      const place = at + row * stride + column;
      samples[place] = Math.min(255, Math.max(0, samples[place]! + (value >> 3)));
    });
  }
}

function butterfly(c0: number, c1: number, c2: number, c3: number): readonly [number, number, number, number] {
  const [a, b] = [c0 + c2, c0 - c2];
  const c = scaled(c1, SINE) - scaled(c3, COSINE);
  const d = scaled(c1, COSINE) + scaled(c3, SINE);
  return [a + d, b + c, b - c, a - d];
}

/** Rounded down; the products have more than 32 bits. */
function scaled(value: number, by: number): number {
  return Math.floor((value * by) / 65536);
}

/** Spreads the inverse Walsh-Hadamard transform of 16 coefficients over the DC coefficients of 16 blocks: section 14.3. */
export function spreadInverseHadamard(block: Int16Array, from: number, to: number): void {
  const columns = new Int32Array(16);
  for (let i = 0; i < 4; i += 1) {
    const c = (row: number): number => block[from + 4 * row + i]!;
    columns.set(hadamard(c(0), c(1), c(2), c(3)), 4 * i);
  }
  for (let row = 0; row < 4; row += 1) {
    const c = (column: number): number => columns[4 * column + row]!;
    hadamard(c(0) + 3, c(1), c(2), c(3)).forEach((value, column) => {
      block[to + 16 * (4 * row + column)] = value >> 3;
    });
  }
}

function hadamard(c0: number, c1: number, c2: number, c3: number): readonly [number, number, number, number] {
  const [a, b, c, d] = [c0 + c3, c1 + c2, c1 - c2, c0 - c3];
  return [a + b, d + c, a - b, d - c];
}
