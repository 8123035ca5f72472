// Random valid graphs out of the operator registry, at all levels of optimisation, on both engines, against the reference.
//   npm run fuzz -- --count 1000 --seed 1 --jobs 2 --out dist/fuzz
// With --operators: the decomposition of each operator of these graphs, interpreted, against the reference; much faster.
import { type ChildProcess, fork } from "node:child_process";
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { Coverage } from "./coverage.ts";
import { fuzzOperators, fuzzSeed, type SeedResult } from "./fuzz-seed.ts";

/** A graph that takes longer is stopped and counts as a failure. */
const SECONDS_FOR_ONE = 120;

const PROGRESS_EVERY = 250;

/** Graphs leave much short-lived garbage, which a larger young generation collects at less cost. */
const WORKER_FLAGS = ["--max-semi-space-size=64"];

const { values: options } = parseArgs({
  options: {
    count: { type: "string", default: "200" },
    seed: { type: "string", default: "1" },
    jobs: { type: "string", default: String(availableParallelism()) },
    out: { type: "string", default: "dist/fuzz" },
    operators: { type: "boolean", default: false },
    worker: { type: "boolean", default: false },
  },
});

const WORKER_OPTIONS = ["--worker", "--out", options.out, ...(options.operators ? ["--operators"] : [])];

interface Tally {
  graphs: number;
  nodes: number;
  withHostCalls: number;
  unfit: number;
  readonly coverage: Coverage;
  readonly failed: string[];
}

if (options.worker) {
  // Nobody is left to tell.
  process.on("disconnect", () => process.exit());
  process.on("message", (seed: number) => {
    const judged = options.operators
      ? Promise.resolve(seed).then((each) => fuzzOperators(each, options.out))
      : fuzzSeed(seed, options.out);
    void judged.then(
      (result) => process.send?.(result),
      (error: unknown) => process.send?.(`while drawing or reducing: ${error instanceof Error ? error.stack : error}`),
    );
  });
} else {
  process.exitCode = await runAll();
}

async function runAll(): Promise<number> {
  const first = Number(options.seed);
  const queue = Array.from({ length: Number(options.count) }, (_, index) => first + index);
  const tally: Tally = { graphs: 0, nodes: 0, withHostCalls: 0, unfit: 0, coverage: new Coverage(), failed: [] };
  const started = performance.now();
  await Promise.all(Array.from({ length: Number(options.jobs) }, () => work(queue, tally)));
  const seconds = (performance.now() - started) / 1000;
  console.log(
    `${tally.graphs} graphs (seeds ${first} to ${first + tally.graphs - 1}), ${tally.nodes} nodes of ` +
      `${tally.coverage.operators} operators in ${tally.coverage.combinations} combinations with types, ` +
      `${tally.withHostCalls} with host calls, ${tally.unfit} too large for a small chip, ${tally.failed.length} failures, ${seconds.toFixed(0)} s`,
  );
  for (const line of tally.coverage.lines()) console.log(`  ${line}`);
  for (const line of tally.failed) console.log(`  ${line}`);
  return tally.failed.length === 0 ? 0 : 1;
}

/** One process at a time takes seeds off the queue, and is replaced when it dies or hangs. */
async function work(queue: number[], tally: Tally): Promise<void> {
  let child: ChildProcess | undefined;
  for (let seed = queue.shift(); seed !== undefined; seed = queue.shift()) {
    child ??= fork(process.argv[1] ?? "", WORKER_OPTIONS, { execArgv: WORKER_FLAGS });
    const outcome = await ask(child, seed);
    tally.graphs += 1;
    if (tally.graphs % PROGRESS_EVERY === 0) console.log(`${tally.graphs} graphs, ${tally.failed.length} failures`);
    if (typeof outcome === "string") {
      if (!child.connected) child = undefined;
      note(tally, `seed ${seed}: ${outcome}`);
      continue;
    }
    tally.nodes += outcome.nodes;
    if (outcome.hostCalls > 0) tally.withHostCalls += 1;
    if (outcome.unfit > 0) tally.unfit += 1;
    for (const each of outcome.drawn) tally.coverage.add(each);
    const { failure, left = [], folder } = outcome;
    if (failure === undefined) continue;
    const [first = ""] = failure.detail.split("\n");
    note(
      tally,
      `seed ${seed} ${failure.where} ${failure.kind} [${left.join(" ")}]: ${first.slice(0, 160)} (${folder})`,
    );
  }
  child?.kill();
}

function note(tally: Tally, line: string): void {
  tally.failed.push(line);
  console.log(`${tally.graphs}: ${line}`);
}

/** The result of a seed, or how the process came to its end. */
function ask(child: ChildProcess, seed: number): Promise<SeedResult | string> {
  return new Promise((settle) => {
    const done = (outcome: SeedResult | string): void => {
      clearTimeout(timer);
      child.removeAllListeners();
      settle(outcome);
    };
    const timer = setTimeout(() => {
      child.kill("SIGKILL");
      done(`no end within ${SECONDS_FOR_ONE} s`);
    }, SECONDS_FOR_ONE * 1000);
    child.on("message", (result) => done(result as SeedResult | string));
    child.on("exit", (code, signal) => done(`the process died (${signal ?? code})`));
    child.send(seed);
  });
}
