import type { Constant, Dim, Graph, OperatorNode, ValueType } from "@rdu/ir";
import type { DType, Tensor, Value } from "@rdu/tensor";
import type { Attributes } from "./attributes.ts";
import type { Decompose } from "./decompose/decompose.ts";
import type { Gradient } from "./gradient/gradient.ts";

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
   * Type of each output, in order; a bare shape means "the element type that the signature ties to an input", null an
   * unknown rank. Dimensions that depend on values not known yet are null. Refuses wrong shapes through `context.reject`.
   */
  readonly infer: (context: InferContext) => readonly InferredType[];
  /** The value of each output, in order: slow, obvious, from the specification. */
  readonly evaluate: (context: EvaluateContext) => readonly (Value | null)[];
  /** Outputs that follow from types alone, before any value is known (Shape, Size). */
  readonly fromTypes?: (context: InferContext) => readonly (Tensor | undefined)[];
  /** Inputs whose values decide the shape of an output, so that they must be constant to compile. */
  readonly shapeInputs?: readonly number[];
  /** Gives another value at every call unless seeded, so is never folded. */
  readonly random?: boolean;
  /** Why the operator always runs on the host, for those that have no form on the chip. */
  readonly host?: string;
  /** How it becomes patterns; joined in by the registry. */
  readonly decompose?: Decompose;
  /** The derivatives of its inputs, as operators; joined in by the registry. */
  readonly gradient?: Gradient;
}

export type InferredType = ValueType | readonly Dim[] | null;

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

export type RejectCode = "E0201" | "E0202" | "E0204" | "E0207" | "E0303" | "E0304" | "E0305" | "E0306" | "E0307";

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
  /** The value of input `index` where it is known before the run, or follows from the lengths that the model declares. */
  assumed(index: number): Tensor | undefined;
  /** The same as integers. For what decides a shape: what the run finds instead must be checked by the operator, see `shapeGuard`. */
  lengths(index: number): readonly number[] | undefined;
  /** Input `index` as a list of extents: known before the run, or by the names of those that the run decides. */
  extents(index: number): readonly Dim[] | undefined;
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
  /** Shape of output `index` as `infer` gives it for these inputs; every dimension must follow from them. */
  shape(index?: number): readonly number[];
  /** Element type of output `index`. */
  dtype(index?: number): DType;
  /** Runs a subgraph on these inputs; names of enclosing graphs resolve. */
  run(graph: Graph, inputs: readonly Value[]): readonly Value[];
  readonly environment: Environment;
}

/** What evaluation needs from the one who walks the graph. */
export interface Environment {
  readConstant(constant: Constant): Tensor;
  /** Runs a subgraph; `inputs` in order of its own inputs. */
  run(graph: Graph, inputs: readonly Value[]): readonly Value[];
  /** Output types of a subgraph whose inputs have these types, for what it would have given had it run. */
  typesOf?(graph: Graph, inputs: readonly ValueType[]): readonly ValueType[];
  /** The graph being walked: Gradient differentiates the graph around it. */
  readonly graph?: Graph;
}

/** Declares an operator; the identity, for the sake of types. */
export function operator(row: Operator): Operator {
  return row;
}
