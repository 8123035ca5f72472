import {
  type Constant,
  constantsById,
  type Graph,
  type Node,
  namesIn,
  type OperatorNode,
  producers,
  sortNodes,
  subgraphsOf,
  type ValueId,
} from "@rdu/ir";
import { inferGraph } from "@rdu/ops";
import { elementCount, type Tensor } from "@rdu/tensor";
import { judge } from "./control-flow/danger.ts";
import { EXPANDERS } from "./control-flow/expanders.ts";
import { Expansion } from "./control-flow/inline-subgraph.ts";
import type { Surroundings } from "./control-flow/surroundings.ts";
import { type GraphPass, OPTIMIZE_LEVELS, type PassContext } from "./pass.ts";
import { withNodes } from "./with-nodes.ts";

/** Control flow may hold control flow; deeper than this it stays. */
const MOST_ROUNDS = 8;
/** Larger constants are no conditions, counts or lists of axes. */
const MOST_ELEMENTS_READ = 64;

/**
 * Writes control flow out whose way is known before the run.
 *
 *   %y: f32[2] = If(%c) {                       // c is the constant true
 *     then_branch = graph t() -> (%a) {
 *       %a = Neg(%x)                     =>     %a: f32[2] = Neg(%x)
 *     }                                         %y: f32[2] = Identity(%a)
 *     else_branch = ...
 *   }
 *
 * A branch by its condition, a loop by its number of iterations, a scan by its length, attention with subgraphs; derivatives of the graph
 * around, operator by operator backwards; items of sequences whose makers are all known. Where the run decides and nothing can go wrong, both branches and as many iterations as there may
 * be are computed, and selected from. The rest stays, and runs on the host.
 */
export const expandControlFlow: GraphPass = {
  name: "expand-control-flow",
  summary: "write out branches, loops and scans whose way is known before the run",
  takes: "graph",
  gives: "graph",
  optimize: OPTIMIZE_LEVELS,
  after: { "fold-constants": "conditions and counts must be constants to be known" },
  run(graph, context) {
    let current = graph;
    for (let round = 0; round < MOST_ROUNDS; round += 1) {
      const expanded = expandOnce(current, context);
      if (expanded === current) break;
      current = inferGraph(expanded, { readConstant: context.readConstant }).graph;
    }
    return current;
  },
};

function expandOnce(graph: Graph, context: PassContext): Graph {
  if (!graph.nodes.some((node) => node.kind === "operator" && EXPANDERS.has(node.op))) return graph;
  const { known, assumed } = inferGraph(graph, { readConstant: context.readConstant });
  const constants = constantsById(graph);
  const lookUp = (id: ValueId): Tensor | undefined => {
    const constant = constants.get(id);
    const small = constant !== undefined && elementCount((constant.type.shape ?? []) as number[]) <= MOST_ELEMENTS_READ;
    return known.get(id) ?? (small ? context.readConstant(constant) : undefined);
  };
  const surroundings: Surroundings = {
    graph,
    makers: producers(graph),
    lookUp,
    assumed: (id) => assumed.get(id),
    readConstant: context.readConstant,
    judge: (subgraph, inputs) => judge(subgraph, inputs, graph, context.readConstant),
  };
  const taken = namesIn(graph);
  const types = new Map(graph.types);
  const nodes: Node[] = [];
  const added: Constant[] = [];
  let changed = false;
  for (const node of graph.nodes) {
    const expander = node.kind === "operator" ? EXPANDERS.get(node.op) : undefined;
    if (node.kind !== "operator" || expander === undefined || !isOfTensors(node, graph)) {
      nodes.push(node);
      continue;
    }
    const expansion = new Expansion(taken, node.origin);
    const outputs = expander(node, surroundings, expansion);
    if (typeof outputs === "string") {
      context.record({ nodes: node.origin, rule: "expand-control-flow", verdict: "refused", reason: outputs });
      nodes.push(node);
      continue;
    }
    node.outputs.forEach((output, index) => {
      const from = outputs[index] ?? null;
      if (output !== null && from !== null) expansion.operator("Identity", [from], output);
    });
    nodes.push(...expansion.nodes);
    added.push(...expansion.constants);
    for (const [id, type] of expansion.declared) types.set(id, type);
    context.record({
      nodes: node.origin,
      rule: "expand-control-flow",
      verdict: "taken",
      reason: `written out in ${expansion.nodes.length} operators`,
    });
    changed = true;
  }
  if (!changed) return graph;
  return withNodes({ ...graph, types }, sortNodes(nodes) ?? nodes, [...graph.constants, ...added]);
}

/** Sequences and optionals that a loop carries live on the host, and so does the loop. What takes a tensor out of a sequence gives tensors. */
function isOfTensors(node: OperatorNode, graph: Graph): boolean {
  const values = subgraphsOf(node).length > 0 ? [...node.inputs, ...node.outputs] : node.outputs;
  return values.every((id) => id === null || graph.types.get(id)?.kind === "tensor");
}
