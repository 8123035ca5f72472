import type { Attribute, OperatorNode, ValueId } from "@rdu/ir";
import type { DType } from "@rdu/tensor";
import type { Attributes } from "../attributes.ts";

/**
 * The derivatives of an operator's inputs, in order, given those of its outputs (reverse mode); null for an input that has none, such as
 * an index or a shape. A derivative may have the broadcast shape of the output: whoever asks sums it to the shape of the input.
 * Undefined when the operator has none under these attributes.
 */
export type Gradient = (c: GradientContext) => readonly (ValueId | null)[] | undefined;

/** One node between what is differentiated and what by, and the operators that its derivatives are written in. */
export interface GradientContext {
  readonly node: OperatorNode;
  readonly attributes: Attributes;
  has(input: number): boolean;
  /** Input `index`, which must be given. */
  x(index?: number): ValueId;
  /** Output `index`, which must be made. */
  y(index?: number): ValueId;
  /** The derivative of output `index`, in its shape: zeros where nothing depends on the output. */
  given(index?: number): ValueId;
  /** The static shape of a value of the graph; what is written is then worthless, and dropped, when it is not known. */
  shape(value: ValueId): readonly number[];
  dtype(value: ValueId): DType;
  /** The integers of input `index` where they are known before the run. */
  integersOf(index: number): readonly number[] | undefined;
  /** One more operator in its newest version; gives its first output. */
  operator(op: string, inputs: readonly (ValueId | null)[], attributes?: Readonly<Record<string, Attribute>>): ValueId;
  /** A vector of 64-bit integers. */
  integers(values: readonly number[]): ValueId;
  /** A number of the element type of `like`, without dimensions. */
  number(value: number, like: ValueId): ValueId;
}

export const int = (value: number): Attribute => ({ kind: "int", value: BigInt(value) });
export const ints = (value: readonly number[]): Attribute => ({ kind: "ints", value: value.map(BigInt) });

/** Short names for the arithmetic that derivatives are written in. */
export interface Arithmetic {
  add(a: ValueId, b: ValueId): ValueId;
  sub(a: ValueId, b: ValueId): ValueId;
  mul(...factors: readonly [ValueId, ...ValueId[]]): ValueId;
  div(a: ValueId, b: ValueId): ValueId;
  neg(a: ValueId): ValueId;
  /** `ifTrue` where `condition` holds, else zeros. */
  where(condition: ValueId, ifTrue: ValueId): ValueId;
  sum(a: ValueId, axes: readonly number[], keep: boolean): ValueId;
  reshaped(a: ValueId, shape: readonly number[]): ValueId;
  transposed(a: ValueId, permutation: readonly number[]): ValueId;
}

export function arithmetic(c: GradientContext): Arithmetic {
  return {
    add: (a, b) => c.operator("Add", [a, b]),
    sub: (a, b) => c.operator("Sub", [a, b]),
    mul: (first, ...others) => others.reduce((product, factor) => c.operator("Mul", [product, factor]), first),
    div: (a, b) => c.operator("Div", [a, b]),
    neg: (a) => c.operator("Neg", [a]),
    where: (condition, ifTrue) => c.operator("Where", [condition, ifTrue, c.number(0, c.x())]),
    sum: (a, axes, keep) => c.operator("ReduceSum", [a, c.integers(axes)], { keepdims: int(keep ? 1 : 0) }),
    reshaped: (a, shape) => c.operator("Reshape", [a, c.integers(shape)], { allowzero: int(1) }),
    transposed: (a, permutation) => c.operator("Transpose", [a], { perm: ints(permutation) }),
  };
}

/** `axis` counted from the front. */
export function fromFront(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}
