import { invariant } from "@rdu/diagnostics";
import { formInterval, type NestAxis } from "@rdu/kernels";
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

/** What a value is made of in a section: joins taken apart down to stages and tensors in memory. */
export function piecesOf(
  values: Values,
  plans: ReadonlyMap<string, StagePlan>,
  joined: ReadonlySet<string>,
  value: string,
): Piece[] {
  const pieces: Piece[] = [];
  const visit = (id: string, offsets: readonly number[]): void => {
    const node = joined.has(id) ? values.producerOf(id) : undefined;
    if (node?.kind === "join") {
      node.inputs.forEach((input, index) => {
        invariant(input !== null, "a join has an omitted input");
        visit(
          input,
          offsets.map((offset, axis) => offset + (node.offsets[index]?.[axis] ?? 0)),
        );
      });
      return;
    }
    const plan = plans.get(id);
    const result = plan?.nest.results[plan.node.outputs.indexOf(id)];
    if (plan === undefined || result === undefined) {
      pieces.push({ kind: "tensor", symbol: values.rootOf(id), shape: values.shapeOf(id), offsets });
      return;
    }
    pieces.push({ kind: "stage", value: id, plan, axes: result.axes, offsets });
  };
  visit(
    value,
    values.shapeOf(value).map(() => 0),
  );
  return pieces;
}

/** The index forms of a piece in the coordinates of a buffer of the value it belongs to. */
export function axesInBuffer(piece: StagePiece, buffer: BufferDraft, shape: readonly number[]): NestAxis[] {
  const axes = piece.axes.map((axis, index) => ({
    ...axis,
    form: shifted(axis.form, piece.offsets[index] ?? 0),
    extent: shape[index] ?? axis.extent,
  }));
  return buffer.coordinates.flat
    ? [{ form: flatForm(axes), extent: buffer.coordinates.extents[0] ?? 1, gathers: [] }]
    : axes;
}

/** Whether anything that a part writes can lie in a buffer's box. */
export function reaches(axes: readonly NestAxis[], part: StagePart, buffer: BufferDraft): boolean {
  return axes.every((axis, index) => {
    const low = buffer.box.low[index] ?? 0;
    const reach = formInterval(axis.form, part.ranges);
    return reach.high >= low && reach.low < low + (buffer.box.extents[index] ?? 1);
  });
}
