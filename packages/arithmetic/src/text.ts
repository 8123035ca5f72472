import { didYouMean, type Parser, writeFloat } from "@rdu/diagnostics";
import { ALL_DTYPES, DTYPES, type DType, dtypeOfShort } from "@rdu/tensor";
import type { Immediate, Instruction, LaneType, Operand } from "./instruction.ts";
import { isFloatLane, isLaneValue, isWideInteger, LANE_TYPES } from "./lane.ts";
import { isOpcode, OPCODES, operandType, signatureOf } from "./signature.ts";

/**
 * One instruction without its result: `add.f32 r0, 1.5`, `select.i64 r2, r0, -1`, `round.f32 r3 as bf16`, `convert.f32 r1 to i32`.
 * A literal has the type that its place asks for: floats with a point or exponent (`1.0`, `nan`, `-inf`), integers without, bools as
 * `false` and `true`.
 */
export function printInstruction(instruction: Instruction): string {
  const { op, type, operands, storage, to } = instruction;
  const written = operands.map(printOperand).join(", ");
  const suffix = storage !== undefined ? ` as ${DTYPES[storage].short}` : to !== undefined ? ` to ${to}` : "";
  return `${op}.${type} ${written}${suffix}`;
}

export function printOperand(operand: Operand): string {
  return typeof operand === "number" ? `r${operand}` : printImmediate(operand);
}

export function printImmediate({ type, value }: Immediate): string {
  if (type === "f32" || type === "f64") return writeFloat(Number(value), type);
  if (type === "bool") return value === 0 ? "false" : "true";
  return String(value);
}

/** Reads what `printInstruction` writes. Rejects unknown operations, lane types and registers of another form; typing is left to `checkInstructions`. */
export function parseInstruction(parser: Parser): Instruction {
  const token = parser.peek();
  const [op = "", typeName = "", ...more] = parser.identifier("an instruction such as add.f32").split(".");
  if (!isOpcode(op)) parser.fail("E0401", `unknown operation "${op}"`, token, { hint: didYouMean(op, OPCODES) });
  const type = LANE_TYPES.find((candidate) => candidate === typeName);
  if (type === undefined || more.length > 0) {
    parser.fail("E0401", `expected a lane type after "${op}."`, token, { hint: didYouMean(typeName, LANE_TYPES) });
  }
  const operands: Operand[] = [];
  for (const position of signatureOf(op).operands.keys()) {
    if (position > 0) parser.expect(",");
    operands.push(parseOperand(parser, operandType({ op, type }, position)));
  }
  if (op === "round" || op === "wrap" || op === "saturate") {
    parser.expect("as");
    return { op, type, operands, storage: parseElementType(parser) };
  }
  if (op === "convert" || op === "reinterpret") {
    parser.expect("to");
    return { op, type, operands, to: parseLaneType(parser) };
  }
  return { op, type, operands };
}

/** `r12`, or a literal of this type. */
export function parseOperand(parser: Parser, type: LaneType): Operand {
  const { kind, text } = parser.peek();
  return kind === "identifier" && /^r\d+$/.test(text) ? parseRegister(parser) : parseImmediate(parser, type);
}

/** `r12`; gives 12. */
export function parseRegister(parser: Parser): number {
  const token = parser.peek();
  const name = parser.identifier("a register such as r0");
  if (!/^r\d{1,9}$/.test(name)) parser.fail("E0401", `expected a register such as r0, found "${name}"`, token);
  return Number(name.slice(1));
}

export function parseImmediate(parser: Parser, type: LaneType): Immediate {
  const token = parser.peek();
  let value: number | bigint;
  if (type === "bool") {
    value = parser.accept("true") ? 1 : 0;
    if (value === 0) parser.expect("false");
  } else if (isFloatLane(type)) {
    value = parser.float(`a register or a literal of ${type}`);
    if (type === "f32") value = Math.fround(value);
  } else {
    const exact = parser.bigint(`a register or a literal of ${type}`);
    value = isWideInteger(type) ? exact : Number(exact);
  }
  if (!isLaneValue(type, value)) parser.fail("E0405", `${value} is not a value of ${type}`, token);
  return { type, value };
}

export function parseLaneType(parser: Parser): LaneType {
  const token = parser.peek();
  const name = parser.identifier("a lane type");
  const type = LANE_TYPES.find((candidate) => candidate === name);
  if (type === undefined) {
    parser.fail("E0401", `unknown lane type "${name}"`, token, { hint: didYouMean(name, LANE_TYPES) });
  }
  return type;
}

/** The short name of an element type, as in `f32[8]`. */
export function parseElementType(parser: Parser): DType {
  const token = parser.peek();
  const name = parser.identifier("an element type");
  const dtype = dtypeOfShort(name);
  if (dtype === undefined) {
    const known = ALL_DTYPES.map((candidate) => DTYPES[candidate].short);
    parser.fail("E0401", `unknown element type "${name}"`, token, { hint: didYouMean(name, known) });
  }
  return dtype;
}
