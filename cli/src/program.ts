import { VERSION } from "@rdu/sdk";
import { Command } from "commander";
import type { CommandContext } from "./command.ts";
import { benchCommand } from "./commands/bench.ts";
import { checkCommand } from "./commands/check.ts";
import { compileCommand } from "./commands/compile.ts";
import { conformanceCommand, serveCommand } from "./commands/conformance.ts";
import { diffCommand } from "./commands/diff.ts";
import { explainCommand } from "./commands/explain.ts";
import { goldenCommand } from "./commands/golden.ts";
import { inspectCommand } from "./commands/inspect.ts";
import { optCommand } from "./commands/opt.ts";
import { runCommand } from "./commands/run.ts";
import { chipsCommand, kernelsCommand, opsCommand, passesCommand } from "./commands/tables.ts";
import { verifyCommand } from "./commands/verify.ts";

const COMMANDS = [
  checkCommand,
  compileCommand,
  runCommand,
  verifyCommand,
  inspectCommand,
  optCommand,
  goldenCommand,
  explainCommand,
  diffCommand,
  conformanceCommand,
  benchCommand,
  opsCommand,
  passesCommand,
  kernelsCommand,
  chipsCommand,
];

export function buildProgram(exitWith: CommandContext["exitWith"]): Command {
  const program = new Command("rdu")
    .description("Compiles ONNX models for a reconfigurable dataflow unit and runs them on a software model of it.")
    .version(VERSION, "-V, --version", "show the version")
    .helpOption("-h, --help", "show this help")
    .helpCommand(false);
  for (const build of COMMANDS) program.addCommand(build({ exitWith }));
  program.addCommand(serveCommand(), { hidden: true });
  for (const command of [program, ...program.commands]) {
    command.exitOverride().showSuggestionAfterError(true).allowExcessArguments(false);
    command.configureOutput({ writeErr: () => undefined, outputError: () => undefined });
  }
  return program;
}
