import { invariant, reject } from "@rdu/diagnostics";

/**
 * Interned rows of integers: counter chains, affine forms, address programs, routes. A program of 26 000 units has some
 * hundred thousand of them, most of them alike, which is why they stand outside the protobuf directory.
 *
 * Bytes: the number of rows, then per row its length and its numbers. Counts are unsigned LEB128; numbers are zigzag
 * (2n for n >= 0, -2n - 1 for n < 0) LEB128, magnitudes below 2^52.
 */
export class RowWriter {
  readonly #ids = new Map<string, number>();
  readonly #bytes: number[] = [];

  /** Index of the row, the same for equal rows. */
  id(row: readonly number[]): number {
    const key = row.join();
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const id = this.#ids.size;
    this.#ids.set(key, id);
    this.#write(row.length);
    for (const value of row) {
      invariant(Number.isInteger(value) && Math.abs(value) < 2 ** 52, () => `${value} cannot stand in a PEF row`);
      this.#write(value < 0 ? -2 * value - 1 : 2 * value);
    }
    return id;
  }

  finish(): Uint8Array {
    const rows = this.#bytes.splice(0);
    this.#write(this.#ids.size);
    const count = this.#bytes.splice(0);
    const bytes = new Uint8Array(count.length + rows.length);
    bytes.set(count);
    bytes.set(rows, count.length);
    return bytes;
  }

  #write(value: number): void {
    let rest = value;
    while (rest >= 128) {
      this.#bytes.push((rest % 128) + 128);
      rest = Math.floor(rest / 128);
    }
    this.#bytes.push(rest);
  }
}

/** Decodes the rows segment; E0704 when it is not one. Memory stays proportional to the bytes. */
export function readRows(bytes: Uint8Array): readonly (readonly number[])[] {
  let at = 0;
  const next = (): number => {
    let value = 0;
    let factor = 1;
    for (let read = 0; read < 8; read += 1) {
      const byte = bytes[at];
      if (byte === undefined) return damaged("it ends inside a number");
      at += 1;
      value += (byte & 127) * factor;
      if (byte < 128) return value <= Number.MAX_SAFE_INTEGER ? value : damaged("a number is too large");
      factor *= 128;
    }
    return damaged("a number is too long");
  };
  const count = next();
  if (count > bytes.length - at) damaged(`${count} rows in ${bytes.length} bytes`);
  const rows: number[][] = [];
  for (let index = 0; index < count; index += 1) {
    const length = next();
    if (length > bytes.length - at) damaged(`row ${index} of ${length} numbers`);
    const row: number[] = [];
    for (let column = 0; column < length; column += 1) {
      const folded = next();
      row.push(folded % 2 === 0 ? folded / 2 : -(folded + 1) / 2);
    }
    rows.push(row);
  }
  if (at !== bytes.length) damaged("bytes follow the last row");
  return rows;
}

function damaged(what: string): never {
  return reject("E0704", `rows segment: ${what}`);
}
