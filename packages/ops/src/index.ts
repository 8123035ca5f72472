export { type Attributes, attributesOf } from "./attributes.ts";
export type { Decompose, Decomposition } from "./decompose/decompose.ts";
export { decompose, hostReason } from "./decompose/decompose-node.ts";
export type { DecomposeRequest, Patterns } from "./decompose/node-builder.ts";
export { evaluateNode, meaningOf, operandFaults, unsupportedNodes } from "./evaluate-node.ts";
export { type DerivativeWriter, differentiate } from "./gradient/differentiate.ts";
export type { Gradient, GradientContext } from "./gradient/gradient.ts";
export { type InferOptions, type InferredGraph, inferGraph, inferOutputs } from "./infer-graph.ts";
export { type KnownInput, typeName, typeOfValue } from "./node-context.ts";
export type { Environment, EvaluateContext, InferContext, Operator } from "./operator.ts";
export { type OperatorsTableRow, operatorsTable } from "./operators-table.ts";
export { OPERATORS, operatorOf } from "./registry.ts";
export {
  type Parameter,
  type Signature,
  signatureNames,
  signatureOf,
  sinceVersion,
  versionsOf,
} from "./signatures/signature.ts";
