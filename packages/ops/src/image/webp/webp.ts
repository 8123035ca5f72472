import { Bytes, ImageError, type Raster, UnknownImage } from "../raster.ts";
import { decodeFrame, type Frame } from "./frame.ts";
import { type Plane, placeOf } from "./prediction.ts";

/** WebP, lossy still images; transparency is dropped. Colours are to the bit those of libwebp. */
export function decodeWebp(bytes: Uint8Array): Raster {
  const file = new Bytes(bytes, true);
  for (let at = 12; at + 8 <= bytes.length; ) {
    const kind = String.fromCharCode(...bytes.subarray(at, at + 4));
    const length = file.u32(at + 4);
    if (at + 8 + length > bytes.length) throw new ImageError("the file ends early");
    if (kind === "VP8L") throw new UnknownImage("lossless WebP");
    if (kind === "ANIM") throw new UnknownImage("animated WebP");
    if (kind === "VP8 ") return coloured(decodeFrame(bytes.subarray(at + 8, at + 8 + length)));
    at += 8 + length + (length & 1);
  }
  throw new ImageError("no image");
}

function coloured({ width, height, luma, chroma }: Frame): Raster {
  const bytes = new Uint8Array(3 * width * height);
  for (let y = 0; y < height; y += 1) {
    const [u, v] = chroma.map((plane) => chromaRow(plane, width, height, y)) as [Uint8Array, Uint8Array];
    const row = placeOf(luma, 0, y);
    for (let x = 0; x < width; x += 1) {
      const [grey, blue, red] = [scaled(luma.samples[row + x]!, 19077), u[x]!, v[x]!];
      const at = 3 * (y * width + x);
      bytes[at] = clipped(grey + scaled(red, 26149) - 14234);
      bytes[at + 1] = clipped(grey - scaled(blue, 6419) - scaled(red, 13320) + 8708);
      bytes[at + 2] = clipped(grey + scaled(blue, 33050) - 17685);
    }
  }
  return { width, height, channels: 3, bytes };
}

/** Fixed point of libwebp: 14 bits of fraction, 8 of them dropped by the product. */
function scaled(value: number, by: number): number {
  return (value * by) >> 8;
}

function clipped(value: number): number {
  return Math.min(255, Math.max(0, value >> 6));
}

/** One row of chroma at the width of luma: a mean of the four nearest samples, weighted 9, 3, 3 and 1, rounded as libwebp does in two steps. */
function chromaRow(plane: Plane, width: number, height: number, y: number): Uint8Array {
  const rows = (height + 1) >> 1;
  const near = placeOf(plane, 0, y >> 1);
  const other = (y & 1) === 1 ? (y >> 1) + 1 : (y >> 1) - 1;
  const far = placeOf(plane, 0, Math.min(rows - 1, Math.max(0, other)));
  const row = new Uint8Array(width);
  const edge = (at: number): number => (3 * plane.samples[near + at]! + plane.samples[far + at]! + 2) >> 2;
  row[0] = edge(0);
  for (let x = 1; x <= (width - 1) >> 1; x += 1) {
    const [nearLeft, nearRight] = [plane.samples[near + x - 1]!, plane.samples[near + x]!];
    const [farLeft, farRight] = [plane.samples[far + x - 1]!, plane.samples[far + x]!];
    const sum = nearLeft + nearRight + farLeft + farRight + 8;
    row[2 * x - 1] = (((sum + 2 * (nearRight + farLeft)) >> 3) + nearLeft) >> 1;
    row[2 * x] = (((sum + 2 * (nearLeft + farRight)) >> 3) + nearRight) >> 1;
  }
  if ((width & 1) === 0 && width > 0) row[width - 1] = edge((width >> 1) - 1);
  return row;
}
