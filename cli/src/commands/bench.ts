import { performance } from "node:perf_hooks";
import { compile, load, type Program, randomTensor, readDataFolder, summarise, type Value } from "@rdu/sdk";
import type { Command } from "commander";
import { newCommand, positiveInteger, print, printJson } from "../command.ts";
import { type CompileWords, compileOptionsOf, withCompileOptions } from "../compile-options.ts";
import { bytes, grouped, labelled, seconds } from "../report/format.ts";

interface Words extends CompileWords {
  readonly data?: string;
  readonly runs?: string;
  readonly json?: boolean;
}

export function benchCommand(): Command {
  const command = newCommand("bench", "how long a model takes to compile and to run, and in what memory", [
    "rdu bench model.onnx",
    "rdu bench model.onnx --data test_data_set_0 --runs 20 -O3",
  ])
    .argument("<model>", "an ONNX file")
    .option("--data <folder>", "inputs to run with (default: made-up ones)")
    .option("--runs <n>", "runs after the first", "5");
  return withCompileOptions(command)
    .option("--json", "the figures as data")
    .action((model: string, words: Words) => benchAction(model, words));
}

async function benchAction(model: string, words: Words): Promise<void> {
  const runs = positiveInteger(words.runs ?? "5", "--runs");
  const [compiled, compileTime] = await timed(() => compile(model, compileOptionsOf(words)));
  const [program, loadTime] = await timed(() => load(compiled.pef));
  const inputs = words.data === undefined ? madeUp(program) : readDataFolder(words.data, program).inputs;
  const [first, firstTime] = await timed(() => program.run(inputs));
  const times: number[] = [];
  for (let run = 0; run < runs; run += 1) times.push((await timed(() => program.run(inputs, { timing: false })))[1]);
  const median = times.toSorted((a, b) => a - b)[runs >> 1] ?? Number.NaN;
  const cycles = first.cycles ?? Number.NaN;
  const peakBytes = process.resourceUsage().maxRSS * 1024;
  const figures = {
    model,
    sections: summarise(program.pef).sections.length,
    pefBytes: compiled.pef.length,
    milliseconds: { compile: compileTime, load: loadTime, firstRun: firstTime, run: median },
    cycles,
    cyclesPerSecond: cycles / (median / 1000),
    peakBytes,
  };
  if (words.json === true) {
    printJson(figures);
    return;
  }
  print(
    `${model}\n${labelled([
      ["compile", seconds(compileTime)],
      ["load", `${seconds(loadTime)}, a PEF of ${bytes(figures.pefBytes)}`],
      ["first run", `${seconds(firstTime)}, with cycles`],
      ["run", `${seconds(median)}, the median of ${runs}`],
      ["cycles", `${grouped(cycles)}, ${grouped(figures.cyclesPerSecond)} simulated a second of a run`],
      ["memory", `${bytes(peakBytes)} at most`],
    ])}`,
  );
}

async function timed<Result>(work: () => Promise<Result>): Promise<readonly [Result, number]> {
  const started = performance.now();
  const result = await work();
  return [result, performance.now() - started];
}

function madeUp({ inputs }: Program): Record<string, Value> {
  return Object.fromEntries(
    inputs.map(({ name, dtype = "float32", shape = [] }) => [name, randomTensor({ name, dtype, shape })]),
  );
}
