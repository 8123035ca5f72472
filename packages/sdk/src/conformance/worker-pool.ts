import { type ChildProcess, fork } from "node:child_process";
import { type CaseOptions, type CaseOutcome, runCase, type Verdict } from "./run-case.ts";

/** A program that calls `serveCases`, to be started once a core. */
export interface WorkerProgram {
  readonly path: string;
  readonly arguments: readonly string[];
}

export interface PoolOptions extends CaseOptions {
  readonly workers: number;
  readonly timeoutSeconds: number;
}

/** What goes to a worker, and comes back from it. */
interface Request {
  readonly directory: string;
  readonly options: CaseOptions;
}

/**
 * Runs cases in processes of their own, one after another in each: a case that does not end in time or ends its process costs that process
 * alone, and a new one takes the next case. `done` is told of every outcome, in the order they come.
 */
export async function runInWorkers(
  program: WorkerProgram,
  directories: readonly string[],
  { workers, timeoutSeconds, ...options }: PoolOptions,
  done: (index: number, outcome: CaseOutcome) => void,
): Promise<void> {
  let next = 0;
  const work = async (): Promise<void> => {
    let worker: ChildProcess | undefined;
    for (let index = next; index < directories.length; index = next) {
      next += 1;
      worker ??= fork(program.path, [...program.arguments], { stdio: ["ignore", "ignore", "ignore", "ipc"] });
      const request: Request = { directory: directories[index] ?? "", options };
      const outcome = await answerOf(worker, request, timeoutSeconds);
      if (outcome.verdict === "timeout" || outcome.verdict === "crash") {
        worker.kill("SIGKILL");
        worker = undefined;
      }
      done(index, outcome);
    }
    worker?.disconnect();
  };
  await Promise.all(Array.from({ length: Math.max(1, Math.min(workers, directories.length)) }, work));
}

/** Answers requests of `runInWorkers` until the other side hangs up. */
export function serveCases(): void {
  process.on("message", async ({ directory, options }: Request) => {
    const outcome = await runCase(directory, options);
    process.send?.(outcome);
  });
}

function answerOf(worker: ChildProcess, request: Request, timeoutSeconds: number): Promise<CaseOutcome> {
  return new Promise((resolve) => {
    const settle = (outcome: CaseOutcome): void => {
      clearTimeout(timer);
      worker.removeAllListeners();
      resolve(outcome);
    };
    const timer = setTimeout(() => settle(without("timeout", `after ${timeoutSeconds} s`)), timeoutSeconds * 1000);
    worker.once("message", (outcome: CaseOutcome) => settle(outcome));
    worker.once("error", (error) => settle(without("crash", error.message)));
    worker.once("exit", (code, signal) => settle(without("crash", `exit ${signal ?? code}`)));
    worker.send(request);
  });
}

function without(verdict: Verdict, reason: string): CaseOutcome {
  return { verdict, reason, operators: [], dtypes: [], hostCalls: [] };
}
