import { COMBINERS, type Combiner, type Instruction, isOpcode, LANE_TYPES, type LaneType } from "@rdu/arithmetic";
import type { ComputeUnit, Input, Output, UnitReduction } from "@rdu/flow";
import { countersOf, domainOf } from "./decode-programs.ts";
import { type DecodedTables, invalid, unsigned } from "./decode-tables.ts";
import type { rdu } from "./generated/pef.js";

const COMBINER_NAMES = Object.keys(COMBINERS) as readonly Combiner[];
const ACCUMULATORS = ["f32", "f64", "i32", "u32", "i64", "u64"] as const;
const SCANS = ["none", "inclusive", "exclusive"] as const;

/** What a compute unit does; instruction typing is left to the flow's verifier. */
export function decodeBody(message: rdu.pef.Body.$Properties, tables: DecodedTables): ComputeUnit["body"] {
  const shared = {
    domain: tables.once("domain", message.domainRow, domainOf),
    inputs: (message.inputs ?? []).map((input) => decodeInput(input, tables)),
    epilogue: (message.epilogue ?? []).map((instruction) => decodeInstruction(instruction, tables)),
    outputs: (message.outputs ?? []).map((output) => decodeOutput(output, tables)),
  };
  if (message.systolic === true) {
    return {
      kind: "systolic",
      ...shared,
      m: unsigned(message.m),
      rows: unsigned(message.rows),
      accumulate: tables.word(message.accumulate, ACCUMULATORS, "type of accumulators"),
    };
  }
  return {
    kind: "simd",
    ...shared,
    reduceFrom: unsigned(message.reduceFrom),
    scan: tables.word(message.scan, SCANS, "kind of scan"),
    bodyInputs: unsigned(message.bodyInputs),
    counters: tables.once("counters", message.countersRow, countersOf),
    instructions: (message.instructions ?? []).map((instruction) => decodeInstruction(instruction, tables)),
    reductions: (message.reductions ?? []).map((reduction) => decodeReduction(reduction, tables)),
    epilogueCounters: tables.once("counters", message.epilogueCountersRow, countersOf),
  };
}

function laneType(id: number | null | undefined, tables: DecodedTables): LaneType {
  return tables.word(id, LANE_TYPES, "lane type");
}

function decodeInput({ dtype, type, broadcast }: rdu.pef.Input.$Properties, tables: DecodedTables): Input {
  return { dtype: tables.dtype(dtype), type: laneType(type, tables), broadcast: broadcast === true };
}

function decodeOutput({ register, dtype }: rdu.pef.Output.$Properties, tables: DecodedTables): Output {
  return { register: unsigned(register), dtype: tables.dtype(dtype) };
}

function decodeReduction(message: rdu.pef.Reduction.$Properties, tables: DecodedTables): UnitReduction {
  const index = unsigned(message.index);
  return {
    combiner: tables.word(message.combiner, COMBINER_NAMES, "combiner"),
    type: laneType(message.type, tables),
    register: unsigned(message.register),
    ...(index === 0 ? {} : { index: index - 1 }),
    gives: message.givesIndex === true ? "index" : "value",
  };
}

function decodeInstruction(message: rdu.pef.Instruction.$Properties, tables: DecodedTables): Instruction {
  const op = tables.string(message.op);
  if (!isOpcode(op)) return invalid(`"${op}" is no opcode`);
  const to = tables.string(message.to) === "" ? undefined : laneType(message.to, tables);
  return {
    op,
    type: laneType(message.type, tables),
    operands: (message.operands ?? []).map((operand) => {
      if (operand >= 0) return operand;
      const { type, literal } = tables.immediate(-1 - operand);
      return { type: laneType(type, tables), value: tables.literal(literal) };
    }),
    ...(tables.string(message.storage) === "" ? {} : { storage: tables.dtype(message.storage) }),
    ...(to === undefined ? {} : { to }),
  };
}
