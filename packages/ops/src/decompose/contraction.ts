import { invariant } from "@rdu/diagnostics";
import type { IndexExpression } from "@rdu/ir";
import type { Decompose } from "./decompose.ts";
import { type Index, plus } from "./index-form.ts";
import { type MapInput, mapInput, permuted } from "./maps.ts";
import type { NodeBuilder } from "./node-builder.ts";
import { literal, type PatternWriter, type Scalar, type TensorRef } from "./pattern-writer.ts";

/** Reads one factor of a product at [batch..., row, column] of the (transposed) matrix, at full lane width. */
export type Factor = (p: PatternWriter, batch: readonly Index[], row: Index, column: Index) => Scalar;

export interface MatrixProduct {
  readonly target: TensorRef;
  /** Batch axes of the result, then its rows and columns; the target's shape may lack rows or columns. */
  readonly batch: readonly number[];
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
  readonly left: Factor;
  readonly right: Factor;
  /** What is done with each sum before it is stored; `at` is the index of the target's element. */
  readonly finish?: (p: PatternWriter, sum: Scalar, at: readonly IndexExpression[]) => Scalar;
  readonly vector?: { readonly left: boolean; readonly right: boolean };
}

/** target[batch, i, j] = finish(sum over k of left[batch, i, k] * right[batch, k, j]). */
export function matrixProduct(b: NodeBuilder, product: MatrixProduct): undefined {
  b.pattern((p) => {
    const batch = product.batch.map((extent, axis) => p.parallel(`b${axis}`, extent));
    const i = p.parallel("i", product.rows);
    const j = p.parallel("j", product.columns);
    const k = p.reduceLoop("k", product.depth);
    const sum = p.fold("sum", p.apply("mul", product.left(p, batch, i, k), product.right(p, batch, k, j)));
    const at = [...batch, ...(product.vector?.left ? [] : [i]), ...(product.vector?.right ? [] : [j])];
    const made = product.finish === undefined ? sum : product.finish(p, sum, at);
    p.give(made.dtype === product.target.dtype ? made : p.convert(made, product.target.dtype), product.target, at);
  });
}

/** How an operand of numpy's matmul is seen: vectors as one row (left) or one column (right). */
export interface MatrixShape {
  readonly batch: readonly number[];
  readonly rows: number;
  readonly columns: number;
  readonly vector: boolean;
}

export function matrixShape(shape: readonly number[], side: "left" | "right"): MatrixShape {
  const [last, before] = [shape[shape.length - 1], shape[shape.length - 2]];
  invariant(last !== undefined, "a matrix product has no scalar operand");
  if (before === undefined)
    return side === "left"
      ? { batch: [], rows: 1, columns: last, vector: true }
      : { batch: [], rows: last, columns: 1, vector: true };
  return { batch: shape.slice(0, -2), rows: before, columns: last, vector: false };
}

/** A factor that reads a tensor of matrices (or one vector), repeated along batch axes of length 1. */
export function matrixFactor(
  ref: TensorRef,
  { batch, vector }: MatrixShape,
  side: "left" | "right",
  element = widen,
): Factor {
  return (p, batchIndex, row, column) => {
    const own = batch.map((length, axis) => (length === 1 ? 0 : batchIndex[axis + batchIndex.length - batch.length]!));
    return element(p, p.read(ref, vector ? [side === "left" ? column : row] : [...own, row, column]));
  };
}

const widen = (p: PatternWriter, element: Scalar): Scalar => p.widen(element);

/** numpy's matmul of two tensors. `element` may change each factor as it is read. */
export function matmul(
  b: NodeBuilder,
  target: TensorRef,
  [left, right]: readonly [TensorRef, TensorRef],
  options: {
    readonly left?: typeof widen;
    readonly right?: typeof widen;
    readonly finish?: NonNullable<MatrixProduct["finish"]>;
  } = {},
): undefined {
  const a = matrixShape(left.shape, "left");
  const c = matrixShape(right.shape, "right");
  const trailing = (a.vector ? 0 : 1) + (c.vector ? 0 : 1);
  matrixProduct(b, {
    target,
    batch: target.shape.slice(0, target.shape.length - trailing),
    rows: a.rows,
    columns: c.columns,
    depth: a.columns,
    left: matrixFactor(left, a, "left", options.left),
    right: matrixFactor(right, c, "right", options.right),
    vector: { left: a.vector, right: c.vector },
    ...(options.finish === undefined ? {} : { finish: options.finish }),
  });
}

/** A factor scaling as an attribute says it, in the lanes of the sum; nothing for 1. */
export function scaled(p: PatternWriter, value: Scalar, factor: number): Scalar {
  return factor === 1 ? value : p.apply("mul", value, literal(factor, value.dtype));
}

/** y = alpha * op(a) * op(b) + beta * c. */
const gemm: Decompose = (b) => {
  const [x, w] = [b.input(0), b.input(1)];
  const transX = b.attributes.int("transA", 0) !== 0;
  const transW = b.attributes.int("transB", 0) !== 0;
  const alpha = b.attributes.float("alpha", 1);
  const beta = b.attributes.float("beta", 1);
  const bias: MapInput | undefined = b.has(2) ? mapInput(b, 2) : undefined;
  const target = b.output();
  const [rows = 0, columns = 0] = target.shape;
  const depth = x.shape[transX ? 0 : 1]!;
  matrixProduct(b, {
    target,
    batch: [],
    rows,
    columns,
    depth,
    left: (p, _, row, column) => p.widen(p.read(x, transX ? [column, row] : [row, column])),
    right: (p, _, row, column) => p.widen(p.read(w, transW ? [column, row] : [row, column])),
    finish: (p, sum, at) => {
      const product = scaled(p, sum, alpha);
      if (bias === undefined || beta === 0) return product;
      const addend = p.widen("id" in bias ? p.broadcast(bias, at) : bias);
      return p.apply("add", product, scaled(p, addend, beta));
    },
  });
};

