import type { Dim } from "@rdu/ir";
import { broadcastStrides, rowMajorStrides, type Tensor, zeros } from "@rdu/tensor";
import { copyBox, pasteBox, takeElements } from "../numeric/copy.ts";
import { integersOf } from "../numeric/numbers.ts";
import { type EvaluateContext, type InferContext, operator } from "../operator.ts";
import { axisOf, broadcastDims, dimsText, expectRank, sameDim } from "../shapes.ts";

function permutation(c: Pick<InferContext, "attributes" | "reject">, rank: number): readonly number[] {
  const perm = c.attributes.ints(
    "perm",
    Array.from({ length: rank }, (_, axis) => rank - 1 - axis),
  );
  if (perm.length !== rank || new Set(perm).size !== rank || perm.some((axis) => axis < 0 || axis >= rank))
    c.reject(`perm [${perm.join(",")}] is no permutation of ${rank} axes`, "E0303");
  return perm;
}

export const transpose = operator({
  name: "Transpose",
  summary: "axes in another order",
  infer: (c) => [permutation(c, c.shape(0).length).map((axis) => c.shape(0)[axis] as Dim)],
  evaluate: (c) => [transposed(c.tensor(0), permutation(c, c.tensor(0).shape.length))],
});

export function transposed(x: Tensor, perm: readonly number[]): Tensor {
  const strides = rowMajorStrides(x.shape);
  return copyBox(
    x,
    perm.map((axis) => x.shape[axis]!),
    perm.map((axis) => strides[axis]!),
  );
}

export const expand = operator({
  name: "Expand",
  summary: "the operand broadcast with a shape",
  shapeInputs: [1],
  infer(c) {
    const target = c.extents(1);
    if (target !== undefined) return [broadcastDims(c, c.shape(0), target)];
    const [rank] = c.shape(1);
    return [typeof rank === "number" ? new Array<Dim>(Math.max(rank, c.shape(0).length)).fill(null) : null];
  },
  evaluate: (c) => [copyBox(c.tensor(0), c.shape(), broadcastStrides(c.tensor(0).shape, c.shape()))],
});

export const concat = operator({
  name: "Concat",
  summary: "operands one behind the other along an axis",
  infer(c) {
    const first = c.shape(0);
    const axis = axisOf(c, c.attributes.int("axis", 1), first.length);
    const result = [...first];
    for (let index = 1; index < c.inputCount; index += 1) {
      const shape = c.shape(index);
      if (shape.length !== first.length) c.reject(`${dimsText(first)} and ${dimsText(shape)} differ in rank`);
      shape.forEach((extent, at) => {
        const before = result[at] as Dim;
        if (at !== axis) result[at] = sameDim(c, before, extent, `extents of axis ${at}`);
        else result[at] = typeof before === "number" && typeof extent === "number" ? before + extent : null;
      });
    }
    return [result];
  },
  evaluate(c) {
    const shape = c.shape();
    const axis = axisOf(c, c.attributes.int("axis", 1), shape.length);
    return [
      concatenate(
        Array.from({ length: c.inputCount }, (_, index) => c.tensor(index)),
        axis,
        shape,
      ),
    ];
  },
});

export function concatenate(parts: readonly Tensor[], axis: number, shape: readonly number[]): Tensor {
  const result = zeros(parts[0]!.dtype, shape);
  const strides = rowMajorStrides(shape);
  let offset = 0;
  for (const part of parts) {
    pasteBox(result, part, strides, offset * strides[axis]!);
    offset += part.shape[axis]!;
  }
  return result;
}

/** Extents of the parts along the axis; undefined when they depend on values not known. */
function splitExtents(c: InferContext, extent: Dim): readonly Dim[] | undefined {
  const given = c.version >= 13 || c.version < 2 ? (c.has(1) ? c.lengths(1) : splitAttribute(c)) : splitAttribute(c);
  if (given !== undefined) {
    const sum = given.reduce((total, part) => total + part, 0);
    if (typeof extent === "number" && sum !== extent) c.reject(`parts [${given.join(",")}] do not add up to ${extent}`);
    return given;
  }
  if (c.has(1)) return undefined;
  const count = c.attributes.has("num_outputs") ? c.attributes.int("num_outputs") : c.outputCount;
  if (typeof extent !== "number") return new Array<Dim>(count).fill(null);
  // The last part is the smaller one when the axis does not divide evenly.
  const part = Math.ceil(extent / count);
  return Array.from({ length: count }, (_, index) => Math.max(0, Math.min(part, extent - index * part)));
}

function splitAttribute(c: InferContext): readonly number[] | undefined {
  return c.attributes.has("split") ? c.attributes.ints("split") : undefined;
}

export const split = operator({
  name: "Split",
  summary: "the operand cut along an axis",
  shapeInputs: [1],
  infer(c) {
    const shape = c.shape(0);
    const axis = axisOf(c, c.attributes.int("axis", 0), shape.length);
    const extents = splitExtents(c, shape[axis] as Dim) ?? new Array<Dim>(c.outputCount).fill(null);
    if (extents.length < c.outputCount) c.reject(`${c.outputCount} outputs for ${extents.length} parts`, "E0304");
    return extents.map((extent) => shape.with(axis, extent));
  },
  evaluate(c) {
    const x = c.tensor(0);
    const axis = axisOf(c, c.attributes.int("axis", 0), x.shape.length);
    const strides = rowMajorStrides(x.shape);
    let offset = 0;
    return Array.from({ length: c.outputCount }, (_, index) => {
      const shape = c.shape(index);
      const part = copyBox(x, shape, strides, offset * strides[axis]!);
      offset += shape[axis]!;
      return part;
    });
  },
});

