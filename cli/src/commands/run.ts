import { performance } from "node:perf_hooks";
import { reject } from "@rdu/diagnostics";
import {
  compareOutputs,
  DEFAULT_TOLERANCE,
  type EngineName,
  load,
  type Program,
  type RunResult,
  readDataFolder,
  readInput,
  reference,
  rememberedPrecision,
  summarise,
  toleranceOf,
  typeOfParameter,
  type Value,
  writeOutput,
} from "@rdu/sdk";
import type { Command } from "commander";
import { type CommandContext, choice, collect, newCommand, print, printJson } from "../command.ts";
import { bar, progress } from "../progress.ts";
import { comparisonText } from "../report/comparison-report.ts";
import { grouped, labelled, seconds } from "../report/format.ts";
import { programRows } from "../report/program-report.ts";
import { timingRows } from "../report/timing-report.ts";
import { valueText } from "../report/value-text.ts";

interface Words {
  readonly pef: string;
  readonly input?: readonly string[];
  readonly data?: string;
  readonly output?: string;
  readonly engine?: string;
  readonly timing: boolean;
  readonly orchestration?: string;
  readonly reference?: string;
  readonly weights?: string;
  readonly json?: boolean;
}

export function runCommand(context: CommandContext): Command {
  return newCommand("run", "run a PEF on the software RDU: values and cycles", [
    "rdu run -p model.pef --input x=x.npy --output results",
    "rdu run -p model.pef --input random",
    "rdu run -p model.pef --data test_data_set_0        # and compare with the outputs there",
    "rdu run -p model.pef --input image=photos.npz --reference model.onnx",
  ])
    .requiredOption("-p, --pef <file>", "the PEF")
    .option(
      "--input <name=file>",
      "a .npy, .npz or .pb file, or the word random; the name may be left out of a single input, and of random for all",
      collect,
    )
    .option("--data <folder>", "input_0.pb ... to run, output_0.pb ... to compare with")
    .option("--output <folder>", "write the outputs there")
    .option("--engine <name>", "fast, or exact: every vector moves", "fast")
    .option("--no-timing", "values alone")
    .option("--orchestration <who>", "hw or sw (default: as compiled)")
    .option("--reference <model>", "compare with the reference evaluation of this ONNX model")
    .option("--weights <folder>", "folder of the weight files that the PEF refers to (default: its own)")
    .option("--json", "the report as data")
    .action((words: Words) => runAction(words, context));
}

async function runAction(words: Words, { exitWith }: CommandContext): Promise<void> {
  const engine = choice<EngineName>(words.engine ?? "fast", ["fast", "exact"], "--engine");
  const orchestration =
    words.orchestration === undefined ? undefined : choice(words.orchestration, ["hw", "sw"], "--orchestration");
  const program = await load(words.pef, words.weights === undefined ? {} : { weights: words.weights });
  const data = words.data === undefined ? undefined : readDataFolder(words.data, program);
  const inputs = { ...data?.inputs, ...(await readInputs(words.input ?? [], program)) };
  const shown = progress();
  const started = performance.now();
  const result = await program.run(inputs, {
    engine,
    timing: words.timing,
    ...(orchestration === undefined ? {} : { orchestration: orchestration === "hw" ? "hardware" : "software" }),
    onCall: (call, number, calls) => shown.say(bar(number, calls, call)),
  });
  const milliseconds = performance.now() - started;
  shown.done();
  const written = words.output === undefined ? [] : writeAll(words.output, result);
  const precision = rememberedPrecision(program.pef.provenance.options);
  const shipped =
    data === undefined ? [] : compareOutputs(result.outputs, data.expected, toleranceOf(precision, data.tolerance));
  const referred =
    words.reference === undefined ? [] : await compareWithReference(words.reference, program, inputs, result);
  if ([...shipped, ...referred].some(({ equal }) => !equal)) exitWith(1);
  if (words.json === true) {
    const { timing } = result;
    printJson({ outputs: describe(result), written, timing, milliseconds, shipped, reference: referred });
    return;
  }
  print(`${words.pef} on the ${engine} engine`);
  const rows: (readonly [string, string])[] = [...programRows(program.pef, summarise(program.pef))];
  if (result.timing !== undefined) rows.push(...timingRows(program.pef, result.timing));
  rows.push(["outputs", describe(result).join("\n")]);
  for (const path of written) rows.push(["written", path]);
  if (data !== undefined) rows.push(["expected", comparisonText(shipped)]);
  if (words.reference !== undefined) rows.push(["reference", comparisonText(referred)]);
  rows.push(["wall time", wallTime(milliseconds, result)]);
  print(labelled(rows));
}

export function wallTime(milliseconds: number, { cycles }: RunResult): string {
  const rate = cycles === undefined ? "" : `, ${grouped(cycles / (milliseconds / 1000))} simulated cycles a second`;
  return `${seconds(milliseconds)}${rate}`;
}

async function readInputs(specs: readonly string[], { inputs }: Program): Promise<Record<string, Value>> {
  const values: Record<string, Value> = {};
  for (const spec of specs) {
    const at = spec.indexOf("=");
    const name = at < 0 ? undefined : spec.slice(0, at);
    const file = spec.slice(at + 1);
    const only = inputs.length === 1 ? inputs : [];
    const chosen =
      name === undefined ? (file === "random" ? inputs : only) : inputs.filter((input) => input.name === name);
    if (chosen.length === 0) {
      if (name === undefined)
        reject("E0902", `--input ${spec}: expected NAME=FILE, the program has ${inputs.length} inputs`);
      values[name] = await readInput(file, { name, dtype: "float32", shape: [] });
    }
    for (const parameter of chosen) {
      const { name: input, dtype = "float32", shape = [] } = parameter;
      const type = typeOfParameter(parameter);
      values[input] = await readInput(file, { name: input, dtype, shape, ...(type === undefined ? {} : { type }) });
    }
  }
  return values;
}

function writeAll(folder: string, { outputs }: RunResult): string[] {
  return Object.entries(outputs).map(([name, value]) => writeOutput(folder, name, value));
}

async function compareWithReference(
  model: string,
  { pef }: Program,
  inputs: Readonly<Record<string, Value>>,
  { outputs }: RunResult,
) {
  const { dims: bound = "", "batch-size": batch, inference, "as-input": fed } = pef.provenance.options;
  const pairs = bound.split(",").filter((text) => text !== "");
  const dims = Object.fromEntries(
    pairs.map((text) => [text.slice(0, text.lastIndexOf("=")), Number(text.slice(text.lastIndexOf("=") + 1))]),
  );
  const expected = await reference(model, inputs, {
    dims,
    inference: inference === "true",
    ...(batch === undefined ? {} : { batchSize: Number(batch) }),
    ...(fed === undefined ? {} : { asInputs: JSON.parse(fed) as string[] }),
  });
  return compareOutputs(outputs, expected, toleranceOf(rememberedPrecision(pef.provenance.options), DEFAULT_TOLERANCE));
}

function describe({ outputs }: RunResult): string[] {
  return Object.entries(outputs).map(([name, value]) => `${name}: ${valueText(value)}`);
}
