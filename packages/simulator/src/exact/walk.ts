import type { Counter, Domain } from "@rdu/flow";

/** One step of a counter chain. */
export interface Firing {
  /** Counter values, outermost first. */
  readonly values: readonly number[];
  /** Row-major number over the tile counters. */
  readonly tile: number;
  /** Elements of this vector. */
  readonly lanes: number;
  /** The smallest k such that counters k and further in all stand at their first value. */
  readonly startsFrom: number;
  /** The smallest k such that counters k and further in all stand at their last value. */
  readonly endsFrom: number;
}

/** All firings of a domain in lexicographic order; none when a counter has no values. */
export function* walk(domain: Domain): Generator<Firing> {
  const { counters, tileDepth, vector, lanes } = domain;
  const values = counters.map(() => 0);
  if (counters.some((counter) => extentAt(domain, counter, values) <= 0)) return;
  let tile = 0;
  let startsFrom = 0;
  for (;;) {
    let endsFrom = counters.length;
    while (endsFrom > 0 && isLast(domain, endsFrom - 1, values)) endsFrom -= 1;
    const counter = counters[vector];
    const length = counter === undefined ? 1 : Math.min(lanes, extentAt(domain, counter, values) - values[vector]!);
    yield { values: [...values], tile, lanes: length, startsFrom, endsFrom };
    if (endsFrom === 0) return;
    values[endsFrom - 1]! += counters[endsFrom - 1]!.step;
    values.fill(0, endsFrom);
    startsFrom = endsFrom;
    if (endsFrom <= tileDepth) tile += 1;
  }
}

/** How far a counter runs: its extent, or the rest of the block of the counter that it runs within. */
export function extentAt(domain: Domain, counter: Counter, values: readonly number[]): number {
  if (counter.within === undefined) return counter.extent;
  return Math.min(counter.extent, domain.counters[counter.within]!.extent - values[counter.within]!);
}

function isLast(domain: Domain, index: number, values: readonly number[]): boolean {
  const counter = domain.counters[index]!;
  return values[index]! + counter.step >= extentAt(domain, counter, values);
}
