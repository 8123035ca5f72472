import {
  COMBINERS,
  type Combiner,
  LANE_TYPES,
  type LaneType,
  laneOf,
  parseImmediate,
  parseInstruction,
  parseRegister,
  printImmediate,
  printInstruction,
} from "@rdu/arithmetic";
import { counted, didYouMean, type Parser, type Printer, writeName, writeString } from "@rdu/diagnostics";
import type { DType } from "@rdu/tensor";
import type { IndexExpression, Loop, Pattern, Read, Reduction, Step, Write } from "../pattern.ts";
import { parseIndex, printIndex } from "./index-text.ts";
import { parseType, printType } from "./type-text.ts";

/** Element types of the operands of a pattern, as far as they are known: they say how a literal is written. */
export type OperandTypes = readonly (DType | undefined)[];

/** `for i in 8, reduce k in 784`, or nothing. */
export function printLoops(loops: readonly Loop[]): string {
  if (loops.length === 0) return "";
  const written = loops.map(({ name, extent, kind }) => {
    const prefix = kind === "parallel" ? "" : `${kind} `;
    return `${prefix}${writeLoopName(name)} in ${extent}`;
  });
  return ` for ${written.join(", ")}`;
}

/**
 * The steps of a pattern, a register a line in order, and what it yields:
 *
 *     r0 = %0[i, k]
 *     r1 = %1[k + r0 - 1, 2*j] else 0.0
 *     r2 = loop i
 *     r3 = mul.f32 r0, r1
 *     r4 = reduce sum.f32 r3
 *     r5 = reduce argmax-first.f32 r0 by r2 gives index exclusive
 *     yield r4 as f32[8,128] at [i, j] initial 0.0
 *
 * What stands behind the reductions is the epilogue.
 */
export function printPatternBody(printer: Printer, pattern: Pattern, operands: OperandTypes): void {
  const loopNames = pattern.loops.map(({ name }) => writeLoopName(name));
  let register = 0;
  const step = (text: string): void => {
    printer.line(`r${register} = ${text}`);
    register += 1;
  };
  for (const each of pattern.body) step(printStep(each, loopNames, operands));
  for (const each of pattern.reductions) step(printReduction(each));
  for (const each of pattern.epilogue) step(printStep(each, loopNames, operands));
  for (const { register: result, dtype, shape, index, initial } of pattern.results) {
    const type = printType({ kind: "tensor", dtype, shape });
    const rest = initial === undefined ? "" : ` initial ${printLiteral(initial, laneOf(dtype))}`;
    printer.line(`yield r${result} as ${type} at ${printIndices(index, loopNames)}${rest}`);
  }
}

export function parseLoops(parser: Parser): Loop[] {
  const loops: Loop[] = [];
  if (!parser.accept("for")) return loops;
  do {
    const kind = parser.accept("reduce") ? "reduce" : parser.accept("scan") ? "scan" : "parallel";
    const place = parser.peek();
    const name = parser.name("the name of a loop");
    if (loops.some((loop) => loop.name === name)) parser.fail("E0404", `loop ${name}`, place);
    parser.expect("in");
    loops.push({ name, extent: parser.int("an extent", 1), kind });
  } while (parser.accept(","));
  return loops;
}

/** The body in braces, after the loops. */
export function parsePatternBody(parser: Parser, loops: readonly Loop[], operands: OperandTypes): Pattern {
  const body: Step[] = [];
  const reductions: Reduction[] = [];
  const epilogue: Step[] = [];
  const results: Write[] = [];
  const names = loops.map(({ name }) => name);
  parser.expect("{");
  while (!parser.accept("}")) {
    if (parser.accept("yield")) {
      results.push(parseWrite(parser, names));
      continue;
    }
    parseRegisterHead(parser, body.length + reductions.length + epilogue.length);
    const place = parser.peek();
    if (parser.accept("reduce")) {
      if (epilogue.length > 0) parser.fail("E0407", "reductions stand together, before the epilogue", place);
      reductions.push(parseReduction(parser));
    } else (reductions.length === 0 ? body : epilogue).push(parseStep(parser, names, operands));
  }
  return { loops, body, reductions, epilogue, results };
}

function parseRegisterHead(parser: Parser, expected: number): void {
  const place = parser.peek();
  if (place.kind !== "identifier") parser.unexpected(`"r${expected}"`);
  const register = parseRegister(parser);
  if (register !== expected) parser.fail("E0407", `registers are numbered in order: expected r${expected}`, place);
  parser.expect("=");
}

function printStep(step: Step, loopNames: readonly string[], operands: OperandTypes): string {
  switch (step.kind) {
    case "read":
      return printRead(step.read, loopNames, operands);
    case "loop":
      return `loop ${loopNames[step.loop] ?? `#${step.loop}`}`;
    case "compute":
      return printInstruction(step.instruction);
  }
}

