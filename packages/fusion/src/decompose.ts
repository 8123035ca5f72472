import { invariant, reject } from "@rdu/diagnostics";
import {
  type Constant,
  constantsById,
  type Graph,
  GraphBuilder,
  type HostNode,
  type Node,
  type OperatorNode,
  subgraphsOf,
  type TensorType,
  type ValueId,
} from "@rdu/ir";
import { attributesOf, decompose as decomposeOperator, hostReason, meaningOf } from "@rdu/ops";
import type { Tensor } from "@rdu/tensor";
import { type GraphPass, OPTIMIZE_LEVELS, type PassContext } from "./pass.ts";
import { withNodes } from "./with-nodes.ts";

/**
 * Writes every operator as patterns, or as a host call with a reason.
 *
 *   %y: f32[4] = Relu(%x)           =>         %y: f32[4] = pattern(%x) for i in 4 {
 *                                                r0 = %0[i]
 *                                                r1 = max.f32 r0, 0
 *                                                yield r1 as f32[4] at [i]
 *                                              }
 *
 * What each operator becomes is its row's own word (`decompose` in the registry). Host calls are recorded, always.
 */
export const decompose: GraphPass = {
  name: "decompose",
  summary: "write every operator as patterns, or as a host call with a reason",
  takes: "graph",
  gives: "patterns",
  optimize: OPTIMIZE_LEVELS,
  after: {
    "fold-constants": "operators whose shape operand is constant have a form on the chip",
    "eliminate-dead-code": "a dead operator might need a host call",
  },
  run(graph, context) {
    const builder = GraphBuilder.withoutNodes(graph);
    const constants = constantsById(graph);
    const values = new Map<ValueId, Tensor>();
    const constant = (id: ValueId): Tensor | undefined => {
      const found = constants.get(id);
      if (found === undefined) return undefined;
      const known = values.get(id) ?? context.readConstant(found);
      values.set(id, known);
      return known;
    };
    const types = new Map(graph.types);
    for (const node of graph.nodes) {
      if (node.kind !== "operator") {
        builder.node(node);
        continue;
      }
      const written = write(node, types, constant, context);
      for (const [id, type] of written.types) {
        types.set(id, type);
        builder.setType(id, type);
      }
      const section = node.section === undefined ? {} : { section: node.section };
      for (const made of written.constants) builder.constant(made);
      for (const made of written.nodes) builder.node({ ...made, ...section });
    }
    const written = builder.build();
    return withNodes(written, written.nodes);
  },
};

interface Written {
  readonly nodes: readonly Node[];
  readonly constants: readonly Constant[];
  readonly types: ReadonlyMap<ValueId, TensorType>;
}

function write(
  node: OperatorNode,
  types: Graph["types"],
  constant: (id: ValueId) => Tensor | undefined,
  context: PassContext,
): Written {
  const { row, signature } = meaningOf(node);
  if (row.decompose === undefined) {
    // What a loop or branch carries says more than that it is one.
    const carried = subgraphsOf(node).length > 0 ? hostReason(node, types) : undefined;
    return onHost(node, carried ?? row.host ?? "it has no form on the chip yet", context);
  }
  const refuse = (message: string): never => reject("E0303", `${node.op}: ${message}`, { at: node.origin });
  const attributes = attributesOf(node, signature, context.readConstant, refuse);
  const result = decomposeOperator(row.decompose, { node, attributes, types, constant });
  if (result.kind === "host") return onHost(node, result.reason, context);
  for (const output of node.outputs) {
    if (output === null) continue;
    const made = result.nodes.some(({ outputs }) => outputs.includes(output)) || hasConstant(result, output);
    invariant(made, () => `the decomposition of ${node.op} makes no ${output}`);
  }
  return result;
}

function hasConstant(result: { readonly constants: readonly Constant[] }, id: ValueId): boolean {
  return result.constants.some((made) => made.id === id);
}

function onHost(node: OperatorNode, reason: string, context: PassContext): Written {
  const { op, version, attributes, inputs, outputs, origin } = node;
  const made: HostNode = { kind: "host", op, version, attributes, inputs, outputs, origin, reason };
  context.record({ nodes: origin, rule: "decompose", verdict: "host", reason });
  return { nodes: [made], constants: [], types: new Map() };
}
