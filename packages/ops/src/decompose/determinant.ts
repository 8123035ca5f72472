import { elementCount, isWide } from "@rdu/tensor";
import type { Decompose } from "./decompose.ts";
import { widened } from "./lane-types.ts";
import type { NodeBuilder } from "./node-builder.ts";
import { literal, type TensorRef } from "./pattern-writer.ts";

/** Rows beyond which the steps of the elimination, each a stage of its own, are too many for the chip. */
const MOST_ROWS = 32;

/**
 * Gaussian elimination with partial pivoting, one step a column: the row of the largest element left in the column, then the rest of the
 * matrix without that row and column. The determinant is the product of the pivots, its sign that of the exchanges. Where a column has only
 * zeros left, the pivot and with it the product is 0.
 */
const det: Decompose = (b) => {
  const [x, target] = [b.input(0), b.output()];
  const n = x.shape.at(-1) ?? 0;
  if (n > MOST_ROWS) return { host: `determinants of more than ${MOST_ROWS} rows are computed on the host` };
  if (n === 0) return { host: "matrices without rows have no elements to read" };
  const batch = elementCount(target.shape);
  const lanes = widened(x.dtype);
  const flat = b.reshaped(x, "matrices", [batch, n, n]);
  const product = target.dtype === lanes && target.shape.length === 1 ? target : b.fresh("product", lanes, [batch]);
  let [rest, factor]: [TensorRef, TensorRef | undefined] = [flat, undefined];
  for (let left = n; left > 0; left -= 1) {
    const made: TensorRef = left === 1 ? product : b.fresh(`pivots${n - left}`, lanes, [batch]);
    const row = left === 1 ? undefined : pivotRow(b, rest, left);
    multiplied(b, made, factor, rest, row);
    if (row !== undefined) rest = eliminated(b, rest, row, left);
    factor = made;
  }
  if (product === target) return undefined;
  const narrowed = target.dtype === lanes ? product : b.fresh("rounded", target.dtype, [batch]);
  if (narrowed !== product)
    b.pattern((p) => {
      const at = p.parallelOver([batch]);
      p.give(p.read(product, at), narrowed, at);
    });
  return b.view(narrowed, target);
};

/** The first row with the largest element of column 0. */
function pivotRow(b: NodeBuilder, rest: TensorRef, left: number): TensorRef {
  const [batch = 1] = rest.shape;
  const row = b.fresh("pivot", "int32", [batch]);
  b.pattern((p) => {
    const m = p.parallel("m", batch);
    const i = p.reduceLoop("i", left);
    const size = p.apply("abs", p.widen(p.read(rest, [m, i, 0])));
    p.give(p.foldArgument("argmax-first", size, p.position(i)), row, [m]);
  });
  return row;
}

/** target[m] = factor[m] times the pivot, negative when its row is not the first and changes places with it. */
function multiplied(
  b: NodeBuilder,
  target: TensorRef,
  factor: TensorRef | undefined,
  rest: TensorRef,
  row: TensorRef | undefined,
): void {
  b.pattern((p) => {
    const [m = 0] = p.parallelOver(target.shape);
    const which = row === undefined ? undefined : p.read(row, [m]);
    const pivot = p.widen(p.read(rest, [m, which === undefined ? 0 : p.gathered(which), 0]));
    const signed =
      which === undefined ? pivot : p.select(p.test("eq", which, literal(0, "int32")), pivot, p.apply("neg", pivot));
    p.give(factor === undefined ? signed : p.apply("mul", p.read(factor, [m]), signed), target, [m]);
  });
}

/** The matrix without the pivot's row and column: the first row stands in the pivot's place, each loses its multiple of the pivot's row. */
function eliminated(b: NodeBuilder, rest: TensorRef, row: TensorRef, left: number): TensorRef {
  const [batch = 1] = rest.shape;
  const lanes = widened(rest.dtype);
  const made = b.fresh("rest", lanes, [batch, left - 1, left - 1]);
  b.pattern((p) => {
    const [m = 0, i = 0, j = 0] = p.parallelOver(made.shape, "mij");
    const pivot = p.read(row, [m]);
    const below = p.position(i);
    const own = p.apply("add", below, literal(1, "int32"));
    const from = p.gathered(p.select(p.test("eq", own, pivot), literal(0, "int32"), own));
    const place = p.gathered(pivot);
    const column = { ...(typeof j === "number" ? { constant: j, loops: [] } : j) };
    const next = { ...column, constant: column.constant + 1 };
    const [above, head] = [p.widen(p.read(rest, [m, place, next])), p.widen(p.read(rest, [m, place, 0]))];
    const [element, lead] = [p.widen(p.read(rest, [m, from, next])), p.widen(p.read(rest, [m, from, 0]))];
    const none = literal(isWide(rest.dtype) ? 0n : 0, lanes);
    const multiple = p.select(p.test("eq", lead, none), none, p.apply("div", lead, head));
    p.give(p.apply("sub", element, p.apply("mul", multiple, above)), made, [m, i, j]);
  });
  return made;
}

export const DETERMINANTS: Readonly<Record<string, Decompose>> = { Det: det };
