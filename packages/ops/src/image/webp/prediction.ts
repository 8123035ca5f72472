/** Samples of one colour of a frame, with a border of one sample above and on the left. */
export interface Plane {
  readonly stride: number;
  readonly samples: Uint8Array;
}

/** Above the frame, and on its left: RFC 6386, section 12.2. */
const ABOVE = 127;
const LEFT = 129;

export function newPlane(width: number, height: number): Plane {
  const stride = width + 1;
  const samples = new Uint8Array(stride * (height + 1));
  samples.fill(ABOVE, 0, stride);
  for (let y = 1; y <= height; y += 1) samples[y * stride] = LEFT;
  return { stride, samples };
}

/** Where the sample at a column and row stands. */
export function placeOf({ stride }: Plane, x: number, y: number): number {
  return (y + 1) * stride + x + 1;
}

/** Modes of whole blocks, and those that 4 x 4 blocks have besides, in the order of the tables. */
export const MODES = ["DC", "TM", "VE", "HE", "RD", "VR", "LD", "VL", "HD", "HU"] as const;
export type Mode = (typeof MODES)[number];

/** Predicts a square of chroma, or the luma of a macroblock, from the row above and the column on the left: section 12.2. */
export function predictSquare(plane: Plane, x: number, y: number, size: number, mode: Mode): void {
  const { samples, stride } = plane;
  const at = placeOf(plane, x, y);
  const mean = mode === "DC" ? squareMean(plane, x, y, size) : 0;
  const corner = samples[at - stride - 1]!;
  for (let row = 0; row < size; row += 1) {
    const left = samples[at + row * stride - 1]!;
    for (let column = 0; column < size; column += 1) {
      const above = samples[at - stride + column]!;
      const value = mode === "DC" ? mean : mode === "VE" ? above : mode === "HE" ? left : left + above - corner;
      samples[at + row * stride + column] = Math.min(255, Math.max(0, value));
    }
  }
}

/** The mean of what there is above and on the left; 128 in the corner of the frame. */
function squareMean(plane: Plane, x: number, y: number, size: number): number {
  const at = placeOf(plane, x, y);
  let [sum, count] = [0, 0];
  for (let i = 0; i < size; i += 1) {
    if (y > 0) sum += plane.samples[at - plane.stride + i]!;
    if (x > 0) sum += plane.samples[at + i * plane.stride - 1]!;
    count += Number(y > 0) + Number(x > 0);
  }
  return count === 0 ? 128 : Math.floor((sum + count / 2) / count);
}

/**
 * The edge of a 4 x 4 block: from below on the left (0) up to the corner (4), then along the row above to the right (12). Each digit of a
 * mode's text is where the weights of one sample begin on it, row by row; weights are 1 2 1, or 1 1 after a "+": section 12.3.
 */
const DIAGONALS: Readonly<Partial<Record<Mode, string>>> = {
  RD: "3 4 5 6 2 3 4 5 1 2 3 4 0 1 2 3",
  VR: "+4 +5 +6 +7 3 4 5 6 2 +4 +5 +6 1 3 4 5",
  LD: "5 6 7 8 6 7 8 9 7 8 9 10 8 9 10 11",
  VL: "+5 +6 +7 +8 5 6 7 8 +6 +7 +8 9 6 7 8 10",
  HD: "+3 3 4 5 +2 2 +3 3 +1 1 +2 2 +0 0 +1 1",
};

/** The starts and numbers of weights of a diagonal mode. */
const TAPS = new Map(
  Object.entries(DIAGONALS).map(([mode, text]) => [
    mode,
    text.split(" ").map((one) => ({ start: Number(one.replace("+", "")), two: one.startsWith("+") })),
  ]),
);

/** Predicts a 4 x 4 block of luma. `right` are the four samples above and to the right of it. */
export function predictBlock(plane: Plane, x: number, y: number, mode: Mode, right: readonly number[]): void {
  const { samples, stride } = plane;
  const at = placeOf(plane, x, y);
  const edge = [3, 2, 1, 0].map((row) => samples[at + row * stride - 1]!);
  for (let column = -1; column < 4; column += 1) edge.push(samples[at - stride + column]!);
  edge.push(...right);
  const e = (index: number): number => edge[index]!;
  const smooth = (a: number, b: number, c: number): number => (a + 2 * b + c + 2) >> 2;
  const taps = TAPS.get(mode);
  const mean = (edge.slice(0, 4).reduce((a, b) => a + b) + edge.slice(5, 9).reduce((a, b) => a + b) + 4) >> 3;
  for (let i = 0; i < 16; i += 1) {
    const [row, column] = [i >> 2, i & 3];
    samples[at + row * stride + column] =
      taps === undefined ? plain(mode, row, column) : weighted(taps[i]!.start, taps[i]!.two);
  }

  function weighted(start: number, two: boolean): number {
    if (two) return (e(start) + e(start + 1) + 1) >> 1;
    // The last sample of the row above stands for the one behind it.
    return smooth(e(start), e(start + 1), e(Math.min(12, start + 2)));
  }

  function plain(of: Mode, row: number, column: number): number {
    const [left, above] = [3 - row, 5 + column];
    if (of === "DC") return mean;
    if (of === "TM") return Math.min(255, Math.max(0, e(left) + e(above) - e(4)));
    if (of === "VE") return smooth(e(above - 1), e(above), e(above + 1));
    if (of === "HE") return smooth(e(left + 1), e(left), e(Math.max(0, left - 1)));
    // HU: along the left column downwards, its last sample repeated.
    const step = 2 * row + column;
    const down = (by: number): number => e(Math.max(0, 3 - (step >> 1) - by));
    return (step & 1) === 0 ? (down(0) + down(1) + 1) >> 1 : smooth(down(0), down(1), down(2));
  }
}