function parseStep(parser: Parser, loopNames: readonly string[], operands: OperandTypes): Step {
  if (parser.peek().kind === "value") return { kind: "read", read: parseRead(parser, loopNames, operands) };
  if (!parser.accept("loop")) return { kind: "compute", instruction: parseInstruction(parser) };
  const place = parser.peek();
  const name = parser.name("the name of a loop");
  const loop = loopNames.indexOf(name);
  if (loop < 0) parser.fail("E0403", `loop ${name}`, place, { hint: didYouMean(name, loopNames) });
  return { kind: "loop", loop };
}

function printRead({ operand, index, otherwise }: Read, loopNames: readonly string[], operands: OperandTypes): string {
  const lane = laneOfOperand(operands, operand);
  const rest = otherwise === undefined ? "" : ` else ${printLiteral(otherwise, lane)}`;
  return `%${operand}${printIndices(index, loopNames)}${rest}`;
}

function parseRead(parser: Parser, loopNames: readonly string[], operands: OperandTypes): Read {
  const place = parser.peek();
  const name = parser.valueName();
  const operand = /^\d{1,9}$/.test(name) ? Number(name) : operands.length;
  if (operand >= operands.length) {
    parser.fail(
      "E0403",
      `the pattern has ${counted(operands.length, "operand")}, numbered from %0; found %${name}`,
      place,
    );
  }
  const index = parseIndices(parser, loopNames);
  if (!parser.accept("else")) return { operand, index };
  return { operand, index, otherwise: parseLiteral(parser, laneOfOperand(operands, operand)) };
}

function printReduction({ combiner, type, register, index, gives, exclusive }: Reduction): string {
  const by = index === undefined ? "" : ` by r${index}`;
  const result = gives === "index" ? " gives index" : "";
  return `reduce ${combiner}.${type} r${register}${by}${result}${exclusive === true ? " exclusive" : ""}`;
}

function parseReduction(parser: Parser): Reduction {
  const place = parser.peek();
  const [name = "", lane] = parser.identifier("a combiner such as sum.f32").split(".");
  const combiner = (Object.keys(COMBINERS) as Combiner[]).find((candidate) => candidate === name);
  if (combiner === undefined) {
    parser.fail("E0401", `unknown combiner "${name}"`, place, { hint: didYouMean(name, Object.keys(COMBINERS)) });
  }
  const type = LANE_TYPES.find((candidate) => candidate === lane);
  if (type === undefined) {
    parser.fail("E0401", `expected a lane type after "${name}."`, place, { hint: didYouMean(lane ?? "", LANE_TYPES) });
  }
  const register = parseRegister(parser);
  const index = parser.accept("by") ? parseRegister(parser) : undefined;
  const gives = parser.accept("gives") ? "index" : "value";
  if (gives === "index") parser.expect("index");
  const exclusive = parser.accept("exclusive");
  return {
    combiner,
    type,
    register,
    gives,
    ...(index === undefined ? {} : { index }),
    ...(exclusive ? { exclusive } : {}),
  };
}

function parseWrite(parser: Parser, loopNames: readonly string[]): Write {
  const register = parseRegister(parser);
  parser.expect("as");
  const place = parser.peek();
  const type = parseType(parser);
  if (type.kind !== "tensor" || type.shape?.every((dim) => typeof dim === "number") !== true) {
    parser.fail("E0401", "expected the type of a tensor of known shape", place);
  }
  parser.expect("at");
  const write = {
    register,
    dtype: type.dtype,
    shape: type.shape as readonly number[],
    index: parseIndices(parser, loopNames),
  };
  return parser.accept("initial") ? { ...write, initial: parseLiteral(parser, laneOf(type.dtype)) } : write;
}

function printIndices(index: readonly IndexExpression[], loopNames: readonly string[]): string {
  return `[${index.map((axis) => printIndex(axis, loopNames)).join(", ")}]`;
}

function parseIndices(parser: Parser, loopNames: readonly string[]): IndexExpression[] {
  return parser.list("[", "]", () => parseIndex(parser, loopNames));
}

/** Of an operand of unknown type, integers are bigints and everything else is a double. */
function printLiteral(value: number | bigint, lane: LaneType | undefined): string {
  return printImmediate({ type: lane ?? (typeof value === "bigint" ? "i64" : "f64"), value });
}

function parseLiteral(parser: Parser, lane: LaneType | undefined): number | bigint {
  const { kind } = parser.peek(parser.peek().text === "-" ? 1 : 0);
  return parseImmediate(parser, lane ?? (kind === "int" ? "i64" : "f64")).value;
}

function laneOfOperand(operands: OperandTypes, operand: number): LaneType | undefined {
  const dtype = operands[operand];
  return dtype === undefined ? undefined : laneOf(dtype);
}

/** A loop called like a register is quoted. */
function writeLoopName(name: string): string {
  return /^r\d+$/.test(name) ? writeString(name) : writeName(name, RESERVED);
}

const RESERVED: ReadonlySet<string> = new Set(["reduce", "scan"]);
