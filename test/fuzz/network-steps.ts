import type { ValueId } from "@rdu/ir";
import { DTYPES, type DType, elementCount, isFloat, type Tensor } from "@rdu/tensor";
import { filled, float, int, integers, ints, scalar, text } from "../operators/sample.ts";
import type { RandomDraw } from "../support/random-draw.ts";
import { attention, quantised } from "./block-steps.ts";
import { control } from "./control-steps.ts";
import type { Candidate, GraphDraft } from "./graph-draft.ts";

/** The newest value more often than others, so that graphs grow long. */
function drawn(draft: GraphDraft, draw: RandomDraw): ValueId {
  const { drawable } = draft;
  return draw.flip() ? (drawable.at(-1) ?? draw.pick(drawable)) : draw.pick(drawable);
}

type Step = (draft: GraphDraft, draw: RandomDraw, x: ValueId) => Candidate | undefined;

const UNARY = ["Relu", "Neg", "Abs", "Tanh", "Sigmoid", "Exp", "Sqrt", "Erf", "Softplus", "Sin", "Floor", "Gelu"];
const BINARY = ["Add", "Sub", "Mul", "Div", "Min", "Max", "Less", "Equal", "Pow"];
const REDUCE = ["ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin", "ReduceL2", "ReduceLogSumExp", "ReduceProd"];
const CASTS: readonly DType[] = ["float32", "float16", "bfloat16", "int32", "int64", "uint8", "bool", "float64"];

/** A new leaf of the type of `x`; weights are constants three times out of four. */
function operand(draft: GraphDraft, draw: RandomDraw, x: Tensor, shape: readonly number[]): ValueId {
  return draft.leaf(
    filled(x.dtype, shape, draw.bits(), draw.pick(["plain", "plain", "positive", "special"])),
    draw.nat(3) > 0,
  );
}

function known(draft: GraphDraft, values: readonly number[]): ValueId {
  return draft.leaf(integers(values), true);
}

/** A shape that broadcasts with the given one: some axes 1, some leading ones left out. */
function broadcastable(draw: RandomDraw, shape: readonly number[]): number[] {
  return shape.slice(draw.nat(shape.length)).map((extent) => (draw.nat(2) === 0 ? 1 : extent));
}

const unary: Step = (_draft, draw, x) => ({ op: draw.pick(UNARY), inputs: [x] });

const binary: Step = (draft, draw, x) => {
  const value = draft.tensor(x);
  const others = draft.drawable.filter((id) => draft.tensor(id).dtype === value.dtype);
  const other = draw.flip() ? draw.pick(others) : operand(draft, draw, value, broadcastable(draw, value.shape));
  return { op: draw.pick(BINARY), inputs: draw.flip() ? [x, other] : [other, x] };
};

const where: Step = (draft, draw, x) => {
  const value = draft.tensor(x);
  const conditions = draft.drawable.filter((id) => draft.tensor(id).dtype === "bool");
  const condition =
    conditions.length > 0 && draw.flip()
      ? draw.pick(conditions)
      : draft.leaf(filled("bool", broadcastable(draw, value.shape), draw.bits()), draw.flip());
  return { op: "Where", inputs: [condition, x, operand(draft, draw, value, broadcastable(draw, value.shape))] };
};

const matmul: Step = (draft, draw, x) => {
  const value = draft.tensor(x);
  const inner = value.shape.at(-1);
  if (inner === undefined) return undefined;
  const outer = draw.integer(1, 70);
  const batch = draw.nat(3) === 0 ? value.shape.slice(0, -2) : [];
  const y = operand(draft, draw, value, [...batch, inner, outer]);
  if (value.shape.length !== 2 || draw.flip()) return { op: "MatMul", inputs: [x, y] };
  const swap = draw.flip();
  const b = swap ? operand(draft, draw, value, [outer, inner]) : y;
  const c = draw.flip() ? operand(draft, draw, value, draw.pick([[outer], [1], [value.shape[0] ?? 1, 1]])) : null;
  const attributes = { transB: int(swap ? 1 : 0), alpha: float(draw.pick([1, 0.5])), beta: float(draw.pick([1, 2])) };
  return { op: "Gemm", inputs: c === null ? [x, b] : [x, b, c], attributes };
};

/** Products of two values that the graph computes, as in attention. */
const selfProduct: Step = (draft, draw, x) => {
  const { shape } = draft.tensor(x);
  if (shape.length < 2) return undefined;
  const order = shape.map((_, axis) => axis);
  const swapped = [...order.slice(0, -2), order.length - 1, order.length - 2];
  const [turned] = draft.add({ op: "Transpose", inputs: [x], attributes: { perm: ints(swapped) } }) ?? [];
  if (turned === undefined) return undefined;
  return { op: "MatMul", inputs: draw.flip() ? [x, turned] : [turned, x] };
};

