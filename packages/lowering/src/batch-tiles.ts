import { elementAt } from "@rdu/diagnostics";
import type { Graph, Node, ValueId } from "@rdu/ir";
import { type Nest, nestOf } from "@rdu/kernels";
import type { TileLoop } from "./choose-tiles.ts";

/** A batch of `samples` that goes through the stages at most `most` samples a tile. */
export interface Microbatch {
  readonly samples: number;
  /** Divides `samples`. */
  readonly most: number;
}

/** The axis of a tensor along which its samples lie, and how many elements of the axis one sample has. */
interface BatchAxis {
  readonly axis: number;
  readonly perSample: number;
}

/** Which tensors have samples, and along which axis. */
export interface BatchAxes extends Microbatch {
  readonly axes: ReadonlyMap<ValueId, BatchAxis>;
}

type ShapeOf = (value: ValueId) => readonly number[];

/**
 * Follows the first axis of the graph's inputs through loops, views and joins. What no read walks sample by sample (weights, statistics of the
 * batch) has none; nor has what a view splits otherwise.
 */
export function batchAxes(graph: Graph, shapeOf: ShapeOf, microbatch: Microbatch): BatchAxes {
  const { samples } = microbatch;
  const axes = new Map<ValueId, BatchAxis>();
  const known = { ...microbatch, axes };
  for (const input of graph.inputs) {
    const type = graph.types.get(input);
    if (type?.kind === "tensor" && type.shape?.[0] === samples) axes.set(input, { axis: 0, perSample: 1 });
  }
  for (const node of graph.nodes) for (const [output, axis] of axesOf(node, known, shapeOf)) axes.set(output, axis);
  return known;
}

function axesOf(node: Node, batch: BatchAxes, shapeOf: ShapeOf): readonly (readonly [ValueId, BatchAxis])[] {
  const [input] = node.inputs;
  const [output] = node.outputs;
  if (node.kind === "pattern") return resultAxes(node, batch, shapeOf);
  const found = input == null ? undefined : batch.axes.get(input);
  if (found === undefined || input == null || output == null) return [];
  if (node.kind === "join") {
    const whole = shapeOf(output)[found.axis] === shapeOf(input)[found.axis];
    return whole ? [[output, found]] : [];
  }
  if (node.kind !== "view" || leadingAxis(shapeOf(input)) !== found.axis) return [];
  const axis = leadingAxis(shapeOf(output));
  const extent = shapeOf(output)[axis] ?? 1;
  return extent % batch.samples === 0 ? [[output, { axis, perSample: extent / batch.samples }]] : [];
}

/** The first axis that is longer than 1: samples lie along it when they are the slowest to vary. */
function leadingAxis(shape: readonly number[]): number {
  return shape.findIndex((extent) => extent > 1);
}

function resultAxes(
  node: Extract<Node, { kind: "pattern" }>,
  batch: BatchAxes,
  shapeOf: ShapeOf,
): readonly (readonly [ValueId, BatchAxis])[] {
  const operands = node.inputs.filter((input) => input !== null);
  const nest = nestOf(node.pattern, operands.map(shapeOf));
  const loop = batchLoop(nest, operands, batch);
  if (loop === undefined) return [];
  return nest.results.flatMap((result, index) => {
    const output = node.outputs[index];
    const axis = result.axes.findIndex(({ form }) => elementAt(form.coefficients, loop.loop) > 0);
    const along = result.axes[axis];
    if (output == null || along === undefined) return [];
    const perSample = elementAt(along.form.coefficients, loop.loop) * loop.perSample;
    return along.extent === batch.samples * perSample ? [[output, { axis, perSample }] as const] : [];
  });
}

/** The parallel loop that walks the samples of some operand, and its iterations for one of them. */
function batchLoop(
  nest: Nest,
  operands: readonly ValueId[],
  { axes, samples }: BatchAxes,
): { readonly loop: number; readonly perSample: number } | undefined {
  for (const read of nest.reads) {
    const batch = axes.get(operands[read.operand] ?? "");
    const access = batch === undefined ? undefined : read.axes[batch.axis];
    if (batch === undefined || access === undefined || access.gathers.length > 0) continue;
    const { coefficients, constant } = access.form;
    const largest = Math.max(0, ...coefficients);
    const loop = coefficients.indexOf(largest);
    const found = nest.loops[loop];
    const perSample = batch.perSample / largest;
    if (found?.kind !== "parallel" || constant !== 0 || !Number.isInteger(perSample)) continue;
    if (found.extent === samples * perSample) return { loop, perSample };
  }
  return undefined;
}

/** The tiles with at most the samples of a microbatch in each: the loop over samples is cut finer, or becomes the outermost tile loop. */
export function withinMicrobatch(
  nest: Nest,
  operands: readonly ValueId[],
  tiles: readonly TileLoop[],
  batch: BatchAxes | undefined,
): readonly TileLoop[] {
  const found = batch === undefined ? undefined : batchLoop(nest, operands, batch);
  if (batch === undefined || found === undefined) return tiles;
  const { loop } = found;
  const within = batch.most * found.perSample;
  if (within === nest.loops[loop]?.extent) return tiles;
  const cut = tiles.find((tile) => tile.loop === loop);
  if (cut === undefined) return [{ loop, within }, ...tiles];
  return cut.within <= within ? tiles : tiles.map((tile) => (tile === cut ? { loop, within } : tile));
}
