import { chipsTable, kernelsTable, operatorsTable, passesTable, presetChip, printChip } from "@rdu/sdk";
import type { Command } from "commander";
import { newCommand, print, printJson } from "../command.ts";
import { bytes, table } from "../report/format.ts";

interface Words {
  readonly json?: boolean;
}

export function opsCommand(): Command {
  return newCommand("ops", "the operators: on the chip, on the host, or unsupported", [
    "rdu ops",
    "rdu ops Softmax",
    "rdu ops --json",
  ])
    .argument("[name]", "only names that contain this")
    .option("--json", "the table as data")
    .action((name: string | undefined, words: Words) => {
      const wanted = (name ?? "").toLowerCase();
      const rows = operatorsTable().filter((row) => row.name.toLowerCase().includes(wanted));
      if (words.json === true) printJson(rows);
      else
        print(
          table([
            ["operator", "where", "versions", ""],
            ...rows.map((row) => [row.name, row.where, row.versions.join(","), row.reason ?? row.summary]),
          ]),
        );
    });
}

export function passesCommand(): Command {
  return newCommand("passes", "the passes of the graph compiler, in order", ["rdu passes", "rdu passes --json"])
    .option("--json", "the table as data")
    .action((words: Words) => {
      const rows = passesTable();
      if (words.json === true) printJson(rows);
      else
        print(
          table([
            ["pass", "levels", "takes", "gives", "what it does"],
            ...rows.map((row) => [
              row.name,
              row.optimize.map((level) => `O${level}`).join(" "),
              row.takes,
              row.gives,
              row.summary,
            ]),
          ]),
        );
    });
}

export function kernelsCommand(): Command {
  return newCommand("kernels", "the mapping templates, the best first", ["rdu kernels", "rdu kernels --json"])
    .option("--json", "the table as data")
    .action((words: Words) => {
      const rows = kernelsTable();
      if (words.json === true) printJson(rows);
      else
        print(
          table([["kernel", "unit", "takes", "cost"], ...rows.map((row) => [row.name, row.unit, row.takes, row.cost])]),
        );
    });
}

export function chipsCommand(): Command {
  return newCommand("chips", "the chips that need no file", [
    "rdu chips",
    "rdu chips mini-4x4 > mine.chip                # a description to start from",
  ])
    .argument("[name]", "print the whole description of this one")
    .option("--json", "the table as data")
    .action((name: string | undefined, words: Words) => {
      const rows = chipsTable();
      if (name !== undefined) print(printChip(presetChip(name)));
      else if (words.json === true) printJson(rows);
      else
        print(
          table(
            [
              ["chip", "tiles x rows x columns", "PCUs", "PMUs", "AGCUs", "SRAM", "HBM", "DDR", "GHz", "bf16 TFLOPS"],
              ...rows.map((row) => [
                row.name,
                row.grid,
                String(row.pcus),
                String(row.pmus),
                String(row.agcus),
                bytes(row.sramBytes),
                bytes(row.hbmBytes),
                bytes(row.ddrBytes),
                String(row.clockGigahertz),
                row.bf16Teraflops.toFixed(1),
              ]),
            ],
            [2, 3, 4, 5, 6, 7, 8, 9],
          ),
        );
    });
}
