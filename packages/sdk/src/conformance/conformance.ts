import { availableParallelism } from "node:os";
import { findCases } from "./find-cases.ts";
import { type CaseOptions, type CaseOutcome, runCase, type Verdict } from "./run-case.ts";
import { runInWorkers, type WorkerProgram } from "./worker-pool.ts";

export interface ConformanceOptions extends CaseOptions {
  /** Only cases whose `<group>/<name>` this regular expression matches. */
  readonly filter?: string;
  /** Runs cases in processes of its own; without it they run in this one, one after another, and nothing stops one that hangs. */
  readonly worker?: WorkerProgram;
  /** One a core by default. */
  readonly workers?: number;
  /** For one case. Default 120. */
  readonly timeoutSeconds?: number;
  readonly onCase?: (result: CaseResult, finished: number, total: number) => void;
}

export interface CaseResult extends CaseOutcome {
  readonly group: string;
  readonly name: string;
}

/** Counts by verdict; `host` counts those that pass with a host call among them. */
export type VerdictCounts = Readonly<Record<Verdict | "host", number>>;

export interface ConformanceReport {
  readonly backend: CaseOptions["backend"];
  /** In order of group and name. */
  readonly cases: readonly CaseResult[];
  readonly total: VerdictCounts;
  readonly byGroup: ReadonlyMap<string, VerdictCounts>;
  /** A case counts for each of its operators. */
  readonly byOperator: ReadonlyMap<string, VerdictCounts>;
  /** A case counts for each element type of its inputs and outputs. */
  readonly byDtype: ReadonlyMap<string, VerdictCounts>;
}

/** Runs every case of a tree in the layout of the ONNX backend tests and counts the verdicts. */
export async function conformance(folder: string, options: ConformanceOptions): Promise<ConformanceReport> {
  const { filter, worker, workers, timeoutSeconds, onCase, ...rest } = options;
  const found = findCases(folder, filter);
  const outcomes = new Map<number, CaseResult>();
  const done = (index: number, outcome: CaseOutcome): void => {
    const { group = "", name = "" } = found[index] ?? {};
    const result = { group, name, ...outcome };
    outcomes.set(index, result);
    onCase?.(result, outcomes.size, found.length);
  };
  const directories = found.map(({ directory }) => directory);
  if (worker === undefined) {
    for (const [index, directory] of directories.entries()) done(index, await runCase(directory, rest));
  } else {
    const pool = { workers: workers ?? availableParallelism(), timeoutSeconds: timeoutSeconds ?? 120, ...rest };
    await runInWorkers(worker, directories, pool, done);
  }
  const cases = [...outcomes].sort(([a], [b]) => a - b).map(([, result]) => result);
  return {
    backend: options.backend,
    cases,
    total: countsOf(cases),
    byGroup: countedBy(cases, ({ group }) => [group]),
    byOperator: countedBy(cases, ({ operators }) => operators),
    byDtype: countedBy(cases, ({ dtypes }) => dtypes),
  };
}

function countsOf(cases: readonly CaseResult[]): VerdictCounts {
  const counts = { pass: 0, fail: 0, error: 0, unsupported: 0, timeout: 0, crash: 0, host: 0 };
  for (const { verdict, hostCalls } of cases) {
    counts[verdict] += 1;
    if (verdict === "pass" && hostCalls.length > 0) counts.host += 1;
  }
  return counts;
}

/** Counts of the cases under each of their keys, keys in alphabetical order. */
function countedBy(
  cases: readonly CaseResult[],
  keysOf: (result: CaseResult) => readonly string[],
): Map<string, VerdictCounts> {
  const groups = new Map<string, CaseResult[]>();
  for (const result of cases) {
    for (const key of keysOf(result)) {
      const known = groups.get(key);
      if (known === undefined) groups.set(key, [result]);
      else known.push(result);
    }
  }
  return new Map([...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, members]) => [key, countsOf(members)]));
}
