import { type Diagnostic, diagnostic, diagnosticToJson, renderAll } from "@rdu/diagnostics";
import { type GoldenFile, runGoldens } from "@rdu/sdk";
import type { Command } from "commander";
import { type CommandContext, newCommand, print, printJson } from "../command.ts";
import { table } from "../report/format.ts";
import { lineDiff } from "../report/line-diff.ts";

export function goldenCommand({ exitWith }: CommandContext): Command {
  return newCommand("golden", "run golden tests of passes, show what differs, bless it", [
    "rdu golden test/passes",
    "rdu golden my-goldens/keep-relu.golden --update",
  ])
    .argument("<path>", "a .golden file, or a folder of them")
    .option("--update", "write what comes out into the files")
    .option("--json", "the report as data")
    .action((path: string, words: { readonly update?: boolean; readonly json?: boolean }) => {
      const files = runGoldens(path, { update: words.update === true });
      const found = files.flatMap((file) => problemsOf(file, words.update === true));
      if (found.length > 0) exitWith(1);
      if (words.json === true)
        printJson({ files: files.map(({ updated: _, ...file }) => file), problems: found.map(diagnosticToJson) });
      else print(renderGoldens(files, found));
    });
}

function problemsOf({ path, cases, unchecked }: GoldenFile, updated: boolean): Diagnostic[] {
  const differing = updated ? [] : cases.filter(({ passed }) => !passed);
  return [
    ...differing.map(({ title, line, expected, actual }) =>
      diagnostic("E0907", title, {
        at: [`${path}:${line}`],
        notes: [lineDiff(expected, actual)],
        hint: "rdu golden --update writes what comes out",
      }),
    ),
    ...unchecked.map((pass) =>
      diagnostic("E0908", `with ${pass} turned off every case still holds`, {
        at: [path],
        hint: `add a case in which ${pass} changes the graph`,
      }),
    ),
  ];
}

/** One line a file; then what differs. The mutation score: of all passes that files are about, how many are missed when turned off. */
function renderGoldens(files: readonly GoldenFile[], found: readonly Diagnostic[]): string {
  const rows = files.map(({ path, cases, passes, unchecked }) => [
    path,
    `${cases.filter(({ passed }) => passed).length}/${cases.length}`,
    String(cases.filter(({ fires }) => !fires).length),
    `${passes.length - unchecked.length}/${passes.length}`,
  ]);
  const passes = files.reduce((sum, file) => sum + file.passes.length, 0);
  const missed = files.reduce((sum, file) => sum + file.unchecked.length, 0);
  const cases = files.flatMap((file) => file.cases);
  const needed = cases.filter(({ needs }) => needs.length > 0).length;
  const lines = [
    table([["file", "cases", "must not fire", "passes noticed when off"], ...rows], [1, 2, 3]),
    `${cases.filter(({ passed }) => passed).length} of ${cases.length} cases hold; mutation score ${passes - missed}/${passes} passes, noticed by ${needed} cases`,
  ];
  if (found.length > 0) lines.push("", renderAll(found));
  return lines.join("\n");
}
