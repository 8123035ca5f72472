import type { Constant, Graph, ValueType } from "@rdu/ir";
import type { Tensor } from "@rdu/tensor";

/**
 * The attributes of one node, read by name and kind, with the defaults of its signature filled in. Reading one that is
 * neither given nor has a default, or one of another kind, is refused with E0303 unless a fallback is passed.
 */
export interface Attributes {
  /** True when the node gives it or the signature has a default. */
  has(name: string): boolean;
  /** Refuses integers beyond 2^53. */
  int(name: string, fallback?: number): number;
  ints(name: string, fallback?: readonly number[]): readonly number[];
  float(name: string, fallback?: number): number;
  floats(name: string, fallback?: readonly number[]): readonly number[];
  string(name: string, fallback?: string): string;
  strings(name: string, fallback?: readonly string[]): readonly string[];
  tensor(name: string): Tensor;
  /** The constant behind a tensor attribute, unread. */
  constant(name: string): Constant;
  graph(name: string): Graph;
  type(name: string): ValueType;
}
