/**
 * result[m, n] += sum over k of a[m, k] * b[k, n], all row-major from the given offsets; sums in double, four rows of b at a
 * time and in column blocks that stay in cache. `result` is a Float64Array.
 */
export function multiplyInto(
  a: Float32Array | Float64Array,
  aStart: number,
  b: Float32Array | Float64Array,
  bStart: number,
  result: Float64Array,
  resultStart: number,
  m: number,
  k: number,
  n: number,
): void {
  const block = 1024;
  for (let from = 0; from < n; from += block) {
    const to = Math.min(n, from + block);
    for (let i = 0; i < m; i += 1) {
      const row = resultStart + i * n;
      const weights = aStart + i * k;
      let x = 0;
      for (; x + 3 < k; x += 4) {
        const w0 = a[weights + x]!;
        const w1 = a[weights + x + 1]!;
        const w2 = a[weights + x + 2]!;
        const w3 = a[weights + x + 3]!;
        const b0 = bStart + x * n;
        for (let j = from; j < to; j += 1) {
          const at = b0 + j;
          result[row + j]! += w0 * b[at]! + w1 * b[at + n]! + w2 * b[at + 2 * n]! + w3 * b[at + 3 * n]!;
        }
      }
      for (; x < k; x += 1) {
        const w = a[weights + x]!;
        const b0 = bStart + x * n;
        for (let j = from; j < to; j += 1) result[row + j]! += w * b[b0 + j]!;
      }
    }
  }
}
