import { counted } from "@rdu/diagnostics";
import { type EngineName, type Verification, type VerifiedSet, verify } from "@rdu/sdk";
import type { Command } from "commander";
import { type CommandContext, choice, newCommand, print, printJson } from "../command.ts";
import { type CompileWords, compileOptionsOf, withCompileOptions } from "../compile-options.ts";
import { comparisonText } from "../report/comparison-report.ts";
import { grouped, labelled, number, percent } from "../report/format.ts";

interface Words extends CompileWords {
  readonly data?: string;
  readonly eachPass?: boolean;
  readonly engine?: string;
  readonly rtol?: string;
  readonly atol?: string;
  readonly json?: boolean;
}

export function verifyCommand(context: CommandContext): Command {
  const command = newCommand("verify", "compile, run, and compare with the reference and with shipped outputs", [
    "rdu verify model.onnx                         # made-up inputs, against the reference",
    "rdu verify model.onnx --data .                # test_data_set_0 ... in the folder",
    "rdu verify model.onnx --each-pass             # name the first pass that changes a value",
  ])
    .argument("<model>", "an ONNX file")
    .option("--data <folder>", "test data sets: test_data_set_K/input_0.pb, output_0.pb ...")
    .option("--each-pass", "compare after every level and name the first pass that diverges")
    .option("--engine <name>", "fast or exact", "fast")
    .option("--rtol <x>", "relative tolerance (default: that of the data, or 0.001)")
    .option("--atol <x>", "absolute tolerance (default: that of the data, or 1e-7)");
  return withCompileOptions(command)
    .option("--json", "the report as data")
    .action((model: string, words: Words) => verifyAction(model, words, context));
}

async function verifyAction(model: string, words: Words, { exitWith }: CommandContext): Promise<void> {
  const tolerance =
    words.rtol === undefined && words.atol === undefined
      ? {}
      : { tolerance: { rtol: Number(words.rtol ?? 1e-3), atol: Number(words.atol ?? 1e-7) } };
  const result = await verify(model, {
    compile: compileOptionsOf(words),
    engine: choice<EngineName>(words.engine ?? "fast", ["fast", "exact"], "--engine"),
    eachPass: words.eachPass === true,
    ...(words.data === undefined ? {} : { data: words.data }),
    ...tolerance,
  });
  if (!result.passed) exitWith(1);
  if (words.json === true) printJson(result);
  else print(renderVerification(model, result));
}

export function renderVerification(model: string, verification: Verification): string {
  const { passed, sets, report, firstPass, precision, allowedOfLargest } = verification;
  const rounded =
    precision === "fp32"
      ? ""
      : `, ${precision}: up to ${percent(allowedOfLargest)} of a tensor's largest value is taken for rounding`;
  const last =
    firstPass === undefined
      ? []
      : [firstPass === null ? "  no pass diverges" : `  the first pass that diverges is ${firstPass}`];
  return [
    `${model}: ${passed ? "agrees" : "DIFFERS"}, ${counted(report.sections.length, "section")}, ${counted(report.hostCalls.length, "host call")}${rounded}`,
    ...sets.map(renderSet),
    ...last,
  ].join("\n");
}

function renderSet({ name, shipped, reference, timing, divergence }: VerifiedSet): string {
  const rows: (readonly [string, string])[] = [];
  if (shipped.length > 0) rows.push(["expected", comparisonText(shipped)]);
  rows.push(["reference", comparisonText(reference)]);
  if (timing !== undefined)
    rows.push(["cycles", `${grouped(timing.cycles)} = ${number(timing.microseconds.sections)} us`]);
  if (divergence !== undefined) {
    const { value, origin, maxAbs, maxRel, maxUlp, optimize } = divergence;
    rows.push([
      "diverges",
      `first at ${value}, made by ${origin.join(", ") || "an input"} (seen at -O${optimize}): ${number(maxAbs)} absolute, ${number(maxRel)} relative, ${grouped(maxUlp)} ulp`,
    ]);
  }
  return ` ${name}\n${labelled(rows)}`;
}
