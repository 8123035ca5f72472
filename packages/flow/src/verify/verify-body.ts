import { COMBINERS, checkInstructions, type LaneType, storable, widens } from "@rdu/arithmetic";
import type { Chip } from "@rdu/chip";
import type { ComputeUnit, CounterValue, Input, SimdBody, SystolicBody } from "../flow.ts";
import type { Report } from "./report.ts";

/**
 * What must hold of a compute unit by itself:
 *
 * - counters, inputs, outputs, lanes and rows within the limits of a PCU (E0505);
 * - inputs widen to their lane types, instructions are well typed, outputs can be stored as they say;
 * - tiles are counted by counters that are not reduced over, and the reduction counters come last;
 * - where counters are reduced there are reductions, with types their combiners take; lanes of the cross-lane tree are a power of two.
 */
export function verifyBody({ body }: ComputeUnit, chip: Chip, report: Report): void {
  const { domain } = body;
  limit(domain.counters.length - domain.tileDepth, chip.pcu.counters, "counters within a tile", report);
  limit(body.inputs.length, chip.pcu.vectorInputs, "vector inputs", report);
  limit(body.outputs.length, chip.pcu.vectorOutputs, "vector outputs", report);
  limit(domain.lanes, chip.pcu.vectorBytes / 2, "lanes", report);
  for (const [port, { dtype, type }] of body.inputs.entries()) {
    if (!widens(dtype, type)) report.add(`input ${port}: ${dtype} does not widen to ${type}`);
  }
  if (body.outputs.length === 0) report.add("gives no output");
  const types = body.kind === "simd" ? simdTypes(body, report) : systolicTypes(body, chip, report);
  for (const [port, { register, dtype }] of body.outputs.entries()) {
    const type = types[register];
    if (type === undefined) report.add(`output ${port}: r${register} is no register of the epilogue`);
    else if (!storable(type, dtype)) report.add(`output ${port}: ${type} cannot be stored as ${dtype}`);
  }
}

/** Lane types of all registers of the epilogue. */
function simdTypes(body: SimdBody, report: Report): readonly LaneType[] {
  const { domain, reduceFrom, reductions, scan } = body;
  const reduces = reductions.length > 0;
  if (domain.tileDepth > reduceFrom)
    report.add(`counts tiles with counters from ${reduceFrom} on, which are reduced over`);
  if (!reduces && reduceFrom < domain.counters.length) {
    report.add(`has no reduction over the last ${domain.counters.length - reduceFrom} counters`);
  }
  if (scan !== "none" && reduceFrom !== domain.counters.length - 1) {
    report.add(`scans over ${domain.counters.length - reduceFrom} counters, must be one`);
  }
  const crossLane = reduces && domain.vector >= reduceFrom;
  if (crossLane && (scan !== "none" || domain.vector !== domain.counters.length - 1)) {
    report.add("reduces across lanes, so the vector counter must be the last one, and nothing scanned");
  }
  if (crossLane && !Number.isInteger(Math.log2(domain.lanes))) {
    report.add(`reduces across ${domain.lanes} lanes, which is no power of two`);
  }
  const first = [...body.inputs.slice(0, body.bodyInputs).map(typeOf), ...body.counters.map(counterType)];
  const checked = typed(first, body.instructions, "r", report);
  const reduced: LaneType[] = [];
  for (const [number, { combiner, type, register, index, gives }] of reductions.entries()) {
    const at = report.within(`reduction ${number}`);
    const row = COMBINERS[combiner];
    if (!row.types.includes(type)) at.add(`${combiner} does not work in ${type} lanes`);
    if (checked[register] !== type) at.add(`r${register} is ${checked[register] ?? "no register"}, must be ${type}`);
    const indexType = index === undefined ? undefined : checked[index];
    if (row.arg && indexType !== "i32" && indexType !== "i64")
      at.add(`${combiner} needs an index register of i32 or i64`);
    if (!row.arg && (index !== undefined || gives === "index")) at.add(`${combiner} has no index`);
    reduced.push(gives === "index" && indexType !== undefined ? indexType : type);
  }
  for (const { counter } of body.epilogueCounters) {
    if (reduces && scan === "none" && counter >= reduceFrom)
      report.add(`the epilogue uses counter ${counter}, which has run out`);
  }
  const later = [...body.inputs.slice(body.bodyInputs).map(typeOf), ...body.epilogueCounters.map(counterType)];
  return typed([...(reduces ? reduced : checked), ...later], body.epilogue, "epilogue r", report);
}

function systolicTypes(body: SystolicBody, chip: Chip, report: Report): readonly LaneType[] {
  const { domain, m, rows, accumulate, inputs } = body;
  limit(rows, chip.pcu.systolicRows, "systolic rows", report);
  limit(domain.lanes, chip.pcu.systolicColumns, "systolic columns", report);
  if (domain.vector !== m + 1)
    report.add(`the vector counter is ${domain.vector}, must follow counter ${m} of the rows`);
  if (domain.counters[m]?.step !== rows)
    report.add(`counter ${m} steps by ${domain.counters[m]?.step}, must step by ${rows} rows`);
  if (domain.tileDepth > m + 2) report.add(`counts tiles with counters from ${m + 2} on, which are reduced over`);
  if (inputs.length < 2) report.add(`has ${inputs.length} inputs, needs a column and a row vector`);
  for (const [port, { type }] of inputs.slice(0, 2).entries()) {
    if (type !== accumulate) report.add(`input ${port} is ${type}, accumulates ${accumulate}`);
  }
  return typed([accumulate, ...inputs.slice(2).map(typeOf)], body.epilogue, "epilogue r", report);
}

function typed(
  first: readonly LaneType[],
  instructions: SimdBody["instructions"],
  prefix: string,
  report: Report,
): readonly LaneType[] {
  const { types, messages } = checkInstructions(instructions, first);
  for (const message of messages) report.add(message.replace(/^r/, prefix));
  return types;
}

function typeOf({ type }: Input): LaneType {
  return type;
}

function counterType(_: CounterValue): LaneType {
  return "i32";
}

export function limit(found: number, most: number, what: string, report: Report): void {
  if (!(found <= most)) report.add(`uses ${found} ${what}, the limit is ${most}`, "E0505");
}
