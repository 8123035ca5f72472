import { elementAt } from "@rdu/diagnostics";
import type { Affine, Domain, Guard } from "@rdu/flow";
import { addForms, constantForm, type Form, formInterval, type Interval, type NestAxis } from "@rdu/kernels";
import type { StagePart, StagePlan } from "./plan.ts";

/** The coordinates a buffer keeps its tensor in: its own axes, or (through views) the one row-major axis of all elements. */
export interface Coordinates {
  readonly extents: readonly number[];
  readonly flat: boolean;
}

/** The part of a tensor that a buffer holds: a box of its coordinates and the order in which the axes lie in memory. */
export interface Box {
  readonly low: readonly number[];
  readonly extents: readonly number[];
  /** Elements between neighbours along each axis. */
  readonly strides: readonly number[];
  readonly elements: number;
}

/** Lays a box out with `order[0]` outermost. */
export function layOut(low: readonly number[], extents: readonly number[], order: readonly number[]): Box {
  const strides = extents.map(() => 0);
  let elements = 1;
  for (const axis of [...order].reverse()) {
    strides[axis] = elements;
    elements *= elementAt(extents, axis);
  }
  return { low, extents, strides, elements };
}

/** The address of `axes` (one form each) inside a box. Gathered registers are left out: they come in as an imported index. */
export function addressForm(axes: readonly { readonly form: Form }[], box: Box): Form {
  let sum = constantForm(0, axes[0]?.form.coefficients.length ?? 0);
  axes.forEach((axis, index) => {
    const stride = elementAt(box.strides, index);
    sum = addForms(sum, { ...axis.form, constant: axis.form.constant - elementAt(box.low, index) }, stride);
  });
  return sum;
}

/** One axis of all elements: sum of index x row-major stride. */
export function flatForm(axes: readonly NestAxis[]): Form {
  let sum = constantForm(0, axes[0]?.form.coefficients.length ?? 0);
  let stride = 1;
  for (const axis of [...axes].reverse()) {
    sum = addForms(sum, axis.form, stride);
    stride *= axis.extent;
  }
  return sum;
}

/** The form moved by a constant. */
export function shifted(form: Form, by: number): Form {
  return { ...form, constant: form.constant + by };
}

/** A form over loops as an affine form over the counters of one part; `loop` runs along the lanes (-1: none). */
export function affineOf(
  form: Form,
  plan: StagePlan,
  part: StagePart,
  vectorLoop: number,
  depth: number,
  drain = false,
): Affine {
  let base = form.constant;
  form.coefficients.forEach((coefficient, loop) => {
    base += coefficient * elementAt(part.offsets, loop);
  });
  // The form of a scalar's address has no axes to take loops from: it is constant over all of them.
  const isConstant = form.coefficients.length === 0;
  const coefficientOf = (loop: number): number => (loop < 0 || isConstant ? 0 : elementAt(form.coefficients, loop));
  const strides = plan.counters.slice(0, depth).map((counter) => coefficientOf(counter.loop) * counter.scale);
  if (drain) strides.push(coefficientOf(plan.counters[plan.m]?.loop ?? -1));
  return { base, strides, laneStride: coefficientOf(vectorLoop) };
}

/** Guards that keep `form` inside [0, bound) where its range leaves it; none when it never does. */
export function guardOf(
  form: Form,
  bound: number,
  ranges: readonly Interval[],
  affine: (form: Form) => Affine,
): Guard[] {
  const { low, high } = formInterval(form, ranges);
  return low >= 0 && high < bound ? [] : [{ form: affine(form), bound }];
}

/** Domain of the work of a part: all counters, vectors along counter `vector` (-1: one element a firing). */
export function bodyDomain(plan: StagePlan, part: StagePart, vector: number): Domain {
  return domainOf(plan, part, plan.counters.length, vector, false);
}

/** Domain of what a part gives out: the counters outside the reduction, and for a systolic stage the rows of each block. */
export function resultDomain(plan: StagePlan, part: StagePart, vector: number): Domain {
  return plan.mapping.kind === "systolic"
    ? domainOf(plan, part, plan.reduceFrom, vector, true)
    : domainOf(plan, part, resultDepth(plan), vector, false);
}

/** Counters of the result domain. */
export function resultDepth(plan: StagePlan): number {
  return plan.mapping.template === "scan" ? plan.counters.length : plan.reduceFrom;
}

function domainOf(plan: StagePlan, part: StagePart, depth: number, vector: number, drain: boolean): Domain {
  const counters: Domain["counters"][number][] = plan.counters
    .slice(0, depth)
    .map((counter, index) => ({ extent: elementAt(part.extents, index), step: counter.step }));
  if (drain) counters.push({ extent: plan.counters[plan.m]?.step ?? 1, step: 1, within: plan.m });
  return { counters, tileDepth: plan.tileDepth, vector, lanes: vector < 0 ? 1 : (plan.counters[vector]?.step ?? 1) };
}
