import { invariant } from "@rdu/diagnostics";
import type { AddressProgram, Domain } from "@rdu/flow";
import type { Form } from "@rdu/kernels";
import { addressForm, affineOf, guardOf, layOut, resultDepth, shifted } from "./address.ts";
import type { TileAxis } from "./choose-tiles.ts";
import type { EmittedStage, ResultPort } from "./emit-stage.ts";
import type { Tiles } from "./handshake.ts";
import { axesInBuffer, type Piece, reaches, type StagePiece, type TensorPiece } from "./pieces.ts";
import type { StagePlan } from "./plan.ts";
import { type BufferDraft, plainProgram, type SectionDraft } from "./section-draft.ts";
import { writtenTiles } from "./tiles-of.ts";
import type { Values } from "./values.ts";

/** The stages of a section whose units are in the draft, by the values they make. */
export type EmittedStages = ReadonlyMap<string, EmittedStage>;

/** Gives a buffer its writers: streams of the stages and load units that make its value. */
export function connectBuffer(
  draft: SectionDraft,
  values: Values,
  stages: EmittedStages,
  buffer: BufferDraft,
  pieces: readonly Piece[],
): void {
  const shape = values.shapeOf(buffer.value);
  for (const piece of pieces) {
    if (piece.kind === "tensor") connectLoad(draft, buffer, piece);
    else for (const port of portsOf(stages, piece)) connectStage(draft, buffer, piece, port, shape);
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
      shifted(axis.form, -(buffer.box.low[index] ?? 0)),
      buffer.box.extents[index] ?? 1,
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

interface LoadAxis {
  readonly extent: number;
  readonly from: number;
  readonly to: number;
}

/** A load unit that fills what a buffer holds of a tensor, in the order that its first reader walks it. */
function connectLoad(draft: SectionDraft, buffer: BufferDraft, piece: TensorPiece): void {
  const { box, coordinates } = buffer;
  const pieceShape = coordinates.flat ? [piece.shape.reduce((product, extent) => product * extent, 1)] : piece.shape;
  const offsets = coordinates.flat ? [0] : piece.offsets;
  invariant(
    !coordinates.flat || piece.offsets.every((offset) => offset === 0),
    "a joined tensor is read through a view",
  );
  const memory = layOut(
    pieceShape.map(() => 0),
    pieceShape,
    pieceShape.map((_, axis) => axis),
  );
  const axes: LoadAxis[] = [];
  let from = 0;
  let to = 0;
  for (const [axis, extent] of pieceShape.entries()) {
    const first = Math.max(offsets[axis] ?? 0, box.low[axis] ?? 0);
    const last = Math.min((offsets[axis] ?? 0) + extent, (box.low[axis] ?? 0) + (box.extents[axis] ?? 1));
    if (last <= first) return;
    from += (first - (offsets[axis] ?? 0)) * (memory.strides[axis] ?? 0);
    to += (first - (box.low[axis] ?? 0)) * (box.strides[axis] ?? 0);
    axes.push({ extent: last - first, from: memory.strides[axis] ?? 0, to: box.strides[axis] ?? 0 });
  }
  const whole = axes.every((axis, index) => axis.extent === box.extents[index]);
  const tiles = whole ? loadTiles(buffer) : [];
  const { domain, fromAffine, toAffine } = loadDomain(draft, buffer, axes, tiles, from, to);
  const load = draft.load({ symbol: piece.symbol, origin: buffer.origin, program: plainProgram(domain, fromAffine) });
  const count = tiles.reduce((product, tile) => product * tile.count, 1);
  draft.connect({ unit: load, port: 0 }, { unit: buffer.name, port: buffer.writes.length }, buffer.dtype, domain.lanes);
  buffer.writes.push({
    program: { ...plainProgram(domain, toAffine), fifo: buffer.writes.length % 4 },
    tiles: { count, axes: tiles } satisfies Tiles<TileAxis>,
  });
}

/** Tiles that follow the first reader: axis by axis where it walks one to one, and at most one axis that it walks with a window. */
function loadTiles(buffer: BufferDraft): TileAxis[] {
  const walked = buffer.reads[0]?.tiles.axes ?? [];
  const tiles: TileAxis[] = [];
  for (const { axis, count, step, low, high } of walked ?? []) {
    const extent = buffer.box.extents[axis] ?? 1;
    if (step >= 1 && low === 0 && high === step - 1 && count * step === extent) {
      tiles.push({ axis, count, within: step });
      if (step > 1) break;
      continue;
    }
    const within = step >= 1 && extent % step === 0 ? step : 1;
    if (step >= 1 && extent > within) tiles.push({ axis, count: extent / within, within });
    break;
  }
  return tiles;
}

function loadDomain(
  draft: SectionDraft,
  buffer: BufferDraft,
  axes: readonly LoadAxis[],
  tiles: readonly TileAxis[],
  from: number,
  to: number,
): { domain: Domain; fromAffine: AddressProgram["address"]; toAffine: AddressProgram["address"] } {
  const counters: LoadAxis[] = tiles.map((tile) => {
    const axis = axes[tile.axis] ?? { extent: 1, from: 0, to: 0 };
    return { extent: tile.count, from: axis.from * tile.within, to: axis.to * tile.within };
  });
  const tileDepth = counters.length;
  const inner: LoadAxis[] = buffer.order.flatMap((axis) => {
    const whole = axes[axis] ?? { extent: 1, from: 0, to: 0 };
    const tile = tiles.find((candidate) => candidate.axis === axis);
    const extent = tile === undefined ? whole.extent : tile.within;
    return extent > 1 ? [{ ...whole, extent }] : [];
  });
  counters.push(...mergeContiguous(inner));
  const candidates = counters.map((counter, index) => ({ counter, index })).filter(({ index }) => index >= tileDepth);
  // Vectors run along the tensor's most contiguous axis: whole bursts from memory.
  const best = candidates.reduce<{ counter: LoadAxis; index: number } | null>(
    (found, next) => (found === null || next.counter.from < found.counter.from ? next : found),
    null,
  );
  const vector = best?.index ?? -1;
  const lanes = draft.lanesOf(buffer.dtype);
  return {
    domain: {
      counters: counters.map((counter, index) => ({ extent: counter.extent, step: index === vector ? lanes : 1 })),
      tileDepth,
      vector,
      lanes: vector < 0 ? 1 : lanes,
    },
    fromAffine: { base: from, strides: counters.map((counter) => counter.from), laneStride: best?.counter.from ?? 0 },
    toAffine: { base: to, strides: counters.map((counter) => counter.to), laneStride: best?.counter.to ?? 0 },
  };
}

/** Neighbouring axes that are one run in both the tensor and the buffer become one counter. */
function mergeContiguous(axes: readonly LoadAxis[]): LoadAxis[] {
  const merged: LoadAxis[] = [];
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
      const axes = piece.axes.map((axis, index) => ({ form: shifted(axis.form, piece.offsets[index] ?? 0) }));
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
      extent > 1 ? [{ extent, from: own.strides[axis] ?? 0, to: strides[axis] ?? 0 }] : [],
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
  const base = piece.offsets.reduce((sum, offset, axis) => sum + offset * (strides[axis] ?? 0), 0);
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
