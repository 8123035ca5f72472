export { bindDimensions } from "./bind-dimensions.ts";
export { type DeclaredInput, declaredInputs } from "./default-inputs.ts";
export { exportModel } from "./export-model.ts";
export { checkExternalLocation, isInside } from "./external-location.ts";
export { type ImportOptions, importModel } from "./import-model.ts";
export { importSparseTensor } from "./import-sparse.ts";
export { type ExternalLength, importTensor, importTensorValue } from "./import-tensor.ts";
export { importType } from "./import-type.ts";
export { NEWEST_IR_VERSION, NEWEST_OPSETS } from "./opsets.ts";
export type {
  AttributeProto,
  DimensionProto,
  FunctionProto,
  GraphProto,
  Integer64,
  ModelProto,
  NodeProto,
  OperatorSetIdProto,
  OptionalProto,
  SequenceProto,
  SparseTensorProto,
  TensorProto,
  TypeProto,
  ValueInfoProto,
} from "./proto-types.ts";
export { decodeDataFile, encodeDataFile, tensorProto } from "./value-file.ts";
export {
  decodeModel,
  decodeOptionalProto,
  decodeSequenceProto,
  decodeTensorProto,
  encodeModel,
  encodeOptionalProto,
  encodeSequenceProto,
  encodeTensorProto,
} from "./wire.ts";
