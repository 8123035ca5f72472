import { ImageError, UnknownImage } from "../raster.ts";
import { BoolDecoder } from "./bool-decoder.ts";
import { AC_STEPS, COEFFICIENT_PROBABILITIES, DC_STEPS, UPDATE_PROBABILITIES } from "./vp8-tables.ts";

/** Steps of DC and AC coefficients of each kind of block. */
export interface Quantiser {
  readonly luma: readonly [dc: number, ac: number];
  /** Of the block that holds the DC coefficients of a macroblock's luma. */
  readonly second: readonly [dc: number, ac: number];
  readonly chroma: readonly [dc: number, ac: number];
}

/** How edges are smoothed, for macroblocks predicted whole and for those predicted block by block. */
export interface EdgeFilter {
  readonly simple: boolean;
  readonly sharpness: number;
  /** Level by segment, then by whether the macroblock is predicted block by block. */
  readonly levels: readonly (readonly [whole: number, blocks: number])[];
}

/** The header of a key frame: RFC 6386, section 9. */
export interface FrameHeader {
  readonly width: number;
  readonly height: number;
  /** Modes of macroblocks follow here. */
  readonly modes: BoolDecoder;
  /** Coefficients of rows of macroblocks, in turns. */
  readonly coefficients: readonly BoolDecoder[];
  /** Probabilities of the tree of segments, where macroblocks name theirs. */
  readonly segmentTree: readonly [number, number, number] | undefined;
  readonly quantisers: readonly Quantiser[];
  readonly filter: EdgeFilter | undefined;
  readonly probabilities: Uint8Array;
  /** Probability that a macroblock has coefficients, where macroblocks say so. */
  readonly skip: number | undefined;
}

const SEGMENTS = [0, 1, 2, 3];
const LARGEST_SIDE = 1 << 14;

interface Segments {
  readonly used: boolean;
  readonly tree: readonly [number, number, number] | undefined;
  /** Values are to be added to the frame's rather than to take their place. */
  readonly relative: boolean;
  readonly quantiser: readonly number[];
  readonly level: readonly number[];
}

export function readFrameHeader(bytes: Uint8Array): FrameHeader {
  const byte = (at: number): number => {
    const value = bytes[at];
    if (value === undefined) throw new ImageError("the frame header ends early");
    return value;
  };
  const tag = byte(0) | (byte(1) << 8) | (byte(2) << 16);
  if ((tag & 1) !== 0) throw new UnknownImage("WebP whose first frame is no key frame");
  if (byte(3) !== 0x9d || byte(4) !== 0x01 || byte(5) !== 0x2a) throw new ImageError("no start code");
  const [width, height] = [
    (byte(6) | (byte(7) << 8)) & (LARGEST_SIDE - 1),
    (byte(8) | (byte(9) << 8)) & (LARGEST_SIDE - 1),
  ];
  const first = tag >> 5;
  if (width === 0 || height === 0 || 10 + first > bytes.length) throw new ImageError("the frame header is damaged");
  const modes = new BoolDecoder(bytes.subarray(10, 10 + first));
  // Colour space and clamping say nothing to a decoder of still images.
  modes.unsigned(2);
  const segments = readSegments(modes);
  const filter = readFilter(modes, segments);
  const coefficients = readPartitions(bytes.subarray(10 + first), 1 << modes.unsigned(2));
  const quantisers = readQuantisers(modes, segments);
  // Whether later frames keep the probabilities.
  modes.bit();
  const probabilities = Uint8Array.from(COEFFICIENT_PROBABILITIES, (before, index) =>
    modes.bit(UPDATE_PROBABILITIES[index]!) === 1 ? modes.unsigned(8) : before,
  );
  const skip = modes.bit() === 1 ? modes.unsigned(8) : undefined;
  return { width, height, modes, coefficients, segmentTree: segments.tree, quantisers, filter, probabilities, skip };
}

function readSegments(from: BoolDecoder): Segments {
  const none = { relative: false, quantiser: [0, 0, 0, 0], level: [0, 0, 0, 0] };
  if (from.bit() === 0) return { used: false, tree: undefined, ...none };
  const [mapped, valued] = [from.bit() === 1, from.bit() === 1];
  const values = valued
    ? {
        relative: from.bit() === 0,
        quantiser: SEGMENTS.map(() => from.optionalSigned(7)),
        level: SEGMENTS.map(() => from.optionalSigned(6)),
      }
    : none;
  const branch = (): number => (from.bit() === 1 ? from.unsigned(8) : 255);
  return { used: true, tree: mapped ? [branch(), branch(), branch()] : undefined, ...values };
}

function readFilter(from: BoolDecoder, segments: Segments): EdgeFilter | undefined {
  const simple = from.bit() === 1;
  const [level, sharpness] = [from.unsigned(6), from.unsigned(3)];
  const adjusted = from.bit() === 1;
  let [frame, blocks] = [0, 0];
  if (adjusted && from.bit() === 1) {
    const [references, modes] = [0, 1].map(() => SEGMENTS.map(() => from.optionalSigned(6))) as [number[], number[]];
    // A key frame refers to no other frame; of its modes, the first adjustment is for prediction block by block.
    [frame, blocks] = [references[0]!, modes[0]!];
  }
  if (level === 0) return undefined;
  const levels = SEGMENTS.map((segment): [number, number] => {
    const own = segments.level[segment]!;
    const base = !segments.used ? level : segments.relative ? level + own : own;
    const within = (value: number): number => Math.min(63, Math.max(0, value));
    return [within(base + frame), within(base + frame + blocks)];
  });
  return { simple, sharpness, levels };
}

/** Lengths of all parts but the last, then the parts. */
function readPartitions(bytes: Uint8Array, count: number): BoolDecoder[] {
  let at = 3 * (count - 1);
  return Array.from({ length: count }, (_, index) => {
    const length = [0, 1, 2].reduce((sum, i) => sum + (bytes[3 * index + i]! << (8 * i)), 0);
    const end = index === count - 1 ? bytes.length : at + length;
    if (at > bytes.length || end > bytes.length) throw new ImageError("a part of the coefficients is missing");
    const part = new BoolDecoder(bytes.subarray(at, end));
    at = end;
    return part;
  });
}

function readQuantisers(from: BoolDecoder, segments: Segments): Quantiser[] {
  const base = from.unsigned(7);
  const [lumaDc, secondDc, secondAc, chromaDc, chromaAc] = [0, 1, 2, 3, 4].map(() => from.optionalSigned(4)) as [
    number,
    number,
    number,
    number,
    number,
  ];
  return SEGMENTS.map((segment) => {
    const own = segments.quantiser[segment]!;
    const index = !segments.used ? base : segments.relative ? base + own : own;
    const step = (table: readonly number[], by: number, most = 127): number =>
      table[Math.min(most, Math.max(0, index + by))]!;
    return {
      luma: [step(DC_STEPS, lumaDc), step(AC_STEPS, 0)],
      second: [2 * step(DC_STEPS, secondDc), Math.max(8, Math.floor((step(AC_STEPS, secondAc) * 155) / 100))],
      // Step 117 is 132, the most that chroma takes.
      chroma: [step(DC_STEPS, chromaDc, 117), step(AC_STEPS, chromaAc)],
    };
  });
}
