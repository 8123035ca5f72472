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
 * convolution), that part is bounded as the form is. What holds by one way of counting it holds: the bounds are the closest of all ways. Exact for
 * the programs that come from patterns with one guard an axis, each moved by counters of its own.
 */
export function addressRange(program: AddressProgram, tile?: readonly number[]): Range | null {
  const counted = countsOf(program, tile);
  if (counted === null) return null;
  let low = Number.NEGATIVE_INFINITY;
  let high = Number.POSITIVE_INFINITY;
  for (const { base, terms } of counted.byForms) {
    let [least, most] = [base, base];
    for (const term of terms) {
      least += term.stride * (term.stride >= 0 ? term.low : term.high);
      most += term.stride * (term.stride >= 0 ? term.high : term.low);
    }
    low = Math.max(low, least);
    high = Math.min(high, most);
  }
  if (high < low) return null;
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
  const counted = countsOf(program, tile);
  if (counted === null) return null;
  if (by === "counters") return counted.byCounters;
  return counted.byForms.reduce((best, way) => (widthOf(way) < widthOf(best) ? way : best));
}

function widthOf({ terms }: AddressTerms): number {
  return terms.reduce((sum, { stride, low, high }) => sum + Math.abs(stride) * (high - low), 0);
}

/** The ways to count an address: by no form of a guard, and by as many of each as may pay. */
interface Counts {
  readonly byCounters: AddressTerms;
  readonly byForms: readonly AddressTerms[];
}

/** Counts of whole programs: each is asked for by every program of its unit that must be told apart from it, and at every check. */
const KNOWN = new WeakMap<AddressProgram, Counts | null>();

function countsOf(program: AddressProgram, tile?: readonly number[]): Counts | null {
  if (tile !== undefined) return computedCounts(program, tile);
  const known = KNOWN.get(program);
  if (known !== undefined) return known;
  const counts = computedCounts(program);
  KNOWN.set(program, counts);
  return counts;
}

function computedCounts(program: AddressProgram, tile?: readonly number[]): Counts | null {
  const narrowed = narrowedVariables(program, tile);
  if (narrowed === null) return null;
  const ranges = program.guards.map(({ bound, form: { base } }, guard): Range => {
    const form = rangeOf(narrowed, guard + 1, base);
    return { low: Math.max(0, form.low), high: Math.min(bound - 1, form.high) };
  });
  const strides = narrowed.map((variable) => elementAt(variable.strides, 0));
  const count = (factors: readonly number[]): AddressTerms => {
    const terms: Term[] = [];
    let rest: readonly number[] = strides;
    let { base } = program.address;
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
  };
  return { byCounters: count([]), byForms: factorings(narrowed, strides, ranges.length).map(count) };
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

/** Programs of the compiler have a few ways; a file may hold one whose guards multiply, and fewer ways only make wider bounds. */
const MOST_WAYS = 1024;

/** How many times the address may be said to hold the form of each guard. */
function factorings(
  variables: readonly Variable[],
  strides: readonly number[],
  guards: number,
): readonly (readonly number[])[] {
  const found: (readonly number[])[] = [];
  const extend = (factors: readonly number[], rest: readonly number[]): void => {
    const guard = factors.length;
    if (found.length === MOST_WAYS) return;
    if (guard === guards) found.push(factors);
    else
      for (const factor of candidates(variables, rest, guard))
        extend([...factors, factor], without(variables, rest, guard, factor));
  };
  extend([], strides);
  return found;
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
  return held.every(({ stride, left }) => left === all * stride) ? [all] : [...new Set([0, ...factors])];
}
