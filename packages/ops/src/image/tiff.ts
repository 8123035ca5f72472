import { inflate } from "./inflate.ts";
import { Bytes, ImageError, type Raster, UnknownImage } from "./raster.ts";

/** Tagged image file format: the first image, 8 bits a sample, chunky, in strips; plain, PackBits or Deflate. */
export function decodeTiff(bytes: Uint8Array): Raster {
  const file = new Bytes(bytes, bytes[0] === 0x49);
  const directory = file.u32(4);
  const tags = new Map<number, readonly number[]>();
  for (let i = 0; i < file.u16(directory); i += 1) {
    const entry = directory + 2 + 12 * i;
    tags.set(file.u16(entry), valuesAt(file, entry));
  }
  const one = (tag: number, fallback: number): number => tags.get(tag)?.[0] ?? fallback;
  const [width, height, samples, compression] = [one(256, 0), one(257, 0), one(277, 1), one(259, 1)];
  const supported = (tags.get(258) ?? [1]).every((bits) => bits === 8) && one(284, 1) === 1 && one(317, 1) === 1;
  if (!supported || (samples !== 1 && samples < 3))
    throw new UnknownImage("TIFF beyond 8-bit chunky samples without predictor");
  const [offsets, lengths] = [tags.get(273) ?? [], tags.get(279) ?? []];
  const strip = one(278, height) * width * samples;
  const pixels = new Uint8Array(width * height * samples);
  offsets.forEach((offset, i) => {
    const content = bytes.subarray(offset, offset + (lengths[i] ?? 0));
    const room = Math.min(strip, pixels.length - i * strip);
    pixels.set(unpacked(content, compression, room), i * strip);
  });
  const channels = samples === 1 ? 1 : 3;
  const result = new Uint8Array(width * height * channels);
  const inverted = one(262, 1) === 0;
  for (let i = 0; i < result.length; i += 1) {
    const value = pixels[Math.floor(i / channels) * samples + (i % channels)]!;
    result[i] = inverted ? 255 - value : value;
  }
  return { width, height, channels, bytes: result };
}

/** Numbers of an entry: 8-, 16- or 32-bit, in place when they fit four bytes. */
function valuesAt(file: Bytes, entry: number): readonly number[] {
  const [kind, count] = [file.u16(entry + 2), file.u32(entry + 4)];
  const size = kind === 3 ? 2 : kind === 4 ? 4 : 1;
  if (count > 1 << 20) throw new ImageError("a tag is too long");
  const start = size * count <= 4 ? entry + 8 : file.u32(entry + 8);
  const read = (at: number): number => (kind === 3 ? file.u16(at) : kind === 4 ? file.u32(at) : file.u8(at));
  return kind > 4 ? [] : Array.from({ length: count }, (_, i) => read(start + i * size));
}

function unpacked(content: Uint8Array, compression: number, size: number): Uint8Array {
  if (compression === 1) return content.subarray(0, size);
  if (compression === 8 || compression === 32946) return inflate(content, size);
  if (compression !== 32773) throw new UnknownImage(`TIFF compression ${compression}`);
  const result = new Uint8Array(size);
  for (let at = 0, to = 0; to < size && at < content.length; ) {
    const head = (content[at]! << 24) >> 24;
    const count = head >= 0 ? head + 1 : head === -128 ? 0 : 1 - head;
    for (let i = 0; i < count && to < size; i += 1) result[to++] = content[at + 1 + (head >= 0 ? i : 0)]!;
    at += head >= 0 ? count + 1 : head === -128 ? 1 : 2;
  }
  return result;
}
