import { type Diagnostic, diagnostic, rejectErrors } from "@rdu/diagnostics";
import type { Graph, ValueType } from "@rdu/ir";
import { inferGraph, unsupportedNodes } from "@rdu/ops";
import { type GraphPass, OPTIMIZE_LEVELS } from "./pass.ts";

/**
 * Gives every value its type.
 *
 *   graph g(%x: f32[2,3]) {                    graph g(%x: f32[2,3]) {
 *     %y = Transpose(%x)            =>           %y: f32[3,2] = Transpose(%x)
 *
 * Refuses operators without a meaning, all at once; then unbound dimensions of inputs, all at once; then operands that do not agree.
 * Dimensions that follow from input values stay unknown: what makes and uses them runs on the host.
 */
export const inferShapes: GraphPass = {
  name: "infer-shapes",
  summary: "give every value its element type and shape",
  takes: "imported",
  gives: "graph",
  optimize: OPTIMIZE_LEVELS,
  after: {},
  run(graph, context) {
    rejectErrors(unsupportedNodes(graph));
    rejectErrors(unboundInputs(graph));
    return inferGraph(graph, { readConstant: context.readConstant }).graph;
  },
};

function unboundInputs(graph: Graph): readonly Diagnostic[] {
  return graph.inputs.flatMap((input) => {
    const names = unboundDimensions(graph.types.get(input));
    if (names.length === 0) return [];
    return [diagnostic("E0203", `input ${input}: ${names.join(", ")}`, { at: [input] })];
  });
}

function unboundDimensions(type: ValueType | undefined): readonly string[] {
  if (type?.kind !== "tensor") return [];
  if (type.shape === null) return ["its rank is unknown"];
  return type.shape.flatMap((dim, axis) => (typeof dim === "number" ? [] : [dim ?? `axis ${axis}`]));
}
