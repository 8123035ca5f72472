import type { DType } from "@rdu/tensor";
import type { Pattern } from "./pattern.ts";

/** The name of a value: the ONNX value name, or derived from one (`fc1.relu`). The name is the identity. */
export type ValueId = string;

/** A dimension: a length, or before shapes are bound the name of a symbolic dimension, or null when nothing is known. */
export type Dim = number | string | null;

export type ValueType = TensorType | SequenceType | OptionalType | MapType;
export interface TensorType {
  readonly kind: "tensor";
  readonly dtype: DType;
  /** null: rank unknown (imported level only). */
  readonly shape: readonly Dim[] | null;
}
export interface SequenceType {
  readonly kind: "sequence";
  readonly element: ValueType;
}
export interface OptionalType {
  readonly kind: "optional";
  readonly element: ValueType;
}
export interface MapType {
  readonly kind: "map";
  /** An integer type, or string. */
  readonly key: DType;
  readonly element: ValueType;
}

/** The ONNX nodes something came from, as paths ("/encoder/fc1/MatMul"). Never empty on a node; passes union them, never drop one. */
export type Origin = readonly string[];

/** Where constant bytes lie. Weights travel through the levels as references and are read when folded, packed or executed. */
export type ConstantSource =
  /** Bytes held in memory, little-endian row-major (sub-byte types unpacked, one element a byte). Strings: `strings`. */
  | { readonly kind: "inline"; readonly bytes: Uint8Array }
  | { readonly kind: "strings"; readonly strings: readonly string[] }
  /** A range of an outside file, by the location the model names. */
  | { readonly kind: "file"; readonly location: string; readonly offset: number; readonly length: number };

export interface Constant {
  readonly id: ValueId;
  readonly type: TensorType;
  readonly source: ConstantSource;
  /** Hex sha-256 of the bytes; absent until somebody has read them. */
  readonly digest?: string;
}

export type Attribute =
  | { readonly kind: "int"; readonly value: bigint }
  | { readonly kind: "float"; readonly value: number }
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "ints"; readonly value: readonly bigint[] }
  | { readonly kind: "floats"; readonly value: readonly number[] }
  | { readonly kind: "strings"; readonly value: readonly string[] }
  | { readonly kind: "tensor"; readonly value: Constant }
  | { readonly kind: "tensors"; readonly value: readonly Constant[] }
  | { readonly kind: "graph"; readonly value: Graph }
  | { readonly kind: "graphs"; readonly value: readonly Graph[] }
  | { readonly kind: "type"; readonly value: ValueType };

interface NodeCommon {
  /** null marks an omitted optional input. */
  readonly inputs: readonly (ValueId | null)[];
  /** null marks an unused optional output. */
  readonly outputs: readonly (ValueId | null)[];
  readonly origin: Origin;
  /** Name of the section the node belongs to, once sections are cut. Nodes of one section are consecutive. */
  readonly section?: string;
}

/**
 * An ONNX operator. `op` is "Conv", or "com.microsoft.FusedMatMul" outside the default domain; `version` the opset version it was
 * written for, which selects the newest schema not newer than it.
 */
export interface OperatorNode extends NodeCommon {
  readonly kind: "operator";
  readonly op: string;
  readonly version: number;
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** A parallel pattern: a loop nest with reads, a scalar body, reductions, an epilogue and results. Inputs are its operands in order. */
export interface PatternNode extends NodeCommon {
  readonly kind: "pattern";
  readonly pattern: Pattern;
}

/** The same row-major elements under another shape: free, an alias. One input, one output. */
export interface ViewNode extends NodeCommon {
  readonly kind: "view";
}

/**
 * Several tensors written into disjoint boxes of one (Concat, and the inverse of Split): no arithmetic, only addresses.
 * `offsets[i]` is where input i's element [0,...,0] lands; together the boxes cover the output.
 */
export interface JoinNode extends NodeCommon {
  readonly kind: "join";
  readonly offsets: readonly (readonly number[])[];
}

/** An operator that the chip cannot hold: executed by the reference evaluator on the host, between sections. `reason` is reported. */
export interface HostNode extends NodeCommon {
  readonly kind: "host";
  readonly op: string;
  readonly version: number;
  readonly attributes: Readonly<Record<string, Attribute>>;
  readonly reason: string;
}

export type Node = OperatorNode | PatternNode | ViewNode | JoinNode | HostNode;

/**
 * A typed SSA graph, immutable. Nodes are in topological order. `types` is of inputs, constants and what nodes define, every one of them
 * once inferred; what a subgraph captures is typed by the graph around.
 */
export interface Graph {
  readonly name: string;
  readonly inputs: readonly ValueId[];
  readonly outputs: readonly ValueId[];
  readonly constants: readonly Constant[];
  readonly nodes: readonly Node[];
  readonly types: ReadonlyMap<ValueId, ValueType>;
}
