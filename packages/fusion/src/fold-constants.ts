import { CompileError, InvariantError } from "@rdu/diagnostics";
import {
  type Constant,
  constantByteLength,
  constantsById,
  type Graph,
  type Node,
  type OperatorNode,
  staticShape,
  subgraphsOf,
  tensorConstant,
  type ValueId,
  valuesUsedBy,
} from "@rdu/ir";
import { evaluateNode, inferGraph, operatorOf } from "@rdu/ops";
import { DTYPES, elementCount, isTensor, type Tensor } from "@rdu/tensor";
import { type GraphPass, OPTIMIZE_LEVELS, type PassContext } from "./pass.ts";
import { withNodes } from "./with-nodes.ts";

/** Larger results are left to the chip: folding must not need more memory than the model itself. */
const LARGEST_RESULT_BYTES = 2 ** 28;
/** Weights in outside files stay references when they are larger than this. */
const LARGEST_FILE_BYTES = 2 ** 20;

/**
 * Computes what is known before the run.
 *
 *   %s: i64[2] = Shape(%x)                     const %s2: i64[2] = [4, 6]
 *   %s2: i64[2] = Mul(%s, %two)         =>     %y: f32[4,6] = Expand(%x, %s2)
 *   %y: f32[4,6] = Expand(%x, %s2)
 *
 * A value is known when its node always gives the same and all its operands are constants, or when its type alone says it (Shape, Size).
 * The meaning is the registry's `evaluate`. A value in between is forgotten after its last use.
 */
export const foldConstants: GraphPass = {
  name: "fold-constants",
  summary: "compute what is known before the run, shape arithmetic included",
  takes: "graph",
  gives: "graph",
  optimize: OPTIMIZE_LEVELS,
  after: { "infer-shapes": "shape arithmetic starts from shapes" },
  run(graph, context) {
    if (FOLDED.has(graph)) return graph;
    const { graph: typed, known: small } = inferGraph(graph, { readConstant: context.readConstant });
    const constants = constantsById(typed);
    const uses = useCounts(typed);
    const values = new Map<ValueId, Tensor>();
    const kept: Node[] = [];
    const made = new Map<ValueId, Constant>();
    const lookUp = (id: ValueId): Tensor | undefined => {
      const folded = values.get(id) ?? small.get(id);
      if (folded !== undefined) return folded;
      const constant = constants.get(id);
      return constant === undefined || !worthReading(constant) ? undefined : context.readConstant(constant);
    };
    const materialise = (id: ValueId): void => {
      const value = values.get(id) ?? small.get(id);
      if (value === undefined || constants.has(id) || made.has(id)) return;
      made.set(id, tensorConstant(id, value));
    };
    const release = (node: Node): void => {
      for (const used of valuesUsedBy(node)) {
        const left = (uses.get(used) ?? 1) - 1;
        uses.set(used, left);
        if (left === 0) values.delete(used);
      }
    };
    for (const node of typed.nodes) {
      const folded = node.kind === "operator" ? fold(node, typed, small, lookUp, context) : undefined;
      if (folded === undefined) {
        kept.push(node);
        for (const used of valuesUsedBy(node)) materialise(used);
      } else {
        for (const [id, value] of folded) values.set(id, value);
        context.record({
          nodes: node.origin,
          rule: "fold-constants",
          verdict: "taken",
          reason: "its value is known before the run",
        });
      }
      release(node);
    }
    for (const output of typed.outputs) materialise(output);
    const changed = kept.length < typed.nodes.length;
    const result = changed ? withNodes(typed, kept, [...typed.constants, ...made.values()]) : graph;
    FOLDED.add(result);
    return result;
  },
};

/** What the pass gave: it would find nothing more to fold there. */
const FOLDED = new WeakSet<Graph>();

/** Users of each value; a graph output counts as one that never goes away. */
function useCounts(graph: Graph): Map<ValueId, number> {
  const counts = new Map<ValueId, number>();
  const count = (id: ValueId): void => {
    counts.set(id, (counts.get(id) ?? 0) + 1);
  };
  for (const node of graph.nodes) valuesUsedBy(node).forEach(count);
  graph.outputs.forEach(count);
  return counts;
}

function fold(
  node: OperatorNode,
  graph: Graph,
  small: ReadonlyMap<ValueId, Tensor>,
  lookUp: (id: ValueId) => Tensor | undefined,
  context: PassContext,
): ReadonlyMap<ValueId, Tensor> | undefined {
  const outputs = node.outputs.filter((output) => output !== null);
  const already = outputs.flatMap((output): [ValueId, Tensor][] => {
    const value = small.get(output);
    return value === undefined ? [] : [[output, value]];
  });
  if (already.length === outputs.length) return new Map(already);
  if (operatorOf(node.op)?.random === true || subgraphsOf(node).length > 0) return undefined;
  if (outputs.some((output) => !isModest(graph, output))) return undefined;
  const inputs: (Tensor | null)[] = [];
  for (const input of node.inputs) {
    const value = input === null ? null : lookUp(input);
    if (value === undefined) return undefined;
    inputs.push(value);
  }
  return evaluated(node, inputs, context);
}

/** What rejects its operands is left for the place that runs it to report. */
function evaluated(
  node: OperatorNode,
  inputs: readonly (Tensor | null)[],
  context: PassContext,
): ReadonlyMap<ValueId, Tensor> | undefined {
  try {
    const results = evaluateNode(node, inputs, {
      readConstant: context.readConstant,
      run: (subgraph) => {
        throw new InvariantError(`an operator without subgraphs runs ${subgraph.name}`);
      },
    });
    const values = new Map<ValueId, Tensor>();
    for (const [index, output] of node.outputs.entries()) {
      const result = results[index] ?? null;
      if (output === null) continue;
      if (result === null || !isTensor(result)) return undefined;
      values.set(output, result);
    }
    return values;
  } catch (error) {
    if (error instanceof CompileError) return undefined;
    throw error;
  }
}

function isModest(graph: Graph, output: ValueId): boolean {
  const type = graph.types.get(output);
  const shape = staticShape(type);
  if (type?.kind !== "tensor" || shape === undefined) return false;
  return elementCount(shape) * DTYPES[type.dtype].bytes <= LARGEST_RESULT_BYTES;
}

function worthReading(constant: Constant): boolean {
  return constant.source.kind !== "file" || constantByteLength(constant) <= LARGEST_FILE_BYTES;
}
