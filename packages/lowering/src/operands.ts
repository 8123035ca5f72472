import { elementAt, invariant } from "@rdu/diagnostics";
import type { AddressProgram, Domain } from "@rdu/flow";
import { constantForm, type Form, formInterval, type Interval, loopRanges, type NestRead } from "@rdu/kernels";
import type { DType } from "@rdu/tensor";
import {
  addressForm,
  affineOf,
  type Box,
  bodyDomain,
  type Coordinates,
  flatForm,
  guardOf,
  layOut,
  resultDepth,
  resultDomain,
} from "./address.ts";
import { gatherDepth } from "./index-lanes.ts";
import { keyOf } from "./key-of.ts";
import { type StagePart, type StagePlan, vectorOf } from "./plan.ts";
import type { BufferDraft, SectionDraft } from "./section-draft.ts";
import { walkedTiles } from "./tiles-of.ts";
import type { Values } from "./values.ts";

/** Where a stage reads an operand: a memory unit's read port. */
export interface OperandPort {
  readonly buffer: BufferDraft;
  readonly read: number;
  readonly program: AddressProgram;
}

/**
 * How a gathered read gets its index: along one axis, whose index is imported as it is, or as the row-major index of the element, computed
 * from everything that the index expressions hold.
 */
export interface Gather {
  readonly kind: "axis" | "flat";
  readonly perLane: boolean;
}

/**
 * The read port that gives one part of a stage one of its operands. Parts that read the same elements in the same order share a port; a gathered
 * read and what its index is read from lie in units of their own, which would wait for each other.
 */
export function operandPort(
  draft: SectionDraft,
  values: Values,
  plan: StagePlan,
  part: StagePart,
  read: NestRead,
  gather?: Gather,
): OperandPort {
  const operand = plan.node.inputs[read.operand];
  invariant(operand !== undefined && operand !== null, "a pattern reads an omitted operand");
  const root = values.rootOf(operand);
  const shape = values.shapeOf(operand);
  // What a view shows of a tensor in memory is read in the view's own coordinates, row-major there as well; a value made here comes in its maker's.
  const flat = (root !== operand && draft.makes(root)) || gather?.kind === "flat";
  const coordinates: Coordinates = flat
    ? { flat, extents: [shape.reduce((product, extent) => product * extent, 1)] }
    : { flat, extents: shape };
  const dtype: DType = values.dtypeOf(root);
  const box = heldBox(draft, plan, part, read, coordinates, gather !== undefined, dtype);
  const name = `${values.stageName(plan.node)}.${root}`;
  const initial = values.initialOf(root);
  const { extents } = coordinates;
  const depth = gatherDepth(plan, read);
  const key = keyOf([plan.node.outputs[0], root, depth, extents, box.low, box.extents, box.strides]);
  const buffer = draft.buffer(key, () => ({
    name,
    operand: JSON.stringify([plan.node.outputs[0], root, extents, orderOf(box)]),
    value: root,
    dtype,
    coordinates,
    box,
    order: orderOf(box),
    origin: plan.node.origin,
    ...(initial === undefined ? {} : { initial }),
    writes: [],
    reads: [],
  }));
  const program = readProgram(plan, part, read, coordinates, box, gather);
  const tiles = walkedTiles(plan, part, read.axes, coordinates);
  const position = draft.read(buffer, gather === undefined ? keyOf(program) : null, () => ({
    program,
    tiles,
  }));
  return { buffer, read: position, program };
}

/**
 * What a buffer holds for a part: what the part can touch. Operands of an epilogue are read once a reduction, so the parts of a stage read
 * theirs from one PMU where it holds them all.
 */
function heldBox(
  draft: SectionDraft,
  plan: StagePlan,
  part: StagePart,
  read: NestRead,
  coordinates: Coordinates,
  gathered: boolean,
  dtype: DType,
): Box {
  const whole = read.phase === "epilogue" ? boxOf(plan, loopRanges(plan.nest), read, coordinates, gathered) : null;
  return whole !== null && draft.fitsOnePmu(dtype, whole.elements)
    ? whole
    : boxOf(plan, part.ranges, read, coordinates, gathered);
}

