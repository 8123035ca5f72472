import type { ValueId } from "@rdu/ir";
import { arithmetic, fromFront, type Gradient, type GradientContext, int } from "./gradient.ts";

/** Elements stay in order: the derivative under the shape of the operand. */
const likeOperand: Gradient = (c) => [
  arithmetic(c).reshaped(c.given(), c.shape(c.x())),
  ...c.node.inputs.slice(1).map(() => null),
];

/** `length` elements of `value` from `start` on, along one axis. */
function sliceOf(c: GradientContext, value: ValueId, axis: number, start: number, length: number): ValueId {
  const one = (at: number): ValueId => c.integers([at]);
  return c.operator("Slice", [value, one(start), one(start + length), one(axis)]);
}

const concat: Gradient = (c) => {
  const axis = fromFront(c.attributes.int("axis"), c.shape(c.x()).length);
  let start = 0;
  return c.node.inputs.map((_, index) => {
    const length = c.shape(c.x(index)).at(axis) ?? 1;
    start += length;
    return sliceOf(c, c.given(), axis, start - length, length);
  });
};

const split: Gradient = (c) => {
  const axis = fromFront(c.attributes.int("axis"), c.shape(c.x()).length);
  const parts = c.node.outputs.map((_, index) => c.given(index));
  return [c.operator("Concat", parts, { axis: int(axis) }), ...c.node.inputs.slice(1).map(() => null)];
};

const transpose: Gradient = (c) => {
  const axes = c.shape(c.x()).map((_, axis) => axis);
  const permutation = c.attributes.ints("perm", axes.toReversed());
  return [
    arithmetic(c).transposed(
      c.given(),
      axes.map((axis) => permutation.indexOf(axis)),
    ),
  ];
};

/** A slice in steps of one, with bounds known before the run: zeros around it. */
const slice: Gradient = (c) => {
  const shape = c.shape(c.x());
  const old = c.node.version < 10;
  const listed = (name: string, index: number): readonly number[] | undefined =>
    old ? (c.attributes.has(name) ? c.attributes.ints(name) : undefined) : c.integersOf(index);
  const [starts, ends] = [listed("starts", 1), listed("ends", 2)];
  const axes = listed("axes", 3) ?? starts?.map((_, axis) => axis);
  const steps = c.has(4) ? c.integersOf(4) : starts?.map(() => 1);
  if (starts === undefined || ends === undefined || axes === undefined || steps?.some((step) => step !== 1) !== false)
    return undefined;
  const [before, after] = [shape.map(() => 0), shape.map(() => 0)];
  axes.forEach((axis, index) => {
    const along = fromFront(axis, shape.length);
    const extent = shape.at(along) ?? 0;
    const bound = (at = 0): number => Math.min(extent, Math.max(0, at < 0 ? at + extent : at));
    before[along] = bound(starts[index]);
    after[along] = extent - Math.max(bound(starts[index]), bound(ends[index]));
  });
  const padded = c.operator("Pad", [c.given(), c.integers([...before, ...after])]);
  return [padded, ...c.node.inputs.slice(1).map(() => null)];
};

/** Zeros around it, known before the run and none negative: what is within them. */
const pad: Gradient = (c) => {
  const shape = c.shape(c.x());
  const pads = c.node.version < 11 ? undefined : c.integersOf(1);
  const plain = c.attributes.string("mode") === "constant" && !c.has(3);
  if (!plain || pads === undefined || pads.length !== 2 * shape.length || pads.some((width) => width < 0))
    return undefined;
  const starts = pads.slice(0, shape.length);
  const inner = c.operator("Slice", [
    c.given(),
    c.integers(starts),
    c.integers(shape.map((extent, axis) => extent + (starts[axis] ?? Number.NaN))),
  ]);
  return [inner, ...c.node.inputs.slice(1).map(() => null)];
};

const tile: Gradient = (c) => {
  const shape = c.shape(c.x());
  const made = c.shape(c.y());
  const w = arithmetic(c);
  // Each axis as (repeats, extent), then the repeats summed up.
  const pairs = shape.flatMap((extent, axis) => [extent === 0 ? 1 : (made[axis] ?? 0) / extent, extent]);
  const summed = w.sum(
    w.reshaped(c.given(), pairs),
    shape.map((_, axis) => 2 * axis),
    false,
  );
  return [w.reshaped(summed, shape), null];
};

/** Elements that were taken several times add up: the axis in front, rows added where the indices say. */
const gather: Gradient = (c) => {
  const [shape, picked] = [c.shape(c.x()), c.shape(c.x(1))];
  const axis = fromFront(c.attributes.int("axis"), shape.length);
  const axes = shape.map((_, index) => index);
  const front = [axis, ...axes.filter((each) => each !== axis)];
  const made = c.shape(c.y()).map((_, index) => index);
  const chosen = made.slice(axis, axis + picked.length);
  const w = arithmetic(c);
  const rows = w.transposed(c.given(), [...chosen, ...made.filter((each) => !chosen.includes(each))]);
  const none = w.mul(w.transposed(c.x(), front), c.number(0, c.x()));
  const places = w.reshaped(c.x(1), [...picked, 1]);
  const added = c.operator("ScatterND", [none, places, rows], { reduction: { kind: "string", value: "add" } });
  return [
    w.transposed(
      added,
      axes.map((each) => front.indexOf(each)),
    ),
    null,
  ];
};

const depthToSpace: Gradient = (c) =>
  c.attributes.string("mode", "DCR") === "DCR"
    ? [c.operator("SpaceToDepth", [c.given()], { blocksize: int(c.attributes.int("blocksize")) })]
    : undefined;

const spaceToDepth: Gradient = (c) => [
  c.operator("DepthToSpace", [c.given()], { blocksize: int(c.attributes.int("blocksize")) }),
];

const trilu: Gradient = (c) => [
  c.operator("Trilu", c.has(1) ? [c.given(), c.x(1)] : [c.given()], { upper: int(c.attributes.int("upper")) }),
  ...c.node.inputs.slice(1).map(() => null),
];

export const LAYOUT_GRADIENTS: Readonly<Record<string, Gradient>> = {
  Reshape: likeOperand,
  Flatten: likeOperand,
  Squeeze: likeOperand,
  Unsqueeze: likeOperand,
  Expand: (c) => [c.given(), null],
  Concat: concat,
  Split: split,
  Transpose: transpose,
  Slice: slice,
  Pad: pad,
  Tile: tile,
  Gather: gather,
  DepthToSpace: depthToSpace,
  SpaceToDepth: spaceToDepth,
  Trilu: trilu,
};
