import type { TensorSymbol } from "@rdu/flow";
import { accessesOf, type Kernel } from "./kernel.ts";
import type { Region } from "./region.ts";

/** The regions that a kernel touches, each once. */
export interface Touched {
  readonly reads: readonly Region[];
  readonly writes: readonly Region[];
}

export function touchedBy(kernel: Kernel): Touched {
  const targets = kernel.writes.flatMap((write) => write.targets);
  const written = new Set(targets);
  const reads = accessesOf(kernel).flatMap((access) => (written.has(access) ? [] : [access.region]));
  return { reads: [...new Set(reads)], writes: [...new Set(targets.map(({ region }) => region))] };
}

/**
 * Which kernels have results that depend on weights alone, and the regions that only such kernels write: they need not run again. Relies on
 * the order of kernels: a region is read only after everything has been written to it.
 */
export function constantKernels(
  kernels: readonly Touched[],
  loads: ReadonlyMap<string, Region>,
  symbols: ReadonlyMap<string, TensorSymbol>,
): { readonly kernels: readonly boolean[]; readonly regions: ReadonlySet<Region> } {
  const constant = new Map<Region, boolean>();
  for (const [name, region] of loads) constant.set(region, symbols.get(name)?.role === "weight");
  const fixed = kernels.map(({ reads, writes }) => {
    const own = reads.every((region) => constant.get(region) === true) && writes.every(({ kind }) => kind !== "store");
    for (const region of writes) constant.set(region, own && constant.get(region) !== false);
    return own;
  });
  return {
    // A region that something else writes too has to be written anew as a whole.
    kernels: kernels.map(
      ({ writes }, index) => fixed[index]! && writes.every((region) => constant.get(region) === true),
    ),
    regions: new Set([...constant].flatMap(([region, own]) => (own && region.kind === "buffer" ? [region] : []))),
  };
}
