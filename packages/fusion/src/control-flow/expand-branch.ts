import { type Graph, graphAttribute, type OperatorNode, staticShape, type ValueId } from "@rdu/ir";
import { givenWhereOne } from "./given-where-one.ts";
import type { Expansion } from "./inline-subgraph.ts";
import { type Expander, flag, nameOf } from "./surroundings.ts";

/** Nodes of both branches beyond which computing the one not taken costs too much. */
const MOST_SELECTED = 512;

/**
 * The branch that a known condition takes, or that it takes in every run that agrees with the declared lengths; where only the run knows it, both,
 * and of each output the one or the other. That asks for outputs of known and equal shapes, and for branches that cannot stop the run: the one not
 * taken is computed for nothing.
 */
export const branch: Expander = (node, surroundings, expansion) => {
  const { graph, lookUp, judge } = surroundings;
  const condition = node.inputs[0];
  const known = flag(condition, lookUp);
  const [whenTrue, whenFalse] = [graphAttribute(node, "then_branch"), graphAttribute(node, "else_branch")];
  const branches = [whenTrue, whenFalse];
  if (known !== undefined) return expansion.inline(known ? whenTrue : whenFalse, [], "");
  if (condition == null || staticShape(graph.types.get(condition)) === undefined)
    return "the shape of its condition is known only at run time";
  if (node.outputs.some((output) => output !== null && staticShape(graph.types.get(output)) === undefined))
    return "its condition is known only at run time, and so are the shapes of its outputs";
  const assumed = flag(condition, surroundings.assumed);
  if (assumed !== undefined) return supposed(node, graph, condition, assumed, expansion);
  if (branches.reduce((sum, { nodes }) => sum + nodes.length, 0) > MOST_SELECTED)
    return "its condition is known only at run time, and its branches are too large to compute both";
  const judged = branches.map((each) => judge(each, []));
  for (const { danger } of judged)
    if (danger !== undefined) return `its condition is known only at run time, and ${danger}`;
  // What the model declares of an output says nothing of the branch that is not meant.
  const shapes = judged.map(({ outputs }) => outputs.map((type) => staticShape(type)?.join() ?? "unknown"));
  if (shapes[0]?.some((shape, index) => shape !== shapes[1]?.[index]))
    return "its condition is known only at run time, and its branches give different shapes";
  const name = nameOf(node);
  const one = expansion.reshaped(condition, [], `${name}.condition`);
  const [yes, no] = [expansion.inline(whenTrue, [], ""), expansion.inline(whenFalse, [], "")];
  return node.outputs.map((output, index): ValueId | null => {
    const [a, b] = [yes[index], no[index]];
    if (output === null || a === undefined || b === undefined) return null;
    return expansion.operator("Where", [one, a, b], expansion.fresh(`${output}.chosen`));
  });
};

/** The one branch; a run that finds the other condition stops. */
function supposed(
  node: OperatorNode,
  graph: Graph,
  given: ValueId,
  assumed: boolean,
  expansion: Expansion,
): readonly (ValueId | null)[] {
  const name = nameOf(node);
  const taken = graphAttribute(node, assumed ? "then_branch" : "else_branch");
  const condition = expansion.reshaped(given, [1], `${name}.condition`);
  const met = assumed ? condition : expansion.operator("Not", [condition], expansion.fresh(`${name}.met`));
  const one = expansion.operator("Cast", [met], expansion.fresh(`${name}.one`), { to: { kind: "int", value: 7n } });
  return expansion.inline(taken, [], "").map((value, index) => {
    const output = node.outputs[index] ?? null;
    const type = output === null ? undefined : graph.types.get(output);
    return output === null || type?.kind !== "tensor" ? null : givenWhereOne(value, one, type, output, expansion);
  });
}
