import { type DType, elementCount, isWide, numberAt } from "@rdu/tensor";
import type { Index } from "./index-form.ts";
import { hasLanes } from "./lane-types.ts";
import type { NodeBuilder } from "./node-builder.ts";
import { literal, type PatternWriter, type Scalar, type TensorRef } from "./pattern-writer.ts";

/** An input of a map: a tensor, or a constant of one element, which becomes a literal. */
export type MapInput = TensorRef | Scalar;

/** One element of the result from the elements of the inputs. */
export type MapBody = (p: PatternWriter, ...elements: readonly Scalar[]) => Scalar;

/** Input `index`, as a literal when it is a constant of one element. */
export function mapInput(b: NodeBuilder, index: number): MapInput {
  const ref = b.input(index);
  const scalar = scalarConstant(b, index);
  return scalar === undefined ? ref : literal(scalar, ref.dtype);
}

/** The value of an input that is a constant of one element. */
export function scalarConstant(b: NodeBuilder, index: number): number | bigint | undefined {
  if (!b.has(index) || elementCount(b.input(index).shape) !== 1) return undefined;
  const tensor = b.constantInput(index);
  if (tensor === undefined || !hasLanes(tensor.dtype)) return undefined;
  return isWide(tensor.dtype) ? (tensor.data[0] as bigint) : numberAt(tensor, 0);
}

/** target[...] = body(inputs[...] broadcast to the target's shape). */
export function map(b: NodeBuilder, target: TensorRef, inputs: readonly MapInput[], body: MapBody): undefined {
  b.pattern((p) => {
    const index = p.parallelOver(target.shape);
    const elements = inputs.map((input) => ("id" in input ? p.broadcast(input, index) : input));
    p.give(body(p, ...elements), target, index);
  });
}

/** A copy: target[...] = source[index(...)]; out of bounds gives `otherwise`. */
export function copy(
  b: NodeBuilder,
  target: TensorRef,
  source: TensorRef,
  index: (at: readonly Index[], p: PatternWriter) => readonly Index[],
  otherwise?: number | bigint,
): undefined {
  b.pattern((p) => {
    const at = p.parallelOver(target.shape);
    p.give(p.read(source, index(at, p), otherwise), target, at);
  });
}

/** The tensor with its axes in another order. */
export function permuted(b: NodeBuilder, from: TensorRef, suffix: string, order: readonly number[]): TensorRef {
  const to = b.fresh(
    suffix,
    from.dtype,
    order.map((axis) => from.shape[axis]!),
  );
  copy(b, to, from, (at) => order.map((_, axis) => at[order.indexOf(axis)]!));
  return to;
}

/** Computes at full lane width and rounds once, to the type of the first element. */
export function smooth(body: MapBody): MapBody {
  return (p, ...elements) => {
    const dtype: DType | undefined = elements[0]?.dtype;
    const made = body(p, ...elements.map((element) => p.widen(element)));
    return dtype === undefined || made.dtype === "bool" ? made : p.convert(made, dtype);
  };
}
