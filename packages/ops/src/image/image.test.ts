import { describe, expect, it } from "vitest";
import { decodeBmp } from "./bmp.ts";
import { decodeJpeg } from "./jpeg.ts";
import { decodeJpeg2000 } from "./jpeg2000.ts";
import { decodePng } from "./png.ts";
import { decodePnm } from "./pnm.ts";
import { ImageError, toGrey } from "./raster.ts";
import { decodeTiff } from "./tiff.ts";
import { decodeWebp } from "./webp/webp.ts";

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
  jp2: "AAAADGpQICANCocKAAAAFGZ0eXBqcDIgAAAAAGpwMiAAAAAtanAyaAAAABZpaGRyAAAAAwAAAAUAAwcHAAAAAAAPY29scgEAAAAAABAAAADnanAyY/9P/1EALwAAAAAABQAAAAMAAAAAAAAAAAAAAAUAAAADAAAAAAAAAAAAAwcBAQcBAQcBAf9SAAwAAAABAAEEBAAB/1wAB0BASEhQ/2QAJQABQ3JlYXRlZCBieSBPcGVuSlBFRyB2ZXJzaW9uIDIuNS40/5AACgAAAAAAbAAB/5PH1AwI+b2HnTPPtBwOnQSpzmbnz7QcCRNOogpib8/AGn4AkD5wQBBQ7bUIPwcjuBkJgsfaCx9oJH4AgARaesPDCd1DNwQwFT/H2gs/AFg+oDAOU9tzMAuhQbq/DAIh/9k=",
  tiff: "SUkqADgAAAAOq80FzneDoEj5DUZhkWghDgsADCX+MKa/O0duQ/gt5A7L1x1koH2prKkP9I3mRVwKAAABAwABAAAABQAAAAEBAwABAAAAAwAAAAIBAwADAAAAtgAAAAMBAwABAAAABYAAAAYBAwABAAAAAgAAABEBBAABAAAACAAAABUBAwABAAAAAwAAABYBAwABAAAAAwAAABcBBAABAAAAMAAAABwBAwABAAAAAQAAAAAAAAAIAAgACAA=",
};
/** Nine rows of eleven, halved chroma, quality 60; and what Pillow (libjpeg-turbo) reads back. */
// biome-ignore format: a file
const JPEG = "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAA0JCgsKCA0LCgsODg0PEyAVExISEyccHhcgLikxMC4pLSwzOko+MzZGNywtQFdBRkxOUlNSMj5aYVpQYEpRUk//2wBDAQ4ODhMREyYVFSZPNS01T09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT0//wAARCAAJAAsDASIAAhEBAxEB/8QAFgABAQEAAAAAAAAAAAAAAAAABQQG/8QAHBAAAgICAwAAAAAAAAAAAAAAAAQBAiEiMTJB/8QAFAEBAAAAAAAAAAAAAAAAAAAABP/EABgRAAMBAQAAAAAAAAAAAAAAAAADBBES/9oADAMBAAIRAxEAPwDMJK8YGKK6RgmS8GKdIFVWM6FPgVp//9k=";
// biome-ignore format: a file
const JPEG_PIXELS = "AwK2CAm5CxS5Dh+3DiixEDSuEUCqEkulE1SkFV6jGGakDgW2EQ25FRe5GCK3GSuxGjetHEOqHE6lHVikH2CiI2mkHwmzIRC0JRq0KCWyKS6uKjqrLEalLFGhLlufMGSeM22fMAupNRKsORysOyWrPTCmPTqhPkifPlKZQF2XQWWVRG6YRQueSBGgThyhTyagUTCbUjuVVEiSU1KMVVuLV2WKWm2NWwqTXxKWYxyWZiaUZjCQZzyLakeHalKCa12Ba2V/cG6DcQ2LdROMeh6NfCiKfDKHfD6BgEp+gFR4gF53gmd2hXB5gwyAhhSDih6EjSmDjjJ9jz55kUp0kVVxk15ulGdumHBwkw99lRZ/miGAnCt9njV4nkB0oU1xoFdromFppGppp3Jq";

