import { type Explanation, explain, load } from "@rdu/sdk";
import type { Command } from "commander";
import { newCommand, print, printJson } from "../command.ts";
import { names, table } from "../report/format.ts";

const MOST_UNITS = 40;

export function explainCommand(): Command {
  return newCommand("explain", "why a node was fused or not, cut, placed there, or left to the host", [
    "rdu explain /encoder/layer.0/MatMul -p model.pef",
    "rdu explain Softmax -p model.pef              # every node with this in its name",
    "rdu explain s0 -p model.pef                   # a section",
  ])
    .argument("<what>", "an ONNX node or a part of its name, a section, or a unit")
    .requiredOption("-p, --pef <file>", "the PEF")
    .option("--json", "the answer as data")
    .action(async (what: string, words: { readonly pef: string; readonly json?: boolean }) => {
      const { pef } = await load(words.pef);
      const answer = explain(pef, what);
      if (words.json === true) printJson(answer);
      else print(renderExplanation(answer));
    });
}

function renderExplanation({ names: found, units, hostCalls, decisions }: Explanation): string {
  const lines = [names(found, 6)];
  if (units.length > 0) {
    lines.push(`\nunits: ${units.length}`);
    const shown = units.slice(0, MOST_UNITS);
    lines.push(
      table(
        shown.map(({ section, unit, kind, sites, origin }) => [
          `  ${section}/${unit}`,
          kind,
          sites.length === 0 ? "" : `@ ${names(sites)}`,
          names(origin),
        ]),
      ),
    );
    if (units.length > MOST_UNITS) lines.push(`  and ${units.length - MOST_UNITS} more`);
  }
  for (const { name, reason, origin } of hostCalls) lines.push(`\nhost call ${name} of ${names(origin)}: ${reason}`);
  lines.push(decisions.length === 0 ? "\nno decisions are recorded about it" : "\ndecisions");
  for (const { rule, verdict, nodes, reason } of decisions)
    lines.push(`  ${rule} ${verdict} for ${names(nodes, 6)}: ${reason}`);
  return lines.join("\n");
}
