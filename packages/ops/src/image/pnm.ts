import { ImageError, type Raster } from "./raster.ts";

/** Portable any-map: P1 to P3 as text, P4 to P6 as bytes; bits, greys, colours. */
export function decodePnm(bytes: Uint8Array): Raster {
  const kind = bytes[1]! - 0x30;
  let at = 2;
  const skip = (): void => {
    for (;;) {
      if (bytes[at] === 0x23) while (at < bytes.length && bytes[at] !== 0x0a) at += 1;
      else if (bytes[at] === 0x20 || (bytes[at]! >= 0x09 && bytes[at]! <= 0x0d)) at += 1;
      else return;
    }
  };
  const number = (digits = Number.POSITIVE_INFINITY): number => {
    skip();
    const start = at;
    while (at < bytes.length && bytes[at]! >= 0x30 && bytes[at]! <= 0x39 && at - start < digits) at += 1;
    if (at === start) throw new ImageError("a number is missing");
    return Number(String.fromCharCode(...bytes.subarray(start, at)));
  };
  const [width, height] = [number(), number()];
  const most = kind === 1 || kind === 4 ? 1 : number();
  const channels = kind === 3 || kind === 6 ? 3 : 1;
  const result = new Uint8Array(width * height * channels);
  const scaled = (value: number): number => (most === 255 ? value : Math.round((value * 255) / most));
  // One white space ends the header of the binary kinds.
  if (kind > 3) at += 1;
  const wide = most > 255;
  for (let i = 0; i < result.length; i += 1) {
    if (kind === 1) result[i] = number(1) === 0 ? 255 : 0;
    else if (kind < 4) result[i] = scaled(number());
    else if (kind === 4) {
      const [row, column] = [Math.floor(i / width), i % width];
      result[i] = (bytes[at + row * Math.ceil(width / 8) + (column >> 3)]! >> (7 - (column & 7))) & 1 ? 0 : 255;
    } else result[i] = scaled(wide ? bytes[at + 2 * i]! * 256 + bytes[at + 2 * i + 1]! : bytes[at + i]!);
  }
  return { width, height, channels, bytes: result };
}
