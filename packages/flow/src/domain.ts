import type { Affine, Counter, Domain } from "./flow.ts";

/** Values that a counter takes: 0, step, 2 step, ... below its extent. */
export function counterSteps({ extent, step }: Counter): number {
  return Math.ceil(extent / step);
}

/** Product of the steps of counters `from` to `to` (exclusive). */
export function stepsBetween(domain: Domain, from: number, to: number): number {
  let product = 1;
  for (const counter of domain.counters.slice(from, to)) product *= counterSteps(counter);
  return product;
}

export function tileCount(domain: Domain): number {
  return stepsBetween(domain, 0, domain.tileDepth);
}

export function firingsPerTile(domain: Domain): number {
  return stepsBetween(domain, domain.tileDepth, domain.counters.length);
}

export function firingCount(domain: Domain): number {
  return stepsBetween(domain, 0, domain.counters.length);
}

/** Elements of all vectors of a domain. */
export function elementCountOf(domain: Domain): number {
  let product = 1;
  domain.counters.forEach((counter, index) => {
    product *= index === domain.vector ? counter.extent : counterSteps(counter);
  });
  return product;
}

/** The tile that firing number `firing` belongs to. */
export function tileOfFiring(domain: Domain, firing: number): number {
  return Math.floor(firing / firingsPerTile(domain));
}

/** Counter values of firing number `firing`, outermost first. */
export function countersOfFiring(domain: Domain, firing: number): number[] {
  const values = new Array<number>(domain.counters.length).fill(0);
  let rest = firing;
  for (let index = domain.counters.length - 1; index >= 0; index -= 1) {
    const counter = domain.counters[index];
    if (counter === undefined) break;
    const steps = counterSteps(counter);
    values[index] = (rest % steps) * counter.step;
    rest = Math.floor(rest / steps);
  }
  return values;
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
