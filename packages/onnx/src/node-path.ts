import { type Environment, joinPath } from "./import-context.ts";
import type { NodeProto } from "./proto-types.ts";

/** The name of a node, or its type and position when it has none; in a function, behind the path of the call. */
export function nodePath(
  node: NodeProto,
  index: number,
  { callPath, graphPath }: Pick<Environment, "callPath" | "graphPath">,
): string {
  return node.name ? joinPath(callPath, node.name) : joinPath(graphPath, `${node.opType || "node"}_${index}`);
}
