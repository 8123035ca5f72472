import { inflate } from "./inflate.ts";
import { Bytes, ImageError, type Raster, UnknownImage } from "./raster.ts";

/** Samples a pixel of each colour type. */
const SAMPLES: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

/** Portable network graphics, not interlaced; transparency is dropped, 16-bit samples keep their high byte. */
export function decodePng(bytes: Uint8Array): Raster {
  const file = new Bytes(bytes, false);
  const parts: Uint8Array[] = [];
  let palette = new Uint8Array(0);
  const [width, height, depth, colour] = [file.u32(16), file.u32(20), file.u8(24), file.u8(25)];
  const samples = SAMPLES[colour];
  if (samples === undefined || file.u8(28) !== 0)
    throw new UnknownImage("an interlaced image, or an unknown colour type");
  for (let at = 8; at + 8 <= bytes.length; at += file.u32(at) + 12) {
    const kind = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    const content = bytes.subarray(at + 8, at + 8 + file.u32(at));
    if (kind === "IDAT") parts.push(content);
    if (kind === "PLTE") palette = content.slice();
  }
  const stride = Math.ceil((width * samples * depth) / 8);
  const packed = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  parts.reduce((at, part) => {
    packed.set(part, at);
    return at + part.length;
  }, 0);
  const rows = unfiltered(inflate(packed, (stride + 1) * height), height, stride, Math.max(1, (samples * depth) >> 3));
  const sample = (row: number, index: number): number => {
    if (depth === 8) return rows[row * stride + index]!;
    if (depth === 16) return rows[row * stride + 2 * index]!;
    const value =
      (rows[row * stride + ((index * depth) >> 3)]! >> (8 - depth - ((index * depth) & 7))) & ((1 << depth) - 1);
    return colour === 3 ? value : (value * 255) / ((1 << depth) - 1);
  };
  const channels = colour === 0 || colour === 4 ? 1 : 3;
  const result = new Uint8Array(width * height * channels);
  for (let i = 0; i < result.length; i += 1) {
    const [pixel, channel] = [Math.floor(i / channels), i % channels];
    const [row, column] = [Math.floor(pixel / width), pixel % width];
    result[i] = colour === 3 ? palette[3 * sample(row, column) + channel]! : sample(row, column * samples + channel);
  }
  return { width, height, channels, bytes: result };
}

/** Undoes the filter that the first byte of each row names. */
function unfiltered(data: Uint8Array, height: number, stride: number, step: number): Uint8Array {
  const rows = new Uint8Array(height * stride);
  for (let y = 0; y < height; y += 1) {
    const filter = data[y * (stride + 1)];
    for (let x = 0; x < stride; x += 1) {
      const at = y * stride + x;
      const left = x >= step ? rows[at - step]! : 0;
      const above = y > 0 ? rows[at - stride]! : 0;
      const corner = x >= step && y > 0 ? rows[at - stride - step]! : 0;
      const guess = [0, left, above, (left + above) >> 1, paeth(left, above, corner)][filter ?? 0];
      if (guess === undefined) throw new ImageError(`filter ${filter}`);
      rows[at] = data[y * (stride + 1) + 1 + x]! + guess;
    }
  }
  return rows;
}

function paeth(a: number, b: number, c: number): number {
  const [toA, toB, toC] = [Math.abs(b - c), Math.abs(a - c), Math.abs(a + b - 2 * c)];
  if (toA <= toB && toA <= toC) return a;
  return toB <= toC ? b : c;
}
