import { presetChip } from "@rdu/chip";
import { CompileError, reject, renderAll, suggest } from "@rdu/diagnostics";
import {
  type FusionMode,
  type GraphPass,
  OPTIMIZE_LEVELS,
  type OptimizeLevel,
  PASSES,
  PRECISIONS,
  parseRules,
  passNamed,
} from "@rdu/fusion";
import { parseGraph, printGraph } from "@rdu/ir";
import { parse as parseYaml } from "yaml";
import { type Findings, passContext } from "./graph-passes.ts";
import { settingsOf } from "./options.ts";

/** One case of a golden file: an input, the passes, and what must come out. */
export interface GoldenCase {
  readonly title: string;
  /** Line of the title in the file, from 1. */
  readonly line: number;
  readonly expected: string;
  readonly actual: string;
  readonly passed: boolean;
  /** Passes without which the outcome would be another one. */
  readonly needs: readonly string[];
  /** False for a case in which the passes must leave the graph as it is. */
  readonly fires: boolean;
}

export interface GoldenResult {
  readonly passes: readonly string[];
  readonly cases: readonly GoldenCase[];
  /** Passes that no case needs: turned off, every case still holds, so the file checks nothing about them. */
  readonly unchecked: readonly string[];
  /** The file with what really comes out. */
  readonly updated: string;
}

interface CaseText {
  readonly title: string;
  readonly line: number;
  readonly options: string;
  readonly input: string;
  readonly expected: string;
}

/** As YAML gives them: anything. */
interface CaseOptions {
  readonly passes?: unknown;
  readonly optimize?: unknown;
  readonly fusion?: unknown;
  readonly precision?: unknown;
  readonly chip?: unknown;
  readonly rules?: unknown;
  readonly ledger?: unknown;
}

/**
 * Runs a golden file:
 *
 *     passes: fold-views, fold-index-maps        (left out: the pass that the file is named for)
 *
 *     === a title
 *     optimize: 3                                (options in YAML, if any: optimize, fusion, precision, chip, rules, ledger)
 *     graph g(%x: f32[4]) -> (%y) { ... }
 *     --->
 *     graph g(%x: f32[4]) -> (%y) { ... }        (or the diagnostics)
 *
 * Every pass is turned off once to see which cases notice. Rejects (E0407, E0902) what is no such file.
 */
export function runGolden(file: string, text: string): GoldenResult {
  const { header, cases } = splitCases(file, text);
  const passes = passesOf(file, header);
  const results = cases.map((each): GoldenCase => {
    const { text: actual, graph } = outcome(file, each, passes);
    const without = (pass: GraphPass): GraphPass[] => passes.filter((other) => other !== pass);
    const needs = passes.filter((pass) => outcome(file, each, without(pass)).text !== actual);
    const idle = outcome(file, each, []).graph;
    return {
      title: each.title,
      line: each.line,
      expected: each.expected,
      actual,
      passed: actual === each.expected,
      needs: [...new Set(needs.map(({ name }) => name))],
      fires: graph !== idle,
    };
  });
  const names = [...new Set(passes.map(({ name }) => name))];
  const unchecked = names.filter((name) => !results.some(({ needs }) => needs.includes(name)));
  const written = cases.map(
    ({ title, options, input }, index) => `=== ${title}\n${options}${input}\n--->\n${results[index]?.actual ?? ""}\n`,
  );
  return { passes: names, cases: results, unchecked, updated: `${header}${written.join("\n")}` };
}

function splitCases(file: string, text: string): { readonly header: string; readonly cases: readonly CaseText[] } {
  const lines = text.split("\n");
  const starts = lines.flatMap((line, index) => (line.startsWith("=== ") ? [index] : []));
  if (starts.length === 0) reject("E0407", "a golden file has cases that begin with ===", { at: [file] });
  const cases = starts.map((start, index): CaseText => {
    const block = lines.slice(start + 1, starts[index + 1] ?? lines.length);
    const graphAt = block.findIndex((line) => line.startsWith("graph"));
    const arrowAt = block.findIndex((line) => line.trimEnd() === "--->");
    const inputEnd = arrowAt < 0 ? block.length : arrowAt;
    if (graphAt < 0 || graphAt > inputEnd)
      reject("E0407", "a case needs a graph before --->", { at: [`${file}:${start + 1}`] });
    return {
      title: (lines[start] ?? "").slice(4).trim(),
      line: start + 1,
      options: block
        .slice(0, graphAt)
        .map((line) => `${line}\n`)
        .join(""),
      input: block.slice(graphAt, inputEnd).join("\n").trimEnd(),
      expected:
        arrowAt < 0
          ? ""
          : block
              .slice(arrowAt + 1)
              .join("\n")
              .trimEnd(),
    };
  });
  return {
    header: lines
      .slice(0, starts[0])
      .map((line) => `${line}\n`)
      .join(""),
    cases,
  };
}

function passesOf(file: string, header: string): readonly GraphPass[] {
  const declared = optionsOf(file, header).passes;
  const names =
    typeof declared === "string"
      ? declared.split(",").map((name) => name.trim())
      : [file.replace(/^.*[/\\]/, "").replace(/\.golden$/, "")];
  return names.map((name) => {
    const pass = passNamed(name);
    if (pass !== undefined) return pass;
    const near = suggest(
      name,
      PASSES.map((known) => known.name),
    );
    return reject("E0902", `there is no pass ${name}`, {
      at: [file],
      ...(near === undefined ? {} : { hint: `did you mean ${near}?` }),
    });
  });
}

/** What a case gives: the graph after the passes, with warnings and, when asked for, the ledger behind it; or the errors. */
function outcome(
  file: string,
  { title, options, input }: CaseText,
  passes: readonly GraphPass[],
): { readonly text: string; readonly graph: string } {
  const chosen = optionsOf(file, options);
  const findings: Findings = { ledger: [], warnings: [] };
  try {
    const settings = settingsOf({
      source: title,
      optimize: optimizeOf(chosen.optimize),
      fusion: (chosen.fusion === "conventional" ? "conventional" : "streaming") satisfies FusionMode,
      precision: PRECISIONS.find((precision) => precision === chosen.precision) ?? "fp32",
      rules: typeof chosen.rules === "string" ? parseRules(chosen.rules) : [],
      ...(typeof chosen.chip === "string" ? { chip: presetChip(chosen.chip) } : {}),
    });
    const context = passContext(settings, noFile, findings);
    const result = passes.reduce((graph, pass) => pass.run(graph, context), parseGraph(input));
    const notes = [...findings.warnings.map((warning) => renderAll([warning]))];
    if (chosen.ledger === true)
      notes.push(
        ...findings.ledger.map(
          ({ rule, verdict, nodes, reason }) => `// ${rule} ${verdict} ${nodes.join(", ")}: ${reason}`,
        ),
      );
    const graph = printGraph(result).trimEnd();
    return { text: [graph, ...notes].join("\n"), graph };
  } catch (error) {
    if (!(error instanceof CompileError)) throw error;
    const text = renderAll(error.diagnostics);
    return { text, graph: text };
  }
}

function optimizeOf(value: unknown): OptimizeLevel {
  return OPTIMIZE_LEVELS.find((level) => level === value) ?? 1;
}

function optionsOf(file: string, text: string): CaseOptions {
  const value: unknown = text.trim() === "" ? {} : parseYaml(text);
  if (typeof value === "object" && value !== null) return value as CaseOptions;
  return reject("E0407", "options of a case are written as name: value", { at: [file] });
}

function noFile(location: string): never {
  return reject("E0103", location);
}
