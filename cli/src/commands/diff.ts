import { CompileError } from "@rdu/diagnostics";
import {
  type CompileOptions,
  compileFile,
  inspect,
  LEVELS,
  type LevelName,
  levelOfFile,
  load,
  type Pef,
  summarise,
  timingOf,
} from "@rdu/sdk";
import type { Command } from "commander";
import { choice, newCommand, print, printJson } from "../command.ts";
import { type CompileWords, compileOptionsOf, withCompileOptions } from "../compile-options.ts";
import { bytes, grouped, table } from "../report/format.ts";
import { lineDiff } from "../report/line-diff.ts";

interface Words extends CompileWords {
  readonly level?: string;
  readonly section?: string;
  readonly json?: boolean;
}

export function diffCommand(): Command {
  const command = newCommand("diff", "what changed between two graphs, flows or PEFs, with what it costs", [
    "rdu diff before.pef after.pef",
    "rdu diff dump/09-decompose.graph dump/13-fuse-epilogues.graph",
    "rdu diff a.onnx b.onnx --level patterns",
    "rdu diff model.onnx model.pef                 # at the level that both have: flow",
  ])
    .argument("<a>", "a .onnx, .graph, .flow, .place or .pef")
    .argument("<b>", "another")
    .option("--level <name>", `${LEVELS.join(", ")} (default: what the files are)`)
    .option("--section <name>", "only this section");
  return withCompileOptions(command)
    .option("--json", "costs and differing lines as data")
    .action((a: string, b: string, words: Words) => diffAction(a, b, words));
}

async function diffAction(a: string, b: string, words: Words): Promise<void> {
  const compile = compileOptionsOf(words);
  const level = words.level === undefined ? commonLevel(a, b) : choice<LevelName>(words.level, LEVELS, "--level");
  const options = { compile, level, ...(words.section === undefined ? {} : { section: words.section }) };
  const difference = lineDiff(String(inspect(a, options)), String(inspect(b, options)));
  const [before, after] = [await costsOf(a, compile), await costsOf(b, compile)];
  if (words.json === true) {
    const lines = difference === "" ? [] : difference.split("\n");
    printJson({ level, same: lines.length === 0, before: dataOf(before), after: dataOf(after), lines });
    return;
  }
  if (before !== undefined && after !== undefined) print(`${costTable(before, after)}\n`);
  else print("what they cost cannot be said: one of them does not compile by itself\n");
  print(difference === "" ? `${level}: no difference` : difference);
}

/** The level that both files have: their own when it is the same; the flow when one of them lies below the graph. */
function commonLevel(a: string, b: string): LevelName {
  const [first, second] = [levelOfFile(a), levelOfFile(b)];
  if (first !== second) return "flow";
  return first === "pef" ? "flow" : first;
}

/** What a file costs as a program; undefined for one that is not compiled by itself. */
async function costsOf(path: string, options: CompileOptions): Promise<CostRow[] | undefined> {
  try {
    const pef = path.endsWith(".pef") ? (await load(path)).pef : compileFile(path, options).pef;
    return pef === undefined ? undefined : rowsOf(pef);
  } catch (error) {
    if (error instanceof CompileError) return undefined;
    throw error;
  }
}

function dataOf(rows: readonly CostRow[] | undefined): unknown {
  return rows === undefined ? null : Object.fromEntries(rows.map(([what, value]) => [what, value]));
}

function costTable(a: readonly CostRow[], b: readonly CostRow[]): string {
  const rows = a.map(([what, value, show], index) => {
    const other = b[index]?.[1] ?? Number.NaN;
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
