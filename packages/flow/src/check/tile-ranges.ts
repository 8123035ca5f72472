import { elementAt } from "@rdu/diagnostics";
import { addressRange } from "../address-range.ts";
import { counterSteps, tileCount } from "../domain.ts";
import type { AddressProgram, Domain } from "../flow.ts";
import type { Budget } from "./budget.ts";

/** Bounds of the addresses of each tile of a program; of an idle tile low is above high. */
export interface TileRanges {
  readonly tiles: number;
  readonly low: Float64Array;
  readonly high: Float64Array;
}

/** null when the budget does not allow to look at every tile. */
export function tileRanges(program: AddressProgram, budget: Budget): TileRanges | null {
  const { domain, address } = program;
  const tiles = tileCount(domain);
  const depends = dependsOnTile(program);
  // Some forty bytes are kept for each tile, so tiles cost more than their time.
  if (!budget.spend(32 * tiles)) return null;
  const low = new Float64Array(tiles).fill(Number.POSITIVE_INFINITY);
  const high = new Float64Array(tiles).fill(Number.NEGATIVE_INFINITY);
  const first = tiles === 0 ? null : addressRange(program, new Array<number>(domain.tileDepth).fill(0));
  let tile = 0;
  for (const values of tileCounters(domain)) {
    if (depends) {
      const range = addressRange(program, values);
      if (range !== null) {
        low[tile] = range.low;
        high[tile] = range.high;
      }
    } else if (first !== null) {
      let shift = 0;
      for (const [index, value] of values.entries()) shift += elementAt(address.strides, index) * value;
      low[tile] = first.low + shift;
      high[tile] = first.high + shift;
    }
    tile += 1;
  }
  return { tiles, low, high };
}

/** Whether tiles differ in more than where they lie: by their guards, or by shorter vectors and blocks at the end. */
function dependsOnTile({ domain, guards }: AddressProgram): boolean {
  const { counters, tileDepth, vector } = domain;
  if (vector >= 0 && vector < tileDepth) return true;
  for (let index = 0; index < tileDepth; index += 1) {
    if (counters.some(({ within }) => within === index)) return true;
    if (guards.some(({ form }) => elementAt(form.strides, index) !== 0)) return true;
  }
  return false;
}

/** Values of the tile counters, tile by tile. The array is the same one each time. */
export function* tileCounters({ counters, tileDepth }: Domain): Generator<readonly number[]> {
  const chain = counters.slice(0, tileDepth);
  if (chain.some((counter) => counterSteps(counter) === 0)) return;
  const values = new Array<number>(tileDepth).fill(0);
  const end = (index: number): number => {
    const { extent, within } = elementAt(chain, index);
    return within === undefined
      ? extent
      : Math.min(extent, elementAt(chain, within).extent - elementAt(values, within));
  };
  for (;;) {
    yield values;
    let index = tileDepth - 1;
    for (; index >= 0; index -= 1) {
      const value = elementAt(values, index) + elementAt(chain, index).step;
      if (value < end(index)) {
        values[index] = value;
        break;
      }
      values[index] = 0;
    }
    if (index < 0) return;
  }
}