/** com.microsoft.FusedMatMul: alpha * op(a) * op(b), where transBatch moves the batch axes before the last one. */
const fusedMatMul: Decompose = (b) => {
  const flag = (name: string): boolean => b.attributes.int(name, 0) !== 0;
  const alpha = b.attributes.float("alpha", 1);
  const x = flag("transBatchA") ? batchMoved(b, b.input(0), "a") : b.input(0);
  const w = flag("transBatchB") ? batchMoved(b, b.input(1), "b") : b.input(1);
  const target = b.output();
  const transX = flag("transA") && x.shape.length > 1;
  const transW = flag("transB") && w.shape.length > 1;
  const a = matrixShape(transX ? swapped(x.shape) : x.shape, "left");
  const c = matrixShape(transW ? swapped(w.shape) : w.shape, "right");
  const left = matrixFactor(x, a, "left");
  const right = matrixFactor(w, c, "right");
  matrixProduct(b, {
    target,
    batch: target.shape.slice(0, target.shape.length - (a.vector ? 0 : 1) - (c.vector ? 0 : 1)),
    rows: a.rows,
    columns: c.columns,
    depth: a.columns,
    left: (p, batch, row, column) => (transX ? left(p, batch, column, row) : left(p, batch, row, column)),
    right: (p, batch, row, column) => (transW ? right(p, batch, column, row) : right(p, batch, row, column)),
    finish: (p, sum) => scaled(p, sum, alpha),
    vector: { left: a.vector, right: c.vector },
  });
  return undefined;
};

/** The first axis moved before the last one. */
function batchMoved(b: NodeBuilder, ref: TensorRef, suffix: string): TensorRef {
  const rank = ref.shape.length;
  if (rank < 3) return ref;
  const between = Array.from({ length: rank - 2 }, (_, i) => i + 1);
  return permuted(b, ref, suffix, [...between, 0, rank - 1]);
}

function swapped(shape: readonly number[]): readonly number[] {
  return [...shape.slice(0, -2), shape[shape.length - 1]!, shape[shape.length - 2]!];
}

/** Subtracts a zero point from an 8-bit factor, in int32. A zero point is one value, or one for each row (left) or column (right). */
export function lessZeroPoint(
  zeroPoint: TensorRef | undefined,
  pick: (at: { readonly row: Index; readonly column: Index; readonly batch: readonly Index[] }) => readonly Index[],
): (p: PatternWriter, element: Scalar, at: Parameters<typeof pick>[0]) => Scalar {
  return (p, element, at) => {
    const wide = p.convert(element, "int32");
    return zeroPoint === undefined ? wide : p.apply("sub", wide, p.convert(p.read(zeroPoint, pick(at)), "int32"));
  };
}

/** (a - aZero) * (b - bZero) in int32. */
const matMulInteger: Decompose = (b) => {
  integerProduct(b, b.output(), { left: 0, right: 1, leftZero: 2, rightZero: 3 });
};

/** The integer product of two quantised tensors, given by input indices. Zero points are scalars, per row of the left or per column of the right. */
export function integerProduct(
  b: NodeBuilder,
  target: TensorRef,
  inputs: { readonly left: number; readonly right: number; readonly leftZero: number; readonly rightZero: number },
  finish?: MatrixProduct["finish"],
): undefined {
  const [left, right] = [b.input(inputs.left), b.input(inputs.right)];
  const a = matrixShape(left.shape, "left");
  const c = matrixShape(right.shape, "right");
  const factor = (ref: TensorRef, shape: MatrixShape, side: "left" | "right", zero: TensorRef | undefined): Factor => {
    const plain = matrixFactor(ref, shape, side, (_, element) => element);
    return (p, batch, row, column) => {
      const subtract = lessZeroPoint(zero, () => zeroPointIndex(zero, side, batch, row, column));
      return subtract(p, plain(p, batch, row, column), { row, column, batch });
    };
  };
  matrixProduct(b, {
    target,
    batch: target.shape.slice(0, target.shape.length - (a.vector ? 0 : 1) - (c.vector ? 0 : 1)),
    rows: a.rows,
    columns: c.columns,
    depth: a.columns,
    left: factor(left, a, "left", b.optional(inputs.leftZero)),
    right: factor(right, c, "right", b.optional(inputs.rightZero)),
    vector: { left: a.vector, right: c.vector },
    ...(finish === undefined ? {} : { finish }),
  });
}

/** Where the zero point (or scale) of an element lies: scalar, [rows] or [columns], or of the operand's own rank with ones. */
export function zeroPointIndex(
  zero: TensorRef | undefined,
  side: "left" | "right",
  batch: readonly Index[],
  row: Index,
  column: Index,
): readonly Index[] {
  const shape = zero?.shape ?? [];
  if (shape.length === 0) return [];
  if (shape.length === 1) return [shape[0] === 1 ? 0 : side === "left" ? row : column];
  const full = [...batch, row, column].slice(-shape.length);
  return shape.map((length, axis) => (length === 1 ? 0 : plus(full[axis]!)));
}

export const CONTRACTIONS: Readonly<Record<string, Decompose>> = {
  MatMul: (b) => matmul(b, b.output(), [b.input(0), b.input(1)]),
  Gemm: gemm,
  "com.microsoft.FusedMatMul": fusedMatMul,
  MatMulInteger: matMulInteger,
};
