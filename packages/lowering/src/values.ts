import { type Immediate, isWideInteger, laneOf } from "@rdu/arithmetic";
import { invariant } from "@rdu/diagnostics";
import { type Constant, constantsById, constantTensor, type Graph, type Node, producers, type ValueId } from "@rdu/ir";
import { bigintAt, DTYPES, type DType, numberAt, type Tensor } from "@rdu/tensor";
import { type BatchAxes, batchAxes, type Microbatch } from "./batch-tiles.ts";

/** Questions about the values of a graph at the patterns level. */
export interface Values {
  readonly graph: Graph;
  /** The value whose bytes this one is: behind all views. */
  rootOf(value: ValueId): ValueId;
  /** Whether the value can lie in device memory: a tensor of static shape, not of strings. All others pass between host calls. */
  hasPlace(value: ValueId): boolean;
  shapeOf(value: ValueId): readonly number[];
  dtypeOf(value: ValueId): DType;
  producerOf(value: ValueId): Node | undefined;
  constantOf(value: ValueId): Constant | undefined;
  /** The literal of a one-element inline constant, for bodies. */
  literalOf(value: ValueId): Immediate | null;
  /** What elements hold that their pattern does not write. */
  initialOf(value: ValueId): number | bigint | undefined;
  /** Where the samples of a batch lie, when tiles may hold only so many of them. */
  readonly batch?: BatchAxes;
  /** The name that units of a node are called by. */
  stageName(node: Node): string;
}

export function valuesOf(
  graph: Graph,
  tensorOf: (constant: Constant) => Tensor | null,
  microbatch?: Microbatch,
): Values {
  const made = producers(graph);
  const constants = constantsById(graph);
  const roots = new Map<ValueId, ValueId>();
  const rootOf = (value: ValueId): ValueId => {
    const known = roots.get(value);
    if (known !== undefined) return known;
    const node = made.get(value);
    const source = node?.kind === "view" ? node.inputs[0] : undefined;
    const root = source === undefined || source === null ? value : rootOf(source);
    roots.set(value, root);
    return root;
  };
  const tensorTypeOf = (value: ValueId): { dtype: DType; shape: readonly number[] } => {
    const type = graph.types.get(value);
    invariant(type?.kind === "tensor" && type.shape !== null, () => `${value} has no static tensor type`);
    return {
      dtype: type.dtype,
      shape: type.shape.map((extent) => {
        invariant(typeof extent === "number", () => `${value} has a dimension that is not static`);
        return extent;
      }),
    };
  };
  const batch =
    microbatch === undefined ? undefined : batchAxes(graph, (value) => tensorTypeOf(value).shape, microbatch);
  return {
    graph,
    ...(batch === undefined ? {} : { batch }),
    rootOf,
    hasPlace: (value) => {
      const type = graph.types.get(value);
      if (type?.kind !== "tensor" || DTYPES[type.dtype].bytes === 0) return false;
      return type.shape?.every((extent) => typeof extent === "number") ?? false;
    },
    shapeOf: (value) => tensorTypeOf(value).shape,
    dtypeOf: (value) => tensorTypeOf(value).dtype,
    producerOf: (value) => made.get(value),
    constantOf: (value) => constants.get(value),
    literalOf: (value) => {
      const constant = constants.get(rootOf(value));
      if (constant === undefined || tensorTypeOf(value).shape.some((extent) => extent !== 1)) return null;
      const type = laneOf(constant.type.dtype);
      const tensor = type === undefined ? null : tensorOf(constant);
      if (type === undefined || tensor === null) return null;
      return { type, value: isWideInteger(type) ? bigintAt(tensor, 0) : numberAt(tensor, 0) };
    },
    initialOf: (value) => {
      const node = made.get(value);
      if (node?.kind !== "pattern") return undefined;
      return node.pattern.results[node.outputs.indexOf(value)]?.initial;
    },
    stageName: (node) => node.outputs.find((output) => output !== null) ?? "stage",
  };
}

/** The elements of a constant that may become a literal: a few bytes that lie in the graph. */
export function inlineTensor(constant: Constant): Tensor | null {
  if (constant.source.kind !== "inline" || constant.source.bytes.length > 16) return null;
  return constantTensor(constant, () => new Uint8Array());
}
