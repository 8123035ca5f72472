import type { AddressProgram, Affine, CounterValue, Domain, Guard, Handshake, TileMap } from "@rdu/flow";
import { type DecodedTables, invalid } from "./decode-tables.ts";

/** Handshakes, address programs, domains and counter values from their rows; see encode-section.ts for what a row holds. */
export function handshakeOf(row: readonly number[]): Handshake {
  if (row.length !== 14) invalid("a handshake of the wrong length");
  const map = (at: number): TileMap => {
    const [period, quantum, scale, divisor, offset, delay] = row.slice(at, at + 6) as [
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    return { period, quantum, scale, divisor, offset, ...(delay === 0 ? {} : { delay: delay - 1 }) };
  };
  return { write: row[0] as number, read: row[1] as number, need: map(2), grant: map(8) };
}

export function programOf(id: number | null | undefined, tables: DecodedTables): AddressProgram {
  return tables.once("program", id, (row) => {
    const [domain, form, base, fill, guardCount] = row;
    if (guardCount === undefined || guardCount < 0 || row.length < 5 + 3 * guardCount)
      return invalid("a short address program");
    const guards: Guard[] = [];
    for (let index = 0; index < guardCount; index += 1) {
      const [guardForm, guardBase, bound] = row.slice(5 + 3 * index) as [number, number, number];
      guards.push({ form: formOf(guardForm, guardBase, tables), bound });
    }
    const rest = row.slice(5 + 3 * guardCount);
    if (rest.length !== 0 && rest.length !== 4) return invalid("an address program of the wrong length");
    const [stride, bound, perLane, clip] = rest as [number, number, number, number];
    return {
      domain: tables.once("domain", domain, domainOf),
      address: formOf(form as number, base as number, tables),
      guards,
      fill: tables.literal(fill),
      ...(rest.length === 0 ? {} : { index: { stride, bound, perLane: perLane !== 0, clip: clip !== 0 } }),
    };
  });
}

function formOf(id: number, base: number, tables: DecodedTables): Affine {
  const row = tables.row(id);
  const laneStride = row[0];
  if (laneStride === undefined) return invalid("an empty affine form");
  return { base, strides: tables.once("strides", id, () => row.slice(1)), laneStride };
}

export function domainOf(row: readonly number[]): Domain {
  if (row.length < 3 || row.length % 3 !== 0) invalid("a domain of the wrong length");
  const [tileDepth, vector, lanes] = row as [number, number, number];
  const counters = [];
  for (let at = 3; at < row.length; at += 3) {
    const [extent, step, within] = row.slice(at, at + 3) as [number, number, number];
    counters.push({ extent, step, ...(within === 0 ? {} : { within: within - 1 }) });
  }
  return { counters, tileDepth, vector, lanes };
}

export function countersOf(row: readonly number[]): readonly CounterValue[] {
  if (row.length % 3 !== 0) invalid("counter values of the wrong length");
  const values = [];
  for (let at = 0; at < row.length; at += 3) {
    const [counter, base, scale] = row.slice(at, at + 3) as [number, number, number];
    values.push({ counter, base, scale });
  }
  return values;
}
