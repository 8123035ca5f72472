import { invariant } from "@rdu/diagnostics";
import type { Output, Port } from "@rdu/flow";
import type { DType } from "@rdu/tensor";
import type { Source } from "./body.ts";
import type { Segment } from "./segments.ts";

/** A value as it leaves a unit. */
export interface Given {
  readonly source: Source;
  readonly from: Port;
  readonly dtype: DType;
  /** Elements of a vector of the stream. */
  readonly lanes: number;
}

/** Who gives out which value within one part of a stage. Exists for the length of that part. */
export class PartStreams {
  /** What leaves the part, in the storage types it is rounded to. */
  readonly #results: readonly { readonly source: Source; readonly dtype: DType }[];
  readonly #streamType: (source: Source) => DType;
  readonly #carried = new Set<Source>();
  #given: Given[] = [];

  constructor(results: readonly { source: Source; dtype: DType }[], streamType: (source: Source) => DType) {
    this.#results = results;
    this.#streamType = streamType;
  }

  /** Notes that a value goes on from the unit that computes it, whether or not it is a result. */
  carry(source: Source): void {
    this.#carried.add(source);
  }

  /** Notes what goes from unit to unit of a chain: not what each reads from memory anew, nor what the first one accumulates itself. */
  carryAlong(segments: readonly Segment[]): void {
    for (const [position, segment] of segments.entries())
      for (const source of segment.inputs)
        if (source.kind !== "read" && (source.kind !== "reduction" || position > 0)) this.carry(source);
  }

  /** The output ports of a unit: one for a value that goes on to a later unit, one per storage type of the results it is. */
  give(unit: string, lanes: number, outputs: readonly Source[], registerOf: (source: Source) => number): Output[] {
    const ports: Output[] = [];
    for (const source of outputs) {
      const types = new Set<DType>(this.#carried.has(source) ? [this.#streamType(source)] : []);
      for (const result of this.#results) if (result.source === source) types.add(result.dtype);
      for (const dtype of types) {
        this.#given.push({ source, from: { unit, port: ports.length }, dtype, lanes });
        ports.push({ register: registerOf(source), dtype });
      }
    }
    return ports;
  }

  /** Where a value of a storage type comes from. The first unit that gives it out is the one to ask. */
  giverOf(source: Source, dtype: DType): Given {
    const given = this.#given.find((each) => each.source === source && each.dtype === dtype);
    invariant(given !== undefined, "a unit takes a value that no earlier unit gives out");
    return given;
  }

  /** Runs `emit` for units whose values only they themselves take. */
  apart<Result>(emit: () => Result): Result {
    const kept = this.#given;
    this.#given = [];
    const result = emit();
    this.#given = kept;
    return result;
  }
}
