import { CompileError, reject } from "@rdu/diagnostics";
import { type Constant, constantsById, type Graph, type Node, type ValueId, type ValueType } from "@rdu/ir";
import { attributesOf, decompose, inferGraph, type KnownInput, meaningOf } from "@rdu/ops";
import type { Tensor } from "@rdu/tensor";

/** What a subgraph is to the graph around it. */
export interface Judged {
  /** The types of its outputs. */
  readonly outputs: readonly (ValueType | undefined)[];
  /** Why computing it for nothing might stop the run, or leaves the chip; undefined when it cannot. */
  readonly danger: string | undefined;
}

/**
 * Judges a subgraph that is computed whether the run needs it or not. Patterns stop the run only by an index of the run that lies outside, so
 * a subgraph of patterns without such reads is harmless.
 */
export function judge(
  subgraph: Graph,
  inputs: readonly ValueType[],
  graph: Graph,
  readConstant: (constant: Constant) => Tensor,
): Judged {
  const around = constantsById(graph);
  const outer = new Map<ValueId, KnownInput>();
  for (const [id, type] of graph.types) outer.set(id, { type });
  for (const [id, constant] of around)
    outer.set(id, { type: constant.type, value: smallValue(constant, readConstant) });
  const types = new Map(subgraph.types);
  subgraph.inputs.forEach((id, index) => {
    const type = inputs[index];
    if (type !== undefined) types.set(id, type);
  });
  try {
    const { graph: typed, known } = inferGraph({ ...subgraph, types }, { readConstant, outer });
    const all = new Map([...graph.types, ...typed.types]);
    const own = constantsById(typed);
    const constant = (id: ValueId): Tensor | undefined => {
      const value = known.get(id);
      if (value !== undefined) return value;
      const found = own.get(id) ?? (typed.types.has(id) ? undefined : around.get(id));
      return found === undefined ? undefined : smallValue(found, readConstant);
    };
    const dangers = typed.nodes.flatMap((node) => dangerOf(node, all, constant, readConstant) ?? []);
    return { outputs: subgraph.outputs.map((id) => all.get(id)), danger: dangers[0] };
  } catch (error) {
    if (!(error instanceof CompileError)) throw error;
    return { outputs: [], danger: "a part of it has no types" };
  }
}

/** Larger constants are no shapes, axes or indices. */
const MOST_ELEMENTS_READ = 4096;

function smallValue(constant: Constant, read: (constant: Constant) => Tensor): Tensor | undefined {
  const count = (constant.type.shape ?? []).reduce<number>((product, extent) => product * Number(extent), 1);
  return count <= MOST_ELEMENTS_READ ? read(constant) : undefined;
}

function dangerOf(
  node: Node,
  types: ReadonlyMap<ValueId, ValueType>,
  constant: (id: ValueId) => Tensor | undefined,
  readConstant: (constant: Constant) => Tensor,
): string | undefined {
  if (node.kind !== "operator") return `${node.kind} nodes are no operators`;
  const { row, signature } = meaningOf(node);
  if (row.decompose === undefined) return `${node.op} has no form on the chip`;
  const attributes = attributesOf(node, signature, readConstant, (message) =>
    reject("E0303", message, { at: node.origin }),
  );
  const made = decompose(row.decompose, { node, attributes, types, constant });
  if (made.kind === "host") return `${node.op} runs on the host: ${made.reason}`;
  return made.nodes.some(mayStop) ? `${node.op} could stop the run` : undefined;
}

/** An index that the run makes, without a value for what lies outside. */
function mayStop(node: Node): boolean {
  if (node.kind !== "pattern") return false;
  return [...node.pattern.body, ...node.pattern.epilogue].some(
    (step) =>
      step.kind === "read" &&
      step.read.otherwise === undefined &&
      step.read.index.some(({ registers }) => registers !== undefined),
  );
}
