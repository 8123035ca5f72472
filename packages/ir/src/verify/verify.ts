import { type Diagnostic, diagnostic, invariant, rejectErrors, renderAll } from "@rdu/diagnostics";
import type { Constant, Graph, Node, ValueId, ValueType } from "../graph.ts";
import { subgraphsOf, valuesDefinedBy } from "../queries.ts";
import { printNodeHead } from "../text/print-graph.ts";
import { attributeProblems, constantProblems, nodeProblems } from "./verify-node.ts";

/**
 * What a graph holds on its way:
 *
 * - imported: operators as the model has them; types where the model declares them
 * - typed: operators; every value has a type and no dimension is symbolic (unknown ones only where values decide them)
 * - patterns: patterns, views, joins and host calls
 * - sections: the same, each node in a section
 */
export type Level = "imported" | "typed" | "patterns" | "sections";

/** Which kinds of node may stand at a level. */
const KINDS: Readonly<Record<Level, readonly Node["kind"][]>> = {
  imported: ["operator"],
  typed: ["operator"],
  patterns: ["pattern", "view", "join", "host"],
  sections: ["pattern", "view", "join", "host"],
};

/**
 * Everything that is wrong with a graph at a level, each naming its node or value; empty when the graph is legal:
 *
 * - every value is defined once, as input, constant or output of a node; subgraphs hide no name around them
 * - every operand is defined earlier, here or around a subgraph; a whole graph captures nothing
 * - outputs exist
 * - only kinds of the level; every node has an origin; a section's nodes are consecutive, and at "sections" all have one
 * - types belong to values that exist and are as the level asks
 * - constants have a known shape and as many bytes as it takes, and the type that the graph gives them
 * - attributes: int fits 64 bits, float is a single
 * - pattern: see `patternProblems`; operands and results of known shape, results of the type the graph gives them
 * - view: one input and output of one element type and count
 * - join: boxes inside the output, disjoint and covering
 */
export function verify(graph: Graph, level: Level): readonly Diagnostic[] {
  const problems: Diagnostic[] = [];
  verifyGraph(graph, level, undefined, [graph.name], problems);
  return problems;
}

/** Rejects a graph that somebody wrote or edited. */
export function rejectInvalid(graph: Graph, level: Level): void {
  rejectErrors(verify(graph, level));
}

/** Fails when a graph that we made is not legal. */
export function requireValid(graph: Graph, level: Level): void {
  const problems = verify(graph, level);
  invariant(problems.length === 0, () => `graph is not legal at level "${level}"\n${renderAll(problems)}`);
}

function verifyGraph(
  graph: Graph,
  level: Level,
  outer: ReadonlySet<ValueId> | undefined,
  at: readonly string[],
  problems: Diagnostic[],
): void {
  const report = (message: string, place?: string, source?: Node): void => {
    problems.push(
      diagnostic("E0407", message, {
        at: place === undefined ? at : [...at, place],
        ...(source === undefined ? {} : { source: { text: printNodeHead(source, graph.types), spans: [] } }),
      }),
    );
  };
  const defined = new Set<ValueId>();
  const define = (id: ValueId, place: string): void => {
    if (defined.has(id)) report(`%${id} is defined twice`, place);
    else if (outer?.has(id) === true) report(`%${id} hides a value of the graph around`, place);
    defined.add(id);
  };
  const check = (id: ValueId, place: string, source?: Node): void => {
    if (!defined.has(id) && outer?.has(id) !== true) report(`%${id} is not defined here`, place, source);
  };

  for (const input of graph.inputs) define(input, "inputs");
  for (const constant of graph.constants) {
    define(constant.id, `%${constant.id}`);
    for (const problem of [...constantProblems(constant), ...typeOfConstant(constant, graph)]) {
      report(problem, `%${constant.id}`);
    }
  }
  const closed = new Set<string>();
  let open: string | undefined;
  for (const node of graph.nodes) {
    const place = placeOf(node);
    if (!KINDS[level].includes(node.kind)) report(`${node.kind} nodes do not stand at level "${level}"`, place, node);
    if (node.origin.length === 0) report("the node has no origin", place, node);
    if (node.section !== open) {
      if (open !== undefined) closed.add(open);
      open = node.section;
      if (open !== undefined && closed.has(open)) report(`section ${open} is interrupted`, place, node);
    }
    if (level === "sections" && node.section === undefined) report("the node is in no section", place, node);
    for (const input of node.inputs) if (input !== null) check(input, place, node);
    verifySubgraphs(node, outer, defined, [...at, place], problems);
    for (const problem of [...attributeProblems(node), ...nodeProblems(node, graph.types)])
      report(problem, place, node);
    for (const output of valuesDefinedBy(node)) define(output, place);
  }
  for (const output of graph.outputs) check(output, "outputs");
  verifyTypes(graph, level, defined, report);
}

/** Operators in subgraphs are as imported at every level: their shapes may depend on the run. */
function verifySubgraphs(
  node: Node,
  outer: ReadonlySet<ValueId> | undefined,
  defined: ReadonlySet<ValueId>,
  at: readonly string[],
  problems: Diagnostic[],
): void {
  const subgraphs = subgraphsOf(node);
  if (subgraphs.length === 0) return;
  const around = new Set([...(outer ?? []), ...defined]);
  for (const subgraph of subgraphs) {
    verifyGraph(subgraph, "imported", around, subgraph.name === "" ? at : [...at, subgraph.name], problems);
  }
}

function verifyTypes(
  graph: Graph,
  level: Level,
  defined: ReadonlySet<ValueId>,
  report: (message: string, place?: string) => void,
): void {
  for (const id of graph.types.keys()) {
    if (!defined.has(id)) report(`there is a type for %${id}, which does not exist`);
  }
  if (level === "imported") return;
  for (const id of defined) {
    const type = graph.types.get(id);
    if (type === undefined) report("its type is not known", `%${id}`);
    else if (isSymbolic(type)) report("a dimension is still symbolic", `%${id}`);
  }
}

function isSymbolic(type: ValueType): boolean {
  if (type.kind !== "tensor") return isSymbolic(type.element);
  return type.shape?.some((dim) => typeof dim === "string") ?? false;
}

function* typeOfConstant({ id, type }: Constant, graph: Graph): Generator<string> {
  const given = graph.types.get(id);
  if (given === undefined) return;
  if (given.kind !== "tensor" || given.dtype !== type.dtype || String(given.shape) !== String(type.shape)) {
    yield "the graph gives it another type";
  }
}

/** A node is called by what it defines: names of values are unique, origins are not. */
function placeOf(node: Node): string {
  const [first] = valuesDefinedBy(node);
  return first === undefined ? `${node.kind} at ${node.origin.join(", ")}` : `%${first}`;
}
