/**
 * What the importer reads of the messages of ONNX, as plain data. Both our decoder's messages and the `onnx.IModelProto`
 * of the onnx-proto package fit, so a model may be handed over as bytes or as an object built in memory.
 */

/** A 64-bit integer as protobuf libraries give it: a number, a bigint, or an object that prints its decimal digits. */
export type Integer64 = number | bigint | { toString(): string };

type Optional<Field> = Field | null | undefined;
type Repeated<Item> = readonly Item[] | null | undefined;

export interface ModelProto {
  readonly irVersion?: Optional<Integer64>;
  readonly opsetImport?: Repeated<OperatorSetIdProto>;
  readonly producerName?: Optional<string>;
  readonly producerVersion?: Optional<string>;
  readonly graph?: Optional<GraphProto>;
  readonly functions?: Repeated<FunctionProto>;
}

export interface OperatorSetIdProto {
  readonly domain?: Optional<string>;
  readonly version?: Optional<Integer64>;
}

export interface GraphProto {
  readonly node?: Repeated<NodeProto>;
  readonly name?: Optional<string>;
  readonly initializer?: Repeated<TensorProto>;
  readonly sparseInitializer?: Repeated<SparseTensorProto>;
  readonly input?: Repeated<ValueInfoProto>;
  readonly output?: Repeated<ValueInfoProto>;
  readonly valueInfo?: Repeated<ValueInfoProto>;
}

export interface ValueInfoProto {
  readonly name?: Optional<string>;
  readonly type?: Optional<TypeProto>;
}

export interface NodeProto {
  readonly input?: Repeated<string>;
  readonly output?: Repeated<string>;
  readonly name?: Optional<string>;
  readonly opType?: Optional<string>;
  readonly domain?: Optional<string>;
  readonly overload?: Optional<string>;
  readonly attribute?: Repeated<AttributeProto>;
  readonly metadataProps?: Repeated<StringStringEntryProto>;
}

export interface FunctionProto {
  readonly name?: Optional<string>;
  readonly domain?: Optional<string>;
  readonly overload?: Optional<string>;
  readonly input?: Repeated<string>;
  readonly output?: Repeated<string>;
  readonly attribute?: Repeated<string>;
  readonly attributeProto?: Repeated<AttributeProto>;
  readonly node?: Repeated<NodeProto>;
  readonly opsetImport?: Repeated<OperatorSetIdProto>;
}

export interface AttributeProto {
  readonly name?: Optional<string>;
  readonly refAttrName?: Optional<string>;
  readonly type?: Optional<number>;
  readonly f?: Optional<number>;
  readonly i?: Optional<Integer64>;
  readonly s?: Optional<Uint8Array>;
  readonly t?: Optional<TensorProto>;
  readonly g?: Optional<GraphProto>;
  readonly sparseTensor?: Optional<SparseTensorProto>;
  readonly tp?: Optional<TypeProto>;
  readonly floats?: Repeated<number>;
  readonly ints?: Repeated<Integer64>;
  readonly strings?: Repeated<Uint8Array>;
  readonly tensors?: Repeated<TensorProto>;
  readonly graphs?: Repeated<GraphProto>;
}

export interface TensorProto {
  readonly dims?: Repeated<Integer64>;
  readonly dataType?: Optional<number>;
  readonly segment?: Optional<object>;
  readonly name?: Optional<string>;
  readonly rawData?: Optional<Uint8Array>;
  readonly floatData?: Repeated<number>;
  readonly int32Data?: Repeated<number>;
  readonly stringData?: Repeated<Uint8Array>;
  readonly int64Data?: Repeated<Integer64>;
  readonly doubleData?: Repeated<number>;
  readonly uint64Data?: Repeated<Integer64>;
  readonly externalData?: Repeated<StringStringEntryProto>;
  readonly dataLocation?: Optional<number>;
}

export interface StringStringEntryProto {
  readonly key?: Optional<string>;
  readonly value?: Optional<string>;
}

export interface SparseTensorProto {
  readonly values?: Optional<TensorProto>;
  readonly indices?: Optional<TensorProto>;
  readonly dims?: Repeated<Integer64>;
}

export interface TypeProto {
  readonly tensorType?: Optional<{
    readonly elemType?: Optional<number>;
    readonly shape?: Optional<{ readonly dim?: Repeated<DimensionProto> }>;
  }>;
  readonly sequenceType?: Optional<{ readonly elemType?: Optional<TypeProto> }>;
  readonly optionalType?: Optional<{ readonly elemType?: Optional<TypeProto> }>;
  readonly mapType?: Optional<{ readonly keyType?: Optional<number>; readonly valueType?: Optional<TypeProto> }>;
  readonly sparseTensorType?: Optional<object>;
  readonly opaqueType?: Optional<object>;
}

export interface DimensionProto {
  readonly dimValue?: Optional<Integer64>;
  readonly dimParam?: Optional<string>;
}

export interface SequenceProto {
  readonly elemType?: Optional<number>;
  readonly tensorValues?: Repeated<TensorProto>;
  readonly sparseTensorValues?: Repeated<SparseTensorProto>;
  readonly sequenceValues?: Repeated<SequenceProto>;
  readonly mapValues?: Repeated<MapProto>;
  readonly optionalValues?: Repeated<OptionalProto>;
}

export interface MapProto {
  readonly name?: Optional<string>;
  readonly keyType?: Optional<number>;
  readonly keys?: Repeated<Integer64>;
  readonly stringKeys?: Repeated<Uint8Array>;
  readonly values?: Optional<SequenceProto>;
}

export interface OptionalProto {
  readonly elemType?: Optional<number>;
  readonly tensorValue?: Optional<TensorProto>;
  readonly sparseTensorValue?: Optional<SparseTensorProto>;
  readonly sequenceValue?: Optional<SequenceProto>;
  readonly mapValue?: Optional<MapProto>;
  readonly optionalValue?: Optional<OptionalProto>;
}
