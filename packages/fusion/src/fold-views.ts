import { invariant } from "@rdu/diagnostics";
import { type Graph, staticShape, type ValueId } from "@rdu/ir";
import { type GraphPass, OPTIMIZED_LEVELS } from "./pass.ts";
import { rewriteReaders, withRead } from "./patterns/rewrite-readers.ts";
import { throughView } from "./patterns/through-view.ts";

/**
 * Lets patterns read what a view shows instead of the view.
 *
 *   %v: f32[2,3,4] = view(%x)                       // x: f32[6,4]
 *   %y = pattern(%v) ... r0 = %0[i, j, k]    =>     %y = pattern(%x) ... r0 = %0[3*i + j, k]
 *
 * Legal when the index in the source is affine: joined axes always, split ones when the loops fall apart at the same places. A read
 * that may leave the view must not land inside the source by that.
 */
export const foldViews: GraphPass = {
  name: "fold-views",
  summary: "read through views, so that index maps and maps behind them can be fused",
  takes: "patterns",
  gives: "patterns",
  optimize: OPTIMIZED_LEVELS,
  after: {
    decompose: "views and patterns do not exist before",
    "narrow-floats": "what is stored narrow is settled tensor by tensor, so that fused and apart give the same bits",
  },
  run: (graph) =>
    rewriteReaders(graph, ({ draft }, read, maker) => {
      const source = maker.kind === "view" ? maker.inputs[0] : undefined;
      if (source == null) return undefined;
      const index = throughView(read, shapeOf(graph, read.value), shapeOf(graph, source));
      if (index === undefined) return undefined;
      return { draft: withRead(draft, read, { ...read, value: source, index }), absorbed: [maker] };
    }),
};

function shapeOf(graph: Graph, id: ValueId): readonly number[] {
  const shape = staticShape(graph.types.get(id));
  invariant(shape !== undefined, () => `${id} has no static shape`);
  return shape;
}
