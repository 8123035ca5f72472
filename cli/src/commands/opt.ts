import { dirname } from "node:path";
import { renderAll } from "@rdu/diagnostics";
import { runPassesOn, writeFile, writePayloads } from "@rdu/sdk";
import type { Command } from "commander";
import { newCommand, print } from "../command.ts";
import { type CompileWords, compileOptionsOf, withCompileOptions } from "../compile-options.ts";

export function optCommand(): Command {
  const command = newCommand("opt", "run passes on the text of a graph", [
    "rdu opt model.graph --passes infer-shapes,fold-constants",
    "rdu opt crash.graph --passes fuse-epilogues --output after.graph",
    "rdu passes                                               # what there is",
  ])
    .argument("<file>", "a .graph")
    .requiredOption("--passes <a,b,c>", "names of passes, in the order to run them")
    .option("--output <file>", "write the graph there");
  return withCompileOptions(command).action(
    (file: string, words: CompileWords & { readonly passes: string; readonly output?: string }) => {
      const names = words.passes.split(",").map((name) => name.trim());
      const { text, payloads, warnings } = runPassesOn(file, names, compileOptionsOf(words));
      if (warnings.length > 0) process.stderr.write(`${renderAll(warnings)}\n`);
      if (words.output === undefined) {
        print(text);
        return;
      }
      writeFile(words.output, text);
      writePayloads(dirname(words.output), payloads);
    },
  );
}
