import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { type CompileOptions, check, compareOutputs, compile, load, readDataFolder } from "@rdu/sdk";
import type { BenchModel } from "./models.ts";
import { secondsOfOnnxRuntime } from "./onnx-runtime.ts";

export interface CheckFigures {
  /** From the start of the process, as a user waits for the command. */
  readonly checkSeconds: number;
}

export interface RunFigures {
  readonly compileSeconds: number;
  /** Resident memory at its highest up to the end of the compilation, in MiB. */
  readonly compileMemory: number;
  readonly loadSeconds: number;
  /** The first run: kernels made, values and cycles. */
  readonly firstRunSeconds: number;
  /** The best of the following runs, values alone. */
  readonly steadyRunSeconds: number;
  readonly peakMemory: number;
  readonly cycles: number;
  readonly sections: number;
  readonly hostCalls: number;
  /** Largest absolute difference from the output that came with the model. */
  readonly maxAbs: number;
  readonly agrees: boolean;
  /** ONNX Runtime's WebAssembly build on one thread, best of as many runs; absent where it cannot run the model. */
  readonly onnxRuntimeSeconds?: number;
}

const STEADY_RUNS = 3;

export function measureCheck({ folder, dims }: BenchModel): CheckFigures {
  check(join(folder, "model.onnx"), { dims });
  return { checkSeconds: performance.now() / 1000 };
}

export async function measureRun(
  { folder, dims }: BenchModel,
  optimize: NonNullable<CompileOptions["optimize"]>,
): Promise<RunFigures> {
  const { pef, report } = await compile(join(folder, "model.onnx"), { dims, optimize });
  const compileSeconds = performance.now() / 1000;
  const compileMemory = peakMemory();
  const [program, loadSeconds] = await timed(() => load(pef));
  const { inputs, expected, tolerance } = readDataFolder(folder, program);
  const [first, firstRunSeconds] = await timed(() => program.run(inputs));
  let steadyRunSeconds = Number.POSITIVE_INFINITY;
  for (let run = 0; run < STEADY_RUNS; run += 1) {
    const [, seconds] = await timed(() => program.run(inputs, { timing: false }));
    steadyRunSeconds = Math.min(steadyRunSeconds, seconds);
  }
  const peak = peakMemory();
  const comparisons = compareOutputs(first.outputs, expected, tolerance);
  const other = await secondsOfOnnxRuntime(join(folder, "model.onnx"), inputs, STEADY_RUNS);
  return {
    compileSeconds,
    compileMemory,
    loadSeconds,
    firstRunSeconds,
    steadyRunSeconds,
    peakMemory: peak,
    cycles: first.cycles ?? 0,
    sections: report.sections.length,
    hostCalls: report.hostCalls.length,
    maxAbs: Math.max(0, ...comparisons.map(({ maxAbs }) => maxAbs)),
    agrees: comparisons.every(({ equal }) => equal),
    ...(other === undefined ? {} : { onnxRuntimeSeconds: other }),
  };
}

async function timed<Result>(work: () => Promise<Result>): Promise<[Result, number]> {
  const started = performance.now();
  const result = await work();
  return [result, (performance.now() - started) / 1000];
}

/** Of this process so far, in MiB. */
function peakMemory(): number {
  return process.resourceUsage().maxRSS / 1024;
}
