import { counterSteps, firingsPerTile, stepsBetween } from "../domain.ts";
import type { AddressProgram, Domain, Unit } from "../flow.ts";

/** What works at a pace of its own: a compute, load or store unit, or one program of a memory unit. */
export interface Node {
  readonly name: string;
  readonly unit: Unit;
  /** The program of a memory unit. */
  readonly read?: number;
  readonly write?: number;
}

/** How a node takes and gives vectors within its largest tile. */
export interface Rhythm {
  /** Times that `firings` are followed by an emission. */
  readonly rounds: number;
  /** Firings of a round: each takes one vector of every body input. */
  readonly firings: number;
  /** Emissions of a round: each takes one vector of every epilogue input and gives one on every output. */
  emissions(round: number): number;
  /** Emissions of all rounds. */
  readonly vectors: number;
}

/** Programs emit (or take) one vector at every firing and have no body inputs. */
export function rhythmOf({ unit, read, write }: Node): Rhythm {
  if (unit.kind !== "compute") {
    const program: AddressProgram | undefined =
      unit.kind !== "memory" ? unit.program : read === undefined ? unit.writes[write ?? 0] : unit.reads[read];
    const vectors = program === undefined ? 0 : firingsPerTile(program.domain);
    return { rounds: vectors, firings: 0, emissions: () => 1, vectors };
  }
  const { body } = unit;
  const { domain } = body;
  if (body.kind === "simd") {
    const reduces = body.reductions.length > 0 && body.scan === "none";
    const depth = reduces ? body.reduceFrom : domain.counters.length;
    const rounds = stepsBetween(domain, Math.min(domain.tileDepth, depth), depth);
    const firings = stepsBetween(domain, depth, domain.counters.length);
    return { rounds, firings, emissions: () => 1, vectors: rounds };
  }
  const rounds = stepsBetween(domain, domain.tileDepth, body.m + 2);
  const firings = stepsBetween(domain, body.m + 2, domain.counters.length);
  const counters = [...domain.counters.slice(0, body.m + 2), { extent: body.rows, step: 1, within: body.m }];
  const drain: Domain = { ...domain, counters };
  return {
    rounds,
    firings,
    emissions: (round) => rowsOfRound(domain, body.m, body.rows, round),
    vectors: firingsPerTile(drain),
  };
}

/** Rows of the block that a round of a systolic body drains. */
function rowsOfRound(domain: Domain, m: number, rows: number, round: number): number {
  const counter = domain.counters[m];
  const columns = domain.counters[m + 1];
  if (counter === undefined || columns === undefined || m < domain.tileDepth) return rows;
  const block = Math.floor(round / counterSteps(columns)) % counterSteps(counter);
  return Math.min(rows, counter.extent - block * rows);
}
