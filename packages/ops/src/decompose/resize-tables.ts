/** How one axis is resized. `start` and `end` are the region of interest, as fractions of the input. */
export interface AxisResize {
  readonly input: number;
  readonly output: number;
  readonly scale: number;
  readonly start: number;
  readonly end: number;
}

export interface ResizeMode {
  readonly transform: string;
  readonly rounding: string;
  readonly cubicCoefficient: number;
  readonly excludeOutside: boolean;
  readonly antialias: boolean;
}

/** For each output position `taps` input positions and their weights, row-major; positions outside the input extrapolate. */
export interface TapTable {
  readonly taps: number;
  readonly index: readonly number[];
  readonly weight: readonly number[];
  readonly outside: readonly boolean[];
}

/** The input coordinate of output position `o` (ONNX Resize, coordinate_transformation_mode). */
function coordinate({ input, output, scale, start, end }: AxisResize, transform: string, o: number): number {
  switch (transform) {
    case "asymmetric":
      return o / scale;
    case "align_corners": {
      // The corners of the result before its extent is rounded down: scale * input may be a fraction.
      const extent = scale * input;
      return extent === 1 ? 0 : (o * (input - 1)) / (extent - 1);
    }
    case "half_pixel_symmetric":
      return (o + 0.5 - output / 2) / scale + input / 2 - 0.5;
    case "pytorch_half_pixel":
      return output > 1 ? (o + 0.5) / scale - 0.5 : 0;
    case "tf_half_pixel_for_nn":
      return (o + 0.5) / scale;
    case "tf_crop_and_resize":
      if (output > 1) return start * (input - 1) + (o * (end - start) * (input - 1)) / (output - 1);
      return 0.5 * (start + end) * (input - 1);
    default:
      return (o + 0.5) / scale - 0.5;
  }
}

function isOutside(at: number, { input }: AxisResize, { transform }: ResizeMode): boolean {
  return transform === "tf_crop_and_resize" && (at < 0 || at > input - 1);
}

/** The input position each output position copies; -1 where it extrapolates. */
export function nearestTable(axis: AxisResize, mode: ResizeMode): readonly number[] {
  return Array.from({ length: axis.output }, (_, o) => {
    const at = coordinate(axis, mode.transform, o);
    if (isOutside(at, axis, mode)) return -1;
    return clampIndex(rounded(at, mode.rounding, axis.scale), axis.input);
  });
}

function rounded(at: number, rounding: string, scale: number): number {
  switch (rounding) {
    case "simple":
      // Version 10 names no rounding; as ONNX Runtime has it, down where the axis grows and up where it shrinks.
      return scale < 1 ? Math.ceil(at) : Math.floor(at);
    case "floor":
      return Math.floor(at);
    case "ceil":
      return Math.ceil(at);
    case "round_prefer_ceil":
      return Math.floor(at + 0.5);
    default:
      return Math.ceil(at - 0.5);
  }
}

/** Taps and weights of linear or cubic interpolation; with antialiasing the kernel widens as the axis shrinks. */
export function tapTable(axis: AxisResize, mode: ResizeMode, kind: string): TapTable {
  const reach = kind === "cubic" ? 2 : 1;
  const shrink = mode.antialias ? Math.min(axis.scale, 1) : 1;
  const first = Math.floor(-reach / shrink) + 1;
  const taps = 2 - 2 * first;
  const index: number[] = [];
  const weight: number[] = [];
  const outside: boolean[] = [];
  for (let o = 0; o < axis.output; o += 1) {
    const at = coordinate(axis, mode.transform, o);
    outside.push(isOutside(at, axis, mode));
    // A whole coordinate is the right neighbour of the tap before it.
    const base = Math.ceil(at) - 1;
    const positions = Array.from({ length: taps }, (_, k) => base + first + k);
    const raw = positions.map((position) => kernel(kind, (position - at) * shrink, mode.cubicCoefficient));
    const kept = raw.map((value, k) => (mode.excludeOutside && isBeyond(positions[k]!, axis.input) ? 0 : value));
    const total = mode.antialias || mode.excludeOutside ? kept.reduce((sum, value) => sum + value, 0) : 1;
    index.push(...positions.map((position) => clampIndex(position, axis.input)));
    weight.push(...kept.map((value) => value / total));
  }
  return { taps, index, weight, outside };
}

function kernel(kind: string, distance: number, a: number): number {
  const x = Math.abs(distance);
  if (kind !== "cubic") return Math.max(0, 1 - x);
  if (x <= 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0;
}

function isBeyond(position: number, length: number): boolean {
  return position < 0 || position >= length;
}

function clampIndex(position: number, length: number): number {
  return Math.min(Math.max(position, 0), length - 1) + 0;
}
