import type { BoolDecoder } from "./bool-decoder.ts";
import { BLOCK_KINDS, readBlock } from "./coefficients.ts";
import { type FilteredMacroblock, smoothEdges } from "./edge-filter.ts";
import { type FrameHeader, type Quantiser, readFrameHeader } from "./frame-header.ts";
import { MODES, type Mode, newPlane, type Plane, placeOf, predictBlock, predictSquare } from "./prediction.ts";
import { addInverseCosine, spreadInverseHadamard } from "./transform.ts";
import { BLOCK_MODE_PROBABILITIES } from "./vp8-tables.ts";

/** A decoded frame: luma of every pixel, chroma of every second pixel of every second row. */
export interface Frame {
  readonly width: number;
  readonly height: number;
  readonly luma: Plane;
  readonly chroma: readonly [u: Plane, v: Plane];
}

/** Coefficients of a macroblock: 16 blocks of luma, 4 of each chroma, and the block of the luma's DC coefficients. */
const [BLUE, RED, SECOND, COEFFICIENTS] = [256, 320, 384, 400];

/** What a macroblock leaves for those below it and on its right: modes of its edge blocks, and which of them have coefficients. */
interface Edge {
  readonly modes: number[];
  readonly luma: number[];
  readonly blue: number[];
  readonly red: number[];
  second: number;
}

const newEdge = (): Edge => ({ modes: [0, 0, 0, 0], luma: [0, 0, 0, 0], blue: [0, 0], red: [0, 0], second: 0 });

/** A key frame of VP8: RFC 6386. */
export function decodeFrame(bytes: Uint8Array): Frame {
  const header = readFrameHeader(bytes);
  const [columns, rows] = [Math.ceil(header.width / 16), Math.ceil(header.height / 16)];
  const luma = newPlane(16 * columns, 16 * rows);
  const chroma = [newPlane(8 * columns, 8 * rows), newPlane(8 * columns, 8 * rows)] as const;
  const above = Array.from({ length: columns }, newEdge);
  const filtered: FilteredMacroblock[] = [];
  for (let y = 0; y < rows; y += 1) {
    const left = newEdge();
    const coefficients = header.coefficients[y % header.coefficients.length]!;
    for (let x = 0; x < columns; x += 1)
      filtered.push(decodeMacroblock(header, coefficients, { x, y, columns, luma, chroma, above: above[x]!, left }));
  }
  if (header.filter !== undefined) smoothEdges(luma, chroma, header.filter, columns, filtered);
  return { width: header.width, height: header.height, luma, chroma };
}

interface Place {
  readonly x: number;
  readonly y: number;
  readonly columns: number;
  readonly luma: Plane;
  readonly chroma: readonly [Plane, Plane];
  readonly above: Edge;
  readonly left: Edge;
}

function decodeMacroblock(header: FrameHeader, coefficients: BoolDecoder, place: Place): FilteredMacroblock {
  const { modes, segmentTree, skip, filter } = header;
  const segment =
    segmentTree === undefined
      ? 0
      : modes.bit(segmentTree[0]) === 0
        ? modes.bit(segmentTree[1])
        : 2 + modes.bit(segmentTree[2]);
  const skipped = skip !== undefined && modes.bit(skip) === 1;
  const whole = modes.bit(145) === 1 ? readWholeMode(modes, place) : undefined;
  const blocks = whole === undefined ? readBlockModes(modes, place) : [];
  const chromaMode = readChromaMode(modes);
  const block = new Int16Array(COEFFICIENTS);
  if (skipped) skipCoefficients(place, whole !== undefined);
  const coded =
    !skipped && readCoefficients(header, coefficients, header.quantisers[segment]!, place, whole !== undefined, block);
  if (whole !== undefined) predictSquare(place.luma, 16 * place.x, 16 * place.y, 16, whole);
  for (let n = 0; n < 16; n += 1) {
    const [x, y] = [16 * place.x + 4 * (n & 3), 16 * place.y + 4 * (n >> 2)];
    const mode = blocks[n];
    if (mode !== undefined) predictBlock(place.luma, x, y, MODES[mode]!, samplesToTheRight(place, n));
    addInverseCosine(block, 16 * n, place.luma, placeOf(place.luma, x, y));
  }
  place.chroma.forEach((plane, colour) => {
    predictSquare(plane, 8 * place.x, 8 * place.y, 8, chromaMode);
    for (let n = 0; n < 4; n += 1)
      addInverseCosine(
        block,
        (colour === 0 ? BLUE : RED) + 16 * n,
        plane,
        placeOf(plane, 8 * place.x + 4 * (n & 1), 8 * place.y + 4 * (n >> 1)),
      );
  });
  const level = filter?.levels[segment]?.[whole === undefined ? 1 : 0];
  return { level: level ?? 0, inner: whole === undefined || coded };
}

