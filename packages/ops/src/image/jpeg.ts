import { inverseTransform } from "./jpeg-block.ts";
import { colourOf, enlarge, type Plane, repeat, widen } from "./jpeg-colour.ts";
import { Bytes, ImageError, type Raster, UnknownImage } from "./raster.ts";

const ZIGZAG = [
  0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28,
  35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47,
  55, 62, 63,
];

interface Component {
  readonly id: number;
  readonly across: number;
  readonly down: number;
  readonly table: number;
}

/** Symbol and length of each code of up to 16 bits, by "length/code". */
type Huffman = ReadonlyMap<number, number>;

interface Tables {
  readonly quantisation: Map<number, readonly number[]>;
  readonly huffman: Map<number, Huffman>;
  restart: number;
}

/** JPEG: baseline and extended sequential Huffman images of one or three components (grey, YCbCr). */
export function decodeJpeg(bytes: Uint8Array): Raster {
  const file = new Bytes(bytes, false);
  const tables: Tables = { quantisation: new Map(), huffman: new Map(), restart: 0 };
  let frame: { width: number; height: number; components: readonly Component[] } | undefined;
  for (let at = 2; ; ) {
    while (file.u8(at) === 0xff && file.u8(at + 1) === 0xff) at += 1;
    const marker = file.u8(at + 1);
    const [start, length] = [at + 4, file.u16(at + 2) - 2];
    if (marker === 0xdb) readQuantisation(file, start, length, tables);
    else if (marker === 0xc4) readHuffman(file, start, length, tables);
    else if (marker === 0xdd) tables.restart = file.u16(start);
    else if (marker === 0xc0 || marker === 0xc1) {
      const components = Array.from({ length: file.u8(start + 5) }, (_, i): Component => {
        const [id, sampling, table] = [0, 1, 2].map((n) => file.u8(start + 6 + 3 * i + n)) as [number, number, number];
        return { id, across: sampling >> 4, down: sampling & 15, table };
      });
      frame = { height: file.u16(start + 1), width: file.u16(start + 3), components };
    } else if (marker >= 0xc2 && marker <= 0xcf)
      throw new UnknownImage("JPEG that is not sequential with Huffman codes");
    else if (marker === 0xda) {
      if (frame === undefined) throw new ImageError("a scan without a frame");
      return finish(frame, decodeScan(file, start, length, frame, tables));
    }
    at = start + length;
  }
}

function readQuantisation(file: Bytes, start: number, length: number, tables: Tables): void {
  for (let at = start; at < start + length; ) {
    const head = file.u8(at);
    const wide = head >> 4 === 1;
    tables.quantisation.set(
      head & 15,
      Array.from({ length: 64 }, (_, i) => (wide ? file.u16(at + 1 + 2 * i) : file.u8(at + 1 + i))),
    );
    at += 1 + (wide ? 128 : 64);
  }
}

function readHuffman(file: Bytes, start: number, length: number, tables: Tables): void {
  for (let at = start; at < start + length; ) {
    const codes = new Map<number, number>();
    let [code, symbol] = [0, at + 17];
    for (let width = 1; width <= 16; width += 1) {
      for (let n = 0; n < file.u8(at + width); n += 1) {
        codes.set((width << 16) | code, file.u8(symbol));
        [code, symbol] = [code + 1, symbol + 1];
      }
      code <<= 1;
    }
    tables.huffman.set(file.u8(at), codes);
    at = symbol;
  }
}

interface Frame {
  readonly width: number;
  readonly height: number;
  readonly components: readonly Component[];
}

