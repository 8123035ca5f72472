import type { TensorSymbol } from "@rdu/flow";
import { accessesOf, type Kernel } from "./kernel.ts";
import type { Region } from "./region.ts";

/** A kernel with the regions that it touches, each once. */
export interface Touched {
  readonly kernel: Kernel;
  readonly reads: readonly Region[];
  readonly writes: readonly Region[];
}

export function touchedBy(kernel: Kernel): Touched {
  const targets = kernel.writes.flatMap((write) => write.targets);
  const written = new Set(targets);
  const reads = accessesOf(kernel).flatMap((access) => (written.has(access) ? [] : [access.region]));
  return { kernel, reads: [...new Set(reads)], writes: [...new Set(targets.map(({ region }) => region))] };
}

/**
 * Kernels whose results depend on weights alone, and the regions that only such kernels write: they need not run again. Relies on the order
 * of kernels: a region is read only after everything has been written to it.
 */
export function constantKernels(
  kernels: readonly Touched[],
  loads: ReadonlyMap<string, Region>,
  symbols: ReadonlyMap<string, TensorSymbol>,
): { readonly kernels: ReadonlySet<Kernel>; readonly regions: ReadonlySet<Region> } {
  const constant = new Map<Region, boolean>();
  for (const [name, region] of loads) constant.set(region, symbols.get(name)?.role === "weight");
  const found: Touched[] = [];
  for (const touched of kernels) {
    const fixed =
      touched.reads.every((region) => constant.get(region) === true) &&
      touched.writes.every(({ kind }) => kind !== "store");
    if (fixed) found.push(touched);
    for (const region of touched.writes) constant.set(region, fixed && constant.get(region) !== false);
  }
  // A region that something else writes too has to be written anew as a whole.
  const kept = found.filter(({ writes }) => writes.every((region) => constant.get(region) === true));
  return {
    kernels: new Set(kept.map(({ kernel }) => kernel)),
    regions: new Set([...constant].flatMap(([region, fixed]) => (fixed && region.kind === "buffer" ? [region] : []))),
  };
}
