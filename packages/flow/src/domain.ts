import { elementAt } from "@rdu/diagnostics";
import type { Affine, Counter, Domain } from "./flow.ts";

/** Values that a counter takes: 0, step, 2 step, ... below its extent. */
export function counterSteps({ extent, step }: Counter): number {
  return Math.ceil(extent / step);
}

/**
 * Number of value combinations of counters `from` to `to` (exclusive). A counter `within` a blocked one in the range runs, over all its
 * blocks together, once over that counter's extent.
 */
export function stepsBetween(domain: Domain, from: number, to: number): number {
  let product = 1;
  domain.counters.slice(from, to).forEach((counter) => {
    const blocked = counter.within === undefined ? undefined : domain.counters[counter.within];
    if (blocked === undefined || (counter.within ?? -1) < from) product *= counterSteps(counter);
    else product = (product / counterSteps(blocked)) * blocked.extent;
  });
  return product;
}

export function tileCount(domain: Domain): number {
  return stepsBetween(domain, 0, domain.tileDepth);
}

/** Firings of a tile whose blocked counters stand at a whole block: the most any tile has. */
export function firingsPerTile(domain: Domain): number {
  return stepsBetween(domain, domain.tileDepth, domain.counters.length);
}

export function firingCount(domain: Domain): number {
  return stepsBetween(domain, 0, domain.counters.length);
}

/** Elements of all vectors of a domain. */
export function elementCountOf(domain: Domain): number {
  const vector = domain.counters[domain.vector];
  const combinations = firingCount(domain);
  return vector === undefined ? combinations : (combinations / counterSteps(vector)) * vector.extent;
}

/** Counter values of firing number `firing`, outermost first. */
export function countersOfFiring(domain: Domain, firing: number): number[] {
  const values = new Array<number>(domain.counters.length).fill(0);
  let rest = firing;
  domain.counters.forEach((counter, index) => {
    const below = (value: number): number => {
      values[index] = value;
      return combinationsFrom(domain, index + 1, values);
    };
    // All values but the last stand for equally many firings: only the last block of a blocked counter is short.
    const whole = below(0);
    const position = whole === 0 ? 0 : Math.min(Math.floor(rest / whole), counterSteps(counter) - 1);
    rest -= position * whole;
    values[index] = position * counter.step;
  });
  return values;
}

/** Combinations of counters `from` and below, the counters above standing at `values`. */
function combinationsFrom(domain: Domain, from: number, values: readonly number[]): number {
  let product = 1;
  for (let index = from; index < domain.counters.length; index += 1) {
    const counter = domain.counters[index];
    if (counter === undefined) break;
    const blocked = counter.within === undefined ? undefined : domain.counters[counter.within];
    if (blocked === undefined || counter.within === undefined) product *= counterSteps(counter);
    else if (counter.within >= from) product = (product / counterSteps(blocked)) * blocked.extent;
    else product *= Math.min(counter.extent, blocked.extent - elementAt(values, counter.within));
  }
  return product;
}

/** Elements of the vector fired at these counter values. */
export function vectorLength(domain: Domain, values: readonly number[]): number {
  const counter = domain.counters[domain.vector];
  const value = values[domain.vector];
  if (counter === undefined || value === undefined) return 1;
  return Math.min(domain.lanes, counter.extent - value);
}

/** An affine form at counter values and a lane. */
export function evaluateAffine(form: Affine, values: readonly number[], lane: number): number {
  let sum = form.base + form.laneStride * lane;
  form.strides.forEach((stride, index) => {
    sum += stride * (values[index] ?? 0);
  });
  return sum;
}
