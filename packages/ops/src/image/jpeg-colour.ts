/** A plane of samples with its own resolution. */
export interface Plane {
  readonly width: number;
  readonly height: number;
  readonly stride: number;
  readonly samples: Uint8Array;
}

/** Doubles the width: three quarters of the nearer sample, one of the further; rounding alternates ("fancy" upsampling). */
export function widen(plane: Plane): Plane {
  const width = 2 * plane.width;
  const samples = new Uint8Array(width * plane.height);
  for (let y = 0; y < plane.height; y += 1)
    for (let x = 0; x < plane.width; x += 1) {
      const at = (column: number): number =>
        plane.samples[y * plane.stride + Math.min(plane.width - 1, Math.max(0, column))]!;
      const out = y * width + 2 * x;
      samples[out] = x === 0 ? at(0) : (3 * at(x) + at(x - 1) + 1) >> 2;
      samples[out + 1] = x === plane.width - 1 ? at(x) : (3 * at(x) + at(x + 1) + 2) >> 2;
    }
  return { width, height: plane.height, stride: width, samples };
}

/** Doubles both extents with the same triangle filter, rounding once. */
export function enlarge(plane: Plane): Plane {
  const [width, height] = [2 * plane.width, 2 * plane.height];
  const samples = new Uint8Array(width * height);
  for (let y = 0; y < height; y += 1) {
    const near = y >> 1;
    const far = Math.min(plane.height - 1, Math.max(0, y % 2 === 0 ? near - 1 : near + 1));
    const sum = (x: number): number =>
      3 * plane.samples[near * plane.stride + x]! + plane.samples[far * plane.stride + x]!;
    for (let x = 0; x < plane.width; x += 1) {
      const out = y * width + 2 * x;
      samples[out] = x === 0 ? (4 * sum(0) + 8) >> 4 : (3 * sum(x) + sum(x - 1) + 8) >> 4;
      samples[out + 1] = x === plane.width - 1 ? (4 * sum(x) + 7) >> 4 : (3 * sum(x) + sum(x + 1) + 7) >> 4;
    }
  }
  return { width, height, stride: width, samples };
}

/** Every sample repeated. */
export function repeat(plane: Plane, across: number, down: number): Plane {
  const [width, height] = [plane.width * across, plane.height * down];
  const samples = new Uint8Array(width * height);
  for (let i = 0; i < samples.length; i += 1)
    samples[i] =
      plane.samples[Math.floor(Math.floor(i / width) / down) * plane.stride + Math.floor((i % width) / across)]!;
  return { width, height, stride: width, samples };
}

const fixed = (x: number): number => Math.floor(x * 65536 + 0.5);

/** Red, green and blue of a YCbCr pixel (ITU-R 601), in 16-bit fixed point as libjpeg has it. */
export function colourOf(y: number, cb: number, cr: number): readonly [number, number, number] {
  const [blue, red] = [cb - 128, cr - 128];
  const keep = (value: number): number => Math.min(255, Math.max(0, value));
  return [
    keep(y + ((fixed(1.402) * red + 32768) >> 16)),
    keep(y + ((-fixed(0.34414) * blue + 32768 - fixed(0.71414) * red) >> 16)),
    keep(y + ((fixed(1.772) * blue + 32768) >> 16)),
  ];
}