/** Nineteen rows of twenty-three, quality 40; and what Pillow (libwebp) reads back. */
// biome-ignore format: a file
const WEBP = "UklGRvYAAABXRUJQVlA4IOoAAACQBgCdASoXABMAPu1qrVCppaQiqAqpMB2JbACdMoR155zw5jucBCWYxyqxCZf1m96a4C1WcecV2F0JVGFgAPvZYbfCmlarf8OhGIJIwCR9JdE5GJQgQBoOHj26IFK/WsvlBcv16NRuSc41eOgV6ItDmvi6mqCLu89fEGfoOrm1zHkXUnR6xp/9T4IxhLI9Kbfj/nQ9/HEZ5qAxvJpsGYNOUuzF0f7+6qPWCGOcROPwoSLgNLqVZlTZ1jR1OXLm3d7nwanQPq2T1djxYey0Qny3HeckjXzCb9cpRyrHvefBYNcrgwwm6nI7AAA=";
// biome-ignore format: a file
const WEBP_PIXELS = "B34AFpoOJsQmNeA1N+UtN9odPcgQRrYKUKMMWI8NX3kRbmQWXikAdRwAhhIHkwsJriAZoyYIxHEivZEXv7QWsboI0d8pIZcZIaQdG7gfHMYdN+QvN9khPccURrYOUKMQWI4RX3gVbmQaZjEBfSMLjhkTmhMVnhIPv0Qn24o9y58nraIHztMkusIQIZYhIaMlG7cnHMUlN+M3N9gpPcYcRrQWUKEYWI0ZX3cdaFwcdj4YhywemSIkoh0mnxgdoy4YpVcSxJgqr6AP0dAtvr4YB3oRG5spIrw4Nd1JN+FBN9YxPcQlRrIgUJ8iXZAoZXkra1wofUMpjjMwoSg2qSQ4sjA8yFtMqGAiq4Aawq8oubIa3tU7IpM2HZs2ILdAHME7EbglUe1XYeZVO6QhPYkZX4ozZHU0XUsjbjUocRQdggolnBo5pShAsUtHwHpJrYIqvqYvzb015dBIIpFAIp5EHbJHIMNKLtRMP9pPT9JNXMRLOoEeUXksVmQvWkUqYCYjYgYadAAgjA02kRw6tFNZfjsUu5FEyq5D2sJI6MhPIY5HIpxMHbBRHL1OLtJWWfJxaepvWb1OUpU8U3Y2WGE3b1lHbDA2axAtfQY1lBhIqTpfqU9bpWZHw5hV6cxr8NJj37hKIItQIZlVILJcHLtYUPKARt5pVtZme916d7VpaIdUaW1Rk3l0iEpchitTliFbrTNuiSFLqE5hrmRSsHZD16ta4b1a6MdeHYdYJJtjLr50SeePIMBcQtdwXdt4ZMNvXJZXgp12bm5ejXF4hEZmjTNmlSFmjRdbvViGvWB5xGFlx25Y8Klz1qhW5tpvHYViL6N3QtCSReGWK8hxSNt+XNiAYbx0bKFvfpR6cW1pf2F0kE98ljx7nit6niZziiBWnDZYtk1eyWlg/72U9ceA6N95JYt0PK6OPMiXO9WTPtuNV+iVYduNXbd5gbKNd4p6eXN8bUprh0h9lTmDni6GpiuCnSNls0BuxmV714uEwItk4b975dB1MJOJOKmVL7mUPNSfReCeW+ukYtqYW7OBkL2keoiGfHGHYz5qezp7jDGHkySHmx2ArC18uER+v2KByoGD1KKD/9+n6tCDK42ON6aeKa6WDqF7PdWgVuOqYtajYLOQkbquhI2aemuNZ0F5eziHkTaWmCiZkBaEsjuVozR3ulOB7JSp2JiMyp501L97JISROaaqMLOnH7GVOtCmVuGyZ9mwarmgiK2uiI2kemmYdU2ReDOMkzajqTiyqCulpCiNwk+f3Xew7Ji26ayq/9W22L+IIX+UPqm1QMK/OMi1Rdq6YevGc+PEdcO0ep2ogoamf26jglikeDGUkjSopjO3uTa7tiiczkyqvGCfoWGC/NPT2rmg/diuG32lPqvLSsvbSdfVUN7Ha/DTeujVe8nFbZOmfoCth2u0llu9kTmxkyaxoCO6xDvUwjG9yku8vWq4toOw0a6+07auw5+CAGqsO63mQL/rUtruaO7hdfHcgevlh9XhjbrWhojCk2PH24P/py7NpBjHiwC0qBvPtCjUxVDgpV7Br4PE6MLx7M3h69HFJZXnRrz/Rsb4T9PtTtDNcenectnbfsvcZJCzjI3Ol2HQr0ngxDzunwfKtR7juSXpsyLgxUvvvHDjx5bm2qrt/9f+//j4GojlMqjyWdz/cvj/RsbPVMnNkPb2b73HhK7Sl5XYmGXPu1vrmxfM1T//wCfsviHmvBjfxTTiy2rmyYTe6Kjy6bTi/dXc";

const bytes = (text: string): Uint8Array => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

describe("image decoders read what Pillow wrote", () => {
  it.each([
    ["bmp", decodeBmp],
    ["png", decodePng],
    ["ppm", decodePnm],
    ["tiff", decodeTiff],
    ["jp2", decodeJpeg2000],
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

  it("webp, to the last bit", () => {
    const raster = decodeWebp(bytes(WEBP));
    expect([raster.width, raster.height]).toEqual([23, 19]);
    expect(raster.bytes).toEqual(bytes(WEBP_PIXELS));
  });

  it("refuses every truncated file", () => {
    const whole = bytes(JPEG);
    for (let length = 2; length < whole.length - 40; length += 7)
      expect(() => decodeJpeg(whole.subarray(0, length))).toThrow(ImageError);
    const png = bytes(FILES.png);
    for (let length = 30; length < png.length - 24; length += 3)
      expect(() => decodePng(png.subarray(0, length))).toThrow(ImageError);
    for (const [file, decode] of [
      [bytes(WEBP), decodeWebp],
      [bytes(FILES.jp2), decodeJpeg2000],
    ] as const)
      for (let length = 12; length < file.length - 40; length += 3)
        expect(() => decode(file.subarray(0, length))).toThrow(ImageError);
  });

  it("refuses a JPEG 2000 header that asks for more than there can be", () => {
    const file = bytes(FILES.jp2);
    const siz = file.findIndex((_, at) => file[at] === 0xff && file[at + 1] === 0x4f);
    const vast = file.slice();
    vast.fill(0x7f, siz + 8, siz + 16);
    expect(() => decodeJpeg2000(vast)).toThrow(ImageError);
    const tiled = file.slice();
    tiled.fill(0, siz + 24, siz + 32);
    expect(() => decodeJpeg2000(tiled)).toThrow(ImageError);
  });

  it("weighs colours into grey", () => {
    const grey = toGrey({ width: 3, height: 1, channels: 3, bytes: Uint8Array.of(255, 0, 0, 0, 255, 0, 0, 0, 255) });
    expect(Array.from(grey)).toEqual([76, 150, 29]);
  });
});
