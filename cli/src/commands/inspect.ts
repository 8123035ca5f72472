import { INSPECT_FORMATS, type InspectFormat, inspect, LEVELS, type LevelName, writeFile } from "@rdu/sdk";
import type { Command } from "commander";
import { choice, newCommand, print } from "../command.ts";
import { type CompileWords, compileOptionsOf, withCompileOptions } from "../compile-options.ts";

interface Words extends CompileWords {
  readonly level?: string;
  readonly section?: string;
  readonly format?: string;
  readonly json?: boolean;
  readonly output?: string;
}

export function inspectCommand(): Command {
  const command = newCommand("inspect", "show any level of any file", [
    "rdu inspect model.pef                                    # everything in it",
    "rdu inspect model.onnx --level patterns",
    "rdu inspect model.onnx --level flow --section s0 --format dot | dot -Tsvg > s0.svg",
    "rdu inspect model.pef --format html --output model.html  # placement, dataflow, memory, ledger in a browser",
    "rdu inspect model.onnx --level patterns --format onnx --output patterns.onnx   # for Netron",
  ])
    .argument("<file>", "a .onnx, .graph, .flow or .pef")
    .option("--level <name>", `${LEVELS.join(", ")} (default: what the file is)`)
    .option("--section <name>", "only this section")
    .option("--format <name>", INSPECT_FORMATS.join(", "), "text")
    .option("--json", "as --format json")
    .option("--output <file>", "write it there");
  return withCompileOptions(command).action((file: string, words: Words) => {
    const shown = inspect(file, {
      format: words.json === true ? "json" : choice<InspectFormat>(words.format ?? "text", INSPECT_FORMATS, "--format"),
      compile: compileOptionsOf(words),
      ...(words.level === undefined ? {} : { level: choice<LevelName>(words.level, LEVELS, "--level") }),
      ...(words.section === undefined ? {} : { section: words.section }),
    });
    if (words.output !== undefined) writeFile(words.output, typeof shown === "string" ? shown : [shown]);
    else if (typeof shown === "string") print(shown);
    else process.stdout.write(shown);
  });
}
