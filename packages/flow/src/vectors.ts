import { counterSteps } from "./domain.ts";
import type { Domain, SimdBody, SystolicBody, Unit } from "./flow.ts";

/**
 * What passes a port, in canonical text: lengths of vectors with repetition, tiles in braces. `8{784*(16 4)}`: 8 tiles, each 784 times a
 * vector of 16 and one of 4 elements. Two ports agree exactly when their texts are equal.
 */
export type VectorSequence = string;

/** Sequences need whole, non-negative numbers; at most this many counters of a domain may be `within` another. */
export const MAX_RAGGED = 2;

type Run = readonly [repeat: number, item: string];

/** Vectors of an address program, or of a body input: one for each firing. `one`: each has a single lane. */
export function firedVectors(domain: Domain, one = false): VectorSequence {
  const known = FIRED[one ? "single" : "whole"];
  let fired = known.get(domain);
  if (fired === undefined) {
    fired = text(sequence(domain, domain.counters.length, one));
    known.set(domain, fired);
  }
  return fired;
}

/** Both ends of every stream are compared after lowering, in the check of the placement, and at every load. */
const FIRED = { whole: new WeakMap<Domain, VectorSequence>(), single: new WeakMap<Domain, VectorSequence>() };

/** Vectors that a body puts on each output and takes from each epilogue input. `one` as above. */
export function epilogueVectors(body: SimdBody | SystolicBody, one = false): VectorSequence {
  const { domain } = body;
  if (body.kind === "systolic") {
    const drain: Domain = {
      ...domain,
      counters: [...domain.counters.slice(0, body.m + 2), { extent: body.rows, step: 1, within: body.m }],
    };
    return text(sequence(drain, drain.counters.length, one));
  }
  const emitsAlways = body.reductions.length === 0 || body.scan !== "none";
  const depth = emitsAlways ? domain.counters.length : body.reduceFrom;
  return text(sequence(domain, depth, one || domain.vector >= depth));
}

/** Vectors of a systolic body's input 0: up to `rows` lanes along m. */
export function columnVectors(body: SystolicBody): VectorSequence {
  return firedVectors({ ...body.domain, vector: body.m, lanes: body.rows });
}

/** Vectors that input port `port` of a unit takes; undefined when there is no such port. */
export function vectorsInto(unit: Unit, port: number): VectorSequence | undefined {
  if (unit.kind === "store") return port === 0 ? firedVectors(unit.program.domain) : undefined;
  if (unit.kind === "memory") {
    const program = unit.writes[port];
    return program === undefined ? undefined : firedVectors(program.domain);
  }
  if (unit.kind === "load") return undefined;
  const { body } = unit;
  const input = body.inputs[port];
  if (input === undefined) return undefined;
  if (body.kind === "systolic") {
    if (port === 0 && !input.broadcast) return columnVectors(body);
    return port < 2 ? firedVectors(body.domain, input.broadcast) : epilogueVectors(body, input.broadcast);
  }
  return port < body.bodyInputs ? firedVectors(body.domain, input.broadcast) : epilogueVectors(body, input.broadcast);
}

/** Vectors that output port `port` of a unit gives; undefined when there is no such port. */
export function vectorsOutOf(unit: Unit, port: number): VectorSequence | undefined {
  if (unit.kind === "load") return port === 0 ? firedVectors(unit.program.domain) : undefined;
  if (unit.kind === "memory") {
    const program = unit.reads[port];
    return program === undefined ? undefined : firedVectors(program.domain);
  }
  if (unit.kind === "store") return undefined;
  return unit.body.outputs[port] === undefined ? undefined : epilogueVectors(unit.body);
}

/** The sequence over counters [0, depth). Whole blocks of the vector counter and of blocked counters repeat, the last may differ. */
function sequence(domain: Domain, depth: number, one: boolean): Run[] {
  const { counters, tileDepth, vector, lanes } = domain;
  const parents = new Set(counters.slice(0, depth).flatMap(({ within }) => (within === undefined ? [] : [within])));
  /** `blocks[k]`: elements of the block that counter k stands at. */
  const from = (index: number, length: number, blocks: ReadonlyMap<number, number>, inTile: boolean): Run[] => {
    if (index === tileDepth && !inTile) return [[1, `{${text(from(index, length, blocks, true))}}`]];
    const counter = counters[index];
    if (index >= depth || counter === undefined) return [[1, String(one ? 1 : length)]];
    const block = counter.within === undefined ? undefined : blocks.get(counter.within);
    const steps = block === undefined ? counterSteps(counter) : Math.min(counterSteps(counter), block);
    if (steps === 0) return [];
    const splits = index === vector || parents.has(index);
    if (!splits) return repeated(steps, from(index + 1, length, blocks, inTile));
    const last = counter.extent - (steps - 1) * counter.step;
    const at = (elements: number): Run[] =>
      from(
        index + 1,
        index === vector ? Math.min(lanes, elements) : length,
        parents.has(index) ? new Map([...blocks, [index, Math.min(counter.step, elements)]]) : blocks,
        inTile,
      );
    return joined(repeated(steps - 1, at(counter.step)), at(last));
  };
  return from(0, 1, new Map(), false);
}

function repeated(times: number, runs: readonly Run[]): Run[] {
  const [first] = runs;
  if (times === 0 || first === undefined) return [];
  if (runs.length === 1) return [[times * first[0], first[1]]];
  return times === 1 ? [...runs] : [[times, `(${text(runs)})`]];
}

function joined(left: readonly Run[], right: readonly Run[]): Run[] {
  const runs = [...left];
  for (const [repeat, item] of right) {
    const before = runs.at(-1);
    if (before?.[1] === item) runs[runs.length - 1] = [before[0] + repeat, item];
    else runs.push([repeat, item]);
  }
  // n times a group, then the group once more, unwrapped.
  const [first, ...rest] = runs;
  if (first !== undefined && rest.length > 1 && first[1] === `(${text(rest)})`) return [[first[0] + 1, first[1]]];
  return runs;
}

function text(runs: readonly Run[]): string {
  return runs.map(([repeat, item]) => (repeat === 1 ? item : `${repeat}*${item}`)).join(" ");
}
