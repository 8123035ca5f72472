import { elementAt } from "@rdu/diagnostics";
import { counterSteps } from "./domain.ts";
import type { AddressProgram, Affine, Domain } from "./flow.ts";

/** Whole numbers from low to high, both included. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

/** A quantity that an affine form depends on: its own range and how the form counts it. */
interface Variable {
  readonly low: number;
  readonly high: number;
  readonly step: number;
  /** The stride in the address, then in the form of each guard. */
  readonly strides: readonly number[];
}

/**
 * Bounds of the addresses of a program, guards taken into account: nothing outside is accessed, though not all inside need be. Of the whole
 * program, or of one tile when the values of the tile counters are given. null when nothing is accessed. An imported index is counted
 * with its full range.
 *
 * Guards narrow the counters they depend on; and where the address holds a multiple of a guard's form (an image row in a padded
 * convolution), that part is bounded as the form is. Exact for the programs that come from patterns with one guard an axis, each moved by counters of its own.
 */
export function addressRange(program: AddressProgram, tile?: readonly number[]): Range | null {
  const split = addressTerms(program, "forms", tile);
  if (split === null) return null;
  let low = split.base;
  let high = split.base;
  for (const term of split.terms) {
    low += term.stride * (term.stride >= 0 ? term.low : term.high);
    high += term.stride * (term.stride >= 0 ? term.high : term.low);
  }
  if (program.index !== undefined) {
    const reach = program.index.stride * Math.max(0, program.index.bound - 1);
    low += Math.min(0, reach);
    high += Math.max(0, reach);
  }
  return { low, high };
}

/** An address without an imported index. */
export interface AddressTerms {
  readonly base: number;
  readonly terms: readonly Term[];
}

/** A part of an address: `stride` times any whole number from low to high. */
export interface Term extends Range {
  readonly stride: number;
}

/**
 * The address of a program, without an imported index, as a base plus terms in the ranges that the guards leave them; null when nothing is
 * accessed. By "counters", each counter is a term of its own; by "forms", counters of which the address holds a multiple of a guard's form are
 * one term, in the range of that form. Neither says more than the other.
 */
export function addressTerms(
  program: AddressProgram,
  by: "counters" | "forms",
  tile?: readonly number[],
): AddressTerms | null {
  if (tile !== undefined) return computedTerms(program, by, tile);
  const known = TERMS[by].get(program);
  if (known !== undefined) return known;
  const terms = computedTerms(program, by);
  TERMS[by].set(program, terms);
  return terms;
}

/** Terms of whole programs: each is asked for by every program of its unit that must be told apart from it, and at every check. */
const TERMS = {
  counters: new WeakMap<AddressProgram, AddressTerms | null>(),
  forms: new WeakMap<AddressProgram, AddressTerms | null>(),
};

function computedTerms(
  program: AddressProgram,
  by: "counters" | "forms",
  tile?: readonly number[],
): AddressTerms | null {
  const narrowed = narrowedVariables(program, tile);
  if (narrowed === null) return null;
  const terms: Term[] = [];
  let rest = narrowed.map(({ strides }) => elementAt(strides, 0));
  let { base } = program.address;
  const ranges = program.guards.map(({ bound, form: { base: fixed } }, guard): Range => {
    const form = rangeOf(narrowed, guard + 1, fixed);
    return { low: Math.max(0, form.low), high: Math.min(bound - 1, form.high) };
  });
  const factors = by === "forms" ? factorsOf(narrowed, ranges, rest, 0).factors : [];
  for (const [guard, factor] of factors.entries()) {
    if (factor === 0) continue;
    terms.push({ ...elementAt(ranges, guard), stride: factor });
    base -= factor * elementAt(program.guards, guard).form.base;
    rest = without(narrowed, rest, guard, factor);
  }
  narrowed.forEach(({ low, high }, at) => {
    const stride = elementAt(rest, at);
    if (stride !== 0) terms.push({ low, high, stride });
  });
  return { base, terms };
}

function narrowedVariables(program: AddressProgram, tile?: readonly number[]): Variable[] | null {
  const forms = [program.address, ...program.guards.map(({ form }) => form)];
  const variables = variablesOf(program.domain, forms, tile);
  if (variables === null) return null;
  return narrow(
    variables,
    forms.map(({ base }) => base),
    program,
  );
}

