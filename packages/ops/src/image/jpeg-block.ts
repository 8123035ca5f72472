/** The inverse cosine transform of libjpeg's "islow" method: 13-bit constants, so that every decoder of its kind agrees. */
const C = {
  a: 2446, // 0.298631336
  b: 3196, // 0.390180644
  c: 4433, // 0.541196100
  d: 6270, // 0.765366865
  e: 7373, // 0.899976223
  f: 9633, // 1.175875602
  g: 12299, // 1.501321110
  h: 15137, // 1.847759065
  i: 16069, // 1.961570560
  j: 16819, // 2.053119869
  k: 20995, // 2.562915447
  l: 25172, // 3.072711026
};

/** 64 dequantised coefficients in row-major order become 64 samples 0..255, in place of `samples` from `start` by `stride`. */
export function inverseTransform(block: Int32Array, samples: Uint8Array, start: number, stride: number): void {
  const work = new Int32Array(64);
  for (let column = 0; column < 8; column += 1) line(block, column, 8, work, 11);
  const row = new Int32Array(64);
  for (let y = 0; y < 8; y += 1) {
    line(work, 8 * y, 1, row, 18);
    for (let x = 0; x < 8; x += 1) samples[start + y * stride + x] = Math.min(255, Math.max(0, row[8 * y + x]! + 128));
  }
}

/** One transform of eight numbers `step` apart, descaled by `shift` bits with rounding. */
function line(from: Int32Array, start: number, step: number, to: Int32Array, shift: number): void {
  const x = (i: number): number => from[start + i * step]!;
  const even = (x(2) + x(6)) * C.c;
  const [e2, e3] = [even - x(6) * C.h, even + x(2) * C.d];
  const [e0, e1] = [(x(0) + x(4)) * 8192, (x(0) - x(4)) * 8192];
  const tops = [e0 + e3, e1 + e2, e1 - e2, e0 - e3];
  const mixed = (x(7) + x(3) + x(5) + x(1)) * C.f;
  const [z1, z2] = [-(x(7) + x(1)) * C.e, -(x(5) + x(3)) * C.k];
  const [z3, z4] = [mixed - (x(7) + x(3)) * C.i, mixed - (x(5) + x(1)) * C.b];
  const odds = [x(1) * C.g + z1 + z4, x(3) * C.l + z2 + z3, x(5) * C.j + z2 + z4, x(7) * C.a + z1 + z3];
  const half = 2 ** (shift - 1);
  for (let i = 0; i < 4; i += 1) {
    to[start + i * step] = Math.floor((tops[i]! + odds[i]! + half) / 2 ** shift);
    to[start + (7 - i) * step] = Math.floor((tops[i]! - odds[i]! + half) / 2 ** shift);
  }
}
