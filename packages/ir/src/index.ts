export {
  bigintAttribute,
  bigintsAttribute,
  floatAttribute,
  floatsAttribute,
  graphAttribute,
  type HasAttributes,
  hasAttribute,
  intAttribute,
  intsAttribute,
  stringAttribute,
  stringsAttribute,
  tensorAttribute,
} from "./attributes.ts";
export {
  constantByteLength,
  constantShape,
  constantTensor,
  integersConstant,
  packedTensorBytes,
  type ReadBytes,
  tensorConstant,
  typeOfValue,
} from "./constant-tensor.ts";
export type {
  Attribute,
  Constant,
  ConstantSource,
  Dim,
  Graph,
  HostNode,
  JoinNode,
  Node,
  OperatorNode,
  OptionalType,
  Origin,
  PatternNode,
  SequenceType,
  TensorType,
  ValueId,
  ValueType,
  ViewNode,
} from "./graph.ts";
export { GraphBuilder } from "./graph-builder.ts";
export { type IndexRange, indexRange } from "./index-range.ts";
export type { IndexExpression, Loop, Pattern, Read, Reduction, Step, Write } from "./pattern.ts";
export {
  attributesOf,
  capturedValues,
  constantsById,
  freshName,
  namesIn,
  neededValues,
  producers,
  staticShape,
  subgraphsOf,
  tensorType,
  unionOfOrigins,
  users,
  valuesDefinedBy,
  valuesUsedBy,
} from "./queries.ts";
export { mapSubgraphs, renameValues, replaceUses, withoutDead, withReplacedUses } from "./rewrite.ts";
export { precomputeSha256, sha256 } from "./sha256.ts";
export { nodesOnCycles, sortNodes } from "./sort-nodes.ts";
export { type FindPayload, payloadsOf } from "./text/constant-text.ts";
export { type ParseOptions, parseGraph } from "./text/parse-graph.ts";
export { type PrintOptions, printGraph, printNodeHead, printNodeText } from "./text/print-graph.ts";
export { parseType, printType } from "./text/type-text.ts";
export { graphToDot } from "./to-dot.ts";
export { graphToJson, type Json } from "./to-json.ts";
export { type Level, rejectInvalid, requireValid, verify } from "./verify/verify.ts";
export { joinProblem } from "./verify/verify-join.ts";
export { type OperandType, patternProblems } from "./verify/verify-pattern.ts";
export { coverageProblem } from "./verify/write-coverage.ts";
