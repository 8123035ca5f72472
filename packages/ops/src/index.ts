export { type Attributes, attributesOf } from "./attributes.ts";
export { evaluateNode, meaningOf, operandFaults, unsupportedNodes } from "./evaluate-node.ts";
export { type InferOptions, type InferredGraph, inferGraph } from "./infer-graph.ts";
export { capturedNames, typeName, typeOfValue } from "./node-context.ts";
export type { Environment, EvaluateContext, InferContext, Operator } from "./operator.ts";
export { OPERATORS, operatorOf } from "./registry.ts";
export { operatorsTable, type OperatorsTableRow } from "./operators-table.ts";
export {
  type Parameter,
  type Signature,
  signatureNames,
  signatureOf,
  sinceVersion,
  versionsOf,
} from "./signatures/signature.ts";