export const tile = operator({
  name: "Tile",
  summary: "the operand repeated along every axis",
  shapeInputs: [1, 2],
  infer(c) {
    const shape = c.shape(0);
    if (c.version < 6) return [tileOnce(c, shape)];
    const repeats = c.lengths(1);
    return [
      shape.map((extent, axis) =>
        repeats !== undefined && typeof extent === "number" ? extent * repeats[axis]! : null,
      ),
    ];
  },
  evaluate(c) {
    const x = c.tensor(0);
    const shape = c.shape();
    const strides = rowMajorStrides(x.shape);
    // Each axis as two: which repetition (stride 0), and where in it.
    const split = x.shape.flatMap((extent, axis) => [extent === 0 ? 0 : shape[axis]! / extent, extent]);
    return [
      {
        ...copyBox(
          x,
          split,
          strides.flatMap((stride) => [0, stride]),
        ),
        shape,
      },
    ];
  },
});

/** Tile-1 repeats one axis by a scalar. */
function tileOnce(c: InferContext, shape: readonly Dim[]): readonly Dim[] {
  const [tiles, axis] = [c.integers(1)?.[0], c.integers(2)?.[0]];
  if (tiles === undefined || axis === undefined) return shape.map(() => null);
  return shape.map((extent, at) => (at === axis && typeof extent === "number" ? extent * tiles : extent));
}

export const depthToSpace = operator({
  name: "DepthToSpace",
  summary: "channels moved into blocks of space",
  infer(c) {
    const [n, channels, h, w] = expectRank(c, 0, 4) as [Dim, Dim, Dim, Dim];
    const block = c.attributes.int("blocksize");
    return [[n, scaled(channels, 1 / block ** 2), scaled(h, block), scaled(w, block)]];
  },
  evaluate(c) {
    const x = c.tensor(0);
    const [n, channels, h, w] = x.shape as [number, number, number, number];
    const b = c.attributes.int("blocksize");
    const depth = channels / b ** 2;
    const columnFirst = c.attributes.string("mode", "DCR") === "CRD";
    const view = { ...x, shape: columnFirst ? [n, depth, b, b, h, w] : [n, b, b, depth, h, w] };
    const moved = transposed(view, columnFirst ? [0, 1, 4, 2, 5, 3] : [0, 3, 4, 1, 5, 2]);
    return [{ ...moved, shape: c.shape() }];
  },
});

export const spaceToDepth = operator({
  name: "SpaceToDepth",
  summary: "blocks of space moved into channels",
  infer(c) {
    const [n, channels, h, w] = expectRank(c, 0, 4) as [Dim, Dim, Dim, Dim];
    const block = c.attributes.int("blocksize");
    return [[n, scaled(channels, block ** 2), scaled(h, 1 / block), scaled(w, 1 / block)]];
  },
  evaluate(c) {
    const x = c.tensor(0);
    const [n, channels, h, w] = x.shape as [number, number, number, number];
    const b = c.attributes.int("blocksize");
    const columnFirst = c.attributes.string("mode", "DCR") === "CRD";
    const view = { ...x, shape: [n, channels, h / b, b, w / b, b] };
    return [{ ...transposed(view, columnFirst ? [0, 1, 3, 5, 2, 4] : [0, 3, 5, 1, 2, 4]), shape: c.shape() }];
  },
});

function scaled(extent: Dim, factor: number): Dim {
  return typeof extent === "number" ? Math.round(extent * factor) : null;
}

export const trilu = operator({
  name: "Trilu",
  summary: "the upper or lower triangle of matrices, zeros elsewhere",
  infer: (c) => [c.shape(0)],
  evaluate(c) {
    const x = c.tensor(0);
    const [rows = 0, columns = 0] = x.shape.slice(-2);
    const k = c.has(1) ? c.integers(1)[0]! : 0;
    const upper = c.attributes.int("upper") !== 0;
    const kept = new Float64Array(x.shape.reduce((product, extent) => product * extent, 1));
    for (let i = 0; i < kept.length; i += 1) {
      const column = i % columns;
      const row = Math.floor(i / columns) % rows;
      kept[i] = (upper ? column >= row + k : column <= row + k) ? i : -1;
    }
    return [takeElements(x, x.shape, kept)];
  },
});

export const reverseSequence = operator({
  name: "ReverseSequence",
  summary: "the first steps of each sequence of a batch in reverse",
  infer: (c) => [c.shape(0)],
  evaluate(c) {
    const x = c.tensor(0);
    const [time, batch] = [c.attributes.int("time_axis"), c.attributes.int("batch_axis")];
    const lengths = integersOf(c.tensor(1));
    const strides = rowMajorStrides(x.shape);
    const indices = new Float64Array(x.shape.reduce((product, extent) => product * extent, 1));
    for (let i = 0; i < indices.length; i += 1) {
      const step = Math.floor(i / strides[time]!) % x.shape[time]!;
      const length = lengths[Math.floor(i / strides[batch]!) % x.shape[batch]!]!;
      indices[i] = step < length ? i + (length - 1 - 2 * step) * strides[time]! : i;
    }
    return [takeElements(x, x.shape, indices)];
  },
});

export function inputs(c: EvaluateContext): readonly Tensor[] {
  return Array.from({ length: c.inputCount }, (_, index) => c.tensor(index));
}