function readWholeMode(modes: BoolDecoder, { above, left }: Place): Mode {
  const mode = modes.bit(156) === 0 ? (modes.bit(163) === 0 ? 0 : 2) : modes.bit(128) === 0 ? 3 : 1;
  above.modes.fill(mode);
  left.modes.fill(mode);
  return MODES[mode]!;
}

function readChromaMode(modes: BoolDecoder): Mode {
  if (modes.bit(142) === 0) return "DC";
  if (modes.bit(114) === 0) return "VE";
  return modes.bit(183) === 0 ? "HE" : "TM";
}

/** The tree of section 11.2, under probabilities that the modes above and on the left decide. */
function readBlockModes(modes: BoolDecoder, { above, left }: Place): number[] {
  return Array.from({ length: 16 }, (_, n) => {
    const [column, row] = [n & 3, n >> 2];
    const at = 90 * above.modes[column]! + 9 * left.modes[row]!;
    const bit = (node: number): number => modes.bit(BLOCK_MODE_PROBABILITIES[at + node]!);
    const mode = readBlockMode(bit);
    above.modes[column] = mode;
    left.modes[row] = mode;
    return mode;
  });
}

function readBlockMode(bit: (node: number) => number): number {
  const index = (name: Mode): number => MODES.indexOf(name);
  if (bit(0) === 0) return index("DC");
  if (bit(1) === 0) return index("TM");
  if (bit(2) === 0) return index("VE");
  if (bit(3) === 0) {
    if (bit(4) === 0) return index("HE");
    return bit(5) === 0 ? index("RD") : index("VR");
  }
  if (bit(6) === 0) return index("LD");
  if (bit(7) === 0) return index("VL");
  return bit(8) === 0 ? index("HD") : index("HU");
}

/** Above a block and to its right: of the macroblock above for the last column of blocks; section 12.3. */
function samplesToTheRight({ luma, x, y, columns }: Place, n: number): number[] {
  const [column, row] = [n & 3, n >> 2];
  const last = column === 3;
  const line = placeOf(luma, 0, 16 * y + (last ? 0 : 4 * row) - 1);
  const from = 16 * x + 4 * column + 4;
  const beyond = last && x === columns - 1;
  return [0, 1, 2, 3].map((i) => luma.samples[line + (beyond ? from - 1 : from + i)]!);
}

/** Gives whether the macroblock has any coefficient. */
function readCoefficients(
  { probabilities }: FrameHeader,
  from: BoolDecoder,
  steps: Quantiser,
  { above, left }: Place,
  whole: boolean,
  block: Int16Array,
): boolean {
  let any = false;
  const read = (kind: number, context: number, step: readonly [number, number], at: number): number => {
    const coded = readBlock(from, probabilities, kind, context, step, block, at);
    any ||= coded;
    return Number(coded);
  };
  if (whole) {
    above.second = left.second = read(BLOCK_KINDS.second, above.second + left.second, steps.second, SECOND);
    spreadInverseHadamard(block, SECOND, 0);
  }
  const grid = (
    kind: number,
    side: number,
    over: number[],
    beside: number[],
    step: readonly [number, number],
    at: number,
  ) => {
    for (let n = 0; n < side * side; n += 1) {
      const [column, row] = [n % side, Math.floor(n / side)];
      over[column] = beside[row] = read(kind, over[column]! + beside[row]!, step, at + 16 * n);
    }
  };
  grid(whole ? BLOCK_KINDS.lumaAfterDc : BLOCK_KINDS.luma, 4, above.luma, left.luma, steps.luma, 0);
  grid(BLOCK_KINDS.chroma, 2, above.blue, left.blue, steps.chroma, BLUE);
  grid(BLOCK_KINDS.chroma, 2, above.red, left.red, steps.chroma, RED);
  return any;
}

/** A macroblock without coefficients; one that is predicted block by block has no second block to leave a mark of. */
function skipCoefficients({ above, left }: Place, whole: boolean): void {
  for (const edge of [above, left]) {
    for (const marks of [edge.luma, edge.blue, edge.red]) marks.fill(0);
    if (whole) edge.second = 0;
  }
}
