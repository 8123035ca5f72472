import { tensor } from "@rdu/tensor";
import { operator } from "../operator.ts";
import { decodeBmp } from "./bmp.ts";
import { decodeJpeg } from "./jpeg.ts";
import { decodeJpeg2000 } from "./jpeg2000.ts";
import { decodePng } from "./png.ts";
import { decodePnm } from "./pnm.ts";
import { ImageError, type Raster, toColour, toGrey, UnknownImage } from "./raster.ts";
import { decodeTiff } from "./tiff.ts";
import { decodeWebp } from "./webp/webp.ts";

/** First bytes of each format, and what decodes it. */
const FORMATS: readonly (readonly [test: RegExp, decode: (bytes: Uint8Array) => Raster])[] = [
  [/^BM/, decodeBmp],
  [/^P[1-6]/, decodePnm],
  [/^\x89PNG/, decodePng],
  [/^(II\*\0|MM\0\*)/, decodeTiff],
  [/^\xff\xd8/, decodeJpeg],
  [/^RIFF....WEBP/s, decodeWebp],
  [/^(....jP {2}|\xff\x4f\xff\x51)/s, decodeJpeg2000],
];

export const imageDecoder = operator({
  name: "ImageDecoder",
  summary: "an encoded image as rows of pixels",
  host: "images are decoded on the host",
  infer: (c) => [[null, null, c.attributes.string("pixel_format") === "Grayscale" ? 1 : 3]],
  evaluate(c) {
    const bytes = c.tensor(0).data as Uint8Array;
    const grey = c.attributes.string("pixel_format") === "Grayscale";
    const raster = decoded(bytes, (message) => c.reject(message, "E0306"));
    // What cannot be decoded is an empty image, says the standard.
    if (raster === undefined) return [tensor("uint8", [0, 0, grey ? 1 : 3], new Uint8Array(0))];
    const { width, height } = raster;
    if (grey) return [tensor("uint8", [height, width, 1], toGrey(raster))];
    const pixels = toColour(raster);
    const reversed = c.attributes.string("pixel_format") === "BGR";
    const ordered = reversed ? pixels.map((_, i) => pixels[i - (i % 3) + 2 - (i % 3)]!) : pixels;
    return [tensor("uint8", [height, width, 3], ordered)];
  },
});

/** undefined when the file is damaged; refuses parts of a format that are not decoded here. */
function decoded(bytes: Uint8Array, refuse: (message: string) => never): Raster | undefined {
  const head = String.fromCharCode(...bytes.subarray(0, 12));
  const decode = FORMATS.find(([test]) => test.test(head))?.[1];
  try {
    return decode?.(bytes);
  } catch (error) {
    if (error instanceof ImageError) return undefined;
    if (error instanceof UnknownImage) return refuse(error.message);
    throw error;
  }
}
