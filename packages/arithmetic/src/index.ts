export { type CheckedBody, checkInstructions } from "./check.ts";
export { COMBINERS, type CombinerRow, combinerOf, identityIndex, identityOf, replacesArg } from "./combiners.ts";
export { convert, reinterpret } from "./convert.ts";
export { type Evaluator, evaluate, evaluatorOf } from "./evaluate.ts";
export { type ExpandedBody, expand } from "./expand.ts";
export { FUNCTIONS, type FunctionRow } from "./functions.ts";
export type {
  Combiner,
  Function,
  Immediate,
  Instruction,
  LaneType,
  Opcode,
  Operand,
  Primitive,
} from "./instruction.ts";
export { isFloatLane, isLaneValue, isWideInteger, LANE_TYPES, type LaneValue, laneOf, STORAGE_OF } from "./lane.ts";
export { type Meaning, meaningOf } from "./meaning.ts";
export { type Cost, type OperandType, PRIMITIVES, type PrimitiveRow, type ResultType } from "./primitives.ts";
export {
  costOf,
  isFunction,
  isOpcode,
  OPCODES,
  operandType,
  resultType,
  type Signature,
  signatureOf,
} from "./signature.ts";
export { isIntegerStorage, isRoundingStorage, roundTo, storable, toStorage, widens, wrapTo } from "./storage.ts";
export {
  parseElementType,
  parseImmediate,
  parseInstruction,
  parseLaneType,
  parseOperand,
  parseRegister,
  printImmediate,
  printInstruction,
  printOperand,
} from "./text.ts";
export { F64_FUNCTIONS } from "./wide-functions.ts";
