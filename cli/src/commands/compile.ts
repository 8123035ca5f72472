import { join } from "node:path";
import { renderAll } from "@rdu/diagnostics";
import {
  type Compilation,
  compileFile,
  LEVELS,
  type LevelName,
  levelText,
  summarise,
  timingOf,
  writeFile,
  writePayloads,
} from "@rdu/sdk";
import type { Command } from "commander";
import { choice, newCommand, print, printJson } from "../command.ts";
import { type CompileWords, compileOptionsOf, withCompileOptions } from "../compile-options.ts";
import { progress } from "../progress.ts";
import { passText } from "../report/compile-report.ts";
import { grouped, labelled, number } from "../report/format.ts";
import { programRows } from "../report/program-report.ts";

interface Words extends CompileWords {
  readonly pef?: string;
  readonly from?: string;
  readonly to?: string;
  readonly dumpDir?: string;
  readonly weights?: string;
  readonly json?: boolean;
}

export function compileCommand(): Command {
  const command = newCommand("compile", "compile an ONNX model, or the text of a level, to a PEF", [
    "rdu compile model.onnx -p model.pef",
    "rdu compile model.onnx -O3 -b 8 --dim seq=128 --chip mini-8x8 -p model.pef",
    "rdu compile model.onnx --dump-dir dump        # every pass and level as text",
    "rdu compile dump/05-group-by-rules.graph -p model.pef",
    "rdu compile model.onnx --to flow              # print a level",
  ])
    .argument("<file>", "a model.onnx, or a .graph, .flow or .place as --dump-dir writes them")
    .option("-p, --pef <file>", "where the PEF goes (default: beside the model, ending in .pef)");
  return withCompileOptions(command)
    .option("--from <level>", "onnx, graph, patterns, flow or placed (default: by the end of the file's name)")
    .option("--to <level>", `${LEVELS.join(", ")}: stop there and print it, or write it to --pef`, "pef")
    .option("--dump-dir <folder>", "one numbered text file a pass and level")
    .option("--weights <folder>", "folder of the weight files that a .graph or .flow refers to")
    .option("--json", "the report as data")
    .action((file: string, words: Words) => compileAction(file, words));
}

function compileAction(file: string, words: Words): void {
  const to = choice<LevelName>(words.to ?? "pef", LEVELS, "--to");
  const from =
    words.from === undefined
      ? undefined
      : choice(words.from, ["onnx", "graph", "patterns", "flow", "placed"], "--from");
  const options = compileOptionsOf(words);
  const bar = progress();
  const { dumpDir } = words;
  const made = compileFile(
    file,
    options,
    {
      begin: (pass) => bar.say(`compiling: ${pass}`),
      ...(dumpDir === undefined
        ? {}
        : {
            dump: (name, text, payloads) => {
              writeFile(join(dumpDir, name), text);
              writePayloads(dumpDir, payloads());
            },
          }),
    },
    {
      to,
      ...(from === undefined ? {} : { from: from === "patterns" ? "graph" : from }),
      ...(words.weights === undefined ? {} : { weights: words.weights }),
    },
  );
  bar.done();
  if (made.report.warnings.length > 0) process.stderr.write(`${renderAll(made.report.warnings)}\n`);
  const path = words.pef ?? (to === "pef" ? `${file.replace(/\.[^./\\]*$/, "")}.pef` : undefined);
  if (to !== "pef") {
    const text = levelText(made, to);
    if (path === undefined) print(text);
    else writeFile(path, text);
    return;
  }
  if (path === undefined || made.bytes === undefined) return;
  writeFile(path, made.bytes);
  report(path, made, words.json === true);
}

function report(path: string, { pef, bytes = [], report }: Compilation, json: boolean): void {
  if (pef === undefined) return;
  if (json) {
    printJson({ pef: path, cycles: timingOf(pef).cycles, ...report });
    return;
  }
  const size = bytes.reduce((sum, piece) => sum + piece.length, 0);
  print(`${path}: ${size} bytes`);
  const timing = timingOf(pef);
  const cycles = `${grouped(timing.cycles)} predicted = ${number(timing.microseconds.sections)} us; with launches ${number(timing.microseconds.total)} us`;
  print(labelled([...programRows(pef, summarise(pef)), ["cycles", cycles], ["passes", passText(report)]]));
}
