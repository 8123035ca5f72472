import { reject } from "@rdu/diagnostics";
import { type DType, isDType } from "@rdu/tensor";
import type { rdu } from "./generated/pef.js";
import { readRows } from "./rows.ts";

/** The tables of a directory, each access checked: an id outside its table is a PEF that is not valid (E0705). */
export class DecodedTables {
  readonly #directory: rdu.pef.Directory.$Properties;
  readonly #rows: readonly (readonly number[])[];
  readonly #byRow = new Map<string, (unknown | undefined)[]>();

  constructor(directory: rdu.pef.Directory.$Properties, rows: Uint8Array) {
    this.#directory = directory;
    this.#rows = readRows(rows);
  }

  string(id: number | null | undefined): string {
    return this.#entry("string", this.#directory.strings, id);
  }

  /** A string that must be one of the given words. */
  word<const Word extends string>(id: number | null | undefined, words: readonly Word[], what: string): Word {
    const text = this.string(id);
    const found = words.find((word) => word === text);
    return found ?? invalid(`"${text}" is no ${what}`);
  }

  /** A word, or undefined for the empty string. */
  optionalWord<const Word extends string>(
    id: number | null | undefined,
    words: readonly Word[],
    what: string,
  ): Word | undefined {
    return this.string(id) === "" ? undefined : this.word(id, words, what);
  }

  dtype(id: number | null | undefined): DType {
    const text = this.string(id);
    return isDType(text) ? text : invalid(`"${text}" is no element type`);
  }

  literal(id: number | null | undefined): number | bigint {
    const { number, integer } = this.#entry("literal", this.#directory.literals, id);
    if (typeof number === "number") return number;
    if (typeof integer !== "string" || !/^-?[0-9]{1,20}$/.test(integer)) return invalid(`literal "${integer}"`);
    return BigInt(integer);
  }

  /** From 1 + literal id. */
  optionalLiteral(id: number | null | undefined): number | bigint | undefined {
    const found = unsigned(id);
    return found === 0 ? undefined : this.literal(found - 1);
  }

  immediate(id: number): rdu.pef.Immediate.$Properties {
    return this.#entry("immediate", this.#directory.immediates, id);
  }

  origin(id: number | null | undefined): readonly string[] {
    return this.#once("origin", unsigned(id), () => {
      const names = this.#entry("origin", this.#directory.origins, id);
      return (names.strings ?? []).map((string) => this.string(string));
    });
  }

  body(id: number | null | undefined): rdu.pef.Body.$Properties {
    return this.#entry("body", this.#directory.bodies, id);
  }

  row(id: number | null | undefined): readonly number[] {
    return this.#entry("row", this.#rows, id);
  }

  /** What a row or entry stands for, made once however often it is used: shared values keep a large program small. */
  once<Value>(kind: string, id: number | null | undefined, make: (row: readonly number[]) => Value): Value {
    const row = this.row(id);
    return this.#once(kind, unsigned(id), () => make(row));
  }

  /** The same for compute bodies. */
  onceBody<Value>(id: number | null | undefined, make: (body: rdu.pef.Body.$Properties) => Value): Value {
    const body = this.body(id);
    return this.#once("body", unsigned(id), () => make(body));
  }

  #once<Value>(kind: string, id: number, make: () => Value): Value {
    let made = this.#byRow.get(kind);
    if (made === undefined) {
      made = [];
      this.#byRow.set(kind, made);
    }
    if (made[id] === undefined) made[id] = make();
    return made[id] as Value;
  }

  #entry<Entry>(what: string, table: readonly Entry[] | null | undefined, id: number | null | undefined): Entry {
    const entry = table?.[unsigned(id)];
    return entry === undefined ? invalid(`${what} ${id} of ${table?.length ?? 0}`) : entry;
  }
}

/** A uint32 field: proto3 leaves out zero. */
export function unsigned(field: number | null | undefined): number {
  return field ?? 0;
}

/** A uint64 field as a number; E0705 beyond 2^53. */
export function counted64(field: number | { toNumber(): number } | null | undefined, what: string): number {
  const value = field === null || field === undefined ? 0 : typeof field === "number" ? field : field.toNumber();
  return Number.isSafeInteger(value) && value >= 0 ? value : invalid(`${what} is too large`);
}

/** An element of a list by an index that the file gives. */
export function pick<Entry>(list: readonly Entry[], index: number | undefined, what: string): Entry {
  const entry = index === undefined ? undefined : list[index];
  return entry === undefined ? invalid(`${what} ${index} of ${list.length}`) : entry;
}

export function invalid(what: string): never {
  return reject("E0705", what);
}
