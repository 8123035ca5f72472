import { elementAt, invariant } from "@rdu/diagnostics";
import { constantForm, formInterval, type NestAxis, type NestResult } from "@rdu/kernels";
import { flatForm, shifted } from "./address.ts";
import type { StagePart, StagePlan } from "./plan.ts";
import type { BufferDraft } from "./section-draft.ts";
import type { Values } from "./values.ts";

/** One piece of a value: a stage's result, or a tensor in memory, and where it lies in the value. */
export type Piece = StagePiece | TensorPiece;

export interface StagePiece {
  readonly kind: "stage";
  readonly value: string;
  readonly plan: StagePlan;
  /** Index forms of the result, in its own coordinates. */
  readonly axes: readonly NestAxis[];
  readonly offsets: readonly number[];
}

export interface TensorPiece {
  readonly kind: "tensor";
  readonly symbol: string;
  readonly shape: readonly number[];
  readonly offsets: readonly number[];
}

/**
 * What a value is made of in a section: joins taken apart down to stages and tensors in memory. Of a join that is made in several sections only the
 * `parts` of this one, by number.
 */
export function piecesOf(
  values: Values,
  plans: ReadonlyMap<string, StagePlan>,
  joined: ReadonlySet<string>,
  value: string,
  parts?: readonly number[],
): Piece[] {
  const pieces: Piece[] = [];
  const visit = (id: string, offsets: readonly number[]): void => {
    const scattered = id === value && parts !== undefined;
    const node = scattered || joined.has(id) ? values.producerOf(id) : undefined;
    if (node?.kind === "join") {
      for (const index of scattered ? parts : node.inputs.keys()) {
        const input = node.inputs[index];
        invariant(input !== null && input !== undefined, "a join has an omitted input");
        visit(
          input,
          offsets.map((offset, axis) => offset + (node.offsets[index]?.[axis] ?? 0)),
        );
      }
      return;
    }
    const root = values.rootOf(id);
    const plan = plans.get(root);
    const result = plan?.nest.results[plan.node.outputs.indexOf(root)];
    const from = insertedAxes(values.shapeOf(root), values.shapeOf(id));
    if (plan === undefined || result === undefined || from === undefined) {
      pieces.push({ kind: "tensor", symbol: root, shape: values.shapeOf(id), offsets });
      return;
    }
    pieces.push({ kind: "stage", value: root, plan, axes: from.map((axis) => axisOf(result, axis, plan)), offsets });
  };
  visit(
    value,
    values.shapeOf(value).map(() => 0),
  );
  return pieces;
}

/**
 * For each axis of a view the axis of what it shows, null for one of length 1 that the view puts in; undefined when the view is more than axes of
 * length 1 put in or left out.
 */
export function insertedAxes(from: readonly number[], to: readonly number[]): readonly (number | null)[] | undefined {
  const kept = from.flatMap((extent, axis) => (extent === 1 ? [] : [axis]));
  let next = 0;
  const axes = to.map((extent): number | null => {
    if (extent === 1) return null;
    const axis = kept[next];
    next += 1;
    return axis === undefined || from[axis] !== extent ? -1 : axis;
  });
  return next === kept.length && !axes.includes(-1) ? axes : undefined;
}

function axisOf(result: NestResult, axis: number | null, plan: StagePlan): NestAxis {
  const form = constantForm(0, plan.nest.loops.length);
  return (axis === null ? undefined : result.axes[axis]) ?? { form, extent: 1, gathers: [] };
}

/** The index forms of a piece in the coordinates of a buffer of the value it belongs to. */
export function axesInBuffer(piece: StagePiece, buffer: BufferDraft, shape: readonly number[]): NestAxis[] {
  const axes = piece.axes.map((axis, index) => ({
    ...axis,
    form: shifted(axis.form, elementAt(piece.offsets, index)),
    extent: shape[index] ?? axis.extent,
  }));
  return buffer.coordinates.flat
    ? [{ form: flatForm(axes), extent: elementAt(buffer.coordinates.extents, 0), gathers: [] }]
    : axes;
}

/** Whether anything that a part writes can lie in a buffer's box. */
export function reaches(axes: readonly NestAxis[], part: StagePart, buffer: BufferDraft): boolean {
  return axes.every((axis, index) => {
    const low = elementAt(buffer.box.low, index);
    const reach = formInterval(axis.form, part.ranges);
    return reach.high >= low && reach.low < low + elementAt(buffer.box.extents, index);
  });
}
