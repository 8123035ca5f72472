import { type Backend, conformance, conformanceTable, type EngineName, serveCases, writeFile } from "@rdu/sdk";
import { Command } from "commander";
import { type CommandContext, choice, newCommand, positiveInteger, print, printJson, toJson } from "../command.ts";
import { type CompileWords, compileOptionsOf, withCompileOptions } from "../compile-options.ts";
import { bar, progress } from "../progress.ts";

interface Words extends CompileWords {
  readonly backend?: string;
  readonly filter?: string;
  readonly json?: boolean | string;
  readonly workers?: string;
  readonly timeout?: string;
  readonly engine?: string;
}

export function conformanceCommand({ exitWith }: CommandContext): Command {
  const command = newCommand("conformance", "run ONNX backend-test cases, a table of verdicts", [
    "rdu conformance cases                                  # <group>/<case>/model.onnx with test_data_set_0 ...",
    "rdu conformance cases --backend reference",
    "rdu conformance cases --filter 'node/test_softmax' -O3 --json verdicts.json",
  ])
    .argument("<folder>", "cases as the ONNX backend tests lay them out")
    .option("--backend <name>", "rdu or reference", "rdu")
    .option("--filter <expression>", "only cases whose group/name this regular expression matches")
    .option("--workers <n>", "processes at a time (default: one a core)")
    .option("--timeout <seconds>", "for one case", "120")
    .option("--engine <name>", "fast or exact", "fast");
  return withCompileOptions(command)
    .option("--json [file]", "the report as data, to the file if one is named")
    .action((folder: string, words: Words) => conformanceAction(folder, words, exitWith));
}

async function conformanceAction(folder: string, words: Words, exitWith: CommandContext["exitWith"]): Promise<void> {
  const shown = progress();
  const report = await conformance(folder, {
    backend: choice<Backend>(words.backend ?? "rdu", ["rdu", "reference"], "--backend"),
    engine: choice<EngineName>(words.engine ?? "fast", ["fast", "exact"], "--engine"),
    compile: compileOptionsOf(words),
    timeoutSeconds: positiveInteger(words.timeout ?? "120", "--timeout"),
    worker: { path: process.argv[1] ?? "", arguments: [SERVE] },
    ...(words.filter === undefined ? {} : { filter: words.filter }),
    ...(words.workers === undefined ? {} : { workers: positiveInteger(words.workers, "--workers") }),
    onCase: ({ group, name }, finished, total) => shown.say(bar(finished, total, `${group}/${name}`)),
  });
  shown.done();
  if (report.total.pass < report.cases.length) exitWith(1);
  if (typeof words.json === "string") writeFile(words.json, toJson(report));
  if (words.json === true) printJson(report);
  else print(conformanceTable(report));
}

const SERVE = "serve-cases";

/** Not for people: what `conformance` starts once a core. */
export function serveCommand(): Command {
  return new Command(SERVE).description("answers `rdu conformance`").action(() => serveCases());
}
