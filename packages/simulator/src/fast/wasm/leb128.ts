/** Appends an unsigned integer below 2^53. */
export function unsigned(bytes: number[], value: number): void {
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  bytes.push(rest);
}

/** Appends a signed integer of at most 64 bits. */
export function signed(bytes: number[], value: number | bigint): void {
  let rest = BigInt(value);
  for (;;) {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    if ((rest === 0n && low < 0x40) || (rest === -1n && low >= 0x40)) {
      bytes.push(low);
      return;
    }
    bytes.push(low | 0x80);
  }
}

/** Appends an i32 without the detour over bigint; most constants of a kernel are such. */
export function signed32(bytes: number[], value: number): void {
  let rest = value | 0;
  for (;;) {
    const low = rest & 0x7f;
    rest >>= 7;
    if ((rest === 0 && low < 0x40) || (rest === -1 && low >= 0x40)) {
      bytes.push(low);
      return;
    }
    bytes.push(low | 0x80);
  }
}
