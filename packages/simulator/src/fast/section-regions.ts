import { laneOf } from "@rdu/arithmetic";
import { reject } from "@rdu/diagnostics";
import { ownerOf, type Section, type TensorSymbol } from "@rdu/flow";
import type { DType } from "@rdu/tensor";
import { bufferStorage, type Region, regionOf } from "./region.ts";

/** The memory that the kernels of a section work on. */
export interface SectionRegions {
  readonly regions: readonly Region[];
  /** By memory unit. */
  readonly buffers: ReadonlyMap<string, Region>;
  /** Regions of symbols that are read, by symbol name. */
  readonly loads: ReadonlyMap<string, Region>;
  /** Regions of symbols that are written, by symbol name; symbols that alias each other share one. */
  readonly stores: ReadonlyMap<string, Region>;
  /** What regions hold before the first kernel runs. */
  readonly initials: readonly { readonly region: Region; readonly value: number | bigint }[];
  /** Adds a buffer. */
  add(name: string, storage: DType, elements: number): Region;
}

/**
 * A region for each memory unit and each symbol, those read apart from those written: loads give what a tensor held before the section.
 * Rejects with E0705 symbols that are not there and types that no lane holds.
 */
export function sectionRegions(section: Section, symbols: ReadonlyMap<string, TensorSymbol>): SectionRegions {
  const regions: Region[] = [];
  const buffers = new Map<string, Region>();
  const loads = new Map<string, Region>();
  const stores = new Map<string, Region>();
  const initials: { region: Region; value: number | bigint }[] = [];
  const keep = (region: Region): Region => {
    regions.push(region);
    return region;
  };
  const symbolNamed = (name: string): TensorSymbol => {
    const symbol = symbols.get(name) ?? reject("E0705", `symbol "${name}" has no memory`);
    if (laneOf(symbol.dtype) === undefined) reject("E0705", `no lane holds elements of type ${symbol.dtype}`);
    return symbol;
  };
  const regionFor = ({ name, dtype, shape }: TensorSymbol, kind: "load" | "store"): Region =>
    keep(
      regionOf(
        name,
        kind,
        dtype,
        shape.reduce((product, extent) => product * extent, 1),
      ),
    );
  const owned = new Map<string, Region>();

  for (const unit of section.units) {
    switch (unit.kind) {
      case "memory": {
        const region = keep(regionOf(unit.name, "buffer", bufferStorage(unit.dtype), unit.elements));
        buffers.set(unit.name, region);
        if (unit.initial !== undefined) initials.push({ region, value: unit.initial });
        break;
      }
      case "load": {
        const symbol = symbolNamed(unit.symbol);
        if (!loads.has(symbol.name)) loads.set(symbol.name, regionFor(symbol, "load"));
        break;
      }
      case "store": {
        const symbol = symbolNamed(unit.symbol);
        const owner = ownerOf(symbols, symbol).name;
        const region = owned.get(owner) ?? regionFor(symbol, "store");
        owned.set(owner, region);
        stores.set(symbol.name, region);
        if (unit.initial !== undefined) initials.push({ region, value: unit.initial });
        break;
      }
      case "compute":
        break;
      default:
        unit satisfies never;
    }
  }
  return {
    regions,
    buffers,
    loads,
    stores,
    initials,
    add: (name, storage, elements) => keep(regionOf(name, "buffer", storage, elements)),
  };
}
