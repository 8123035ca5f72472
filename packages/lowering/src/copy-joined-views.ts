import {
  type Graph,
  type IndexExpression,
  type Node,
  type PatternNode,
  producers,
  staticShape,
  type ValueId,
} from "@rdu/ir";

/**
 * A join places its inputs by address, which it can do for what a stage writes axis by axis, not for a view of it; and tensors from memory come
 * into their part of a join axis by axis, not as the row-major elements that a view of the join reads. Both get a copy in between.
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
      if (node.kind === "join") return maker?.kind === "view";
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

/** Whether a join, or one that it joins, takes a tensor that no stage of its section makes. */
function joinsMemory(node: Node | undefined, makers: ReadonlyMap<ValueId, Node>): boolean {
  if (node?.kind !== "join") return false;
  return node.inputs.some((input) => {
    const maker = input === null ? undefined : makers.get(input);
    if (maker === undefined || maker.section !== node.section) return true;
    // A view in front of a join gets a copy, which is a stage.
    return joinsMemory(maker, makers);
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
