import { CompileError } from "@rdu/diagnostics";
import { capturedValues, constantsById, type Graph, type OperatorNode, valuesUsedBy } from "@rdu/ir";
import { inferGraph, type KnownInput } from "@rdu/ops";
import { fromBigints, fromNumbers } from "@rdu/tensor";
import { bodyOf, MOST_ITERATIONS, type Surroundings } from "./surroundings.ts";

/**
 * How often the body of a loop runs whose condition holds at first, `most` times at most, where the condition follows from what is known before
 * the run: from a counter above all, as exporters write `while` loops. Computes what the condition needs, one iteration after the other, and
 * counts one more than are ever written out. Undefined where the run decides.
 */
export function iterationsOf(node: OperatorNode, most: number, surroundings: Surroundings): number | undefined {
  const body = bodyOf(node);
  const needed = conditionOf(body);
  const around = knownAround(needed, surroundings);
  let state = node.inputs.slice(2).map((id) => (id === null ? undefined : knownAs(id, surroundings)));
  for (let count = 0; count < most; count += 1) {
    if (count > MOST_ITERATIONS) return count;
    const given = new Map(around);
    for (const [index, value] of [iteration(count), GOING, ...state].entries()) {
      const name = body.inputs[index];
      if (name !== undefined && value !== undefined) given.set(name, value);
    }
    const results = outputsFor(needed, body, given, surroundings);
    const going = results?.[0]?.value;
    if (results === undefined || going === undefined) return undefined;
    if (!going.data[0]) return count + 1;
    state = results.slice(1, 1 + state.length);
  }
  return most;
}

function iteration(count: number): KnownInput {
  return { type: { kind: "tensor", dtype: "int64", shape: [] }, value: fromBigints("int64", [], [BigInt(count)]) };
}

const GOING: KnownInput = { type: { kind: "tensor", dtype: "bool", shape: [] }, value: fromNumbers("bool", [], [1]) };

/** The part of a body that its condition needs, in this iteration or a later one. Its inputs are left to be seen as values around it. */
function conditionOf(body: Graph): Graph {
  const needed = new Set(body.outputs.slice(0, 1));
  for (let size = -1; size !== needed.size; ) {
    size = needed.size;
    for (const node of body.nodes.toReversed())
      if (node.outputs.some((output) => output !== null && needed.has(output)))
        for (const used of valuesUsedBy(node)) needed.add(used);
    for (const [index, name] of body.inputs.slice(2).entries()) {
      const next = body.outputs[index + 1];
      if (needed.has(name) && next !== undefined) needed.add(next);
    }
  }
  const nodes = body.nodes.filter(({ outputs }) => outputs.some((output) => output !== null && needed.has(output)));
  return {
    ...body,
    inputs: [],
    nodes,
    constants: body.constants.filter(({ id }) => needed.has(id)),
    types: new Map(),
  };
}

function knownAround(subgraph: Graph, surroundings: Surroundings): ReadonlyMap<string, KnownInput> {
  const found = new Map<string, KnownInput>();
  for (const id of capturedValues(subgraph)) {
    const known = knownAs(id, surroundings);
    if (known !== undefined) found.set(id, known);
  }
  return found;
}

function knownAs(id: string, { graph, lookUp }: Surroundings): KnownInput | undefined {
  const type = graph.types.get(id) ?? constantsById(graph).get(id)?.type;
  return type === undefined ? undefined : { type, value: lookUp(id) };
}

/** What is known of the outputs of the body; of those that the condition does not need, nothing. */
function outputsFor(
  needed: Graph,
  body: Graph,
  given: ReadonlyMap<string, KnownInput>,
  { readConstant }: Surroundings,
): readonly (KnownInput | undefined)[] | undefined {
  const own = constantsById(needed);
  try {
    const { graph, known } = inferGraph(needed, { readConstant, outer: given });
    return body.outputs.map((output) => {
      const constant = own.get(output);
      if (constant !== undefined) return { type: constant.type, value: readConstant(constant) };
      const type = graph.types.get(output);
      return type === undefined ? given.get(output) : { type, value: known.get(output) };
    });
  } catch (error) {
    // What rejects its operands is left for the run to judge.
    if (error instanceof CompileError) return undefined;
    throw error;
  }
}
