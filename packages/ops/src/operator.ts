import type { Graph, OperatorNode, Dim, ValueId, ValueType } from "@rdu/ir";
import type { DType, Tensor, Value } from "@rdu/tensor";
import type { Decompose } from "./decompose/decompose.ts";
import type { Attributes } from "./attributes.ts";

/**
 * One operator of ONNX (or of a domain we know), all its versions: what it is, which types it gives and what it means.
 * Names, arities, attribute defaults and type constraints of every version stand in `signatures/`, generated from the
 * standard's own schemas; the operator adds the meaning.
 */
export interface Operator {
  /** "Conv" in the default domain, "com.microsoft.FusedMatMul" outside it. */
  readonly name: string;
  /** What it computes, in one line. */
  readonly summary: string;
  /**
   * Type of each output, in order; a bare shape means "the element type that the signature ties to an input".
   * Dimensions that depend on values not known yet are null. Refuses wrong shapes through `context.reject`.
   */
  readonly infer: (context: InferContext) => readonly (ValueType | readonly Dim[] | null)[];
  /** The value of each output, in order: slow, obvious, from the specification. */
  readonly evaluate: (context: EvaluateContext) => readonly (Value | null)[];
  /** Inputs whose values decide the shape of an output, so that they must be constant to compile. */
  readonly shapeInputs?: readonly number[];
  /** Why the operator always runs on the host, for those that no chip form exists for. */
  readonly host?: string;
  /** How it becomes patterns; joined in by the registry. */
  readonly decompose?: Decompose;
}

interface NodeContext {
  readonly node: OperatorNode;
  /** The since-version of the signature that applies. */
  readonly version: number;
  readonly attributes: Attributes;
  /** How many inputs the node lists (trailing omitted ones may be absent). */
  readonly inputCount: number;
  readonly outputCount: number;
  /** True when output `index` is listed and used. */
  wants(index: number): boolean;
  /** True when input `index` is given. */
  has(index: number): boolean;
  /** Throws a CompileError (E0201, or the code given) that names the node. */
  reject(message: string, code?: RejectCode): never;
}

export type RejectCode = "E0201" | "E0202" | "E0204" | "E0205" | "E0207" | "E0303" | "E0304" | "E0305" | "E0306" | "E0307";

export interface InferContext extends NodeContext {
  /** The type of input `index`, which must be given. */
  type(index: number): ValueType;
  /** Shape of input `index`, which must be a tensor of known rank. */
  shape(index: number): readonly Dim[];
  dtype(index: number): DType;
  /** The value of input `index` where it is known before the run. */
  constant(index: number): Tensor | undefined;
  /** Integers of input `index` where known before the run. */
  integers(index: number): readonly number[] | undefined;
  /** Output types of a subgraph whose inputs have these types; names of enclosing graphs resolve. */
  inferGraph(graph: Graph, inputs: readonly ValueType[]): readonly ValueType[];
}

export interface EvaluateContext extends NodeContext {
  /** Input `index`, whatever its kind; null when omitted. */
  value(index: number): Value | null;
  /** Tensor input `index`, which must be given. */
  tensor(index: number): Tensor;
  /** Tensor input `index`, or undefined when omitted. */
  optional(index: number): Tensor | undefined;
  /** Integers of input `index`, which must be given. */
  integers(index: number): readonly number[];
  /** Runs a subgraph on these inputs; names of enclosing graphs resolve. */
  run(graph: Graph, inputs: readonly Value[]): readonly Value[];
  /** The value an enclosing graph gives a name (used by Gradient, whose outputs refer to the surrounding graph). */
  readonly scope: ReadonlyMap<ValueId, Value>;
}

/** Declares an operator; the identity, for the sake of types. */
export function operator(row: Operator): Operator {
  return row;
}