const conv: Step = (draft, draw, x) => {
  const value = draft.tensor(x);
  const [, channels, ...space] = value.shape;
  if (!channels || space.length === 0 || space.length > 2 || space.includes(0)) return undefined;
  const groups = channels % 2 === 0 && draw.flip() ? (draw.flip() ? channels : 2) : 1;
  const filters = groups * draw.integer(1, 6);
  const kernel = space.map((extent) => Math.min(extent, draw.integer(1, 3)));
  const weight = operand(draft, draw, value, [filters, channels / groups, ...kernel]);
  const bias = draw.flip() ? [operand(draft, draw, value, [filters])] : [];
  const attributes = {
    group: int(groups),
    strides: ints(space.map(() => draw.integer(1, 2))),
    dilations: ints(space.map(() => draw.integer(1, 2))),
    ...(draw.flip() ? { pads: ints([...space, ...space].map(() => draw.nat(2))) } : { auto_pad: text("SAME_UPPER") }),
  };
  return { op: "Conv", inputs: [x, weight, ...bias], attributes };
};

const pool: Step = (draft, draw, x) => {
  const space = draft.tensor(x).shape.slice(2);
  if (space.length === 0 || space.length > 2 || space.includes(0)) return undefined;
  if (draw.nat(3) === 0) return { op: draw.pick(["GlobalAveragePool", "GlobalMaxPool"]), inputs: [x] };
  const attributes = {
    kernel_shape: ints(space.map((extent) => Math.min(extent, draw.integer(2, 3)))),
    strides: ints(space.map(() => draw.integer(1, 2))),
    pads: ints([...space, ...space].map(() => draw.nat(1))),
    ceil_mode: int(draw.nat(1)),
  };
  return draw.flip()
    ? { op: "MaxPool", inputs: [x], attributes }
    : { op: "AveragePool", inputs: [x], attributes: { ...attributes, count_include_pad: int(draw.nat(1)) } };
};

function someAxis(draft: GraphDraft, draw: RandomDraw, x: ValueId): number {
  const rank = draft.tensor(x).shape.length;
  return draw.integer(-rank, Math.max(0, rank - 1));
}

const reduce: Step = (draft, draw, x) => {
  const rank = draft.tensor(x).shape.length;
  if (rank === 0) return undefined;
  if (draw.nat(4) === 0) {
    const op = draw.pick(["ArgMax", "ArgMin"]);
    return { op, inputs: [x], attributes: { axis: int(someAxis(draft, draw, x)), keepdims: int(draw.nat(1)) } };
  }
  const axes = [...Array(rank).keys()].filter(() => draw.flip()).map((axis) => (draw.flip() ? axis : axis - rank));
  const inputs = axes.length === 0 ? [x] : [x, known(draft, axes)];
  return { op: draw.pick(REDUCE), inputs, attributes: { keepdims: int(draw.nat(1)) } };
};

const softmax: Step = (draft, draw, x) => ({
  op: draw.pick(["Softmax", "LogSoftmax"]),
  inputs: [x],
  attributes: { axis: int(someAxis(draft, draw, x)) },
});

const layerNorm: Step = (draft, draw, x) => {
  const value = draft.tensor(x);
  const axis = someAxis(draft, draw, x);
  const at = axis < 0 ? axis + value.shape.length : axis;
  const shape = value.shape.slice(at);
  const bias = draw.flip() ? [operand(draft, draw, value, shape)] : [];
  const inputs = [x, operand(draft, draw, value, shape), ...bias];
  return { op: "LayerNormalization", inputs, attributes: { axis: int(axis) } };
};

const transpose: Step = (draft, draw, x) => {
  const order = draft.tensor(x).shape.map((_, axis) => ({ axis, key: draw.bits() }));
  order.sort((a, b) => a.key - b.key);
  return { op: "Transpose", inputs: [x], attributes: { perm: ints(order.map(({ axis }) => axis)) } };
};

const reshape: Step = (draft, draw, x) => {
  const count = elementCount(draft.tensor(x).shape);
  if (count === 0) return undefined;
  const divisors = (of: number): number[] => Array.from({ length: of }, (_, i) => i + 1).filter((d) => of % d === 0);
  const first = draw.pick(divisors(count));
  const second = draw.pick(divisors(count / first));
  const shape = draw.pick([[first, second, -1], [first, -1], [-1], [1, first, second, count / first / second]]);
  return { op: "Reshape", inputs: [x, known(draft, shape)] };
};

const squeeze: Step = (draft, draw, x) => {
  const rank = draft.tensor(x).shape.length;
  if (rank >= 5) return { op: "Flatten", inputs: [x], attributes: { axis: int(draw.nat(rank)) } };
  return { op: "Unsqueeze", inputs: [x, known(draft, [draw.integer(-rank - 1, rank)])] };
};

