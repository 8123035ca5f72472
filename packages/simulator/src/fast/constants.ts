import type { TensorSymbol } from "@rdu/flow";
import { accessesOf, type Kernel } from "./kernel.ts";
import type { Region } from "./region.ts";
import type { SectionKernels } from "./section-kernels.ts";

/** Regions that a kernel reads, each once. */
export function readRegions(kernel: Kernel): Region[] {
  const written = new Set(kernel.writes.flatMap(({ targets }) => targets));
  return [...new Set(accessesOf(kernel).flatMap((access) => (written.has(access) ? [] : [access.region])))];
}

export function writtenRegions(kernel: Kernel): Region[] {
  return [...new Set(kernel.writes.flatMap(({ targets }) => targets.map(({ region }) => region)))];
}

/**
 * Kernels whose results depend on weights alone, and the regions that only such kernels write: they need not run again. Relies on the order
 * of kernels: a region is read only after everything has been written to it.
 */
export function constantKernels(
  { kernels, loads }: SectionKernels,
  symbols: ReadonlyMap<string, TensorSymbol>,
): { readonly kernels: ReadonlySet<Kernel>; readonly regions: ReadonlySet<Region> } {
  const constant = new Map<Region, boolean>();
  for (const [name, region] of loads) constant.set(region, symbols.get(name)?.role === "weight");
  const found = new Set<Kernel>();
  for (const kernel of kernels) {
    const written = writtenRegions(kernel);
    const fixed =
      readRegions(kernel).every((region) => constant.get(region) === true) &&
      written.every(({ kind }) => kind !== "store");
    if (fixed) found.add(kernel);
    for (const region of written) constant.set(region, fixed && constant.get(region) !== false);
  }
  // A region that something else writes too has to be written anew as a whole.
  const redone = [...found].filter(
    (kernel) => !writtenRegions(kernel).every((region) => constant.get(region) === true),
  );
  for (const kernel of redone) found.delete(kernel);
  return {
    kernels: found,
    regions: new Set([...constant].flatMap(([region, fixed]) => (fixed && region.kind === "buffer" ? [region] : []))),
  };
}
