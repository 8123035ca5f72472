import {
  type Graph,
  type IndexExpression,
  type Node,
  type PatternNode,
  producers,
  staticShape,
  type ValueId,
} from "@rdu/ir";
import { insertedAxes } from "./pieces.ts";

/**
 * A join places its inputs by address, which it can do for what a stage writes axis by axis, not for a view of it that does more than put in or
 * leave out axes of length 1; and tensors from memory come into their part of a join axis by axis, not as the row-major elements that a view of
 * the join reads. Both get a copy in between.
 *
 *   %v: f32[4,2] = view(%x)                     %v: f32[4,2] = view(%x)
 *   %y: f32[8,2] = join(%v, %z) ...      =>     %v.copy: f32[4,2] = pattern(%v) for i in 4, j in 2 { ... }
 *                                               %y: f32[8,2] = join(%v.copy, %z) ...
 */
export function copyJoinedViews(graph: Graph): Graph {
  const makers = producers(graph);
  const types = new Map(graph.types);
  let changed = false;
  const nodes = graph.nodes.flatMap((node): Node[] => {
    const needsCopy = (input: ValueId | null): input is ValueId => {
      const maker = input === null ? undefined : makers.get(input);
      if (node.kind === "join") return input !== null && showsStage(input, node, graph, makers);
      return node.kind === "view" && maker?.section === node.section && joinsMemory(maker, makers);
    };
    if (!node.inputs.some(needsCopy)) return [node];
    changed = true;
    const copies: PatternNode[] = [];
    const inputs = node.inputs.map((input) => {
      const shape = input === null ? undefined : staticShape(types.get(input));
      const type = input === null ? undefined : types.get(input);
      if (!needsCopy(input) || type?.kind !== "tensor" || shape === undefined) return input;
      const output = freshCopy(input, types);
      types.set(output, type);
      copies.push({
        kind: "pattern",
        inputs: [input],
        outputs: [output],
        origin: node.origin,
        pattern: copyPattern(type.dtype, shape),
        ...(node.section === undefined ? {} : { section: node.section }),
      });
      return output;
    });
    return [...copies, { ...node, inputs }];
  });
  return changed ? { ...graph, nodes, types } : graph;
}

/** The value behind all views. */
function rootOf(value: ValueId, makers: ReadonlyMap<ValueId, Node>): ValueId {
  let root = value;
  for (let maker = makers.get(root); maker?.kind === "view"; maker = makers.get(root)) root = maker.inputs[0] ?? root;
  return root;
}

/** Whether an input of a join is a view of something made in the section of the join that cannot be placed as it is made. */
function showsStage(input: ValueId, { section }: Node, { types }: Graph, makers: ReadonlyMap<ValueId, Node>): boolean {
  const root = rootOf(input, makers);
  const maker = makers.get(root);
  if (root === input || maker === undefined || maker.section !== section) return false;
  const [from, to] = [staticShape(types.get(root)), staticShape(types.get(input))];
  return maker.kind !== "pattern" || from === undefined || to === undefined || insertedAxes(from, to) === undefined;
}

/** Whether a join, or one that it joins, takes a tensor that no stage of its section makes. */
function joinsMemory(node: Node | undefined, makers: ReadonlyMap<ValueId, Node>): boolean {
  if (node?.kind !== "join") return false;
  return node.inputs.some((input) => {
    const maker = input === null ? undefined : makers.get(input);
    if (maker === undefined || maker.section !== node.section) return true;
    // A view in front of a join shows a stage, or gets a copy, which is one, unless it shows what is in memory.
    const shown = input === null ? undefined : makers.get(rootOf(input, makers));
    return shown === undefined || shown.section !== node.section || joinsMemory(maker, makers);
  });
}

function copyPattern(
  dtype: PatternNode["pattern"]["results"][number]["dtype"],
  shape: readonly number[],
): PatternNode["pattern"] {
  const index: IndexExpression[] = shape.map((_, loop) => ({ constant: 0, loops: [{ loop, coefficient: 1 }] }));
  return {
    loops: shape.map((extent, axis) => ({ name: `i${axis}`, extent, kind: "parallel" })),
    body: [{ kind: "read", read: { operand: 0, index } }],
    reductions: [],
    epilogue: [],
    results: [{ register: 0, dtype, shape, index }],
  };
}

function freshCopy(name: string, types: ReadonlyMap<string, unknown>): string {
  let candidate = `${name}.copy`;
  for (let count = 2; types.has(candidate); count += 1) candidate = `${name}.copy${count}`;
  return candidate;
}
