import { laneOf, STORAGE_OF } from "@rdu/arithmetic";
import { reject } from "@rdu/diagnostics";
import { DTYPES, type DType } from "@rdu/tensor";

/**
 * A piece of a section's linear memory: the bytes of a symbol, the whole logical address space of a memory unit, or a stream kept whole.
 * `before` and `after` are bytes around it that kernels may read (never use) beyond its ends; they grow while kernels are made.
 */
export interface Region {
  readonly name: string;
  readonly kind: "load" | "store" | "buffer";
  readonly storage: DType;
  readonly elements: number;
  readonly slack: { before: number; after: number };
  /** Byte address; assigned once all kernels are made. */
  place: { address: number };
  /** What it holds from the start. */
  readonly contents?: Int32Array;
}

export function regionOf(name: string, kind: Region["kind"], storage: DType, elements: number): Region {
  return { name, kind, storage, elements, slack: { before: 0, after: 16 }, place: { address: 0 } };
}

/** Buffers keep elements as lanes hold them, so that nothing is converted at each read; bool takes a byte. */
export function bufferStorage(dtype: DType): DType {
  const type = laneOf(dtype);
  if (type === undefined) reject("E0705", `no lane holds elements of type ${dtype}`);
  return STORAGE_OF[type];
}

export function bytesOf(region: Region): number {
  return region.elements * DTYPES[region.storage].bytes;
}
