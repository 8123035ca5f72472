import { JpxImage } from "jpeg2000";
import { ImageError, type Raster, UnknownImage } from "./raster.ts";

/** The library reads big-endian numbers by the names that Node's buffers give them. */
class LibraryBytes extends Uint8Array {
  readUInt16BE(at: number): number {
    return this.#view.getUint16(at);
  }

  readUInt32BE(at: number): number {
    return this.#view.getUint32(at);
  }

  readInt8(at: number): number {
    return this.#view.getInt8(at);
  }

  get #view(): DataView {
    return new DataView(this.buffer, this.byteOffset, this.byteLength);
  }
}

/** More than any image that goes into a network, and than the standard's 16 bits number tiles: what a damaged header may ask for. */
const MOST_PIXELS = 1 << 26;
const MOST_TILES = 65535;

/** JPEG 2000, as a file (JP2) or a bare codestream, of 8-bit samples; transparency is dropped. */
export function decodeJpeg2000(bytes: Uint8Array): Raster {
  refuseVast(bytes);
  const image = new JpxImage();
  try {
    image.parse(LibraryBytes.from(bytes));
  } catch (error) {
    throw new ImageError(error instanceof Error ? error.message : String(error));
  }
  const { width, height, componentsCount: samples, tiles } = image;
  if (samples < 1 || samples > 4) throw new UnknownImage(`JPEG 2000 with ${samples} components`);
  const channels = samples < 3 ? 1 : 3;
  const result = new Uint8Array(width * height * channels);
  for (const tile of tiles)
    for (let i = 0; i < tile.width * tile.height * channels; i += 1) {
      const [pixel, channel] = [Math.floor(i / channels), i % channels];
      const [x, y] = [tile.left + (pixel % tile.width), tile.top + Math.floor(pixel / tile.width)];
      result[(y * width + x) * channels + channel] = tile.items[pixel * samples + channel]!;
    }
  return { width, height, channels, bytes: result };
}

/** What the codestream's SIZ segment says, which the library would allocate whatever it is. */
function refuseVast(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at + 32 <= bytes.length; at += 1) {
    if (view.getUint32(at) !== 0xff4fff51) continue;
    const [width, height] = [view.getUint32(at + 8), view.getUint32(at + 12)];
    const tiles = Math.ceil(width / view.getUint32(at + 24)) * Math.ceil(height / view.getUint32(at + 28));
    if (width * height > MOST_PIXELS || !(tiles <= MOST_TILES))
      throw new ImageError(`the image has ${width} x ${height} pixels in ${tiles} tiles`);
    if (!endsIn(bytes, at)) throw new ImageError("the file ends early");
    return;
  }
  throw new ImageError("no codestream");
}

/** A codestream ends in its EOC marker; the library would show what there is without. */
function endsIn(bytes: Uint8Array, from: number): boolean {
  for (let at = bytes.length - 2; at > from; at -= 1) if (bytes[at] === 0xff && bytes[at + 1] === 0xd9) return true;
  return false;
}
