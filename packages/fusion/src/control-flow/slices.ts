import { type Graph, type OperatorNode, staticShape, type ValueId } from "@rdu/ir";
import { zeros } from "@rdu/tensor";
import type { Expansion } from "./inline-subgraph.ts";

/** The slice at one place along an axis, without that axis. */
export function element(id: ValueId, axis: number, at: number, prefix: string, expansion: Expansion): ValueId {
  const starts = expansion.integers(`${prefix}start`, [at]);
  const ends = expansion.integers(`${prefix}end`, [at + 1]);
  const axes = expansion.integers(`${prefix}axis`, [axis]);
  const slice = expansion.operator("Slice", [id, starts, ends, axes], expansion.fresh(`${prefix}slice`));
  return expansion.operator("Squeeze", [slice, axes], expansion.fresh(`${prefix}element`));
}

/** Values side by side along a new axis. */
export function stacked(parts: readonly ValueId[], axis: number, name: ValueId, expansion: Expansion): ValueId {
  const axes = expansion.integers(`${name}.axis`, [axis]);
  const rows = parts.map((part) => expansion.operator("Unsqueeze", [part, axes], expansion.fresh(`${name}.row`)));
  return expansion.operator("Concat", rows, expansion.fresh(`${name}.stack`), {
    axis: { kind: "int", value: BigInt(axis) },
  });
}

/** What no iteration gives: the outputs from `first` on, without elements. Undefined where a shape is known only at run time. */
export function nothing(
  node: OperatorNode,
  first: number,
  graph: Graph,
  expansion: Expansion,
): readonly (ValueId | null)[] | undefined {
  const made: (ValueId | null)[] = [];
  for (const output of node.outputs.slice(first)) {
    const type = output === null ? undefined : graph.types.get(output);
    const shape = staticShape(type);
    if (output !== null && (type?.kind !== "tensor" || shape?.includes(0) !== true)) return undefined;
    made.push(
      output === null || type?.kind !== "tensor" || shape === undefined
        ? null
        : expansion.constant(`${output}.nothing`, zeros(type.dtype, shape)),
    );
  }
  return made;
}
