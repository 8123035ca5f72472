import {
  COMBINERS,
  type Combiner,
  type Instruction,
  parseElementType,
  parseInstruction,
  parseLaneType,
  parseRegister,
  printInstruction,
} from "@rdu/arithmetic";
import type { Parser, Printer } from "@rdu/diagnostics";
import { DTYPES } from "@rdu/tensor";
import type { ComputeUnit, CounterValue, Input, Output, SimdBody, SystolicBody, UnitReduction } from "../flow.ts";
import { parseCounter, parseDomain, printDomain } from "./program-text.ts";

type Body = ComputeUnit["body"];
type Accumulate = SystolicBody["accumulate"];
type Scan = SimdBody["scan"];

const SCANS: readonly Scan[] = ["none", "inclusive", "exclusive"];
const ACCUMULATORS: readonly Accumulate[] = ["f32", "f64", "i32", "u32", "i64", "u64"];

/** What a body is, behind the name of its unit: `simd for 8 | 64 by 16 vector 16 reduce 2 scan none`. */
export function bodyHead(body: Body): string {
  const domain = printDomain(body.domain);
  return body.kind === "simd"
    ? `simd ${domain} reduce ${body.reduceFrom} scan ${body.scan}`
    : `systolic ${domain} m ${body.m} rows ${body.rows} accumulate ${body.accumulate}`;
}

/**
 * The lines of a body. Inputs before `epilogue` belong to the body, those after it to the epilogue; registers are
 * numbered in the order of the lines of their part.
 */
export function printBody(printer: Printer, body: Body): void {
  const inputs = (list: readonly Input[]): void => {
    for (const { dtype, type, broadcast } of list) {
      printer.line(`input ${DTYPES[dtype].short} as ${type}${broadcast ? " broadcast" : ""}`);
    }
  };
  const counters = (list: readonly CounterValue[]): void => {
    for (const { counter, base, scale } of list) printer.line(`counter ${base} + ${scale}*c${counter}`);
  };
  const instructions = (list: readonly Instruction[]): void => {
    for (const instruction of list) printer.line(printInstruction(instruction));
  };
  if (body.kind === "simd") {
    inputs(body.inputs.slice(0, body.bodyInputs));
    counters(body.counters);
    instructions(body.instructions);
    for (const { combiner, type, register, index, gives } of body.reductions) {
      const pair = index === undefined ? "" : ` index r${index}`;
      printer.line(`reduce ${combiner} ${type} r${register}${pair} gives ${gives}`);
    }
    printer.line("epilogue");
    inputs(body.inputs.slice(body.bodyInputs));
    counters(body.epilogueCounters);
  } else {
    inputs(body.inputs.slice(0, 2));
    printer.line("epilogue");
    inputs(body.inputs.slice(2));
  }
  instructions(body.epilogue);
  for (const { register, dtype } of body.outputs) printer.line(`output r${register} as ${DTYPES[dtype].short}`);
}

/** Reads what stands behind the name and template of a compute unit, up to its closing brace. */
export function parseBody(parser: Parser): Body {
  if (parser.accept("simd")) return parseSimd(parser);
  parser.expect("systolic");
  const domain = parseDomain(parser);
  parser.expect("m");
  const m = parser.int("the index of a counter", 0);
  parser.expect("rows");
  const rows = parser.int("rows", 1);
  parser.expect("accumulate");
  const accumulate = ACCUMULATORS.find((candidate) => parser.accept(candidate)) ?? parser.unexpected();
  parser.expect("{");
  const inputs = parseInputs(parser);
  const place = parser.expect("epilogue");
  if (inputs.length !== 2) parser.fail("E0407", `a systolic body has 2 inputs, found ${inputs.length}`, place);
  inputs.push(...parseInputs(parser));
  const epilogue = parseInstructions(parser);
  const outputs = parseOutputs(parser);
  parser.expect("}");
  return { kind: "systolic", domain, m, rows, accumulate, inputs, epilogue, outputs };
}

function parseSimd(parser: Parser): SimdBody {
  const domain = parseDomain(parser);
  parser.expect("reduce");
  const reduceFrom = parser.int("the index of a counter", 0);
  parser.expect("scan");
  const scan = SCANS.find((candidate) => parser.accept(candidate)) ?? parser.unexpected();
  parser.expect("{");
  const inputs = parseInputs(parser);
  const bodyInputs = inputs.length;
  const counters = parseCounters(parser);
  const instructions = parseInstructions(parser);
  const reductions: UnitReduction[] = [];
  while (parser.accept("reduce")) reductions.push(parseReduction(parser));
  parser.expect("epilogue");
  inputs.push(...parseInputs(parser));
  const epilogueCounters = parseCounters(parser);
  const epilogue = parseInstructions(parser);
  const outputs = parseOutputs(parser);
  parser.expect("}");
  return {
    kind: "simd",
    domain,
    reduceFrom,
    scan,
    inputs,
    bodyInputs,
    counters,
    instructions,
    reductions,
    epilogueCounters,
    epilogue,
    outputs,
  };
}

function parseInputs(parser: Parser): Input[] {
  const inputs: Input[] = [];
  while (parser.accept("input")) {
    const dtype = parseElementType(parser);
    parser.expect("as");
    const type = parseLaneType(parser);
    inputs.push({ dtype, type, broadcast: parser.accept("broadcast") });
  }
  return inputs;
}

function parseCounters(parser: Parser): CounterValue[] {
  const counters: CounterValue[] = [];
  while (parser.accept("counter")) {
    const base = parser.int("a base");
    parser.expect("+");
    const scale = parser.int("a scale");
    parser.expect("*");
    counters.push({ counter: parseCounter(parser), base, scale });
  }
  return counters;
}

function parseInstructions(parser: Parser): Instruction[] {
  const instructions: Instruction[] = [];
  while (!parser.is("epilogue") && !parser.is("reduce") && !parser.is("output") && !parser.is("}")) {
    instructions.push(parseInstruction(parser));
  }
  return instructions;
}

function parseReduction(parser: Parser): UnitReduction {
  const place = parser.peek();
  const combiner = parser.identifier("a combiner");
  if (!isCombiner(combiner)) return parser.fail("E0401", `unknown combiner "${combiner}"`, place);
  const type = parseLaneType(parser);
  const register = parseRegister(parser);
  const index = parser.accept("index") ? parseRegister(parser) : undefined;
  parser.expect("gives");
  const gives = parser.accept("index") ? "index" : "value";
  if (gives === "value") parser.expect("value");
  return { combiner, type, register, ...(index === undefined ? {} : { index }), gives };
}

function parseOutputs(parser: Parser): Output[] {
  const outputs: Output[] = [];
  while (parser.accept("output")) {
    const register = parseRegister(parser);
    parser.expect("as");
    outputs.push({ register, dtype: parseElementType(parser) });
  }
  return outputs;
}

function isCombiner(name: string): name is Combiner {
  return Object.hasOwn(COMBINERS, name);
}
