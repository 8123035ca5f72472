import { type Diagnostic, diagnostic, invariant, listed, reject, suggest } from "@rdu/diagnostics";
import type { Graph, OperatorNode } from "@rdu/ir";
import { elementCount, isTensor, scalarCount, type Value } from "@rdu/tensor";
import { evaluateContext, placeOf } from "./node-context.ts";
import type { Environment, Operator } from "./operator.ts";
import { OPERATORS, operatorOf } from "./registry.ts";
import { type Signature, signatureOf, versionsOf } from "./signatures/signature.ts";

/** The meaning of one operator node: the values of its outputs in order; null for an output that is not computed. */
export function evaluateNode(
  node: OperatorNode,
  inputs: readonly (Value | null)[],
  environment: Environment,
): readonly (Value | null)[] {
  const { row, signature } = meaningOf(node);
  const outputs = row.evaluate(evaluateContext(row, node, signature, inputs, environment));
  node.outputs.forEach((name, index) => {
    if (name === null) return;
    const value = outputs[index] ?? null;
    invariant(value !== null, () => `${node.op} gives no output ${index}`);
    if (isTensor(value))
      invariant(
        value.data.length === scalarCount(value.dtype, elementCount(value.shape)),
        () => `${node.op} output ${index}: ${value.data.length} scalars for [${value.shape.join(",")}]`,
      );
  });
  return outputs;
}

/** The operator and signature of a node; rejects an unknown one (E0301) or a version that does not exist (E0302). */
export function meaningOf(node: OperatorNode): { readonly row: Operator; readonly signature: Signature } {
  const fault = unsupported(node);
  if (fault !== undefined)
    reject(fault.code, fault.message, { at: fault.at, ...(fault.hint === undefined ? {} : { hint: fault.hint }) });
  const row = operatorOf(node.op);
  const signature = signatureOf(node.op, node.version);
  invariant(row !== undefined && signature !== undefined, () => `${node.op} passed as supported`);
  return { row, signature };
}

/** Every node of a graph, subgraphs included, whose operator or version has no meaning here. */
export function unsupportedNodes(graph: Graph): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  for (const node of graph.nodes) {
    if (node.kind === "operator") {
      const fault = unsupported(node);
      if (fault !== undefined) found.push(fault);
    }
    if (node.kind !== "operator" && node.kind !== "host") continue;
    for (const attribute of Object.values(node.attributes)) {
      if (attribute.kind === "graph") found.push(...unsupportedNodes(attribute.value));
      if (attribute.kind === "graphs") found.push(...attribute.value.flatMap(unsupportedNodes));
    }
  }
  return found;
}

function unsupported(node: OperatorNode): Diagnostic | undefined {
  const at = [placeOf(node)];
  if (operatorOf(node.op) === undefined) {
    const near = suggest(node.op, [...OPERATORS.keys()]);
    const hint =
      near === undefined ? "write it as a local function of the model, or in known operators" : `did you mean ${near}?`;
    return diagnostic("E0301", `${node.op} (version ${node.version})`, { at, hint });
  }
  if (signatureOf(node.op, node.version) !== undefined) return undefined;
  const versions = versionsOf(node.op);
  return diagnostic("E0302", `${node.op} version ${node.version}; there is ${listed(versions.map(String))}`, {
    at,
    hint: "convert the model to a newer opset",
  });
}

/** A node against its signature: E0304 for every missing or surplus operand, E0303 for every attribute that the signature lacks. */
export function operandFaults(node: OperatorNode, signature: Signature): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  const { inputs } = signature;
  const variadic = inputs.at(-1)?.option === "variadic";
  inputs.forEach((parameter, index) => {
    if (parameter.option === "single" && (node.inputs[index] ?? null) === null)
      found.push(diagnostic("E0304", `${node.op}: input ${parameter.name} is missing`, { at: [placeOf(node)] }));
  });
  if (!variadic && node.inputs.length > inputs.length)
    found.push(
      diagnostic("E0304", `${node.op}: ${node.inputs.length} inputs, at most ${inputs.length}`, {
        at: [placeOf(node)],
      }),
    );
  const names = signature.attributes.map(([name]) => name);
  for (const name of Object.keys(node.attributes)) {
    if (names.includes(name)) continue;
    const near = suggest(name, names);
    const hint = near === undefined ? {} : { hint: `did you mean ${near}?` };
    const message = `${node.op} (version ${signature.since}) has no attribute ${name}`;
    found.push(diagnostic("E0303", message, { at: [placeOf(node)], ...hint }));
  }
  return found;
}
