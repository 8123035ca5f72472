import { reject } from "@rdu/diagnostics";
import type { ValueId } from "@rdu/ir";
import { type Binding, type Environment, type GraphParts, joinPath, type Scope } from "./import-context.ts";
import { opsetVersions } from "./opsets.ts";
import type { AttributeProto, FunctionProto, NodeProto } from "./proto-types.ts";

export interface FunctionCall {
  readonly node: NodeProto;
  /** Path of the calling node; names and origins inside the body begin with it. */
  readonly path: string;
  /** The function's key. */
  readonly key: string;
}

/** Calls of functions in functions are followed this far. */
const DEEPEST_CALL = 100;

/**
 * Adds the body of a local function to the graph of its call: formal inputs and outputs stand for the actual ones, inner
 * values get the path of the call in front, attribute references are resolved from the call or the function's defaults.
 * Rejects with E0109 recursion, too many operands, and outputs that the body does not define.
 */
export function expandFunction(
  definition: FunctionProto,
  { node, path, key }: FunctionCall,
  environment: Environment,
  parts: GraphParts,
  addNode: (node: NodeProto, index: number, environment: Environment) => void,
): void {
  if (environment.calls.includes(key)) reject("E0109", `function "${definition.name}" calls itself`);
  if (environment.calls.length >= DEEPEST_CALL) reject("E0109", `calls are nested deeper than ${DEEPEST_CALL}`);

  const scope = environment.scope.ofFunction();
  bindInputs(definition, node, environment, scope);
  const copies = bindOutputs(definition, node, environment, scope, path);
  declareBody(definition, scope, path);
  const body: Environment = {
    ...environment,
    scope,
    opsets: new Map([...environment.opsets, ...opsetVersions(definition.opsetImport ?? [])]),
    bindings: bindings(definition, node, environment),
    callPath: path,
    graphPath: path,
    calls: [...environment.calls, key],
  };
  (definition.node ?? []).forEach((inner, index) => {
    addNode(inner, index, body);
  });
  for (const { from, to } of copies) {
    const source = scope.lookup(from);
    if (!source) reject("E0109", `output "${from}" of function "${definition.name}" is an omitted input`);
    const version = body.opsets.get("") ?? 1;
    parts.nodes.push({
      kind: "operator",
      op: "Identity",
      version,
      inputs: [source],
      outputs: [to],
      attributes: {},
      origin: [path],
    });
  }
}

function bindInputs(definition: FunctionProto, node: NodeProto, { scope: caller }: Environment, scope: Scope): void {
  const formals = definition.input ?? [];
  const actuals = node.input ?? [];
  if (actuals.length > formals.length) {
    reject("E0109", `function "${definition.name}" takes ${formals.length} inputs, the call gives ${actuals.length}`);
  }
  formals.forEach((formal, index) => {
    const actual = actuals[index] ?? "";
    const meaning = actual === "" ? null : caller.lookup(actual);
    if (meaning === undefined) {
      reject("E0107", `input "${actual}" of ${node.opType} is defined nowhere`);
    }
    scope.bind(formal, meaning);
  });
}

/** An output that is also an input, or listed twice, has to be copied after the body. */
function bindOutputs(
  definition: FunctionProto,
  node: NodeProto,
  { scope: caller }: Environment,
  scope: Scope,
  path: string,
): { from: string; to: ValueId }[] {
  const formals = definition.output ?? [];
  const actuals = node.output ?? [];
  if (actuals.length > formals.length) {
    reject("E0109", `function "${definition.name}" gives ${formals.length} outputs, the call takes ${actuals.length}`);
  }
  const copies: { from: string; to: ValueId }[] = [];
  formals.forEach((formal, index) => {
    const actual = actuals[index] ?? "";
    const to = actual === "" ? null : (caller.lookup(actual) ?? null);
    if (!scope.isDeclared(formal)) {
      if (to === null) scope.declare(formal, joinPath(path, formal));
      else scope.bind(formal, to);
    } else if (to !== null) copies.push({ from: formal, to });
  });
  return copies;
}

function declareBody(definition: FunctionProto, scope: Scope, path: string): void {
  const inputs = new Set(definition.input ?? []);
  const outputs = new Set(definition.output ?? []);
  const defined = new Set<string>();
  for (const output of (definition.node ?? []).flatMap((inner) => inner.output ?? [])) {
    if (output === "") continue;
    if (defined.has(output) || inputs.has(output)) {
      reject("E0109", `value "${output}" of function "${definition.name}" is defined twice`);
    }
    defined.add(output);
    if (!outputs.has(output)) scope.declare(output, joinPath(path, output));
  }
  for (const output of outputs) {
    if (defined.has(output) || inputs.has(output)) continue;
    reject("E0109", `output "${output}" of function "${definition.name}" is defined nowhere in it`);
  }
}

/** The attributes of the call, references in them already resolved where the call stands, over the function's defaults. */
function bindings(definition: FunctionProto, node: NodeProto, environment: Environment): ReadonlyMap<string, Binding> {
  const result = new Map<string, Binding>();
  const bind = (attribute: AttributeProto, place: Environment): void => {
    if (!attribute.name) return;
    if (!attribute.refAttrName) {
      result.set(attribute.name, { attribute, environment: place });
      return;
    }
    const referred = place.bindings?.get(attribute.refAttrName);
    if (referred !== undefined) result.set(attribute.name, referred);
  };
  for (const attribute of definition.attributeProto ?? []) bind(attribute, environment);
  for (const attribute of node.attribute ?? []) bind(attribute, environment);
  return result;
}
