import { extname } from "node:path";
import { printChip } from "@rdu/chip";
import { type CompileOptions, hashConstants, type LevelName } from "@rdu/compiler";
import { invariant, reject } from "@rdu/diagnostics";
import {
  type Flow,
  flowToJson,
  placementToJson,
  printFlow,
  printPlacement,
  printSection,
  sectionToDot,
} from "@rdu/flow";
import { type Graph, graphToDot, graphToJson, printGraph } from "@rdu/ir";
import { encodeModel, exportModel } from "@rdu/onnx";
import { decode, dump, joined, type Pef } from "@rdu/pef";
import type { PlacedFlow } from "@rdu/placement";
import { nativeSha256 } from "./compile.ts";
import { readFile } from "./files.ts";
import { inspectAsPage } from "./inspect-page.ts";
import { compileFile } from "./level-files.ts";
import { noSection, sectionOf } from "./section-of.ts";

export const INSPECT_FORMATS = ["text", "json", "dot", "onnx", "html"] as const;
export type InspectFormat = (typeof INSPECT_FORMATS)[number];

export interface InspectOptions {
  /** Default: what the file itself is; a PEF shows everything in it. */
  readonly level?: LevelName;
  /** Only this section. */
  readonly section?: string;
  /** Default "text". */
  readonly format?: InspectFormat;
  /** How to compile when the level lies below that of the file. */
  readonly compile?: CompileOptions;
}

/** Any level of any file in any form. Rejects what that level has no such form for (E0902). */
export function inspect(path: string, options: InspectOptions = {}): string | Uint8Array {
  const { format = "text" } = options;
  if (format === "html") return inspectAsPage(path, options);
  if (extname(path) === ".pef") return inspectPef(readFile(path), options.level ?? "pef", format, options.section);
  const level = options.level ?? levelOfFile(path);
  const made = compileFile(path, options.compile, {}, { to: level });
  switch (level) {
    case "graph":
    case "patterns":
      return graphAs(made.graph, level, format, options.section);
    case "flow":
      return flowAs(made.flow, format, options.section);
    case "placed":
      return placedAs(made.placed, format, options.section);
    case "pef":
      return inspectPef(joined(made.bytes ?? []), level, format, options.section);
  }
}

/** The level that a file is of, by the end of its name. */
export function levelOfFile(path: string): LevelName {
  const levels: Readonly<Record<string, LevelName>> = { ".flow": "flow", ".place": "placed", ".pef": "pef" };
  return levels[extname(path)] ?? "graph";
}

function inspectPef(file: Uint8Array, level: LevelName, format: InspectFormat, section?: string): string {
  const pef = decode(file);
  if (level === "flow") return flowAs(pef.flow, format, section);
  if (level === "placed") return placedAs(pef, format, section);
  if (level !== "pef")
    reject("E0902", `--level ${level}: a PEF holds the flow and its placement, no graph`, {
      hint: "inspect the ONNX file at that level",
    });
  if (section !== undefined || format === "dot") return flowAs(pef.flow, format, section);
  if (format === "text") return dump(file);
  return format === "json" ? json(pefJson(pef)) : noForm(format, level);
}

function graphAs(
  graph: Graph | undefined,
  level: string,
  format: InspectFormat,
  section?: string,
): string | Uint8Array {
  invariant(graph !== undefined, () => `the compilation made no ${level}`);
  hashConstants(graph, nativeSha256);
  const shown = section === undefined ? graph : sectionOf(graph, section);
  switch (format) {
    case "text":
      return printGraph(shown);
    case "json":
      return json(graphToJson(shown));
    case "dot":
      return graphToDot(shown);
    case "onnx":
      return encodeModel(exportModel(shown));
    case "html":
      return noForm(format, level);
  }
}

function flowAs(flow: Flow | undefined, format: InspectFormat, name?: string): string {
  invariant(flow !== undefined, "the compilation made no flow");
  const sections = name === undefined ? flow.sections : flow.sections.filter((section) => section.name === name);
  if (sections.length === 0 && name !== undefined)
    noSection(
      name,
      flow.sections.map((section) => section.name),
    );
  switch (format) {
    case "text":
      return name === undefined ? printFlow(flow, { digestOf: nativeSha256 }) : sections.map(printSection).join("\n");
    case "json":
      return json(flowToJson({ ...flow, sections }));
    case "dot":
      return sections.map(sectionToDot).join("\n");
    case "onnx":
    case "html":
      return noForm(format, "flow");
  }
}

function placedAs(placed: PlacedFlow | Pef | undefined, format: InspectFormat, name?: string): string {
  invariant(placed !== undefined, "the compilation placed nothing");
  const { flow, placement } = placed;
  const sections =
    name === undefined ? placement.sections : placement.sections.filter(({ section }) => section === name);
  if (sections.length === 0 && name !== undefined)
    noSection(
      name,
      flow.sections.map((section) => section.name),
    );
  if (format === "text") return printPlacement({ ...placement, sections });
  return format === "json" ? json(placementToJson({ ...placement, sections })) : noForm(format, "placed");
}

function pefJson({ chip, flow, placement, inputs, outputs, provenance, ledger }: Pef): unknown {
  return {
    provenance,
    inputs,
    outputs,
    ledger,
    chip: printChip(chip),
    flow: flowToJson(flow),
    placement: placementToJson(placement),
  };
}

function json(value: unknown): string {
  return `${JSON.stringify(value, (_key, each) => (typeof each === "bigint" ? each.toString() : each), 2)}\n`;
}

function noForm(format: string, level: string): never {
  return reject("E0902", `--format ${format}: the level ${level} has no such form`);
}
