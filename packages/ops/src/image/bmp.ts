import { Bytes, type Raster, UnknownImage } from "./raster.ts";

/** Windows bitmap: uncompressed, 8 bits with a palette, 24 or 32 bits; bottom row first unless the height is negative. */
export function decodeBmp(bytes: Uint8Array): Raster {
  const file = new Bytes(bytes, true);
  const [pixels, header, width, signedHeight] = [file.u32(10), file.u32(14), file.i32(18), file.i32(22)];
  const [bits, compression] = [file.u16(28), file.u32(30)];
  const bitFields = compression === 3 && bits === 32;
  if ((compression !== 0 && !bitFields) || (bits !== 8 && bits !== 24 && bits !== 32))
    throw new UnknownImage(`bitmap of ${bits} bits, compression ${compression}`);
  const height = Math.abs(signedHeight);
  const stride = Math.ceil((width * bits) / 32) * 4;
  const result = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y += 1)
    for (let x = 0; x < width; x += 1) {
      const row = pixels + (signedHeight > 0 ? height - 1 - y : y) * stride;
      const from = bits === 8 ? 14 + header + 4 * file.u8(row + x) : row + (x * bits) / 8;
      for (let channel = 0; channel < 3; channel += 1)
        result[(y * width + x) * 3 + channel] = file.u8(from + 2 - channel);
    }
  return { width, height, channels: 3, bytes: result };
}
