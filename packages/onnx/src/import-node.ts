import { reject } from "@rdu/diagnostics";
import type { Attribute, OperatorNode, ValueId } from "@rdu/ir";
import { expandFunction } from "./expand-function.ts";
import { type ImportSubgraph, importAttribute } from "./import-attribute.ts";
import { importConstantNode } from "./import-constant-node.ts";
import {
  attempt,
  canonicalDomain,
  type Environment,
  functionKey,
  type GraphParts,
  operatorName,
  report,
  suggestion,
} from "./import-context.ts";
import { nodePath } from "./node-path.ts";
import type { NodeProto } from "./proto-types.ts";

/** More nodes than any model has: what a few lines of functions calling each other twice can reach. */
const MOST_NODES = 200_000;

/**
 * Adds what a NodeProto means to `parts`: a node; for a Constant a constant; for a call of a local function the nodes of
 * its body. The names of its outputs are declared already.
 */
export function importNode(
  node: NodeProto,
  index: number,
  environment: Environment,
  parts: GraphParts,
  importSubgraph: ImportSubgraph,
): void {
  const { context } = environment;
  const path = nodePath(node, index, environment);
  // Past the limit nothing is followed any more: the calls still open would take for ever.
  context.nodeCount += 1;
  if (context.nodeCount === MOST_NODES)
    report(context, "E0109", `the model expands to more than ${MOST_NODES} nodes`, [path]);
  if (context.nodeCount >= MOST_NODES) return;
  attempt(context, [path], () => {
    const type = node.opType ?? "";
    if (type === "") reject("E0107", "the node has no operator type");
    const domain = canonicalDomain(node.domain);
    const key = functionKey(domain, type, node.overload ?? "");
    const definition = context.functions.get(key);
    if (definition !== undefined) {
      const call = { node, path, key };
      expandFunction(definition, call, environment, parts, (inner, at, within) =>
        importNode(inner, at, within, parts, importSubgraph),
      );
      return;
    }
    const inputs = operands(node, environment, path);
    const outputs = (node.output ?? []).map((name) => (name === "" ? null : (environment.scope.lookup(name) ?? null)));
    const inside = { ...environment, graphPath: path };
    const attributes = new Map<string, Attribute>();
    for (const proto of node.attribute ?? []) {
      const imported = importAttribute(proto, inside, importSubgraph);
      if (imported === undefined) continue;
      if (attributes.has(imported[0])) reject("E0107", `attribute "${imported[0]}" is given twice`);
      attributes.set(...imported);
    }
    if (domain === "" && type === "Constant") {
      importConstantNode(outputs, attributes, parts);
      return;
    }
    parts.nodes.push(
      operatorNode(operatorName(domain, type), versionOf(domain, environment), inputs, outputs, attributes, path),
    );
  });
}

function operatorNode(
  op: string,
  version: number,
  inputs: readonly (ValueId | null)[],
  outputs: readonly (ValueId | null)[],
  attributes: ReadonlyMap<string, Attribute>,
  path: string,
): OperatorNode {
  return { kind: "operator", op, version, inputs, outputs, attributes: Object.fromEntries(attributes), origin: [path] };
}

/** Values read, null for what is omitted. Omitted inputs at the end are as good as absent. */
function operands({ input, opType }: NodeProto, { scope, context }: Environment, path: string): (ValueId | null)[] {
  const inputs = (input ?? []).map((name): ValueId | null => {
    if (name === "") return null;
    const meaning = scope.lookup(name);
    if (meaning !== undefined) return meaning;
    report(
      context,
      "E0107",
      `input "${name}" of ${opType} is defined nowhere`,
      [path],
      suggestion(context, scope, name),
    );
    return null;
  });
  while (inputs.at(-1) === null) inputs.pop();
  return inputs;
}

/** Version of the operators of a domain. Exporters forget to import domains of their own, never the default one. */
export function versionOf(domain: string, { opsets }: Environment): number {
  const version = opsets.get(domain);
  if (version !== undefined) return version;
  return domain === "" ? reject("E0107", "the model does not say which opset version it uses") : 1;
}