const slice: Step = (draft, draw, x) => {
  const { shape } = draft.tensor(x);
  if (shape.length === 0) return undefined;
  const axis = draw.nat(shape.length - 1);
  const extent = shape[axis]!;
  const step = draw.pick([1, 1, 2, -1, -3]);
  const bounds = [draw.integer(-extent, extent), draw.integer(-extent, extent)] as const;
  const [start, end] =
    step > 0 ? [Math.min(...bounds), Math.max(...bounds)] : [Math.max(...bounds), Math.min(...bounds)];
  return {
    op: "Slice",
    inputs: [x, known(draft, [start]), known(draft, [end]), known(draft, [axis]), known(draft, [step])],
  };
};

const concat: Step = (draft, draw, x) => {
  const value = draft.tensor(x);
  if (value.shape.length === 0) return undefined;
  const axis = draw.nat(value.shape.length - 1);
  const other = operand(
    draft,
    draw,
    value,
    value.shape.map((extent, at) => (at === axis ? draw.integer(1, 20) : extent)),
  );
  const parts = draw.pick([
    [x, other],
    [other, x],
    [x, other, x],
  ]);
  return { op: "Concat", inputs: parts, attributes: { axis: int(axis) } };
};

const split: Step = (draft, draw, x) => {
  const { shape } = draft.tensor(x);
  const axis = shape.findIndex((extent) => extent > 1);
  if (axis < 0) return undefined;
  const first = draw.integer(1, shape[axis]! - 1);
  return {
    op: "Split",
    inputs: [x, known(draft, [first, shape[axis]! - first])],
    attributes: { axis: int(axis) },
    outputs: 2,
  };
};

const pad: Step = (draft, draw, x) => {
  const value = draft.tensor(x);
  const pads = [...value.shape, ...value.shape].map(() => draw.nat(2));
  const mode = draw.pick(["constant", "constant", "edge", "reflect"]);
  const fill =
    mode === "constant" && draw.flip() && isFloat(value.dtype) ? [draft.leaf(scalar(value.dtype, -1), true)] : [];
  return { op: "Pad", inputs: [x, known(draft, pads), ...fill], attributes: { mode: text(mode) } };
};

const gather: Step = (draft, draw, x) => {
  const { shape } = draft.tensor(x);
  if (shape.length === 0) return undefined;
  const axis = draw.integer(-shape.length, shape.length - 1);
  const limit = shape.at(axis)!;
  if (limit === 0) return undefined;
  const at = integers(Array.from({ length: draw.integer(1, 12) }, () => draw.integer(-limit, limit - 1)));
  return { op: "Gather", inputs: [x, draft.leaf(at, draw.flip())], attributes: { axis: int(axis) } };
};

const expand: Step = (draft, draw, x) => {
  const { shape } = draft.tensor(x);
  const wanted = [draw.integer(1, 3), ...shape.map((extent) => (extent === 1 ? draw.integer(1, 20) : extent))];
  return { op: "Expand", inputs: [x, known(draft, wanted)] };
};

const cast: Step = (_draft, draw, x) => ({
  op: "Cast",
  inputs: [x],
  attributes: { to: int(DTYPES[draw.pick(CASTS)].onnx) },
});

const STEPS: readonly Step[] = [
  unary,
  unary,
  binary,
  binary,
  binary,
  where,
  matmul,
  matmul,
  selfProduct,
  conv,
  conv,
  pool,
  reduce,
  reduce,
  softmax,
  layerNorm,
  transpose,
  reshape,
  squeeze,
  slice,
  concat,
  split,
  pad,
  gather,
  expand,
  cast,
  attention,
  quantised,
  control,
];

/** Adds a node as networks have them, on a value of the graph, with new weights where it takes some. */
export function addNetworkNode(draft: GraphDraft, draw: RandomDraw): void {
  if (draft.drawable.length === 0) draft.leaf(firstInput(draw), false);
  const candidate = draw.pick(STEPS)(draft, draw, drawn(draft, draw));
  if (candidate !== undefined) draft.add(candidate);
}

/** Lengths on both sides of the vector widths, of 16 and 32 lanes. */
function firstInput(draw: RandomDraw): Tensor {
  const dtype = draw.pick<DType>(["float32", "float32", "float32", "bfloat16", "float16", "int32", "int8"]);
  const small = (): number => draw.integer(1, 5);
  const long = (): number => draw.pick([1, 7, 15, 16, 17, 31, 32, 33, 50, 64, 70]);
  const shape = draw.pick([
    [long()],
    [small(), long()],
    [long(), long()],
    [small(), small(), long()],
    [1, small(), 8 + small(), 8 + small()],
    [small(), 2 * small(), 6, 5 + small()],
    [1, 4, long()],
  ]);
  return filled(dtype, shape, draw.bits(), draw.pick(["plain", "plain", "plain", "special"]));
}
