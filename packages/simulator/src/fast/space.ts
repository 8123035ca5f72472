import { type Affine, counterSteps, type Domain } from "@rdu/flow";
import type { Dim, Form } from "./kernel.ts";

/** The loops of a domain: one dim for each counter and, right behind it, one for the elements of its block where it has lanes. */
export interface Space {
  readonly domain: Domain;
  readonly dims: readonly Dim[];
  /** Dim of each counter. */
  readonly dimOf: readonly number[];
  /** Dim of the lanes of a counter, by counter. */
  readonly lanesOf: ReadonlyMap<number, number>;
  /** Counters that programs at this point of the unit count: all, or those outside the reduction. */
  readonly depth: number;
}

/** @param m the row counter of a systolic domain, whose elements are lanes as well. */
export function spaceOf(domain: Domain, m = -1): Space {
  const dims: Dim[] = [];
  const dimOf: number[] = [];
  const lanesOf = new Map<number, number>();
  domain.counters.forEach((counter, index) => {
    const blocks = counter.within === undefined ? undefined : domain.counters[counter.within]!;
    const dim = dims.length;
    dimOf.push(dim);
    dims.push({
      count: counterSteps(counter),
      ...(blocks === undefined
        ? {}
        : { within: { dim: dimOf[counter.within!]!, total: blocks.extent, step: blocks.step } }),
    });
    if (index !== m && index !== domain.vector) return;
    const { extent, step } = counter;
    lanesOf.set(index, dims.length);
    dims.push({ count: Math.min(step, extent), within: { dim, total: extent, step } });
  });
  return { domain, dims, dimOf, lanesOf, depth: domain.counters.length };
}

/** Where the counters of another domain stand among the dims of a space: dim of each counter (-1: it has one value), and of its lanes (-1: none). */
export interface Alignment {
  readonly domain: Domain;
  readonly dims: readonly number[];
  readonly lanes: number;
}

/**
 * Lays a domain beside a space whose firings are the same ones in the same order: counters of one value left out, every counter has a
 * counter of the space with the same values. null when there is no such pairing.
 */
export function align(domain: Domain, space: Space): Alignment | null {
  const own = space.domain.counters.slice(0, space.depth);
  const partner: number[] = [];
  const dims: number[] = [];
  let next = 0;
  for (const [index, counter] of domain.counters.entries()) {
    const vectors = index === domain.vector && counter.extent > 1;
    const blocked = vectors || domain.counters.some(({ within }) => within === index);
    if (counterSteps(counter) === 1 && !blocked) {
      partner.push(-1);
      dims.push(-1);
      continue;
    }
    const lanes = counter.within === undefined ? undefined : space.lanesOf.get(partner[counter.within] ?? -1);
    if (lanes !== undefined) {
      partner.push(-1);
      dims.push(lanes);
      continue;
    }
    const matches = (at: number): boolean => {
      const other = own[at]!;
      if (blocked && (other.extent !== counter.extent || other.step !== counter.step)) return false;
      return counterSteps(other) === counterSteps(counter) && sameBlocks(counter.within, other.within);
    };
    const sameBlocks = (within: number | undefined, other: number | undefined): boolean =>
      within === undefined ? other === undefined : partner[within] === other;
    // Counters of one value may be left out, but not in favour of a counter that merely looks the same.
    const skippable = (at: number): boolean => own.slice(next, at).every((skipped) => counterSteps(skipped) === 1);
    if (index < own.length && index > next && matches(index) && skippable(index)) next = index;
    while (next < own.length && !matches(next) && counterSteps(own[next]!) === 1) next += 1;
    if (next >= own.length || !matches(next)) return null;
    partner.push(next);
    dims.push(space.dimOf[next]!);
    next += 1;
  }
  if (own.slice(next).some((counter) => counterSteps(counter) > 1)) return null;
  const vector = domain.counters[domain.vector];
  if (vector === undefined || vector.extent === 1) return { domain, dims, lanes: -1 };
  const lanes = space.lanesOf.get(partner[domain.vector]!);
  return lanes === undefined ? null : { domain, dims, lanes };
}

/** An affine form of the aligned domain over the dims of the space. */
export function formOver(affine: Affine, alignment: Alignment, space: Space): Form {
  const strides = space.dims.map(() => 0);
  alignment.domain.counters.forEach((counter, index) => {
    const dim = alignment.dims[index]!;
    if (dim >= 0) strides[dim]! += Math.round(affine.strides[index]! * counter.step);
  });
  if (alignment.lanes >= 0) strides[alignment.lanes]! += affine.laneStride;
  return { base: affine.base, strides };
}

/**
 * A place for every element that goes through a stream between units of the same domain: row-major over the counters' values, the lanes
 * innermost.
 */
export function denseLayout(domain: Domain): { readonly address: Affine; readonly elements: number } {
  const strides = domain.counters.map(() => 0);
  let elements = 1;
  const lay = (index: number): void => {
    strides[index] = elements;
    elements *= domain.counters[index]!.extent;
  };
  if (domain.vector >= 0) lay(domain.vector);
  for (let index = domain.counters.length - 1; index >= 0; index -= 1) {
    if (index !== domain.vector && domain.counters[index]!.within === undefined) lay(index);
  }
  domain.counters.forEach(({ within }, index) => {
    if (within !== undefined) strides[index] = strides[within]!;
  });
  return { address: { base: 0, strides, laneStride: domain.vector >= 0 ? 1 : 0 }, elements };
}

/**
 * A place for every element that goes through a stream between units of different domains: firing number x lanes + lane. null when a
 * counter's number of values changes from block to block.
 */
export function slotLayout(
  domain: Domain,
  lanes: number,
): { readonly address: Affine; readonly elements: number } | null {
  if (domain.counters.some(({ within }) => within !== undefined)) return null;
  const strides = domain.counters.map(() => 0);
  let elements = lanes;
  for (let index = domain.counters.length - 1; index >= 0; index -= 1) {
    const counter = domain.counters[index]!;
    strides[index] = elements / counter.step;
    elements *= counterSteps(counter);
  }
  return { address: { base: 0, strides, laneStride: 1 }, elements };
}
