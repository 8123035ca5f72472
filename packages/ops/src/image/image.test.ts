import { describe, expect, it } from "vitest";
import { decodeBmp } from "./bmp.ts";
import { decodeJpeg } from "./jpeg.ts";
import { decodePng } from "./png.ts";
import { decodePnm } from "./pnm.ts";
import { ImageError, toGrey } from "./raster.ts";
import { decodeTiff } from "./tiff.ts";

/** Three rows of five random pixels, written by Pillow in every lossless format. */
const PIXELS = [
  171, 205, 5, 206, 119, 131, 160, 72, 249, 13, 70, 97, 145, 104, 33, 11, 0, 12, 37, 254, 48, 166, 191, 59, 71, 110, 67,
  248, 45, 228, 203, 215, 29, 100, 160, 125, 169, 172, 169, 15, 244, 141, 230, 69, 92,
];
// biome-ignore format: files
const FILES = {
  bmp: "Qk1mAAAAAAAAADYAAAAoAAAABQAAAAMAAAABABgAAAAAADAAAADEDgAAxA4AAAAAAAAAAAAAHdfLfaBkqaypjfQPXEXmAAwACzD+JTu/pkNuR+Qt+AAFzauDd875SKBhRg0haJEA",
  png: "iVBORw0KGgoAAAANSUhEUgAAAAUAAAADCAIAAADUVFKvAAAAO0lEQVR4nAEwAM//AavNBSOqftLRdm3+aIQiwAALAAwl/jCmvztHbkP4LeQBy9cdmclgRQwsZkjk11HPBuYVr7Wjd7sAAAAASUVORK5CYII=",
  ppm: "UDYKNSAzCjI1NQqrzQXOd4OgSPkNRmGRaCELAAwl/jCmvztHbkP4LeTL1x1koH2prKkP9I3mRVw=",
  tiff: "SUkqADgAAAAOq80FzneDoEj5DUZhkWghDgsADCX+MKa/O0duQ/gt5A7L1x1koH2prKkP9I3mRVwKAAABAwABAAAABQAAAAEBAwABAAAAAwAAAAIBAwADAAAAtgAAAAMBAwABAAAABYAAAAYBAwABAAAAAgAAABEBBAABAAAACAAAABUBAwABAAAAAwAAABYBAwABAAAAAwAAABcBBAABAAAAMAAAABwBAwABAAAAAQAAAAAAAAAIAAgACAA=",
};
/** Nine rows of eleven, halved chroma, quality 60; and what Pillow (libjpeg-turbo) reads back. */
// biome-ignore format: a file
const JPEG = "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAA0JCgsKCA0LCgsODg0PEyAVExISEyccHhcgLikxMC4pLSwzOko+MzZGNywtQFdBRkxOUlNSMj5aYVpQYEpRUk//2wBDAQ4ODhMREyYVFSZPNS01T09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT0//wAARCAAJAAsDASIAAhEBAxEB/8QAFgABAQEAAAAAAAAAAAAAAAAABQQG/8QAHBAAAgICAwAAAAAAAAAAAAAAAAQBAiEiMTJB/8QAFAEBAAAAAAAAAAAAAAAAAAAABP/EABgRAAMBAQAAAAAAAAAAAAAAAAADBBES/9oADAMBAAIRAxEAPwDMJK8YGKK6RgmS8GKdIFVWM6FPgVp//9k=";
// biome-ignore format: a file
const JPEG_PIXELS = "AwK2CAm5CxS5Dh+3DiixEDSuEUCqEkulE1SkFV6jGGakDgW2EQ25FRe5GCK3GSuxGjetHEOqHE6lHVikH2CiI2mkHwmzIRC0JRq0KCWyKS6uKjqrLEalLFGhLlufMGSeM22fMAupNRKsORysOyWrPTCmPTqhPkifPlKZQF2XQWWVRG6YRQueSBGgThyhTyagUTCbUjuVVEiSU1KMVVuLV2WKWm2NWwqTXxKWYxyWZiaUZjCQZzyLakeHalKCa12Ba2V/cG6DcQ2LdROMeh6NfCiKfDKHfD6BgEp+gFR4gF53gmd2hXB5gwyAhhSDih6EjSmDjjJ9jz55kUp0kVVxk15ulGdumHBwkw99lRZ/miGAnCt9njV4nkB0oU1xoFdromFppGppp3Jq";

const bytes = (text: string): Uint8Array => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

describe("image decoders read what Pillow wrote", () => {
  it.each([
    ["bmp", decodeBmp],
    ["png", decodePng],
    ["ppm", decodePnm],
    ["tiff", decodeTiff],
  ] as const)("%s", (name, decode) => {
    const raster = decode(bytes(FILES[name]));
    expect([raster.width, raster.height, raster.channels]).toEqual([5, 3, 3]);
    expect(Array.from(raster.bytes)).toEqual(PIXELS);
  });

  it("jpeg, to the last bit", () => {
    const raster = decodeJpeg(bytes(JPEG));
    expect([raster.width, raster.height]).toEqual([11, 9]);
    expect(raster.bytes).toEqual(bytes(JPEG_PIXELS));
  });

  it("refuses every truncated file", () => {
    const whole = bytes(JPEG);
    for (let length = 2; length < whole.length - 40; length += 7)
      expect(() => decodeJpeg(whole.subarray(0, length))).toThrow(ImageError);
    const png = bytes(FILES.png);
    for (let length = 30; length < png.length - 24; length += 3)
      expect(() => decodePng(png.subarray(0, length))).toThrow(ImageError);
  });

  it("weighs colours into grey", () => {
    const grey = toGrey({ width: 3, height: 1, channels: 3, bytes: Uint8Array.of(255, 0, 0, 0, 255, 0, 0, 0, 255) });
    expect(Array.from(grey)).toEqual([76, 150, 29]);
  });
});
