import type { Dim } from "@rdu/ir";
import type { InferContext } from "../operator.ts";

/** How a window steps over the spatial axes of an operand [N, C, ...]. All lists have one entry a spatial axis. */
export interface Window {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly before: readonly number[];
  readonly after: readonly number[];
  /** Places of the window, null where the operand's extent is unknown. */
  readonly places: readonly Dim[];
}

/** The window that kernel_shape, strides, dilations, pads, auto_pad and ceil_mode describe over these extents. */
export function windowOf(
  c: Pick<InferContext, "attributes" | "reject">,
  extents: readonly Dim[],
  kernel: readonly number[],
): Window {
  const rank = extents.length;
  if (kernel.length !== rank) c.reject(`kernel of ${kernel.length} dimensions over ${rank} spatial axes`, "E0204");
  const strides = listOf(c, "strides", rank, 1);
  const dilations = listOf(c, "dilations", rank, 1);
  const pads = c.attributes.ints("pads", new Array<number>(2 * rank).fill(0));
  if (pads.length !== 2 * rank) c.reject(`${pads.length} pads for ${rank} spatial axes`, "E0303");
  const autoPad = c.attributes.string("auto_pad", "NOTSET");
  const before = pads.slice(0, rank);
  const after = pads.slice(rank);
  const ceil = c.attributes.int("ceil_mode", 0) !== 0;
  const places = extents.map((extent, axis): Dim => {
    if (typeof extent !== "number") return null;
    const stride = strides[axis]!;
    const reach = (kernel[axis]! - 1) * dilations[axis]! + 1;
    if (autoPad === "SAME_UPPER" || autoPad === "SAME_LOWER") {
      const count = Math.ceil(extent / stride);
      const total = Math.max(0, (count - 1) * stride + reach - extent);
      const half = Math.floor(total / 2);
      before[axis] = autoPad === "SAME_UPPER" ? half : total - half;
      after[axis] = total - before[axis]!;
      return count;
    }
    if (autoPad === "VALID") before[axis] = after[axis] = 0;
    const free = extent + before[axis]! + after[axis]! - reach;
    const count = (ceil ? Math.ceil(free / stride) : Math.floor(free / stride)) + 1;
    // A place that would start in the padding behind the operand is left out.
    const excess = ceil && (count - 1) * stride >= extent + before[axis]! ? 1 : 0;
    return Math.max(0, count - excess);
  });
  return { kernel, strides, dilations, before, after, places };
}

export function listOf(
  c: Pick<InferContext, "attributes" | "reject">,
  name: string,
  rank: number,
  fallback: number,
): readonly number[] {
  const list = c.attributes.ints(name, new Array<number>(rank).fill(fallback));
  return list.length === rank ? list : c.reject(`${name} has ${list.length} entries for ${rank} spatial axes`, "E0303");
}

/**
 * For each tap of the kernel and each place of the window: the offset within one channel, or -1 in the padding.
 * Laid out [taps, places].
 */
export function windowOffsets(window: Window, extents: readonly number[]): Int32Array {
  const places = window.places as readonly number[];
  const count = places.reduce((product, extent) => product * extent, 1);
  const taps = window.kernel.reduce((product, extent) => product * extent, 1);
  let offsets = new Int32Array(1);
  let [doneTaps, donePlaces] = [1, 1];
  for (let axis = 0; axis < extents.length; axis += 1) {
    const [k, p] = [window.kernel[axis]!, places[axis]!];
    const next = new Int32Array(doneTaps * k * donePlaces * p);
    for (let tap = 0; tap < doneTaps * k; tap += 1)
      for (let place = 0; place < donePlaces * p; place += 1) {
        const outer = offsets[Math.floor(tap / k) * donePlaces + Math.floor(place / p)]!;
        const at = (place % p) * window.strides[axis]! + (tap % k) * window.dilations[axis]! - window.before[axis]!;
        const inside = outer >= 0 && at >= 0 && at < extents[axis]!;
        next[tap * donePlaces * p + place] = inside ? outer * extents[axis]! + at : -1;
      }
    offsets = next;
    doneTaps *= k;
    donePlaces *= p;
  }
  return offsets.length === taps * count ? offsets : new Int32Array(taps * count);
}
