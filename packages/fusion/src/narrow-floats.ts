import { type GraphPass, OPTIMIZE_LEVELS } from "./pass.ts";
import { isSingle, movesOnly, narrowDemand } from "./precision/narrow-demand.ts";
import { narrowGraph } from "./precision/narrow-graph.ts";

/**
 * Stores float32 values as bfloat16 where the precision asked for allows it: under `mixed` the operands of sums of products, under `bf16` all
 * tensors inside the graph. Arithmetic and sums stay float32 in the lanes.
 *
 *   const %w: f32[8,4]                                               const %w: bf16[8,4]
 *   %h: f32[2,8] = pattern(%x) ... yield r1 as f32[2,8]              %h: bf16[2,8] = pattern(%x) ... yield r1 as bf16[2,8]
 *   %y: f32[2,4] = pattern(%h, %w) ...                       =>      %y: f32[2,4] = pattern(%h, %w) ...
 *     r2 = mul.f32 r0, r1 ; r3 = reduce sum.f32 r2                     r2 = mul.f32 r0, r1 ; r3 = reduce sum.f32 r2
 *
 * Graph inputs and outputs and operands of host calls keep their type: an input is rounded behind it, and a value that is needed both ways is
 * written both ways. What is finite stays finite, so that a mask of -3.4e38 does not become -inf.
 */
export const narrowFloats: GraphPass = {
  name: "narrow-floats",
  summary: "store float32 values as bfloat16 as the precision asks",
  takes: "patterns",
  gives: "patterns",
  optimize: OPTIMIZE_LEVELS,
  after: { decompose: "products and sums do not exist before, and which operator they came from no longer matters" },
  run(graph, context) {
    const { precision } = context;
    if (precision === "fp32") return graph;
    const demand = narrowDemand(graph, precision);
    if (demand.narrow.size === 0) return graph;
    for (const node of graph.nodes) {
      if (node.kind === "operator" || movesOnly(node)) continue;
      const touched = [...node.inputs, ...node.outputs].filter((id) => id !== null && isSingle(graph, id));
      const kept = touched.filter((id) => id !== null && demand.wide.has(id) && !demand.narrow.has(id));
      if (touched.length === 0) continue;
      context.record({
        nodes: node.origin,
        rule: "narrow-floats",
        verdict: node.kind === "pattern" && kept.length < touched.length ? "taken" : "refused",
        reason: reasonOf(precision, node.kind === "host", touched.length - kept.length, touched.length),
      });
    }
    return narrowGraph(graph, precision, demand, context.readConstant);
  },
};

function reasonOf(precision: string, host: boolean, narrow: number, all: number): string {
  if (host) return "operands and results of a host call keep their type";
  if (narrow === 0) return `under ${precision} none of its tensors is an operand that is rounded`;
  return `${narrow} of its ${all} float32 tensors are stored as bfloat16`;
}
