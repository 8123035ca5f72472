import { invariant } from "@rdu/diagnostics";
import { type Graph, type Origin, staticShape, unionOfOrigins, type ValueId } from "@rdu/ir";
import { type GraphPass, OPTIMIZED_LEVELS } from "./pass.ts";
import { composeCopy } from "./patterns/compose-copy.ts";
import { draftOf } from "./patterns/register-form.ts";
import { rewriteReaders, withRead } from "./patterns/rewrite-readers.ts";
import { isCopy } from "./patterns/shape-of-pattern.ts";

/**
 * Lets patterns read what a copy (Transpose, Slice, Pad, Expand, ...) reads, by its index map.
 *
 *   %t = pattern(%x) ... r0 = %0[j, i] ; yield r0 at [i, j]
 *   %y = pattern(%t) ... r0 = %0[k, 2*l]                         =>    %y = pattern(%x) ... r0 = %0[2*l, k]
 *
 * Costs nothing: a memory unit's address program does it. Legal when an index that leaves the copy leaves its source as well and
 * yields the same fill.
 */
export const foldIndexMaps: GraphPass = {
  name: "fold-index-maps",
  summary: "fold copies into the reads of their consumers",
  takes: "patterns",
  gives: "patterns",
  optimize: OPTIMIZED_LEVELS,
  after: { "fold-views": "a view between two copies hides the first from the second" },
  run(graph, context) {
    const refused = new Map<string, Origin>();
    const folded = rewriteReaders(graph, ({ node, draft }, read, maker) => {
      if (maker.kind !== "pattern" || !isCopy(maker)) return undefined;
      const copy = draftOf(maker);
      const source = maker.inputs[0];
      invariant(source != null, "a copy reads something");
      const composed = composeCopy(read, copy, shapeOf(graph, read.value), shapeOf(graph, source));
      if (composed === undefined) {
        // Asked again after every other change to the reader: told once, by the last time it is asked.
        refused.set(`${read.value} ${node.outputs.join()}`, unionOfOrigins([maker.origin, node.origin]));
        return undefined;
      }
      context.record({
        nodes: unionOfOrigins([maker.origin, node.origin]),
        rule: "fold-index-maps",
        verdict: "taken",
        reason: "the reader's addresses do what the copy did",
      });
      return { draft: withRead(draft, read, composed), absorbed: [maker] };
    });
    for (const nodes of refused.values())
      context.record({
        nodes,
        rule: "fold-index-maps",
        verdict: "refused",
        reason: "an index outside of the copy would be taken for one inside its source, or gathers through it",
      });
    return folded;
  },
};

function shapeOf(graph: Graph, id: ValueId): readonly number[] {
  const shape = staticShape(graph.types.get(id));
  invariant(shape !== undefined, () => `${id} has no static shape`);
  return shape;
}
