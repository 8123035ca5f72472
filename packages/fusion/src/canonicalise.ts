import {
  type Graph,
  type Node,
  producers,
  renameValues,
  replaceUses,
  staticShape,
  unionOfOrigins,
  users,
  type ValueId,
} from "@rdu/ir";
import { sameShape } from "@rdu/tensor";
import { FORWARDING } from "./forwarding.ts";
import { type GraphPass, OPTIMIZE_LEVELS, type PassContext } from "./pass.ts";
import { withNodes } from "./with-nodes.ts";

/**
 * Drops operators that give their input unchanged, and reads through chains of reshapes.
 *
 *   %a: f32[4,6] = Identity(%x)
 *   %b: f32[24] = Reshape(%a, %s)         =>     %c: f32[2,12] = Reshape(%x, %t)
 *   %c: f32[2,12] = Reshape(%b, %t)
 *
 * An operator is dropped when the forwarding table says that its output equals its input. A graph output keeps its name: the
 * producer takes it over, or, when the value has a name of its own to keep, the operator stays.
 */
export const canonicalise: GraphPass = {
  name: "canonicalise",
  summary: "drop operators that change nothing, read through chains of reshapes",
  takes: "graph",
  gives: "graph",
  optimize: OPTIMIZE_LEVELS,
  after: { "fold-constants": "shapes and flags must be constants to be recognised" },
  run(graph, context) {
    const straight = readThroughReshapes(graph);
    const forwarded = forward(straight, context);
    return forwarded === graph ? graph : withNodes(forwarded, forwarded.nodes);
  },
};

/** A reshape of a reshape reads what the first one read: the shape in between does not matter. */
function readThroughReshapes(graph: Graph): Graph {
  const makers = producers(graph);
  let changed = false;
  const nodes = graph.nodes.map((node): Node => {
    if (!isReshape(node)) return node;
    let source = node.inputs[0] ?? null;
    const passed: Node[] = [];
    for (
      let maker = makerOf(makers, source);
      maker !== undefined && isReshape(maker) && isSettled(maker, graph);
      maker = makerOf(makers, source)
    ) {
      passed.push(maker);
      source = maker.inputs[0] ?? null;
    }
    // A shape with 0 or -1 in it is read against the shape in between.
    if (passed.length === 0 || !statesItsShape(graph, node)) return node;
    changed = true;
    const origin = unionOfOrigins([...passed.reverse().map((maker) => maker.origin), node.origin]);
    return { ...node, inputs: [source, ...node.inputs.slice(1)], origin };
  });
  return changed ? { ...graph, nodes } : graph;
}

/** What says the shape is known before the run. Where it is not, the node also checks that the run agrees with the declared shape. */
function isSettled(node: Node, graph: Graph): boolean {
  return node.inputs.slice(1).every((id) => id === null || graph.constants.some((constant) => constant.id === id));
}

function isReshape(node: Node): boolean {
  return node.kind === "operator" && FORWARDING.get(node.op)?.view === true;
}

/** True for a reshape whose target shape is written out as the constant that its output type shows. */
function statesItsShape(graph: Graph, node: Node): boolean {
  const shapeOperand = node.inputs[1] ?? null;
  const constant = graph.constants.find(({ id }) => id === shapeOperand);
  const target = staticShape(node.outputs[0] == null ? undefined : graph.types.get(node.outputs[0]));
  if (constant?.source.kind !== "inline" || constant.type.dtype !== "int64" || target === undefined) return false;
  const { bytes } = constant.source;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.byteLength !== target.length * 8) return false;
  return target.every((extent, axis) => extent > 0 && view.getBigInt64(axis * 8, true) === BigInt(extent));
}

function makerOf(makers: ReadonlyMap<ValueId, Node>, id: ValueId | null): Node | undefined {
  return id === null ? undefined : makers.get(id);
}

function forward(graph: Graph, context: PassContext): Graph {
  const makers = producers(graph);
  const readers = users(graph);
  const outputs = new Set(graph.outputs);
  const replaced = new Map<ValueId, ValueId>();
  const renamed = new Map<ValueId, ValueId>();
  const dropped = new Set<Node>();
  for (const node of graph.nodes) {
    const [from, to] = [node.inputs[0], node.outputs[0]];
    if (from == null || to == null || !changesNothing(node, graph)) continue;
    if (outputs.has(to)) {
      // The producer takes the output's name, unless its value is an output, an input or a constant, or captured somewhere.
      const maker = makers.get(from);
      const captured = (readers.get(from) ?? []).some((reader) => !reader.inputs.includes(from));
      if (maker === undefined || dropped.has(maker) || outputs.has(from) || renamed.has(from) || captured) continue;
      renamed.set(from, to);
    } else replaced.set(to, from);
    dropped.add(node);
    context.record({
      nodes: node.origin,
      rule: "canonicalise",
      verdict: "taken",
      reason: "it gives its input unchanged",
    });
  }
  if (dropped.size === 0) return graph;
  const types = new Map([...graph.types].filter(([id]) => ![...renamed.values()].includes(id)));
  const kept = { ...graph, types, nodes: graph.nodes.filter((node) => !dropped.has(node)) };
  return renameValues(replaceUses(kept, replaced), renamed);
}

function changesNothing(node: Node, graph: Graph): boolean {
  if (node.kind !== "operator") return false;
  const row = FORWARDING.get(node.op);
  if (row === undefined) return false;
  return row.view === true ? keepsShape(node, graph) : (row.unchanged?.(node, graph) ?? false);
}

function keepsShape(node: Node, graph: Graph): boolean {
  const [from, to] = [node.inputs[0], node.outputs[0]];
  if (from == null || to == null) return false;
  if (!isSettled(node, graph)) return false;
  const shape = staticShape(graph.types.get(from));
  const target = staticShape(graph.types.get(to));
  return shape !== undefined && target !== undefined && sameShape(shape, target);
}
