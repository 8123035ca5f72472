import type { Dim, ValueId, ValueType } from "@rdu/ir";
import { namedEntries } from "./open-entries.ts";
import { solved } from "./open-sums.ts";

/** Lengths of open extents, by their names. */
export type Lengths = ReadonlyMap<string, number>;

/** No dimension of a model is called so, for these have no open name once they are bound. */
const MARK = "?";

/**
 * Names for the extents that only the run knows, each after the value that has it first. Operators hand names on as they hand
 * on lengths, so two values with the same name in their shapes have the same extent there, and a length that the model
 * declares for one of them is the length of the other. What makes the extent must see to it that the run agrees:
 * see `shapeGuard`.
 */
export class OpenExtents {
  /** Lengths that this walk has found, of names that were open when it began. */
  readonly found = new Map<string, number>();
  readonly #settled: Lengths;
  readonly #naming: boolean;

  /** Subgraphs name nothing: their values have no names that are unique in the model. */
  constructor(settled: Lengths, naming: boolean) {
    this.#settled = settled;
    this.#naming = naming;
  }

  /** The type of the value `id` with a name, or the length already found, for every extent that is not known. */
  named(type: ValueType, id: ValueId): ValueType {
    if (!this.#naming || type.kind !== "tensor" || type.shape === null) return type;
    const shape = type.shape.map((extent, axis): Dim => {
      if (extent !== null) return extent;
      const name = `${MARK}${id}:${axis}`;
      return this.#settled.get(name) ?? name;
    });
    return { ...type, shape };
  }

  /** The entries of an integer list `id` that the run brings. */
  entries(type: ValueType, id: ValueId): readonly Dim[] | undefined {
    return this.#naming ? namedEntries(type, (entry) => this.entry(id, entry)) : undefined;
  }

  /** A name for an entry that `id` computes, or its value where that is found already. */
  entry(id: ValueId, entry: number): Dim {
    if (!this.#naming) return null;
    const name = `${MARK}${id}[${entry}]`;
    return this.#settled.get(name) ?? name;
  }

  /** Notes the length of an open extent, or what it makes of the one that the extent follows from; the first one stands. */
  settle(extent: Dim, length: number): void {
    if (!this.#naming || !isOpen(extent)) return;
    const [name, value] = solved(extent, length) ?? [];
    if (name === undefined || value === undefined || !isOpen(name) || this.found.has(name)) return;
    this.found.set(name, value);
  }

  /** The type with its open extents unknown. */
  forgotten(type: ValueType): ValueType {
    if (!this.#naming || type.kind !== "tensor" || type.shape === null || !type.shape.some(isOpen)) return type;
    return { ...type, shape: type.shape.map((extent) => (isOpen(extent) ? null : extent)) };
  }
}

function isOpen(extent: Dim): extent is string {
  return typeof extent === "string" && extent.startsWith(MARK);
}
