import { ImageError } from "./raster.ts";

const LENGTH_BASE = [
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258,
];
const LENGTH_EXTRA = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const DISTANCE_BASE = [
  1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145,
  8193, 12289, 16385, 24577,
];
const DISTANCE_EXTRA = [
  0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13,
];
const CODE_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/** A canonical Huffman code: how many codes of each length, and the symbols in order. */
interface Code {
  readonly counts: readonly number[];
  readonly symbols: readonly number[];
}

function codeOf(lengths: readonly number[]): Code {
  const counts = new Array<number>(16).fill(0);
  for (const length of lengths) counts[length]! += 1;
  counts[0] = 0;
  const symbols = lengths.map((length, symbol) => ({ length, symbol })).filter(({ length }) => length > 0);
  symbols.sort((a, b) => a.length - b.length || a.symbol - b.symbol);
  return { counts, symbols: symbols.map(({ symbol }) => symbol) };
}

/** Inflates a zlib stream (RFC 1950, 1951) to `size` bytes at most; the checksum is not looked at. */
export function inflate(bytes: Uint8Array, size: number): Uint8Array {
  const result = new Uint8Array(size);
  let [length, at, bit] = [0, 2, 0];
  const bits = (count: number): number => {
    let value = 0;
    for (let i = 0; i < count; i += 1) {
      if (at >= bytes.length) throw new ImageError("the compressed data ends early");
      value |= ((bytes[at]! >> bit) & 1) << i;
      bit += 1;
      if (bit === 8) [bit, at] = [0, at + 1];
    }
    return value;
  };
  const symbol = ({ counts, symbols }: Code): number => {
    let [code, first, index] = [0, 0, 0];
    for (let width = 1; width < 16; width += 1) {
      code |= bits(1);
      const count = counts[width]!;
      if (code - first < count) return symbols[index + code - first]!;
      index += count;
      first = (first + count) << 1;
      code <<= 1;
    }
    throw new ImageError("the compressed data is damaged");
  };
  const put = (byte: number): void => {
    if (length >= size) throw new ImageError("the compressed data is longer than the image");
    result[length] = byte;
    length += 1;
  };
  for (let last = 0; last === 0; ) {
    last = bits(1);
    const kind = bits(2);
    if (kind === 0) {
      if (bit > 0) [bit, at] = [0, at + 1];
      const count = bits(16);
      bits(16);
      for (let i = 0; i < count; i += 1) put(bits(8));
      continue;
    }
    if (kind === 3) throw new ImageError("the compressed data is damaged");
    const [literals, distances] = kind === 1 ? FIXED : dynamicCodes(bits, symbol);
    for (let next = symbol(literals); next !== 256; next = symbol(literals)) {
      if (next < 256) {
        put(next);
        continue;
      }
      const run = LENGTH_BASE[next - 257]! + bits(LENGTH_EXTRA[next - 257]!);
      const code = symbol(distances);
      const distance = DISTANCE_BASE[code]! + bits(DISTANCE_EXTRA[code]!);
      if (distance > length) throw new ImageError("the compressed data is damaged");
      for (let i = 0; i < run; i += 1) put(result[length - distance]!);
    }
  }
  return result.subarray(0, length);
}

const FIXED: readonly [Code, Code] = [
  codeOf(Array.from({ length: 288 }, (_, i) => (i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8))),
  codeOf(new Array<number>(30).fill(5)),
];

function dynamicCodes(bits: (count: number) => number, symbol: (code: Code) => number): readonly [Code, Code] {
  const [literals, distances, codes] = [bits(5) + 257, bits(5) + 1, bits(4) + 4];
  const widths = new Array<number>(19).fill(0);
  for (let i = 0; i < codes; i += 1) widths[CODE_ORDER[i]!] = bits(3);
  const code = codeOf(widths);
  const lengths: number[] = [];
  while (lengths.length < literals + distances) {
    const next = symbol(code);
    if (next < 16) lengths.push(next);
    else {
      const [value, count] =
        next === 16 ? [lengths.at(-1) ?? 0, 3 + bits(2)] : next === 17 ? [0, 3 + bits(3)] : [0, 11 + bits(7)];
      lengths.push(...new Array<number>(count).fill(value));
    }
  }
  return [codeOf(lengths.slice(0, literals)), codeOf(lengths.slice(literals, literals + distances))];
}
