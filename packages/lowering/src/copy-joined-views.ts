import type { Graph, IndexExpression, Node, PatternNode } from "@rdu/ir";

/**
 * A join places its inputs by address, which it can do for what a stage writes axis by axis, not for a view of it. Such inputs get a copy of their own.
 *
 *   %v: f32[4,2] = view(%x)                     %v: f32[4,2] = view(%x)
 *   %y: f32[8,2] = join(%v, %z) ...      =>     %v.copy: f32[4,2] = pattern(%v) for i in 4, j in 2 { ... }
 *                                               %y: f32[8,2] = join(%v.copy, %z) ...
 */
export function copyJoinedViews(graph: Graph): Graph {
  const views = new Set(graph.nodes.flatMap((node) => (node.kind === "view" ? node.outputs : [])));
  const types = new Map(graph.types);
  let changed = false;
  const nodes = graph.nodes.flatMap((node): Node[] => {
    if (node.kind !== "join" || !node.inputs.some((input) => views.has(input))) return [node];
    changed = true;
    const copies: PatternNode[] = [];
    const inputs = node.inputs.map((input) => {
      const type = input === null ? undefined : graph.types.get(input);
      if (input === null || !views.has(input) || type?.kind !== "tensor" || type.shape === null) return input;
      const shape = type.shape.map((extent) => (typeof extent === "number" ? extent : 1));
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
