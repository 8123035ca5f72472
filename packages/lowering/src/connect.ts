import { elementAt, invariant } from "@rdu/diagnostics";
import type { AddressProgram, Domain } from "@rdu/flow";
import type { Form } from "@rdu/kernels";
import { addressForm, affineOf, guardOf, layOut, resultDepth, shifted } from "./address.ts";
import { connectLoad } from "./connect-load.ts";
import type { EmittedStage, ResultPort } from "./emit-stage.ts";
import { axesInBuffer, type Piece, reaches, type StagePiece, type TensorPiece } from "./pieces.ts";
import type { StagePlan } from "./plan.ts";
import { type BufferDraft, plainProgram, type SectionDraft } from "./section-draft.ts";
import { writtenTiles } from "./tiles-of.ts";
import type { Values } from "./values.ts";

/** The stages of a section whose units are in the draft, by the values they make. */
export type EmittedStages = ReadonlyMap<string, EmittedStage>;

/** Whether the buffers of one operand of a stage load each for itself, which is faster, or from one stream to memory. */
export type Loading = "separate" | "shared";

/** Gives buffers of one operand of a stage their writers: streams of the stages and load units that make its value. */
export function connectBuffers(
  draft: SectionDraft,
  values: Values,
  stages: EmittedStages,
  buffers: readonly BufferDraft[],
  pieces: readonly Piece[],
  loading: Loading,
): void {
  for (const piece of pieces) {
    if (piece.kind === "tensor") {
      if (loading === "shared") connectLoad(draft, buffers, piece);
      else for (const buffer of buffers) connectLoad(draft, [buffer], piece);
      continue;
    }
    for (const buffer of buffers) {
      const shape = values.shapeOf(buffer.value);
      for (const port of portsOf(stages, piece)) connectStage(draft, buffer, piece, port, shape);
    }
  }
}

function portsOf(stages: EmittedStages, piece: StagePiece): readonly ResultPort[] {
  const ports = stages.get(piece.value)?.results[piece.plan.node.outputs.indexOf(piece.value)];
  invariant(ports !== undefined, "a stage lacks a result");
  return ports;
}

function connectStage(
  draft: SectionDraft,
  buffer: BufferDraft,
  piece: StagePiece,
  port: ResultPort,
  shape: readonly number[],
): void {
  const target = axesInBuffer(piece, buffer, shape);
  if (!reaches(target, port.part, buffer)) return;
  const affine = (form: Form): AddressProgram["address"] => resultAffine(piece.plan, port, form);
  const guards = target.flatMap((axis, index) =>
    guardOf(
      shifted(axis.form, -elementAt(buffer.box.low, index)),
      elementAt(buffer.box.extents, index),
      port.part.ranges,
      affine,
    ),
  );
  const program = {
    ...plainProgram(port.domain, affine(addressForm(target, buffer.box)), guards),
    fifo: buffer.writes.length % 4,
  };
  const tiles = writtenTiles(piece.plan, piece.axes, piece.offsets, shape, buffer.coordinates);
  draft.connect(port.from, { unit: buffer.name, port: buffer.writes.length }, port.dtype, port.domain.lanes);
  buffer.writes.push({ program, tiles });
}

/** A result's address form over the counters of a part. */
function resultAffine(plan: StagePlan, port: ResultPort, form: Form): AddressProgram["address"] {
  const drain = plan.mapping.kind === "systolic";
  const vectorLoop = port.domain.vector < 0 ? -1 : plan.mapping.vector;
  return affineOf(form, plan, port.part, vectorLoop, drain ? plan.reduceFrom : resultDepth(plan), drain);
}

interface CopyAxis {
  readonly extent: number;
  readonly from: number;
  readonly to: number;
}

/** Neighbouring axes that are one run in both the tensor and the buffer become one counter. */
function mergeContiguous(axes: readonly CopyAxis[]): CopyAxis[] {
  const merged: CopyAxis[] = [];
  for (const axis of axes) {
    const outer = merged.at(-1);
    if (outer !== undefined && outer.from === axis.from * axis.extent && outer.to === axis.to * axis.extent) {
      merged[merged.length - 1] = { extent: outer.extent * axis.extent, from: axis.from, to: axis.to };
    } else merged.push(axis);
  }
  return merged;
}

/** Writes a value of a section to its tensor in memory. */
export function storeValue(
  draft: SectionDraft,
  values: Values,
  stages: EmittedStages,
  value: string,
  pieces: readonly Piece[],
): void {
  const shape = values.shapeOf(value);
  const memory = layOut(
    shape.map(() => 0),
    shape,
    shape.map((_, axis) => axis),
  );
  const initial = values.initialOf(value);
  const origin = values.producerOf(value)?.origin ?? [];
  for (const piece of pieces) {
    if (piece.kind === "tensor") {
      copyTensor(draft, values, value, piece, memory.strides, origin);
      continue;
    }
    for (const port of portsOf(stages, piece)) {
      const axes = piece.axes.map((axis, index) => ({ form: shifted(axis.form, elementAt(piece.offsets, index)) }));
      const program = plainProgram(port.domain, resultAffine(piece.plan, port, addressForm(axes, memory)));
      const name = draft.fresh(`${value}${port.part.suffix}.store`);
      draft.add({ kind: "store", name, origin, symbol: value, program, ...(initial === undefined ? {} : { initial }) });
      draft.connect(port.from, { unit: name, port: 0 }, port.dtype, port.domain.lanes);
    }
  }
}

/** A piece of a join that is in memory already: loaded and stored without a stop on the chip. */
function copyTensor(
  draft: SectionDraft,
  values: Values,
  value: string,
  piece: TensorPiece,
  strides: readonly number[],
  origin: readonly string[],
): void {
  const own = layOut(
    piece.shape.map(() => 0),
    piece.shape,
    piece.shape.map((_, axis) => axis),
  );
  const axes = mergeContiguous(
    piece.shape.flatMap((extent, axis) =>
      extent > 1 ? [{ extent, from: elementAt(own.strides, axis), to: elementAt(strides, axis) }] : [],
    ),
  );
  const lanes = draft.lanesOf(values.dtypeOf(value));
  const vector = axes.length - 1;
  const domain: Domain = {
    counters: axes.map((axis, index) => ({ extent: axis.extent, step: index === vector ? lanes : 1 })),
    tileDepth: 0,
    vector,
    lanes: vector < 0 ? 1 : lanes,
  };
  const base = piece.offsets.reduce((sum, offset, axis) => sum + offset * elementAt(strides, axis), 0);
  const load = draft.load({
    symbol: piece.symbol,
    origin,
    program: plainProgram(domain, {
      base: 0,
      strides: axes.map((axis) => axis.from),
      laneStride: axes.at(-1)?.from ?? 0,
    }),
  });
  const name = draft.fresh(`${value}.store`);
  draft.add({
    kind: "store",
    name,
    origin,
    symbol: value,
    program: plainProgram(domain, { base, strides: axes.map((axis) => axis.to), laneStride: axes.at(-1)?.to ?? 0 }),
  });
  draft.connect({ unit: load, port: 0 }, { unit: name, port: 0 }, values.dtypeOf(value), domain.lanes);
}