function decodeScan(file: Bytes, start: number, length: number, frame: Frame, tables: Tables): readonly Plane[] {
  const { width, height, components } = frame;
  const [across, down] = [
    Math.max(...components.map((one) => one.across)),
    Math.max(...components.map((one) => one.down)),
  ];
  const [columns, rows] = [Math.ceil(width / (8 * across)), Math.ceil(height / (8 * down))];
  if (file.u8(start) !== components.length) throw new UnknownImage("JPEG with one scan a component");
  if (columns * rows > 1 << 20) throw new ImageError("the image is too large");
  const planes = components.map((one): Plane => {
    const stride = columns * one.across * 8;
    return {
      width: Math.ceil((width * one.across) / across),
      height: Math.ceil((height * one.down) / down),
      stride,
      samples: new Uint8Array(stride * rows * one.down * 8),
    };
  });
  const chosen = components.map((_, i) => file.u8(start + 2 + 2 * i));
  let reader = bitReader(file, start + length);
  let previous = components.map(() => 0);
  for (let unit = 0; unit < columns * rows; unit += 1) {
    if (tables.restart > 0 && unit > 0 && unit % tables.restart === 0) {
      reader = bitReader(file, reader.nextMarker() + 2);
      previous = components.map(() => 0);
    }
    components.forEach((one, i) => {
      const quantisation = tables.quantisation.get(one.table);
      const [dc, ac] = [tables.huffman.get(chosen[i]! >> 4), tables.huffman.get(0x10 | (chosen[i]! & 15))];
      if (quantisation === undefined || dc === undefined || ac === undefined)
        throw new ImageError("a table is missing");
      for (let n = 0; n < one.across * one.down; n += 1) {
        const block = new Int32Array(64);
        previous[i] = previous[i]! + reader.signed(reader.symbol(dc));
        block[0] = previous[i]! * quantisation[0]!;
        for (let k = 1; k < 64; k += 1) {
          const symbol = reader.symbol(ac);
          if (symbol === 0) break;
          k += symbol >> 4;
          if ((symbol & 15) !== 0 && k < 64) block[ZIGZAG[k]!] = reader.signed(symbol & 15) * quantisation[k]!;
        }
        const x = ((unit % columns) * one.across + (n % one.across)) * 8;
        const y = (Math.floor(unit / columns) * one.down + Math.floor(n / one.across)) * 8;
        inverseTransform(block, planes[i]!.samples, y * planes[i]!.stride + x, planes[i]!.stride);
      }
    });
  }
  return planes;
}

/** Bits of entropy-coded data from a place on; 0xff00 stands for the byte 0xff, another marker ends them (zeros follow). */
function bitReader(file: Bytes, start: number) {
  let [at, bit, ended] = [start, 8, false];
  const next = (): number => {
    if (bit === 8 && !ended && file.u8(at) === 0xff && file.u8(at + 1) !== 0) ended = true;
    if (ended) return 0;
    bit -= 1;
    const value = (file.u8(at) >> bit) & 1;
    if (bit === 0) [at, bit] = [at + (file.u8(at) === 0xff ? 2 : 1), 8];
    return value;
  };
  return {
    symbol(codes: Huffman): number {
      let code = 0;
      for (let width = 1; width <= 16; width += 1) {
        code = (code << 1) | next();
        const symbol = codes.get((width << 16) | code);
        if (symbol !== undefined) return symbol;
      }
      throw new ImageError("the compressed data is damaged");
    },
    /** A number of `width` bits: those without the top bit are negative. */
    signed(width: number): number {
      let value = 0;
      for (let i = 0; i < width; i += 1) value = 2 * value + next();
      return width > 0 && value < 2 ** (width - 1) ? value - 2 ** width + 1 : value;
    },
    nextMarker(): number {
      while (file.u8(at) !== 0xff || file.u8(at + 1) === 0) at += 1;
      return at;
    },
  };
}

function finish({ width, height, components }: Frame, planes: readonly Plane[]): Raster {
  const [across, down] = [
    Math.max(...components.map((one) => one.across)),
    Math.max(...components.map((one) => one.down)),
  ];
  const full = planes.map((plane, i) => {
    const [x, y] = [across / components[i]!.across, down / components[i]!.down];
    if (x === 1 && y === 1) return plane;
    // Planes too narrow for the triangle filter are repeated, as libjpeg does.
    if (plane.width > 2 && x === 2 && y === 1) return widen(plane);
    if (plane.width > 2 && x === 2 && y === 2) return enlarge(plane);
    return repeat(plane, x, y);
  });
  const channels = planes.length === 1 ? 1 : 3;
  const result = new Uint8Array(width * height * channels);
  for (let y = 0; y < height; y += 1)
    for (let x = 0; x < width; x += 1) {
      const samples = full.map((plane) => plane.samples[y * plane.stride + x]!);
      const pixel = channels === 1 ? samples : colourOf(samples[0]!, samples[1]!, samples[2]!);
      for (let channel = 0; channel < channels; channel += 1)
        result[(y * width + x) * channels + channel] = pixel[channel]!;
    }
  return { width, height, channels, bytes: result };
}
