import type { OperatorNode, ValueId, ValueType } from "@rdu/ir";
import type { Decompose, Decomposition } from "./decompose.ts";
import { guardedPatterns, guardOf } from "./guarded.ts";
import { hasLanes } from "./lane-types.ts";
import { type DecomposeRequest, nodeBuilder } from "./node-builder.ts";

/**
 * An operator node as patterns, with a check of its shape where the run decides it. Types that lanes cannot hold and shapes unknown before the run make a host call of any operator;
 * everything else is the operator's own word.
 */
export function decompose(rewrite: Decompose, request: DecomposeRequest): Decomposition {
  const obstacle = hostReason(request.node, request.types);
  if (obstacle !== undefined) return { kind: "host", reason: obstacle };
  const guard = guardOf(request);
  if (guard !== undefined) return guardedPatterns(rewrite, guard, request);
  const builder = nodeBuilder(request);
  const verdict = rewrite(builder);
  return verdict ? { kind: "host", reason: verdict.host } : builder.finish();
}

/** What about its operands and results keeps any operator off the chip: sequences, types without lanes, unknown shapes. */
export function hostReason(
  { inputs, outputs }: OperatorNode,
  types: ReadonlyMap<ValueId, ValueType>,
): string | undefined {
  return [...inputs, ...outputs].map((id) => obstacleOf(id, types)).find((found) => found !== undefined);
}

function obstacleOf(id: ValueId | null, types: ReadonlyMap<ValueId, ValueType>): string | undefined {
  if (id === null) return undefined;
  const type = types.get(id);
  if (type === undefined) return `${id} has no known type`;
  if (type.kind !== "tensor") return `${id} is ${type.kind === "optional" ? "an optional" : `a ${type.kind}`}`;
  if (!hasLanes(type.dtype)) return `${id} holds ${type.dtype} elements`;
  if (type.shape === null || type.shape.some((length) => typeof length !== "number"))
    return `the shape of ${id} is known only at run time`;
  return undefined;
}
