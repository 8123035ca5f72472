/** A decoded image: row-major, `channels` bytes a pixel (1 grey, 3 red green blue). */
export interface Raster {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  readonly bytes: Uint8Array;
}

/** The file breaks its format. */
export class ImageError extends Error {
  override readonly name = "ImageError";
}

/** The file uses a part of its format that is not decoded here. */
export class UnknownImage extends Error {
  override readonly name = "UnknownImage";
}

/** Pixel by pixel as red, green, blue. */
export function toColour({ width, height, channels, bytes }: Raster): Uint8Array {
  if (channels === 3) return bytes;
  const colour = new Uint8Array(3 * width * height);
  for (let i = 0; i < colour.length; i += 1) colour[i] = bytes[Math.floor(i / 3)]!;
  return colour;
}

/** Luma of ITU-R 601-2 in 16-bit fixed point, as Pillow computes it. */
export function toGrey({ width, height, channels, bytes }: Raster): Uint8Array {
  if (channels === 1) return bytes;
  const grey = new Uint8Array(width * height);
  for (let i = 0; i < grey.length; i += 1)
    grey[i] = (bytes[3 * i]! * 19595 + bytes[3 * i + 1]! * 38470 + bytes[3 * i + 2]! * 7471 + 0x8000) >> 16;
  return grey;
}

/** Big- or little-endian numbers of a byte string; an ImageError beyond its end. */
export class Bytes {
  readonly view: DataView;
  readonly little: boolean;

  constructor(bytes: Uint8Array, little: boolean) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.little = little;
  }

  u8(at: number): number {
    return this.view.getUint8(this.within(at, 1));
  }

  u16(at: number): number {
    return this.view.getUint16(this.within(at, 2), this.little);
  }

  u32(at: number): number {
    return this.view.getUint32(this.within(at, 4), this.little);
  }

  i32(at: number): number {
    return this.view.getInt32(this.within(at, 4), this.little);
  }

  private within(at: number, length: number): number {
    if (at < 0 || at + length > this.view.byteLength) throw new ImageError("the file ends early");
    return at;
  }
}