/** What loops over the ranges can touch of an operand, clipped to the tensor. Gathered axes are kept whole. */
function boxOf(
  plan: StagePlan,
  ranges: readonly Interval[],
  read: NestRead,
  coordinates: Coordinates,
  gathered: boolean,
): Box {
  const intervals: Interval[] = read.axes.map((axis) => {
    if (axis.gathers.length > 0) return { low: 0, high: axis.extent - 1 };
    const { low, high } = formInterval(axis.form, ranges);
    const first = Math.min(Math.max(low, 0), axis.extent - 1);
    return { low: first, high: Math.max(first, Math.min(high, axis.extent - 1)) };
  });
  if (coordinates.flat) {
    const elements = elementAt(coordinates.extents, 0);
    if (gathered) return layOut([0], [elements], [0]);
    let stride = 1;
    let low = 0;
    let high = 0;
    for (const [index, axis] of [...read.axes.entries()].reverse()) {
      low += stride * (intervals[index]?.low ?? 0);
      high += stride * (intervals[index]?.high ?? 0);
      stride *= axis.extent;
    }
    // The form itself may be tighter: axes that move against each other.
    const form = formInterval(flatForm(read.axes), ranges);
    if (read.otherwise === undefined) {
      low = Math.max(low, form.low);
      high = Math.min(high, form.high);
    }
    return layOut([low], [high - low + 1], [0]);
  }
  return layOut(
    intervals.map(({ low }) => low),
    intervals.map(({ low, high }) => high - low + 1),
    axisOrder(plan, read),
  );
}

/** Axes in memory: those that tiles walk outermost, the rest in the order of the counters that walk them, the vectorised one last. */
function axisOrder(plan: StagePlan, read: NestRead): number[] {
  const keep = plan.mapping.kind === "systolic" && read === plan.mapping.a;
  const vector = vectorOf(plan, read).loop;
  const rank = read.axes.map((axis) => {
    if (axis.gathers.length > 0) return plan.tileDepth - 0.5;
    const counter = plan.counters.findIndex(({ loop }) => loop >= 0 && axis.form.coefficients[loop] !== 0);
    if (counter < 0) return -1;
    const alone = vector >= 0 && axis.form.coefficients[vector] === 1;
    return alone &&
      !keep &&
      !plan.counters.some(
        ({ loop }, index) =>
          index < plan.tileDepth && loop >= 0 && loop === vector && elementAt(axis.form.coefficients, loop) !== 0,
      )
      ? plan.counters.length
      : counter;
  });
  return read.axes.map((_, axis) => axis).sort((a, b) => elementAt(rank, a) - elementAt(rank, b) || a - b);
}

function orderOf(box: Box): number[] {
  return box.strides
    .map((_, axis) => axis)
    .sort((a, b) => elementAt(box.strides, b) - elementAt(box.strides, a) || a - b);
}

function readProgram(
  plan: StagePlan,
  part: StagePart,
  read: NestRead,
  coordinates: Coordinates,
  box: Box,
  gather: Gather | undefined,
): AddressProgram {
  const drain = plan.mapping.kind === "systolic" && read.phase === "epilogue";
  const depth = read.phase === "body" ? plan.counters.length : drain ? plan.reduceFrom : resultDepth(plan);
  const own = vectorOf(plan, read);
  const scalar =
    gather !== undefined && !gather.perLane && (own.loop < 0 || gathersOnly(read, own.loop) || gather.kind === "flat");
  const vector = scalar ? { counter: -1, loop: -1 } : own;
  const domain: Domain =
    read.phase === "body" ? bodyDomain(plan, part, vector.counter) : resultDomain(plan, part, vector.counter);
  const affine = (form: Form) => affineOf(form, plan, part, vector.loop, depth, drain);
  const axes = coordinates.flat ? [{ form: flatForm(read.axes) }] : read.axes;
  const guards =
    read.otherwise === undefined || gather?.kind === "flat"
      ? []
      : read.axes.flatMap((axis) =>
          axis.gathers.length > 0 ? [] : guardOf(axis.form, axis.extent, part.ranges, affine),
        );
  const address = affine(gather?.kind === "flat" ? constantForm(0, plan.nest.loops.length) : addressForm(axes, box));
  return {
    domain,
    address,
    guards,
    fill: read.otherwise ?? 0,
    ...(gather === undefined ? {} : { index: importOf(read, box, gather) }),
  };
}

function importOf(read: NestRead, box: Box, gather: Gather): NonNullable<AddressProgram["index"]> {
  const clip = read.otherwise !== undefined;
  const axis = read.axes.findIndex((candidate) => candidate.gathers.length > 0);
  return gather.kind === "flat"
    ? { stride: 1, bound: box.elements, perLane: gather.perLane, clip }
    : { stride: elementAt(box.strides, axis), bound: read.axes[axis]?.extent ?? 1, perLane: gather.perLane, clip };
}

/** Whether no axis form of a gathering read moves with the vector loop. */
function gathersOnly(read: NestRead, loop: number): boolean {
  return read.axes.every((axis) => axis.form.coefficients[loop] === 0);
}
