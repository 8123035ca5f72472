import type { LaneType } from "@rdu/arithmetic";
import { laneOf } from "@rdu/arithmetic";
import type { Access, Dim, Form, Kernel } from "./kernel.ts";
import type { Region } from "./region.ts";
import { rangeOf } from "./simplify-kernel.ts";

/** An axis of the copy: `steps[d]` elements of it for each iteration of dim d; of the operand, `stride` elements each. */
interface Axis {
  readonly steps: readonly number[];
  readonly stride: number;
  readonly low: number;
  readonly count: number;
  readonly bound: number | null;
}

export interface Padded {
  readonly key: string;
  readonly elements: number;
  access(region: Region): Access;
  copy(region: Region): Kernel;
}

/**
 * A copy of a guarded operand in which what the guards exclude is there and holds the fill value, so that it can be read without guards: an
 * image with its margin. Each guard's form becomes an axis of the copy; the dims that no guard depends on become axes between them, by
 * the size of their strides. null when the address is no such combination, or the copy would be much larger than what is read.
 */
export function padded(access: Access, dims: readonly Dim[]): Padded | null {
  const { address, guards } = access;
  if (address.strides.some((stride) => stride < 0)) return null;
  const guarded = guardAxes(access, dims);
  if (guarded === null) return null;
  const free = dims.flatMap((_, dim) =>
    address.strides[dim] !== 0 && guards.every(({ form }) => form.strides[dim] === 0) ? [dim] : [],
  );
  const axes: Axis[] = [];
  let most = Number.POSITIVE_INFINITY;
  for (const axis of [...guarded].sort((x, y) => y.stride - x.stride)) {
    const outside = freeAxis(free, axis.stride, most, address.strides, dims);
    if (outside !== null) axes.push(outside);
    axes.push(axis);
    most = axis.stride;
  }
  const inside = freeAxis(free, 0, most, address.strides, dims);
  if (inside !== null) axes.push(inside);

  const dense: number[] = [];
  let elements = 1;
  for (let index = axes.length - 1; index >= 0; index -= 1) {
    dense[index] = elements;
    elements *= axes[index]!.count;
  }
  if (elements > 4 * access.region.elements + 4096) return null;
  const base = address.base - guards.reduce((sum, { form }, index) => sum + guarded[index]!.stride * form.base, 0);
  const from: Form = {
    base: base + axes.reduce((sum, { stride, low }) => sum + stride * low, 0),
    strides: axes.map(({ stride }) => stride),
  };
  const margins = axes.flatMap(({ bound, low }, index) =>
    bound === null ? [] : [{ form: { base: low, strides: axes.map((_, other) => (other === index ? 1 : 0)) }, bound }],
  );
  const strides = dims.map((_, dim) => axes.reduce((sum, { steps }, index) => sum + steps[dim]! * dense[index]!, 0));
  const start = guards.reduce((sum, { form }, guard) => {
    const index = axes.indexOf(guarded[guard]!);
    return sum + dense[index]! * (form.base - guarded[guard]!.low);
  }, 0);
  const type: LaneType = laneOf(access.storage) ?? "f32";
  return {
    key: JSON.stringify([from, margins, axes.map(({ count }) => count), String(access.fill)]),
    elements,
    access: (region) => ({ ...access, region, address: { base: start, strides }, guards: [] }),
    copy: (region) => ({
      dims: axes.map(({ count }) => ({ count })),
      reduceFrom: axes.length,
      scan: "none",
      crossLanes: 0,
      ordered: false,
      lane: axes.length - 1,
      body: [{ kind: "read", type, access: { ...access, address: from, guards: margins } }],
      reductions: [],
      epilogue: [],
      writes: [{ value: 0, targets: [{ ...access, region, address: { base: 0, strides: dense }, guards: [] }] }],
    }),
  };
}

/** One axis for each guard, in their order; null when the address does not hold a multiple of each guard's form. */
function guardAxes({ address, guards }: Access, dims: readonly Dim[]): Axis[] | null {
  const axes: Axis[] = [];
  for (const [index, { form, bound }] of guards.entries()) {
    let stride = 0;
    for (const [dim, step] of form.strides.entries()) {
      if (step === 0) continue;
      const own = address.strides[dim]! / step;
      const shared = guards.some((other, at) => at !== index && other.form.strides[dim] !== 0);
      if (shared || step < 0 || !Number.isInteger(own) || own === 0 || (stride !== 0 && own !== stride)) return null;
      stride = own;
    }
    if (stride === 0) return null;
    const { low, high } = rangeOf(form, dims);
    axes.push({ steps: form.strides, stride, low, count: high - low + 1, bound });
  }
  return axes;
}

/** The dims among `free` whose strides lie from `least` to below `most`, as one axis. */
function freeAxis(
  free: readonly number[],
  least: number,
  most: number,
  strides: readonly number[],
  dims: readonly Dim[],
): Axis | null {
  const taken = free.filter((dim) => strides[dim]! >= least && strides[dim]! < most);
  if (taken.length === 0) return null;
  const stride = taken.reduce((divisor, dim) => greatestCommonDivisor(divisor, strides[dim]!), 0);
  const steps = dims.map((_, dim) => (taken.includes(dim) ? strides[dim]! / stride : 0));
  const count = 1 + taken.reduce((sum, dim) => sum + steps[dim]! * (dims[dim]!.count - 1), 0);
  return { steps, stride, low: 0, count, bound: null };
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
