import { inspect, LEVELS, type LevelName, load, type Pef, summarise, timingOf } from "@rdu/sdk";
import type { Command } from "commander";
import { choice, newCommand, print } from "../command.ts";
import { type CompileWords, compileOptionsOf, withCompileOptions } from "../compile-options.ts";
import { bytes, grouped, table } from "../report/format.ts";
import { lineDiff } from "../report/line-diff.ts";

interface Words extends CompileWords {
  readonly level?: string;
  readonly section?: string;
}

export function diffCommand(): Command {
  const command = newCommand("diff", "what changed between two graphs, flows or PEFs, with what it costs", [
    "rdu diff before.pef after.pef",
    "rdu diff dump/09-fold-index-maps.graph dump/10-fuse-epilogues.graph",
    "rdu diff a.onnx b.onnx --level patterns",
  ])
    .argument("<a>", "a .onnx, .graph, .flow or .pef")
    .argument("<b>", "another")
    .option("--level <name>", `${LEVELS.join(", ")} (default: what the files are)`)
    .option("--section <name>", "only this section");
  return withCompileOptions(command).action(async (a: string, b: string, words: Words) => {
    const pefs = [a, b].every((path) => path.endsWith(".pef"));
    const level =
      words.level === undefined ? (pefs ? "flow" : undefined) : choice<LevelName>(words.level, LEVELS, "--level");
    const options = {
      compile: compileOptionsOf(words),
      ...(level === undefined ? {} : { level }),
      ...(words.section === undefined ? {} : { section: words.section }),
    };
    const text = (path: string): string => String(inspect(path, options));
    if (pefs) print(`${costs((await load(a)).pef, (await load(b)).pef)}\n`);
    const difference = lineDiff(text(a), text(b));
    print(difference === "" ? `${level ?? "the texts"}: no difference` : difference);
  });
}

function costs(before: Pef, after: Pef): string {
  const [a, b] = [rowsOf(before), rowsOf(after)];
  const rows = a.map(([what, value, show], index) => {
    const other = b[index]?.[1] ?? 0;
    const change = value === 0 ? "" : `${other >= value ? "+" : ""}${((100 * (other - value)) / value).toFixed(1)} %`;
    return [what, show(value), show(other), change];
  });
  return table([["", "before", "after", "change"], ...rows], [1, 2, 3]);
}

type CostRow = readonly [string, number, (value: number) => string];

function rowsOf(pef: Pef): CostRow[] {
  const { sections, hostCalls, bytes: memory } = summarise(pef);
  const timing = timingOf(pef);
  const sum = (part: (section: (typeof sections)[number]) => number): number =>
    sections.reduce((total, section) => total + part(section), 0);
  const traffic = Object.values(timing.traffic).reduce((total, { read, written }) => total + read + written, 0);
  return [
    ["cycles", timing.cycles, grouped],
    ["sections", sections.length, grouped],
    ["units", sum(({ units }) => units), grouped],
    ["PCUs, all sections", sum(({ pcus }) => pcus), grouped],
    ["PMUs, all sections", sum(({ pmus }) => pmus), grouped],
    ["traffic", traffic, bytes],
    ["HBM", memory.hbm, bytes],
    ["DDR", memory.ddr, bytes],
    ["host calls", hostCalls.length, grouped],
  ];
}
