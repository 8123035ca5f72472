import { counted, renderAll } from "@rdu/diagnostics";
import { type CheckReport, check, type OperatorCheck } from "@rdu/sdk";
import type { Command } from "commander";
import { type CommandContext, newCommand, print, printJson } from "../command.ts";
import { type CompileWords, compileOptionsOf, withCompileOptions } from "../compile-options.ts";
import { table } from "../report/format.ts";

export function checkCommand({ exitWith }: CommandContext): Command {
  const command = newCommand("check", "say of every operator what becomes of it, before any work", [
    "rdu check model.onnx",
    "rdu check model.onnx --dim batch=8 --dim seq=128",
    "rdu check model.onnx --json",
  ]).argument("<model>", "an ONNX file");
  return withCompileOptions(command)
    .option("--json", "the report as data")
    .action((model: string, words: CompileWords & { readonly json?: boolean }) => {
      const report = check(model, compileOptionsOf(words));
      if (!report.compiles) exitWith(1);
      if (words.json === true) printJson(report);
      else print(renderCheck(report));
    });
}

function renderCheck({ model, nodes, operators, compiles, problems }: CheckReport): string {
  const rows = operators.map((row) => [row.op, String(row.version), String(row.nodes), verdictOf(row, compiles)]);
  const head = `${model}: ${counted(nodes, "node")}, ${counted(operators.length, "operator")}`;
  const shown = table([["operator", "opset", "nodes", "becomes"], ...rows], [1, 2]);
  const host = operators.reduce((sum, { onHost }) => sum + onHost, 0);
  const last = compiles
    ? `compiles; ${host === 0 ? "no host calls" : `${host} ${host === 1 ? "node runs" : "nodes run"} on the host`}`
    : `does not compile as it stands:\n\n${renderAll(problems)}`;
  return [head, shown, last].join("\n");
}

function verdictOf({ onChip, patterns, free, onHost, reasons, unsupported }: OperatorCheck, compiles: boolean): string {
  const parts: string[] = [];
  if (onChip > 0)
    parts.push(compiles ? `${onChip} on the chip as ${counted(patterns, "pattern")}` : `${onChip} on the chip`);
  if (free > 0) parts.push(`${free} free (constant, view or no effect)`);
  if (onHost > 0) parts.push(`${onHost} on the host: ${reasonText(reasons)}`);
  if (unsupported > 0) parts.push(`${unsupported} UNSUPPORTED`);
  return parts.join(", ");
}

/** The first reason and how many more: a detector's tail has dozens, one a tensor. */
function reasonText([first, ...more]: readonly string[]): string {
  return more.length === 0 ? `${first}` : `${first}; and ${more.length} more (--json has all)`;
}