/** Counters as variables. A vector counter and its lanes, or a counter and its block, are one variable where every form counts them alike. */
function variablesOf(domain: Domain, forms: readonly Affine[], tile?: readonly number[]): Variable[] | null {
  const { counters, vector, lanes } = domain;
  const stridesOf = (index: number): number[] => forms.map(({ strides }) => elementAt(strides, index));
  const valueInTile = (index: number): number | undefined =>
    tile === undefined || index >= domain.tileDepth ? undefined : elementAt(tile, index);
  const variables: Variable[] = [];
  const merged = new Set<number>();
  for (let index = 0; index < counters.length; index += 1) {
    if (merged.has(index)) continue;
    const counter = elementAt(counters, index);
    const fixed = valueInTile(index);
    const steps = counterSteps(counter);
    if (steps === 0) return null;
    const strides = stridesOf(index);
    const low = fixed ?? 0;
    let high = fixed ?? (steps - 1) * counter.step;
    if (counter.within !== undefined && fixed === undefined) {
      const at = valueInTile(counter.within);
      if (at !== undefined) high = Math.min(high, elementAt(counters, counter.within).extent - at - 1);
    }
    let step = counter.step;
    const block = counters.findIndex(({ within }) => within === index);
    if (index === vector) {
      const laneStrides = forms.map(({ laneStride }) => laneStride);
      const most = Math.min(lanes, counter.extent - low) - 1;
      if (laneStrides.every((stride, form) => stride === strides[form])) {
        high = Math.min(counter.extent, high + lanes) - 1;
        step = 1;
      } else variables.push({ low: 0, high: most, step: 1, strides: laneStrides });
    } else if (block > index && (block >= domain.tileDepth || tile === undefined)) {
      const blockStrides = stridesOf(block);
      if (blockStrides.every((stride, form) => stride === strides[form])) {
        merged.add(block);
        high = Math.min(counter.extent, high + counter.step) - 1;
        step = 1;
      }
    }
    if (high < low) return null;
    variables.push({ low, high, step, strides });
  }
  return variables;
}

/** The variables in the ranges that the guards leave them, or null when a guard lets nothing through. */
function narrow(variables: readonly Variable[], fixed: readonly number[], program: AddressProgram): Variable[] | null {
  const narrowed = [...variables];
  for (const [guard, { bound }] of program.guards.entries()) {
    const form = rangeOf(narrowed, guard + 1, elementAt(fixed, guard + 1));
    if (bound <= 0 || form.high < 0 || form.low >= bound) return null;
    for (let at = 0; at < narrowed.length; at += 1) {
      const variable = elementAt(narrowed, at);
      const stride = elementAt(variable.strides, guard + 1);
      if (stride === 0) continue;
      const atLow = stride * variable.low;
      const atHigh = stride * variable.high;
      const least = 0 - (form.high - Math.max(atLow, atHigh));
      const most = bound - 1 - (form.low - Math.min(atLow, atHigh));
      const from = stride > 0 ? least / stride : most / stride;
      const to = stride > 0 ? most / stride : least / stride;
      const low = Math.max(variable.low, Math.ceil(from / variable.step - 1e-9) * variable.step);
      const high = Math.min(variable.high, Math.floor(to / variable.step + 1e-9) * variable.step);
      if (high < low) return null;
      narrowed[at] = { ...variable, low, high };
    }
  }
  return narrowed;
}

function rangeOf(variables: readonly Variable[], form: number, base: number): Range {
  let low = base;
  let high = base;
  for (const variable of variables) {
    const stride = elementAt(variable.strides, form);
    low += stride * (stride >= 0 ? variable.low : variable.high);
    high += stride * (stride >= 0 ? variable.high : variable.low);
  }
  return { low, high };
}

/** What is left of the address's strides when it holds a guard's form so many times. */
function without(variables: readonly Variable[], rest: readonly number[], guard: number, factor: number): number[] {
  return rest.map((left, at) => left - factor * elementAt(elementAt(variables, at).strides, guard + 1));
}

/** How many times the address holds the form of each guard from `guard` on, so that the bounds are closest, and how wide those are. */
function factorsOf(
  variables: readonly Variable[],
  ranges: readonly Range[],
  rest: readonly number[],
  guard: number,
): { readonly factors: readonly number[]; readonly width: number } {
  const range = ranges[guard];
  if (range === undefined) {
    const width = variables.reduce((sum, { low, high }, at) => sum + Math.abs(elementAt(rest, at)) * (high - low), 0);
    return { factors: [], width };
  }
  const found = candidates(variables, rest, guard).map((factor) => {
    const others = factorsOf(variables, ranges, without(variables, rest, guard, factor), guard + 1);
    const width = Math.abs(factor) * (range.high - range.low) + others.width;
    return { factors: [factor, ...others.factors], width };
  });
  return found.reduce((best, one) => (one.width < best.width ? one : best));
}

/**
 * As often as every variable of the form has it in what is left of the address; else as often as one of them does (one that moves two axes has
 * something left then), or not at all.
 */
function candidates(variables: readonly Variable[], rest: readonly number[], guard: number): readonly number[] {
  const held = variables.flatMap(({ strides }, at) => {
    const stride = elementAt(strides, guard + 1);
    return stride === 0 ? [] : [{ stride, left: elementAt(rest, at) }];
  });
  const factors = [...new Set(held.map(({ stride, left }) => left / stride))].filter(Number.isInteger);
  const [all = 0] = factors;
  return held.every(({ stride, left }) => left === all * stride) ? [all] : [0, ...factors];
}
