import { withoutDead } from "@rdu/ir";
import { type GraphPass, OPTIMIZE_LEVELS } from "./pass.ts";

/**
 * Drops nodes and constants that no output needs.
 *
 *   %a: f32[4] = Exp(%x)
 *   %b: f32[4] = Neg(%x)          =>           %b: f32[4] = Neg(%x)
 *   return %b                                  return %b
 *
 * Nodes have no effects, so any node whose outputs nobody uses may go.
 */
export const eliminateDeadCode: GraphPass = {
  name: "eliminate-dead-code",
  summary: "drop nodes and constants that no output needs",
  takes: "graph",
  gives: "graph",
  optimize: OPTIMIZE_LEVELS,
  after: { "fold-constants": "folding leaves the producers of constants without users" },
  run: (graph) => withoutDead(graph),
};
