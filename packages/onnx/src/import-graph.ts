import { listed } from "@rdu/diagnostics";
import { type Constant, type Graph, nodesOnCycles, sortNodes, type ValueId } from "@rdu/ir";
import {
  attempt,
  type Environment,
  type GraphParts,
  type ImportContext,
  joinPath,
  report,
  type Scope,
  suggestion,
} from "./import-context.ts";
import { importNode } from "./import-node.ts";
import { importSparseTensor, sparseName } from "./import-sparse.ts";
import { importTensor } from "./import-tensor.ts";
import { importType } from "./import-type.ts";
import { nodePath } from "./node-path.ts";
import type { GraphProto, NodeProto, ValueInfoProto } from "./proto-types.ts";

/** A GraphProto as a graph, local functions expanded. Problems go to the context; the graph is then of no use. */
export function importGraph(proto: GraphProto, environment: Environment): Graph {
  const { context, scope } = environment;
  const parts: GraphParts = { nodes: [], constants: [], types: new Map() };
  const initializers = declareInitializers(proto, environment);
  const inputs = declareInputs(proto, environment);
  declareOutputsOfNodes(proto.node ?? [], environment);

  for (const constant of initializers()) {
    parts.constants.push(constant);
    parts.types.set(constant.id, constant.type);
  }
  (proto.node ?? []).forEach((node, index) => {
    importNode(node, index, environment, parts, importSubgraph);
  });
  const outputs = (proto.output ?? []).flatMap(({ name }) => {
    const meaning = scope.lookup(name ?? "");
    if (meaning) return [meaning];
    report(
      context,
      "E0107",
      `graph output "${name ?? ""}" is defined nowhere`,
      placeOf(environment),
      suggestion(context, scope, name ?? ""),
    );
    return [];
  });
  const constants = new Set(parts.constants.map(({ id }) => id));
  for (const info of [...(proto.valueInfo ?? []), ...(proto.output ?? []), ...(proto.input ?? [])]) {
    importValueInfo(info, environment, parts, constants);
  }
  return {
    name: proto.name ?? "",
    inputs,
    outputs,
    constants: parts.constants,
    nodes: sorted(parts, environment),
    types: parts.types,
  };
}

function importSubgraph(proto: GraphProto, attribute: string, environment: Environment): Graph {
  const graphPath = joinPath(environment.graphPath, attribute);
  return importGraph(proto, { ...environment, scope: environment.scope.inner(), graphPath });
}

/** Declares the initializers; the answer imports them, so that a damaged one does not make its name unknown as well. */
function declareInitializers(proto: GraphProto, environment: Environment): () => Constant[] {
  const { context, scope } = environment;
  const imports: ((() => Constant) | undefined)[] = [];
  const declared = (name: string, importAs: (id: ValueId) => Constant): void => {
    const id = declare(scope, context, name, "initializer", placeOf(environment));
    if (id !== undefined) imports.push(() => importAs(id));
  };
  const fed = inputsFed(environment);
  const dense = (proto.initializer ?? []).filter(({ name }) => !fed.has(name ?? ""));
  const sparse = (proto.sparseInitializer ?? []).filter((tensor) => !fed.has(sparseName(tensor)));
  for (const tensor of dense) {
    declared(tensor.name ?? "", (id) => importTensor(id, tensor, context.externalLength));
  }
  for (const tensor of sparse) {
    declared(sparseName(tensor), (id) => importSparseTensor(id, tensor));
  }
  const names = [...dense.map(({ name }) => name ?? ""), ...sparse.map(sparseName)];
  return () =>
    imports.flatMap((work, index) => {
      if (work === undefined) return [];
      const constant = attempt(context, [...placeOf(environment), `initializer ${names[index]}`], work);
      return constant === undefined ? [] : [constant];
    });
}

const NONE: ReadonlySet<string> = new Set();

/** Inputs of the model itself that the run feeds although they have an initializer. */
function inputsFed({ context, graphPath }: Environment): ReadonlySet<string> {
  return graphPath === "" ? context.asInputs : NONE;
}

/** Inputs that have an initializer are constants unless the run feeds them: IR version 3 lists every weight among the inputs. */
function declareInputs(proto: GraphProto, environment: Environment): ValueId[] {
  const { context, scope } = environment;
  const fed = inputsFed(environment);
  const inputs = new Set((proto.initializer ?? []).map(({ name }) => name ?? ""));
  for (const sparse of proto.sparseInitializer ?? []) inputs.add(sparseName(sparse));
  return (proto.input ?? []).flatMap(({ name }) => {
    if (inputs.has(name ?? "") && !fed.has(name ?? "")) return [];
    const id = declare(scope, context, name ?? "", "graph input", placeOf(environment));
    return id === undefined ? [] : [id];
  });
}

/** All names first: a subgraph must see a name that is defined later, to be told from an undefined one. */
function declareOutputsOfNodes(
  nodes: readonly NodeProto[],
  { context, scope, callPath, graphPath }: Environment,
): void {
  nodes.forEach((node, index) => {
    for (const output of node.output ?? []) {
      if (output !== "") declare(scope, context, output, "value", [nodePath(node, index, { callPath, graphPath })]);
    }
  });
}

function declare(
  scope: Scope,
  context: ImportContext,
  name: string,
  what: string,
  at: readonly string[],
): ValueId | undefined {
  if (name === "") report(context, "E0107", `${what === "value" ? "a value" : `a ${what}`} has no name`, at);
  else if (scope.isDeclared(name)) report(context, "E0107", `${what} "${name}" is defined twice`, at);
  else return scope.declare(name);
  return undefined;
}

/** Declared types of values that exist and are no constants; a constant knows its own. */
function importValueInfo(
  { name, type }: ValueInfoProto,
  environment: Environment,
  parts: GraphParts,
  constants: ReadonlySet<ValueId>,
): void {
  const { context, scope } = environment;
  if (!name || !type || !scope.isDeclared(name)) return;
  const id = scope.lookup(name);
  const imported = attempt(context, [...placeOf(environment), `value ${name}`], () => importType(type));
  if (!id || imported === undefined || constants.has(id)) return;
  parts.types.set(id, imported);
}

function sorted(parts: GraphParts, environment: Environment): Graph["nodes"] {
  const nodes = sortNodes(parts.nodes);
  if (nodes !== undefined) return nodes;
  const open = nodesOnCycles(parts.nodes);
  const names = open.flatMap(({ origin }) => origin.slice(0, 1));
  report(environment.context, "E0107", `nodes form a cycle: ${listed(names)}`, placeOf(environment));
  return parts.nodes;
}

function placeOf({ graphPath }: Environment): readonly string[] {
  return graphPath === "" ? [] : [graphPath];
}
