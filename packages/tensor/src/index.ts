export { fromBytes, fromPackedBytes, packBits, toBytes, toPackedBytes, unpackBits } from "./bytes.ts";
export { cast, floatToInteger } from "./cast.ts";
export { type Comparison, compare, compareTensors, DEFAULT_TOLERANCE, type Tolerance, ulpDistance } from "./compare.ts";
export { crc32 } from "./crc32.ts";
export {
  ALL_DTYPES,
  DTYPES,
  type DType,
  type DTypeClass,
  type DTypeRow,
  dtypeOfOnnx,
  dtypeOfShort,
  integerRange,
  isComplex,
  isDType,
  isFloat,
  isInteger,
  isWide,
  packedByteLength,
} from "./dtype.ts";
export {
  bigintAt,
  fromBigints,
  fromNumbers,
  numberAt,
  setBigint,
  setNumber,
  stringAt,
  toIntegers,
  toNumbers,
  toValues,
} from "./element.ts";
export { readNpy, writeNpy } from "./npy.ts";
export { readNpz, writeNpz } from "./npz.ts";
export {
  broadcastShapes,
  broadcastStrides,
  elementCount,
  normalizeAxis,
  rowMajorStrides,
  sameShape,
  typeText,
} from "./shape.ts";
export {
  decodeSmallFloat,
  decodeTable,
  encodeSmallFloat,
  encodeSmallFloats,
  isSmallFloat,
  type RoundMode,
  roundTiesToEven,
  type SmallFloat,
  type SmallFloatOptions,
} from "./small-float.ts";
export {
  allocate,
  arrayOf,
  byteLength,
  isTensor,
  reshaped,
  scalarCount,
  type Tensor,
  type TensorData,
  tensor,
  type Value,
  zeros,
} from "./tensor.ts";
