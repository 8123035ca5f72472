import type { ValueId } from "@rdu/ir";
import { arithmetic, type Gradient, type GradientContext, int, ints } from "./gradient.ts";

/** The last two axes exchanged. */
function turned(c: GradientContext, value: ValueId): ValueId {
  const axes = c.shape(value).map((_, axis) => axis);
  return arithmetic(c).transposed(value, [...axes.slice(0, -2), ...axes.slice(-2).toReversed()]);
}

/** dA = G B', dB = A' G; batches that were broadcast are summed by the asker. */
const matMul: Gradient = (c) => {
  const [a, b] = [c.x(0), c.x(1)];
  // A vector takes part as a row or a column, whose axis the product drops.
  if (c.shape(a).length < 2 || c.shape(b).length < 2) return undefined;
  return [c.operator("MatMul", [c.given(), turned(c, b)]), c.operator("MatMul", [turned(c, a), c.given()])];
};

/** y = alpha A' B' + beta C, the primes as asked for. */
const gemm: Gradient = (c) => {
  const w = arithmetic(c);
  const [a, b] = [c.x(0), c.x(1)];
  const flag = (name: string): boolean => c.attributes.int(name) !== 0;
  const scaled = (value: ValueId, by: number): ValueId => (by === 1 ? value : w.mul(value, c.number(by, value)));
  const given = scaled(c.given(), c.attributes.float("alpha"));
  const product = (left: ValueId, turnLeft: boolean, right: ValueId, turnRight: boolean): ValueId =>
    c.operator("Gemm", [left, right], { transA: int(Number(turnLeft)), transB: int(Number(turnRight)) });
  const da = flag("transA") ? product(b, flag("transB"), given, true) : product(given, false, b, !flag("transB"));
  const db = flag("transB") ? product(given, true, a, flag("transA")) : product(a, !flag("transA"), given, false);
  return [da, db, ...(c.has(2) ? [scaled(c.given(), c.attributes.float("beta"))] : [])];
};

/**
 * The operand's derivative is the transposed convolution of the result's with the kernel; the kernel's is a convolution of the operand with
 * the result's derivative, in which strides and dilations change places and samples and channels too.
 */
const conv: Gradient = (c) => {
  const [x, weight] = [c.x(0), c.x(1)];
  const [extents, kernel, made] = [c.shape(x), c.shape(weight), c.shape(c.y())].map((shape) => shape.slice(2));
  const rank = extents?.length ?? 0;
  const each = (value: number): number[] => new Array<number>(rank).fill(value);
  const pads = c.attributes.ints("pads", [...each(0), ...each(0)]);
  const strides = c.attributes.ints("strides", each(1));
  const dilations = c.attributes.ints("dilations", each(1));
  const [group, automatic] = [c.attributes.int("group"), c.attributes.string("auto_pad")];
  if (group !== 1 || automatic !== "NOTSET" || extents === undefined || kernel === undefined || made === undefined)
    return undefined;
  const w = arithmetic(c);
  const at = (list: readonly number[], axis: number): number => list[axis] ?? Number.NaN;
  const reached = extents.map(
    (_, axis) =>
      at(strides, axis) * (at(made, axis) - 1) +
      at(dilations, axis) * (at(kernel, axis) - 1) +
      1 -
      at(pads, axis) -
      at(pads, axis + rank),
  );
  const window = { pads: ints(pads), strides: ints(strides), dilations: ints(dilations) };
  const dx = c.operator("ConvTranspose", [c.given(), weight], {
    ...window,
    output_padding: ints(extents.map((extent, axis) => extent - at(reached, axis))),
  });
  const exchanged = (value: ValueId): ValueId => w.transposed(value, [1, 0, ...extents.map((_, axis) => axis + 2)]);
  const swapped = { pads: ints(pads), strides: ints(dilations), dilations: ints(strides) };
  const wide = exchanged(c.operator("Conv", [exchanged(x), exchanged(c.given())], swapped));
  const axes = extents.map((_, axis) => axis + 2);
  const dw = c.operator("Slice", [wide, c.integers(each(0)), c.integers(kernel), c.integers(axes)]);
  return [dx, dw, ...(c.has(2) ? [w.sum(c.given(), [0, ...axes], false)] : [])];
};

export const LINEAR_GRADIENTS: Readonly<Record<string, Gradient>> = { MatMul: matMul, Gemm: gemm, Conv: conv };
